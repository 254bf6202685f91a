/* ui/console/host_panel.c - how the network of this host is doing.
 *
 *  ── host: listen overflows bad ─────────────────────────────────────────────────
 *   812 tcp: 640 ESTABLISHED, 150 TIME_WAIT, 12 LISTEN  24 udp  402 u_str
 *   Figure                        now  limit, or in all 20 looks
 *  >sent again                 0.02 %  0.01 % in all    ▁▁▁▁▂▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁  usual
 *   listen overflows            12 /s  47 in all        ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▅▇█▁▁  bad
 *   TIME_WAIT                     150  of 8,192         ▁▁▁▂▃▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄  usual
 *   orphans                        91  of ?             ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇  ?
 *   Listeners
 *   127.0.0.1:8080            128/128 ████████████████                        bad
 *   Sockets
 *   tcp                           812  400 IPv4, 412 IPv6
 *     ESTABLISHED                 640
 *  ── listen overflows, line 5 of 31 ────────────────────────────────────────────
 *   The last ACK of a handshake found an accept queue full ... Usual: none at all.
 *
 * Enter shows what a line counts.  Figures are made in core/model/host.h. */
#include "ui/console/panel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/line.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "ui/console/chart.h"
#include "ui/console/figures.h"
#include "ui/console/list_view.h"

#define ITEMS                                                                                  \
    (HOST_FIGURE_COUNT + 4 + PRIVILEGES_LINES + HOST_LISTENERS + KIND_COUNT * STATE_COUNT)
/* What is explained of the line with the cursor, in a pane that has room for it. */
#define EXPLAIN_ROWS 5
#define EXPLAIN_FROM_ROWS 14
#define TEXT_BYTES 640
#define STATES_SAID 4

/* Columns of a line, from the left; the curve gets what is left of them. */
enum { TITLE = 19, NOW = 14, MORE = 19, WORD = 7, CURVE_MOST = 60, CURVE_LEAST = 8 };

enum item_kind { ITEM_FIGURE, ITEM_HEADING, ITEM_LISTENER, ITEM_KIND, ITEM_STATE, ITEM_RIGHTS };

struct item {
    enum item_kind is;
    int which; /* figure, listener, kind, line of rights */
    int state; /* ITEM_STATE */
};

struct host_view {
    struct list_view list;
    int rows, columns;
    size_t n;
    struct item items[ITEMS];
};

static void *host_open(void)
{
    return mem_new(1, sizeof(struct host_view));
}

/* --- the lines ---------------------------------------------------------------------------- */

static void add(struct host_view *p, enum item_kind is, int which, int state)
{
    p->items[p->n].is = is;
    p->items[p->n].which = which;
    p->items[p->n++].state = state;
}

enum { HEADING_LISTENERS, HEADING_SOCKETS, HEADING_RIGHTS };

static void add_sockets(struct host_view *p, const struct host_tally *t)
{
    add(p, ITEM_HEADING, HEADING_SOCKETS, 0);
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        if (!t->kinds[kind].total)
            continue;
        add(p, ITEM_KIND, kind, 0);
        for (int state = 1; state < STATE_COUNT; state++)
            if (t->kinds[kind].states[state])
                add(p, ITEM_STATE, kind, state);
    }
}

static void add_rights(struct host_view *p, const struct privileges *privileges)
{
    struct privileges_line lines[PRIVILEGES_LINES];
    size_t n = p->n ? privileges_lines(privileges, lines) : 0;

    if (n)
        add(p, ITEM_HEADING, HEADING_RIGHTS, 0);
    for (size_t i = 0; i < n; i++)
        add(p, ITEM_RIGHTS, (int)i, 0);
}

/* One of the lines that there are. */
static struct privileges_line rights_line(const struct model *m, int which)
{
    struct privileges_line lines[PRIVILEGES_LINES] = {0};
    size_t n = privileges_lines(&m->privileges, lines);

    return (size_t)which < n ? lines[which] : (struct privileges_line){.title = ""};
}

