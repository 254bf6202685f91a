/* ui/console/help_panel.c - every key and command, printed from the tables that act on them.
 *
 *   ── help ─────────────────────────────────────────
 *    Keys
 *      ? F1            what every key and command does
 *      ...
 *    Commands, behind :
 *      connect ENDPOINT [--timeout SECONDS]
 *          open a session: tcp://HOST:PORT, HOST:PORT or HOST PORT  */
#include <stdio.h>
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/model/command.h"
#include "core/model/topics.h"
#include "core/services/service.h"
#include "ui/console/list_view.h"
#include "ui/console/panel.h"

#define KEYS_COLUMNS 14

struct help {
    struct list_view list;
};

/* One line: a heading, or what is typed and what it does. */
struct help_line {
    const char *heading; /* NULL: none; "" an empty line */
    const char *prefix, *what, *more;
    const char *text;
    bool below; /* the text stands on a line of its own, indented */
};

static const struct {
    const char *keys, *help;
} typing[] = {
    {"Enter", "send the line to the session, with a line feed behind it"},
    {"Esc C-]", "leave; what was typed stays"},
    {"Up Down", "older and newer lines"},
    {"Tab", "in a session: a tab; behind : complete the word"},
    {"C-a C-e", "to the begin, to the end of the line"},
    {"C-u C-k C-w", "remove what is before, what is behind the cursor, the word before it"},
};
#define N_TYPING (sizeof(typing) / sizeof(typing[0]))

static const struct {
    const char *what, *help;
} mouse[] = {
    {"click", "choose the pane and the row; a tab; a word of the footer"},
    {"on a column", "sort by it, once more inverts: of sockets, sums, sessions"},
    {"twice", "as Enter"},
    {"right", "what can be done to the row"},
    {"wheel", "scroll the pane under it"},
    {"drag", "a border between two panes"},
    {"with Shift", "most terminals select text; :mouse off leaves the mouse to them"},
};
#define N_MOUSE (sizeof(mouse) / sizeof(mouse[0]))
#define N_KEYS ((size_t)ACTION_COUNT - 1)

static size_t n_services(void)
{
    size_t n = 0;

    while (service_at(n))
        n++;
    return n;
}

/* The lines of one section after the other; index counts down. */
static bool section(size_t *index, const char *heading, size_t n, struct help_line *ret)
{
    if (*index < 2) {
        ret->heading = *index ? heading : "";
        return false;
    }
    *index -= 2;
    if (*index < n)
        return true;
    *index -= n;
    return false;
}

static void command_line(size_t index, struct help_line *ret)
{
    const struct verb_info *v = &verbs[index / 2];

    if (index % 2) {
        ret->below = true;
        ret->text = v->help;
    } else {
        ret->prefix = ":";
        ret->what = v->name;
        ret->more = v->usage;
    }
}

/* The i-th screen that says what it shows; NULL behind the last. */
static const struct topic *screen_at(size_t i)
{
    const struct topic *t;

    for (size_t at = 0; (t = topic_at(at)); at++)
        if (t->kind == TOPIC_SCREEN && i-- == 0)
            return t;
    return NULL;
}

/* None where the texts are not here. */
static size_t n_screens(void)
{
    size_t n = 0;

    while (screen_at(n))
        n++;
    return n;
}

static size_t n_lines(void)
{
    size_t screens = n_screens();

    return 5 * 2 - 1 + N_KEYS + N_TYPING + N_MOUSE + 2 * (size_t)VERB_COUNT + n_services() +
           (screens ? screens + 2 : 0);
}

static struct help_line line_at(size_t index)
{
    struct help_line l = {0};

    index++; /* no empty line over the first heading */
    if (section(&index, "Keys", N_KEYS, &l)) {
        l.what = action_keys((enum action)(index + 1));
        l.text = actions[index + 1].help;
    } else if (!l.heading && section(&index, "While typing", N_TYPING, &l)) {
        l.what = typing[index].keys;
        l.text = typing[index].help;
    } else if (!l.heading && section(&index, "Mouse", N_MOUSE, &l)) {
        l.what = mouse[index].what;
        l.text = mouse[index].help;
    } else if (!l.heading && section(&index, "Commands", 2 * (size_t)VERB_COUNT, &l)) {
        command_line(index, &l);
    } else if (!l.heading && section(&index, "Services", n_services(), &l)) {
        l.what = service_at(index)->name;
        l.text = service_at(index)->summary;
    } else if (!l.heading && section(&index, "What the screens show", n_screens(), &l)) {
        l.what = screen_at(index)->name;
        l.text = screen_at(index)->means;
    }
    return l;
}

static void line_text(const void *panel, const struct model *m, size_t index, char *buf)
{
    struct help_line l = line_at(index);

    (void)panel;
    (void)m;
    snprintf(buf, LIST_ITEM_BYTES, "%s %s %s %s", l.heading ? l.heading : "",
             l.what ? l.what : "", l.more ? l.more : "", l.text ? l.text : "");
}

/* --- the panel -------------------------------------------------------------------------- */

static void *help_open(void)
{
    struct help *p = mem_new(1, sizeof(*p));

    list_view_count(&p->list, n_lines());
    return p;
}

static enum panel_reply help_update(void *self, const struct panel_event *event,
                                    const struct model *m, struct requests *requests)
{
    struct help *p = self;

    if (event->kind == PANEL_RESIZE) {
        list_view_count(&p->list, n_lines());
        list_view_rows(&p->list, event->rows - 1);
        return PANEL_HANDLED;
    }
    if (list_view_click(&p->list, event, 1) ||
        list_view_search(&p->list, event, line_text, p, m, requests))
        return PANEL_HANDLED;
    if (event->kind == PANEL_ACTION && list_view_move(&p->list, event->action))
        return PANEL_HANDLED;
    return PANEL_IGNORED;
}

static void draw_line(struct area a, int row, const struct help_line *l)
{
    int at = 3, end;

    if (l->heading) {
        area_text_cut(a, row, 1, a.columns - 1, STYLE_HEADER, l->heading);
        return;
    }
    if (l->below) {
        area_text_cut(a, row, 7, a.columns - 7, STYLE_NORMAL, l->text);
        return;
    }
    if (l->prefix)
        at = area_text(a, row, at, STYLE_DIM, l->prefix);
    end = area_text_cut(a, row, at, a.columns - at, STYLE_KEY, l->what);
    if (l->more)
        area_text_cut(a, row, end + 1, a.columns - end - 1, STYLE_INPUT, l->more);
    if (end < 3 + KEYS_COLUMNS)
        end = 3 + KEYS_COLUMNS - 1;
    if (l->text)
        area_text_cut(a, row, end + 1, a.columns - end - 1, STYLE_NORMAL, l->text);
}

static void help_draw(const void *self, const struct model *m, struct area a, bool keys)
{
    const struct help *p = self;
    size_t n = n_lines();
    char title[96];

    (void)m;
    snprintf(title, sizeof(title), "help: %s searches, %s or %s leaves", key_for(ACTION_SEARCH),
             key_for(ACTION_HELP), key_for(ACTION_QUIT));
    area_title(a, 0, STYLE_TITLE, title);
    for (int row = 1; row < a.rows; row++) {
        size_t index = p->list.top + (size_t)row - 1;
        struct help_line l;

        if (index >= n)
            break;
        l = line_at(index);
        draw_line(a, row, &l);
        if (index == p->list.cursor)
            list_view_mark(a, row, keys);
    }
}

const struct panel_ops help_panel = {
    .name = "help",
    .open = help_open,
    .close = free,
    .update = help_update,
    .draw = help_draw,
};
