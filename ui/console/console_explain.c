/* What is under the cursor, explained: K, and :explain NAME.
 *
 * The texts are read when somebody asks for the first time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/line.h"
#include "core/base/mem.h"
#include "core/model/errors.h"
#include "ui/console/console_state.h"
#include "ui/console/explain_box.h"

/* Said once when the texts are not here. */
static void load(struct console *c)
{
    char text[MODEL_NOTICE_BYTES];
    struct err err = {0};

    if (!c->explain)
        c->explain = mem_new(1, sizeof(*c->explain));
    if (explanation_load(&err) == 0)
        return;
    err_format(&err, text, sizeof(text));
    model_notice(&c->model, true, "%s", text);
}

static void open_box(struct console *c)
{
    explain_box_open(c->explain);
    c->mode = MODE_EXPLAIN;
    console_urgent(c);
}

void console_explain(struct console *c)
{
    enum pane_id pane = console_keys_pane(c);
    const struct panel_ops *ops = console_panel(pane);
    struct subjects *s;

    load(c);
    s = &c->explain->subjects;
    s->n = s->cursor = 0;
    if (ops->subjects)
        ops->subjects(c->panels[pane], &c->model, s);
    subjects_add(s, TOPIC_SCREEN, NULL, ops->name, "this pane");
    open_box(c);
}

void console_explain_word(struct console *c, const char *word)
{
    if (!word[0]) {
        console_explain(c);
        return;
    }
    load(c);
    if (explanation_find(word, &c->explain->subjects))
        open_box(c);
    else
        model_notice(&c->model, true,
                     "explain: nothing is called '%s'; Tab behind :explain lists names", word);
}

static void copy(struct console *c)
{
    const struct explanation *e = &c->explain->now;
    size_t size = sizeof(e->title) + e->n * (sizeof(e->lines[0]) + 8) + 2;
    char *text = mem_new(size, 1);
    struct line_out l = line_in(text, size);

    line_add(&l, "%s\n", e->title);
    for (size_t i = 0; i < e->n; i++)
        line_add(&l, "  %-8s %s\n", e->lines[i].label, e->lines[i].text);
    if (term_copy(c->term, text, l.used))
        model_notice(&c->model, false,
                     "given to the terminal's clipboard, if it takes any (OSC 52): %zu bytes",
                     l.used);
    else
        model_notice(&c->model, true, "copy: the text is too long for a clipboard");
    free(text);
}

/* What the box does not take ends it and means what it means elsewhere. */
void console_explain_key(struct console *c, uint32_t key)
{
    enum action action = action_of_key(key);

    explain_box_resize(c->explain, surface_rows(c->surface), surface_columns(c->surface));
    if (action == ACTION_NONE || explain_box_act(c->explain, action))
        return;
    if (action == ACTION_COPY) {
        copy(c);
        return;
    }
    c->mode = MODE_KEYS;
    if (action != ACTION_LEAVE && action != ACTION_QUIT && action != ACTION_EXPLAIN &&
        action != ACTION_DETAILS)
        console_action(c, action);
}

int console_explain_draw(const struct console *c, struct area whole)
{
    return explain_box_draw(c->explain, whole);
}

const char *console_hint(struct console *c)
{
    const struct topic *t;

    /* Tried once: whoever asks is told why they are not here. */
    if (!c->hint_tried && !topic_count())
        topics_load(NULL);
    c->hint_tried = true;
    t = topic_find(TOPIC_SCREEN, NULL, layout_screen_name(c->screen));
    return t ? t->means : "";
}