static bool explains(const struct host_view *p)
{
    return p->rows >= EXPLAIN_FROM_ROWS;
}

/* Title, what there is in a line, the titles of the columns; below, the explanation. */
static int rows_around(const struct host_view *p)
{
    return figure_title_rows(p->rows) + 2 + (explains(p) ? EXPLAIN_ROWS : 0);
}

static void refresh(struct host_view *p, const struct model *m)
{
    const struct host_tally *t = m->figures.tally;
    struct item at = p->items[p->list.cursor];
    bool had = p->n > 0;

    p->n = 0;
    for (int id = 0; id < HOST_FIGURE_COUNT && m->figures.n; id++)
        add(p, ITEM_FIGURE, id, 0);
    if (t && t->n_listeners)
        add(p, ITEM_HEADING, HEADING_LISTENERS, 0);
    for (size_t i = 0; t && i < t->n_listeners; i++)
        add(p, ITEM_LISTENER, (int)i, 0);
    if (t)
        add_sockets(p, t);
    add_rights(p, &m->privileges);
    list_view_count(&p->list, p->n);
    list_view_rows(&p->list, p->rows - rows_around(p));
    /* The cursor stays on what it was on while lines come and go above it. */
    for (size_t i = 0; had && i < p->n; i++)
        if (p->items[i].is == at.is && p->items[i].which == at.which &&
            p->items[i].state == at.state)
            list_view_to(&p->list, i);
}

static const char *item_title(const struct model *m, const struct item *item, char *buf,
                              size_t size)
{
    const struct host_tally *t = m->figures.tally;

    switch (item->is) {
    case ITEM_FIGURE:
        snprintf(buf, size, "%s", host_figure_title((enum host_figure_id)item->which));
        break;
    case ITEM_HEADING:
        snprintf(buf, size, "%s",
                 item->which == HEADING_SOCKETS  ? "Sockets"
                 : item->which == HEADING_RIGHTS ? "Rights of this program"
                 : t && t->listeners_left_out    ? "Listeners, the fullest"
                                                 : "Listeners");
        break;
    case ITEM_LISTENER:
        snprintf(buf, size, "%s", t ? t->listeners[item->which].name : "");
        break;
    case ITEM_RIGHTS:
        snprintf(buf, size, "%s", rights_line(m, item->which).title);
        break;
    case ITEM_KIND:
        snprintf(buf, size, "%s", kind_name((enum socket_kind)item->which));
        break;
    case ITEM_STATE:
        snprintf(buf, size, "  %s", state_name((enum socket_state)item->state));
        break;
    }
    return buf;
}

/* --- where a line leads ------------------------------------------------------------------- */

static void lead_to_figure(const struct model *m, enum host_figure_id id,
                           struct requests *requests)
{
    const struct host_figure_info *info = host_figure_info(id);
    char filter[HOST_FILTER_BYTES];

    host_filter(&m->figures, id, filter);
    if (info->list == LISTED_NOWHERE) {
        snprintf(requests->notice, sizeof(requests->notice),
                 "%s: the kernel only counts them, there is no list", host_figure_title(id));
    } else if (info->list == LISTED_AS_PACKETS) {
        snprintf(requests->command, sizeof(requests->command), "packets-filter %s", filter);
        snprintf(requests->then, sizeof(requests->then), "goto packets");
    } else {
        snprintf(requests->command, sizeof(requests->command), "filter %s", filter);
        snprintf(requests->then, sizeof(requests->then), "view %s", view_name(info->view));
    }
}

/* Its clients stand below it. */
static void lead_to_listener(const struct row *row, struct requests *requests)
{
    bool is_unix = KIND_BIT(row->kind) & KINDS_UNIX;

    if (is_unix)
        snprintf(requests->command, sizeof(requests->command),
                 "filter proto %s and state listening", kind_name((enum socket_kind)row->kind));
    else
        snprintf(requests->command, sizeof(requests->command), "filter sport = :%u",
                 row->local.port);
    snprintf(requests->then, sizeof(requests->then), "view %s",
             view_name(is_unix ? VIEW_LIST : VIEW_LISTENERS));
}

