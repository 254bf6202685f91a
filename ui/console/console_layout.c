/* Which panes are where, and what a person makes of it. */
#include <string.h>

#include "core/base/text.h"
#include "ui/console/console_state.h"

/* What one press of a key adds. */
#define ROWS_STEP 1
#define COLUMNS_STEP 2

struct layout_wish console_layout_wish(const struct console *c)
{
    return (struct layout_wish){.screen = c->screen,
                                .rows = surface_rows(c->surface),
                                .columns = surface_columns(c->surface),
                                .keys = console_keys_pane(c),
                                .zoom = c->zoom || console_reads(c),
                                .why = c->model.why.line[0] != '\0',
                                .lesson = c->lessons.all.taken != NULL,
                                .as = &c->as[c->screen]};
}

/* A pane that was taken away must not have the keys unseen. */
static void settle_keys(struct console *c)
{
    enum pane_id ids[PANE_COUNT + 1];
    size_t n = layout_panes(c->screen, &c->as[c->screen], ids);

    if (console_lesson_beside(c))
        ids[n++] = PANE_LESSONS;
    for (size_t i = 0; i < n; i++)
        if (ids[i] == console_keys_pane(c))
            return;
    c->keys[c->screen] = ids[0];
}

unsigned console_lens_of(const struct console *c, enum pane_id id)
{
    return id == PANE_PACKETS ? 0 : id == PANE_PACKETS_2 ? 1 : c->lens;
}

void console_settle_lens(struct console *c)
{
    bool second = false;

    for (int i = 0; i < SCREEN_COUNT; i++)
        second = second || (c->as[i].split && c->as[i].beside == PANE_PACKETS_2);
    model_second_lens(&c->model, second);
    c->lens = second ? console_lens_of(c, console_keys_pane(c)) : 0;
    model_look_through(&c->model, c->lens);
}

bool console_keys_are_packets(const struct console *c)
{
    enum pane_id keys = console_keys_pane(c);

    return keys == PANE_PACKETS || keys == PANE_PACKETS_2 || keys == PANE_BYTES;
}

void console_lay_out(struct console *c)
{
    struct layout_wish wish;

    settle_keys(c);
    console_settle_lens(c);
    wish = console_layout_wish(c);
    c->layout = layout_make(&wish);
    console_tell_all(c, PANEL_RESIZE);
    /* A pane that was folded has missed what happened meanwhile. */
    console_tell_all(c, PANEL_TICK);
    console_urgent(c);
}

static void say_layout(struct console *c)
{
    enum layout_preset preset = c->as[c->screen].preset;

    model_notice(&c->model, false, "layout %s: %s", layout_preset_name(preset),
                 layout_preset_help(preset));
}

static struct layout layout_with(const struct console *c, enum layout_preset preset)
{
    struct arrangement as = c->as[c->screen];
    struct layout_wish wish = console_layout_wish(c);
    enum pane_id ids[PANE_COUNT];

    as.preset = preset;
    memset(as.more, 0, sizeof(as.more));
    layout_panes(c->screen, &as, ids);
    wish.as = &as;
    wish.keys = ids[0];
    wish.zoom = false;
    return layout_make(&wish);
}

/* A preset begins with sizes of its own.  A pane that it folds cannot keep the keys. */
static void take_preset(struct console *c, enum layout_preset preset)
{
    struct arrangement *as = &c->as[c->screen];
    struct layout l = layout_with(c, preset);

    as->preset = preset;
    memset(as->more, 0, sizeof(as->more));
    if (!layout_find(&l, console_keys_pane(c)))
        c->keys[c->screen] = l.n ? l.panes[0].id : c->keys[c->screen];
    c->zoom = false;
    console_lay_out(c);
    say_layout(c);
}

void console_set_layout(struct console *c, const char *name)
{
    enum layout_preset preset;
    char clean[80];

    if (layout_preset_parse(name, &preset)) {
        take_preset(c, preset);
        return;
    }
    text_clean(name, strlen(name), clean, sizeof(clean));
    model_notice(&c->model, true,
                 "there is no layout '%s': usual, list, wire, talk, stacked or beside", clean);
}

static bool same_panes(const struct layout *a, const struct layout *b)
{
    return a->n == b->n && !memcmp(a->panes, b->panes, a->n * sizeof(a->panes[0]));
}

/* The next that looks otherwise on this screen, and not as usual. */
void console_next_layout(struct console *c)
{
    enum layout_preset now = c->as[c->screen].preset;
    struct layout before = layout_with(c, now), usual = layout_with(c, LAYOUT_USUAL);

    for (int i = 1; i < LAYOUT_COUNT; i++) {
        enum layout_preset next = (enum layout_preset)(((int)now + i) % LAYOUT_COUNT);
        struct layout after = layout_with(c, next);

        if (same_panes(&before, &after) || (next != LAYOUT_USUAL && same_panes(&usual, &after)))
            continue;
        take_preset(c, next);
        return;
    }
    model_notice(&c->model, false, "there is but one layout of this screen at its size");
}

void console_resize_pane(struct console *c, enum action action)
{
    struct arrangement *as = &c->as[c->screen];
    struct layout_wish wish = console_layout_wish(c);
    bool upright = action == ACTION_WIDER || action == ACTION_NARROWER;
    int by = upright ? COLUMNS_STEP : ROWS_STEP;

    if (action == ACTION_SMALLER || action == ACTION_NARROWER)
        by = -by;
    if (!(upright ? layout_grow_columns : layout_grow_rows)(&wish, wish.keys, by, as))
        model_notice(&c->model, false, "no pane %s this one has any %s to %s",
                     upright ? "beside" : "above or below", upright ? "columns" : "rows",
                     by > 0 ? "give" : "take");
    console_lay_out(c);
}

/* --- one more pane ---------------------------------------------------------------------- */

void console_split(struct console *c, const char *name)
{
    struct arrangement *as = &c->as[c->screen];
    enum pane_id id, ids[PANE_COUNT];
    char clean[80];
    size_t n = layout_panes(c->screen, NULL, ids);

    if (!layout_pane_parse(name, &id)) {
        text_clean(name, strlen(name), clean, sizeof(clean));
        model_notice(&c->model, true, "there is no pane '%s': Tab completes :split", clean);
        return;
    }
    /* Where packets are already they come once more. */
    for (size_t i = 0; i < n && id == PANE_PACKETS; i++)
        id = ids[i] == id ? PANE_PACKETS_2 : id;
    for (size_t i = 0; i < n; i++)
        if (ids[i] == id) {
            model_notice(&c->model, false, "%s is a pane of this screen already: %s goes there",
                         name, key_for(ACTION_NEXT_PANE));
            return;
        }
    as->split = true;
    as->beside = id;
    c->zoom = false;
    console_lay_out(c);
    if (!layout_find(&c->layout, id))
        model_notice(&c->model, false, "there is no room to show %s as well: %s goes there",
                     name, key_for(ACTION_NEXT_PANE));
}

void console_unsplit(struct console *c)
{
    struct arrangement *as = &c->as[c->screen];

    if (!as->split) {
        model_notice(&c->model, false, "nothing was split on this screen: :split PANE does");
        return;
    }
    as->split = false;
    console_lay_out(c);
}
