/* ui/console/names_panel.c - names that were looked up, over time.
 *
 *  ── names ──────────────────────────────────────────────────────────────────────
 *  >12:04:11 example.org:443        2 addresses after 12.4 ms
 *     getaddrinfo()                 ████████████████████ 12.4 ms: what connect is given
 *     /etc/hosts                    ▉                    0.05 ms: does not name it
 *     DNS 127.0.0.53 A              ████████             5.1 ms: 93.184.216.34
 *     DNS 127.0.0.53 AAAA           ████████████████     8.9 ms: 2606:2800::1
 *     1  2606:2800::1               from 2001:db8::9; rule 6: higher precedence
 *     2  93.184.216.34              from 10.0.0.9
 *   12:03:58 localhost:8080         session 2: 127.0.0.1:8080 after 0.4 ms
 *
 * One lookup is unfolded, at first the newest.  What the bars mean is made in names_lines.h. */
#include "ui/console/panel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "ui/console/figures.h"
#include "ui/console/list_view.h"
#include "ui/console/names_lines.h"

/* Columns: a time of day without its fraction, then what it is about. */
enum { CLOCK = 8, LABEL = 28, INDENT = 3, BAR_LEAST = 8, BAR_MOST = 60 };

/* The line with the cursor whole, in a pane that has room for it. */
#define WHOLE_ROWS 4
#define WHOLE_FROM_ROWS 14

struct names_view {
    struct list_view list;
    int rows;
    struct names_lines lines;
    struct names_about open, newest;
    uint64_t lookup_changes, status_changes; /* that the lines were made of */
    bool made;
};

static void *names_open(void)
{
    return mem_new(1, sizeof(struct names_view));
}

static void names_close(void *self)
{
    struct names_view *p = self;

    if (p)
        free(p->lines.list);
    free(p);
}

static bool same(const struct names_about *a, const struct names_about *b)
{
    return a->is == b->is && a->id == b->id;
}

static const struct names_line *chosen(const struct names_view *p)
{
    return p->lines.n ? &p->lines.list[p->list.cursor] : NULL;
}

/* To the heading of what is open. */
static void go_to_heading(struct names_view *p, const struct names_about *about)
{
    for (size_t i = 0; i < p->lines.n; i++)
        if (p->lines.list[i].is == NAMES_HEADING && same(&p->lines.list[i].about, about)) {
            list_view_to(&p->list, i);
            return;
        }
}

static void make_lines(struct names_view *p, const struct model *m)
{
    p->made = true;
    p->status_changes = m->status_changes;
    p->lookup_changes = m->lookups ? lookups_changes(m->lookups) : 0;
    names_lines_make(&p->lines, m, &p->open);
    list_view_count(&p->list, p->lines.n);
}

static void refresh(struct names_view *p, const struct model *m)
{
    struct names_about newest = names_newest(m), at = {ABOUT_NOTHING, 0};
    const struct names_line *line = chosen(p);
    bool another = !same(&newest, &p->newest);

    list_view_rows(&p->list, p->rows - figure_title_rows(p->rows) -
                                 (p->rows >= WHOLE_FROM_ROWS ? WHOLE_ROWS : 0));
    if (p->made && !another && p->status_changes == m->status_changes &&
        p->lookup_changes == (m->lookups ? lookups_changes(m->lookups) : 0))
        return;
    if (line)
        at = line->about;
    if (another)
        p->open = at = newest;
    p->newest = newest;
    make_lines(p, m);
    /* Lines came above the one that was looked at. */
    line = chosen(p);
    if (another || (line && !same(&line->about, &at)))
        go_to_heading(p, &at);
}

/* --- keys --------------------------------------------------------------------------------- */

static void fold(struct names_view *p, const struct model *m, struct names_about about,
                 bool open)
{
    p->open = open ? about : (struct names_about){ABOUT_NOTHING, 0};
    make_lines(p, m);
    go_to_heading(p, &about);
}

static void details(struct names_view *p, const struct model *m, const struct names_line *line,
                    struct requests *requests)
{
    if (line->is == NAMES_HEADING)
        fold(p, m, line->about, !same(&line->about, &p->open));
    else if (line->is == NAMES_ADDRESS)
        snprintf(requests->prompt, sizeof(requests->prompt), "connect %s", line->connect);
    else
        snprintf(requests->notice, sizeof(requests->notice),
                 "Enter on an address fills in :connect, on a lookup it folds");
}

static const struct lookup *lookup_of(const struct model *m, uint64_t id)
{
    const struct lookup *l;

    for (size_t i = 0; m->lookups && (l = lookups_at(m->lookups, i)); i++)
        if (l->id == id)
            return l;
    return NULL;
}

/* Of a session as anywhere; of a lookup by an attempt to reach it.  A name that stands for nothing
 * needs no port: none is reached. */
static void ask_why(const struct names_line *line, const struct model *m,
                    struct requests *requests)
{
    const struct lookup *l =
        line->about.is == ABOUT_LOOKUP ? lookup_of(m, line->about.id) : NULL;
    bool failed = l && (l->state == LOOKUP_FAILED ||
                        (l->report && (!l->report->answered || l->report->eai)));

    if (line->about.is == ABOUT_SESSION) {
        requests->set_focus = requests->ask_why = true;
        requests->focus = model_focus_of_session(m, line->about.id);
    } else if (l && (l->wish.has_port || failed)) {
        snprintf(requests->command, sizeof(requests->command), "why %.200s%s", l->target,
                 l->wish.has_port ? "" : ":80");
    } else {
        snprintf(requests->notice, sizeof(requests->notice),
                 "why asks whether a port can be reached: :resolve NAME:PORT, then %s",
                 key_for(ACTION_ASK_WHY));
    }
}