static enum panel_reply lead(const struct host_view *p, const struct model *m,
                             struct requests *requests)
{
    const struct item *item = p->n ? &p->items[p->list.cursor] : NULL;

    if (!item || item->is == ITEM_HEADING || item->is == ITEM_RIGHTS)
        return PANEL_HANDLED;
    if (item->is == ITEM_FIGURE) {
        lead_to_figure(m, (enum host_figure_id)item->which, requests);
    } else if (item->is == ITEM_LISTENER) {
        lead_to_listener(&m->figures.tally->listeners[item->which].row, requests);
    } else {
        snprintf(requests->command, sizeof(requests->command), "filter proto %s%s%s",
                 kind_name((enum socket_kind)item->which),
                 item->is == ITEM_STATE ? " and state " : "",
                 item->is == ITEM_STATE ? state_name((enum socket_state)item->state) : "");
        snprintf(requests->then, sizeof(requests->then), "view list");
    }
    return PANEL_HANDLED;
}

/* --- what a line says --------------------------------------------------------------------- */

static void write_now(const struct host_figure *f, enum host_unit unit, char *buf)
{
    if (f->known)
        host_value(unit, f->value, buf);
    else
        snprintf(buf, HOST_VALUE_BYTES, "?");
}

/* Its limit, or what it has come to; of what is not known why. */
static void write_more(const struct host_figure *f, enum host_unit unit, char *buf, size_t size)
{
    char value[HOST_VALUE_BYTES];

    if (f->has_limit)
        snprintf(buf, size, "of %s", host_value(unit, f->limit, value));
    else if (f->has_all)
        snprintf(buf, size, "%s in all",
                 host_value(unit == HOST_SHARE ? HOST_SHARE : HOST_NUMBER, f->all, value));
    else if (f->known)
        snprintf(buf, size, "%s", f->state == HOST_UNKNOWN ? "of ?" : "");
    else
        snprintf(buf, size, "%s", f->note);
}

/* The most frequent ones. */
static void write_states(const struct host_kind *kind, struct line_out *l)
{
    uint32_t said = 0;

    for (int i = 0; i < STATES_SAID; i++) {
        int most = 0;

        for (int state = 1; state < STATE_COUNT; state++)
            if (!(said >> state & 1) && kind->states[state] > kind->states[most])
                most = state;
        if (!most)
            return;
        line_add(l, "%s%zu %s", said ? ", " : ": ", kind->states[most],
                 state_name((enum socket_state)most));
        said |= UINT32_C(1) << most;
    }
}

/* "812 tcp: 640 ESTABLISHED, 150 TIME_WAIT, 12 LISTEN  24 udp  402 u_str" */
static void write_sockets(const struct host_tally *t, char *buf, size_t size)
{
    struct line_out l = line_in(buf, size);

    for (int kind = 0; kind < KIND_COUNT; kind++) {
        if (!t->kinds[kind].total)
            continue;
        line_add(&l, "%s%zu %s", l.used ? "  " : "", t->kinds[kind].total,
                 kind_name((enum socket_kind)kind));
        if (kind == KIND_TCP)
            write_states(&t->kinds[kind], &l);
    }
}

static void explain_figure(const struct model *m, enum host_figure_id id, struct line_out *l)
{
    const struct host_figure_info *info = host_figure_info(id);
    const struct host_figure *f = &m->figures.figures[id];
    char number[TEXT_NUMBER_BYTES];

    line_add(l, "%s Usual: %s.", info->means, info->usual);
    if (f->has_recent && f->state != HOST_PLAIN)
        line_add(l, " In the last minute: %s.", text_number(f->recent, number));
    if (f->note[0])
        line_add(l, " %s%s.", f->state == HOST_UNKNOWN ? "Not known: " : "Now: ", f->note);
}

static void write_explanation(const struct model *m, const struct item *item, char *buf,
                              size_t size)
{
    struct line_out l = line_in(buf, size);

    switch (item->is) {
    case ITEM_FIGURE:
        explain_figure(m, (enum host_figure_id)item->which, &l);
        break;
    case ITEM_LISTENER:
        line_add(&l,
                 "Connections that wait to be accepted, and how many may. Usual: none or a "
                 "few; a full queue drops SYNs, and clients time out. %s: its clients.",
                 key_for(ACTION_DETAILS));
        break;
    case ITEM_KIND:
    case ITEM_STATE:
        line_add(&l,
                 "Counted over all sockets of this network namespace, whatever the filter. "
                 "%s shows them.",
                 key_for(ACTION_DETAILS));
        break;
    case ITEM_RIGHTS:
        line_add(&l, "%s", rights_line(m, item->which).text);
        break;
    case ITEM_HEADING:
        break;
    }
}

static void item_text(const void *panel, const struct model *m, size_t index, char *buf)
{
    const struct host_view *p = panel;
    const struct item *item = &p->items[index];
    const struct host_figure *f;
    char title[ROW_END_BYTES], now[HOST_VALUE_BYTES] = "", more[HOST_NOTE_BYTES] = "";
    struct line_out l = line_in(buf, LIST_ITEM_BYTES);
    enum host_unit unit;

    line_add(&l, "%s", item_title(m, item, title, sizeof(title)));
    if (item->is == ITEM_RIGHTS)
        line_add(&l, ": %s", rights_line(m, item->which).text);
    if (item->is != ITEM_FIGURE)
        return;
    f = &m->figures.figures[item->which];
    unit = host_figure_info((enum host_figure_id)item->which)->unit;
    write_now(f, unit, now);
    write_more(f, unit, more, sizeof(more));
    line_add(&l, ": %s %s %s", now, more, host_state_word(f->state));
}

static enum panel_reply host_update(void *self, const struct panel_event *event,
                                    const struct model *m, struct requests *requests)
{
    struct host_view *p = self;

    if (event->kind == PANEL_RESIZE) {
        p->rows = event->rows;
        p->columns = event->columns;
    }
    refresh(p, m);
    if (event->kind == PANEL_RESIZE || event->kind == PANEL_TICK ||
        list_view_click(&p->list, event, figure_title_rows(event->rows) + 2) ||
        list_view_search(&p->list, event, item_text, p, m, requests))
        return PANEL_HANDLED;
    if (event->kind != PANEL_ACTION)
        return PANEL_IGNORED;
    if (event->action == ACTION_DETAILS)
        return lead(p, m, requests);
    if (event->action == ACTION_COPY && p->n) {
        item_text(p, m, p->list.cursor, requests->copy);
        return PANEL_HANDLED;
    }
    return list_view_move(&p->list, event->action) ? PANEL_HANDLED : PANEL_IGNORED;
}

/* --- drawing ------------------------------------------------------------------------------ */

static enum style state_style(enum host_state state)
{
    switch (state) {
    case HOST_BAD:
        return STYLE_BAD;
    case HOST_WATCH:
    case HOST_UNKNOWN:
        return STYLE_BUSY;
    case HOST_USUAL:
        return STYLE_GOOD;
    default:
        return STYLE_NORMAL;
    }
}

/* Columns of the curve; 0: there is no room for one. */
static int curve_columns(int columns)
{
    int left = columns - 1 - TITLE - NOW - 2 - MORE - 2 - WORD;

    return left < CURVE_LEAST ? 0 : left > CURVE_MOST ? CURVE_MOST : left;
}

static int curve_at(void)
{
    return 1 + TITLE + NOW + 2 + MORE + 1;
}

/* A look a column, the newest to the right. */
static void draw_curve(struct area a, int row, const struct host *h, enum host_figure_id id)
{
    struct chart_point points[CURVE_MOST] = {0};
    int n = curve_columns(a.columns);

    for (int i = 0; i < n; i++)
        points[i].known = host_past(h, id, (size_t)(n - 1 - i), &points[i].value);
    chart_points(area_part(a, row, curve_at(), 1, n), points);
}