static void item_text(const void *panel, const struct model *m, size_t index, char *buf)
{
    const struct names_view *p = panel;
    const struct names_line *line = &p->lines.list[index];

    (void)m;
    snprintf(buf, LIST_ITEM_BYTES, "%s%s%s", line->label, line->label[0] ? "  " : "",
             line->text);
}

static enum panel_reply act(struct names_view *p, const struct model *m, enum action action,
                            struct requests *requests)
{
    const struct names_line *line = chosen(p);

    if (!line)
        return PANEL_IGNORED;
    switch (action) {
    case ACTION_DETAILS:
        details(p, m, line, requests);
        return PANEL_HANDLED;
    case ACTION_LEFT:
    case ACTION_RIGHT:
        fold(p, m, line->about, action == ACTION_RIGHT);
        return PANEL_HANDLED;
    case ACTION_ASK_WHY:
        ask_why(line, m, requests);
        return PANEL_HANDLED;
    case ACTION_COPY:
        item_text(p, m, p->list.cursor, requests->copy);
        return PANEL_HANDLED;
    default:
        return list_view_move(&p->list, action) ? PANEL_HANDLED : PANEL_IGNORED;
    }
}

static enum panel_reply names_update(void *self, const struct panel_event *event,
                                     const struct model *m, struct requests *requests)
{
    struct names_view *p = self;

    if (event->kind == PANEL_RESIZE)
        p->rows = event->rows;
    refresh(p, m);
    if (event->kind == PANEL_RESIZE || event->kind == PANEL_TICK ||
        list_view_click(&p->list, event, figure_title_rows(event->rows)) ||
        list_view_search(&p->list, event, item_text, p, m, requests))
        return PANEL_HANDLED;
    return event->kind == PANEL_ACTION ? act(p, m, event->action, requests) : PANEL_IGNORED;
}

/* --- drawing ------------------------------------------------------------------------------ */

static int bar_columns(int columns)
{
    int n = (columns - INDENT - LABEL) * 2 / 5;

    return n < BAR_LEAST ? 0 : n > BAR_MOST ? BAR_MOST : n;
}

static void draw_heading(struct area a, int row, const struct model *m,
                         const struct names_line *line)
{
    char clock[FIGURE_TIME_BYTES];
    int at = INDENT + LABEL;

    figure_wall(figure_wall_ns(m, line->at_ns), clock);
    clock[CLOCK] = '\0';
    area_text(a, row, 1, STYLE_DIM, clock);
    area_text_cut(a, row, 2 + CLOCK, at - CLOCK - 3, STYLE_NORMAL, line->label);
    area_text_cut(a, row, at, a.columns - at, line->style, line->text);
}

static void draw_bar(struct area a, int row, const struct names_line *line)
{
    int n = bar_columns(a.columns), at = INDENT + LABEL;
    uint64_t whole = line->whole_ns ? line->whole_ns : 1, cells = (uint64_t)n;
    uint64_t from = (uint64_t)((unsigned __int128)line->begin_ns * cells / whole);
    uint64_t to = (uint64_t)(((unsigned __int128)line->end_ns * cells + whole - 1) / whole);

    area_text_cut(a, row, INDENT, LABEL - 1, STYLE_NORMAL, line->label);
    if (n) {
        from = from < cells ? from : cells - 1;
        to = to > cells ? cells : to;
        to = to > from ? to : from + 1;
        area_line(a, row, at + (int)from, (int)(to - from), line->style, GLYPH_BAR_8);
        at += n + 1;
    }
    area_text_cut(a, row, at, a.columns - at,
                  line->style == STYLE_GAUGE ? STYLE_NORMAL : line->style, line->text);
}

static void draw_line(struct area a, int row, const struct model *m,
                      const struct names_line *line)
{
    int at = line->label[0] ? INDENT + LABEL : INDENT;

    if (line->is == NAMES_HEADING) {
        draw_heading(a, row, m, line);
    } else if (line->is == NAMES_BAR) {
        draw_bar(a, row, line);
    } else {
        area_text_cut(a, row, INDENT, LABEL - 1,
                      line->is == NAMES_ADDRESS ? STYLE_KEY : line->style, line->label);
        area_text_cut(a, row, at, a.columns - at, line->style, line->text);
    }
}

static void draw_whole(struct area a, const struct names_line *line)
{
    area_title(a, 0, STYLE_DIM, line->label[0] ? line->label : "warning");
    figure_paragraph(area_part(a, 1, 1, a.rows - 1, a.columns - 1), 0, STYLE_DIM, line->text);
}

static void names_draw(const void *self, const struct model *m, struct area a, bool keys)
{
    const struct names_view *p = self;
    struct area whole = a;

    a = figure_title(a, "names: who was asked, when, and what connect tries", keys);
    if (!p->lines.n)
        figure_advice(a, 0,
                      "no name was looked up yet: :resolve NAME:PORT asks the hosts file and "
                      "every DNS server by itself; {open} opens a session, whose lookup and "
                      "attempts come here, too");
    for (int i = 0; i < (int)p->list.rows && p->list.top + (size_t)i < p->lines.n; i++) {
        size_t index = p->list.top + (size_t)i;

        draw_line(a, i, m, &p->lines.list[index]);
        if (index == p->list.cursor)
            list_view_mark(a, i, keys);
    }
    if (p->lines.n && p->rows >= WHOLE_FROM_ROWS)
        draw_whole(area_part(whole, whole.rows - WHOLE_ROWS, 0, WHOLE_ROWS, whole.columns),
                   chosen(p));
}

const struct panel_ops names_panel = {
    .name = "names",
    .open = names_open,
    .close = names_close,
    .update = names_update,
    .draw = names_draw,
};