static void draw_word(struct area a, int row, enum host_state state)
{
    int at = curve_at() + curve_columns(a.columns) + 1;

    area_text_cut(a, row, at, a.columns - at, state_style(state), host_state_word(state));
}

static void draw_figure(struct area a, int row, const struct model *m, enum host_figure_id id)
{
    const struct host_figure *f = &m->figures.figures[id];
    enum host_unit unit = host_figure_info(id)->unit;
    char now[HOST_VALUE_BYTES], more[HOST_NOTE_BYTES];
    bool reason = !f->known && !f->has_all && !f->has_limit;
    int at = 1 + TITLE + NOW + 2;

    area_text_cut(a, row, 1, TITLE, STYLE_NORMAL, host_figure_title(id));
    write_now(f, unit, now);
    area_text_right(a, row, 1 + TITLE, NOW,
                    f->known && f->state == HOST_UNKNOWN ? STYLE_NORMAL : state_style(f->state),
                    now);
    write_more(f, unit, more, sizeof(more));
    area_text_cut(a, row, at, reason ? a.columns - at : MORE, STYLE_DIM, more);
    if (reason)
        return;
    draw_curve(a, row, &m->figures, id);
    draw_word(a, row, f->state);
}

/* The name may be long; what waits stands where figures have their value. */
static void draw_listener(struct area a, int row, const struct host_listener *l)
{
    char used[TEXT_NUMBER_BYTES], most[TEXT_NUMBER_BYTES], queue[2 * TEXT_NUMBER_BYTES + 2];
    enum host_state state = host_listener_state(&l->row);
    int width = MORE + 1 + curve_columns(a.columns);

    if (state == HOST_UNKNOWN)
        snprintf(queue, sizeof(queue), "?");
    else
        snprintf(queue, sizeof(queue), "%s/%s", text_number(l->row.rqueue, used),
                 text_number(l->row.wqueue, most));
    area_text_cut(a, row, 1, TITLE + NOW - text_columns(queue) - 1, STYLE_NORMAL, l->name);
    area_text_right(a, row, 1 + TITLE, NOW, state_style(state), queue);
    if (state != HOST_UNKNOWN)
        area_gauge(a, row, 1 + TITLE + NOW + 2, width, l->row.rqueue,
                   l->row.wqueue + UINT64_C(1));
    draw_word(a, row, state);
}

static void draw_kind(struct area a, int row, const struct host_tally *t,
                      const struct item *item)
{
    const struct host_kind *kind = &t->kinds[item->which];
    bool whole = item->is == ITEM_KIND;
    char number[TEXT_NUMBER_BYTES], text[96];

    text_number(whole ? kind->total : kind->states[item->state], number);
    area_text_right(a, row, 1 + TITLE, NOW, STYLE_NORMAL, number);
    if (!whole || !(kind->ipv4 + kind->ipv6))
        return;
    snprintf(text, sizeof(text), "%zu IPv4, %zu IPv6", kind->ipv4, kind->ipv6);
    area_text_cut(a, row, 1 + TITLE + NOW + 2, a.columns - TITLE - NOW - 3, STYLE_DIM, text);
}

static void draw_rights(struct area a, int row, struct privileges_line line)
{
    area_text_cut(a, row, 1, TITLE, STYLE_NORMAL, line.title);
    area_text_cut(a, row, 1 + TITLE, a.columns - 1 - TITLE, line.bad ? STYLE_BAD : STYLE_NORMAL,
                  line.text);
}

static void draw_item(struct area a, int row, const struct model *m, const struct item *item)
{
    const struct host_tally *t = m->figures.tally;
    char title[ROW_END_BYTES];

    if (item->is == ITEM_FIGURE) {
        draw_figure(a, row, m, (enum host_figure_id)item->which);
        return;
    }
    item_title(m, item, title, sizeof(title));
    if (item->is == ITEM_HEADING) {
        area_text_cut(a, row, 1, a.columns - 1, STYLE_HEADER, title);
    } else if (item->is == ITEM_RIGHTS) {
        draw_rights(a, row, rights_line(m, item->which));
    } else if (item->is == ITEM_LISTENER && t) {
        draw_listener(a, row, &t->listeners[item->which]);
    } else if (t) {
        area_text_cut(a, row, 1, TITLE, STYLE_NORMAL, title);
        draw_kind(a, row, t, item);
    }
}

static void draw_header(struct area a, int row)
{
    int n = curve_columns(a.columns);
    char text[64];

    area_text_cut(a, row, 1, TITLE, STYLE_HEADER, "Figure");
    area_text_right(a, row, 1 + TITLE, NOW, STYLE_HEADER, "now");
    area_text_cut(a, row, 1 + TITLE + NOW + 2, MORE, STYLE_HEADER, "limit, or in all");
    if (!n)
        return;
    snprintf(text, sizeof(text), "%d looks", n);
    area_text_cut(a, row, curve_at(), n, STYLE_HEADER, text);
}

/* "host: listen overflows bad; TIME_WAIT watch" */
static void write_title(const struct model *m, char *buf, size_t size)
{
    struct line_out l = line_in(buf, size);
    size_t n = 0;

    line_add(&l, "host");
    for (int state = HOST_BAD; state >= HOST_WATCH; state--)
        for (int id = 0; id < HOST_FIGURE_COUNT && m->figures.n; id++)
            if ((int)m->figures.figures[id].state == state)
                line_add(&l, "%s%s %s", n++ ? "; " : ": ",
                         host_figure_title((enum host_figure_id)id),
                         host_state_word((enum host_state)state));
    if (!n && m->figures.n)
        line_add(&l, ": nothing unusual");
}

static void draw_explanation(const struct host_view *p, struct area a, const struct model *m)
{
    const struct item *item = &p->items[p->list.cursor];
    char text[TEXT_BYTES], title[ROW_END_BYTES];
    const char *name = item_title(m, item, title, sizeof(title));

    snprintf(text, sizeof(text), "%s, line %zu of %zu", name + strspn(name, " "),
             p->list.cursor + 1, p->n);
    area_title(a, 0, STYLE_DIM, text);
    write_explanation(m, item, text, sizeof(text));
    if (text[0])
        figure_paragraph(area_part(a, 1, 1, a.rows - 1, a.columns - 1), 0, STYLE_DIM, text);
}

static void host_draw(const void *self, const struct model *m, struct area a, bool keys)
{
    const struct host_view *p = self;
    struct area whole = a;
    char text[TEXT_BYTES];
    int rows = (int)p->list.rows;

    write_title(m, text, sizeof(text));
    a = figure_title(a, text, keys);
    if (!m->figures.n || !p->n) {
        figure_paragraph(area_part(a, 0, 1, a.rows, a.columns - 1), 0, STYLE_DIM,
                         "the kernel's counters are being read; they come with the next look "
                         "at the sockets");
        return;
    }
    if (m->figures.tally)
        write_sockets(m->figures.tally, text, sizeof(text));
    else
        snprintf(text, sizeof(text), "the sockets are being counted");
    area_text_cut(a, 0, 1, a.columns - 1, STYLE_NORMAL, text);
    draw_header(a, 1);
    for (int i = 0; i < rows && p->list.top + (size_t)i < p->n; i++) {
        size_t index = p->list.top + (size_t)i;

        draw_item(a, 2 + i, m, &p->items[index]);
        if (index == p->list.cursor)
            list_view_mark(a, 2 + i, keys);
    }
    if (explains(p))
        draw_explanation(
            p, area_part(whole, whole.rows - EXPLAIN_ROWS, 0, EXPLAIN_ROWS, whole.columns), m);
}

const struct panel_ops host_panel = {
    .name = "host",
    .open = host_open,
    .close = free,
    .update = host_update,
    .draw = host_draw,
};
