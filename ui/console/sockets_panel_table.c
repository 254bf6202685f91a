/* ui/console/sockets_panel_table.c - sockets in columns: the list, the tree, the listeners.
 *
 *  Proto Recv-Q   Send-Q      Local           Peer            State       Timer        Owner^
 *  tcp   -        0/128       127.0.0.1:65432 *               LISTEN                   server 1
 * !tcp   █128,512 0           127.0.0.1:65432 127.0.0.1:51826 ESTABLISHED              server 1
 * >tcp   0        ██4,163,072 127.0.0.1:51826 127.0.0.1:65432 ESTABLISHED persist 1.4s session 2
 *
 *  Proto   Recv-Q Send-Q Local           Peer            State
 *  [-]     0      0      nginx (812) root: 2 sockets
 *    tcp   -      0/511  0.0.0.0:80      *               LISTEN
 *    tcp   0      0      10.0.0.1:80     10.0.0.2:40112  ESTABLISHED
 *  [+]     0      17     python3 (4711) uid 1000: 12 sockets
 *
 * `>` is the row that the other panes follow, `!` one with trouble; ^ and v mark the column the
 * table is sorted by.  A listener's Send-Q is its accept queue, used/limit; it has no
 * Recv-Q.  A full gauge is the fullest queue on the screen. */
#include <stdio.h>
#include <string.h>

#include "ui/console/figures.h"
#include "ui/console/sockets_panel.h"

/* Below this width the timers fold away, unless they were asked for; they stay in the details. */
#define COLUMNS_WITH_TIMERS 110
/* What a text of a chosen column takes at most before others had their share. */
#define TEXT_LEAST 12
#define INDENT 2
/* A queue with a gauge; below this width what is said of a group needs the room more. */
#define GAUGE_COLUMNS 12
#define COLUMNS_WITH_GAUGES 100

enum place_kind { PROTO, RECVQ, SENDQ, LOCAL, PEER, STATE, TIMER, OWNER, OTHER };

/* Those that are more than the text of their value. */
static const struct {
    const char *name, *title;
    int least;
} specials[OTHER] = {
    [PROTO] = {"netid", "Proto", 5},  [RECVQ] = {"recvq", "Recv-Q", 8},
    [SENDQ] = {"sendq", "Send-Q", 8}, [LOCAL] = {"local", "Local", 12},
    [PEER] = {"peer", "Peer", 12},    [STATE] = {"state", "State", 11},
    [TIMER] = {"timer", "Timer", 12}, [OWNER] = {"owner", "Owner", 9},
};

struct table_column {
    const struct column *column; /* NULL: the owner */
    enum place_kind kind;
    int at, width, want; /* width 0: folded away */
};

struct layout {
    size_t n;
    struct table_column columns[MODEL_COLUMNS];
    int of[OTHER]; /* index of a special column; -1: there is none */
    bool folded;   /* something is not shown */
    bool chosen;   /* the columns were */
    bool grouped;  /* rows stand below groups */
    uint64_t full_recvq, full_sendq;
};

/* --- which columns ---------------------------------------------------------------------- */

static bool are_chosen(const struct model *m)
{
    return m->view == VIEW_LIST && m->n_columns;
}

size_t table_n_columns(const struct model *m)
{
    return are_chosen(m) ? m->n_columns : OTHER;
}

const struct column *table_column(const struct model *m, size_t i)
{
    if (are_chosen(m))
        return m->columns[i];
    return i == OWNER ? NULL : column_find(specials[i].name);
}

static enum place_kind kind_of(const struct column *c)
{
    enum place_kind kind = PROTO;

    if (!c)
        return OWNER;
    while (kind < OTHER && strcmp(specials[kind].name, c->name) != 0)
        kind++;
    return kind;
}

static const char *title_of(const struct table_column *c)
{
    return c->kind == OTHER ? c->column->title : specials[c->kind].title;
}

static struct layout columns_of(const struct model *m)
{
    struct layout l = {.n = table_n_columns(m),
                       .chosen = are_chosen(m),
                       .grouped = m->view != VIEW_LIST,
                       .full_recvq = QUEUE_LARGE,
                       .full_sendq = QUEUE_LARGE};

    memset(l.of, 0xff, sizeof(l.of));
    for (size_t i = 0; i < l.n; i++) {
        struct table_column *c = &l.columns[i];

        c->column = table_column(m, i);
        c->kind = kind_of(c->column);
        c->want = c->kind < OTHER ? specials[c->kind].least
                                  : text_columns(title_of(c)) + (m->sort == c->column);
        if (c->kind < OTHER)
            l.of[c->kind] = (int)i;
        if (c->kind == PROTO && l.grouped)
            c->want += INDENT;
        c->width = c->want;
    }
    return l;
}

/* --- how wide --------------------------------------------------------------------------- */

static void widen(struct layout *l, enum place_kind kind, const char *text)
{
    int columns = text_columns(text);

    if (l->of[kind] >= 0 && columns > l->columns[l->of[kind]].want)
        l->columns[l->of[kind]].want = columns;
}

static void measure_line(struct layout *l, const struct socket_line *line)
{
    widen(l, RECVQ, line->recvq);
    widen(l, SENDQ, line->sendq);
    widen(l, LOCAL, line->local);
    widen(l, PEER, line->peer);
    /* A session's state may shrink to its errno. */
    if (!line->session)
        widen(l, STATE, line->state);
    else if (line->session->err.code)
        widen(l, STATE, figure_error(&line->session->err));
    widen(l, TIMER, line->timer);
    widen(l, OWNER, line->owner);
    if (line->row.state == STATE_LISTEN || line->session)
        return;
    if (line->row.rqueue > l->full_recvq && line->row.rqueue != QUEUE_UNKNOWN)
        l->full_recvq = line->row.rqueue;
    if (line->row.wqueue > l->full_sendq && line->row.wqueue != QUEUE_UNKNOWN)
        l->full_sendq = line->row.wqueue;
}

static void measure_others(struct layout *l, const struct model *m, const struct row *row)
{
    struct value value;

    for (size_t i = 0; i < l->n; i++) {
        struct table_column *c = &l->columns[i];
        int columns;

        if (c->kind != OTHER)
            continue;
        column_text(c->column, m->snapshot, row, &value);
        columns = text_columns(value.text);
        if (columns > c->want)
            c->want = columns;
    }
}

/* What the visible rows would like. */
static void measure(const struct sockets *p, const struct model *m, int rows, struct layout *l)
{
    struct socket_line line;
    struct place place;

    for (int i = 0; i < rows && sockets_place(p, m, p->list.top + (size_t)i, &place); i++) {
        char sum[TEXT_NUMBER_BYTES];

        if (place.head && !place.row.state) {
            widen(l, RECVQ, text_number(place.group->rqueue_bytes, sum));
            widen(l, SENDQ, text_number(place.group->wqueue_bytes, sum));
            continue;
        }
        socket_line_of(m, &place.row, place.session, &line);
        measure_line(l, &line);
        if (!place.session)
            measure_others(l, m, &place.row);
    }
}

/* Counts and states are never cut; addresses, owners and other texts may be, visibly. */
static bool may_be_cut(const struct table_column *c)
{
    return c->kind == LOCAL || c->kind == PEER || c->kind == OWNER || c->kind == PROTO ||
           (c->kind == OTHER && !c->column->right && c->want > TEXT_LEAST);
}

/* Give a column up to `want` columns of what is left. */
static void grow(struct layout *l, int index, int want, int *left)
{
    struct table_column *c = &l->columns[index >= 0 ? index : 0];
    int more = want - c->width;

    if (index < 0 || !c->width || more <= 0 || *left <= 0)
        return;
    more = more < *left ? more : *left;
    c->width += more;
    *left -= more;
}

/* The next to go: of the usual columns the least important, of chosen ones the last.  -1: no
 * more. */
static int next_to_fold(const struct layout *l)
{
    static const enum place_kind order[] = {TIMER, OWNER, PROTO, STATE, SENDQ, RECVQ, PEER};

    for (size_t i = l->n; l->chosen && i > 1; i--)
        if (l->columns[i - 1].width)
            return (int)i - 1;
    for (size_t i = 0; !l->chosen && i < sizeof(order) / sizeof(order[0]); i++)
        if (l->columns[l->of[order[i]]].width)
            return l->of[order[i]];
    return -1;
}

/* Whose sockets they are stands above them. */
static void leave_out_owners(struct layout *l)
{
    l->columns[l->of[OWNER]].width = 0;
}

/* Fold columns until the narrowest form of the others fits; returns what is left. */
static int fold(struct layout *l, int columns)
{
    int need = 0, timer = l->of[TIMER];

    for (size_t i = 0; i < l->n; i++)
        need += l->columns[i].width ? l->columns[i].width + 1 : 0;
    if (!l->chosen && columns < COLUMNS_WITH_TIMERS) {
        need -= l->columns[timer].width + 1;
        l->columns[timer].width = 0;
        l->folded = true;
    }
    /* The mark in front, no gap behind the last. */
    while (need > columns) {
        int c = next_to_fold(l);

        if (c < 0)
            break;
        need -= l->columns[c].width + 1;
        l->columns[c].width = 0;
        l->folded = true;
    }
    return columns - need;
}

static int want_of(const struct layout *l, enum place_kind kind)
{
    return l->of[kind] < 0 ? 0 : l->columns[l->of[kind]].want;
}

/* What the others left goes to addresses first, then to texts, then to gauges. */
static void share(struct layout *l, int columns, int *left)
{
    grow(l, l->of[LOCAL], (want_of(l, LOCAL) + want_of(l, PEER)) / 2, left);
    grow(l, l->of[PEER], want_of(l, PEER), left);
    grow(l, l->of[LOCAL], want_of(l, LOCAL), left);
    grow(l, l->of[OWNER], want_of(l, OWNER), left);
    for (size_t i = 0; i < l->n; i++)
        if (l->columns[i].kind == OTHER)
            grow(l, (int)i, l->columns[i].want, left);
    if (columns < COLUMNS_WITH_GAUGES && l->grouped)
        return;
    grow(l, l->of[RECVQ], GAUGE_COLUMNS, left);
    grow(l, l->of[SENDQ], GAUGE_COLUMNS, left);
}

/* The last text takes the rest of the line. */
static void stretch_last(struct layout *l, int columns)
{
    for (size_t i = l->n; i > 0; i--) {
        struct table_column *c = &l->columns[i - 1];

        if (!c->width)
            continue;
        if (may_be_cut(c) && c->kind != PROTO)
            c->width = columns - c->at;
        return;
    }
}

static struct layout lay_out(const struct sockets *p, const struct model *m, int columns,
                             int rows)
{
    struct layout l = columns_of(m);
    int gap, left, at = 1;

    measure(p, m, rows, &l);
    for (size_t i = 0; i < l.n; i++) {
        struct table_column *c = &l.columns[i];

        if (!may_be_cut(c))
            c->width = c->want;
        else if (c->kind == OTHER)
            c->width = TEXT_LEAST;
    }
    if (m->view == VIEW_TREE)
        leave_out_owners(&l);
    left = fold(&l, columns);
    share(&l, columns, &left);
    gap = left >= (int)l.n ? 2 : 1;
    for (size_t i = 0; i < l.n; i++) {
        l.columns[i].at = at;
        if (l.columns[i].width)
            at += l.columns[i].width + gap;
    }
    stretch_last(&l, columns);
    return l;
}

/* --- drawing ---------------------------------------------------------------------------- */

static void draw_header(const struct model *m, struct area a, const struct layout *l)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct table_column *c = &l->columns[i];

        draw_column_title(a, c->at, c->width, title_of(c), m->sort == c->column, m->descending);
    }
    if (l->folded)
        area_glyph(a, 0, a.columns - 1, STYLE_HEADER, GLYPH_ELLIPSIS);
}

/* Columns from one special column up to the one behind another; 0: it is folded. */
static int span(const struct layout *l, enum place_kind from, enum place_kind to)
{
    const struct table_column *a = l->of[from] >= 0 ? &l->columns[l->of[from]] : NULL;
    const struct table_column *b = l->of[to] >= 0 ? &l->columns[l->of[to]] : NULL;

    if (!a || !a->width)
        return 0;
    return b && b->width && b->at > a->at ? b->at + b->width - a->at : a->width;
}

static void draw_state(struct area a, int row, const struct layout *l,
                       const struct table_column *c, const struct socket_line *line)
{
    const char *text = line->state;
    int width = c->width;

    if (line->session && !l->chosen)
        width = span(l, STATE, TIMER);
    /* Where both do not fit, the errno says it all. */
    if (line->session && line->session->err.code && text_columns(text) > width)
        text = figure_error(&line->session->err);
    area_text_cut(a, row, c->at, width, line->state_style, text);
}

static void draw_recvq(struct area a, int row, const struct layout *l,
                       const struct table_column *c, const struct socket_line *line)
{
    const struct row *r = &line->row;
    bool none = line->session || r->state == STATE_LISTEN || r->rqueue == QUEUE_UNKNOWN;
    uint64_t value = none ? 0 : r->rqueue;

    draw_queue(a, row, c->at, c->width, line->recvq, value, l->full_recvq,
               value >= QUEUE_LARGE);
}

static void draw_sendq(struct area a, int row, const struct layout *l,
                       const struct table_column *c, const struct socket_line *line)
{
    const struct row *r = &line->row;
    bool listens = r->state == STATE_LISTEN && !line->session;
    uint64_t value = line->session ? 0 : listens ? r->rqueue : r->wqueue;

    if (value == QUEUE_UNKNOWN)
        value = 0;
    draw_queue(a, row, c->at, c->width, line->sendq, value, listens ? r->wqueue : l->full_sendq,
               listens ? line->trouble : value >= QUEUE_LARGE);
}

static void draw_other(const struct model *m, struct area a, int row,
                       const struct table_column *c, const struct socket_line *line)
{
    struct value value = {.kind = VALUE_UNKNOWN};
    enum style style;

    if (line->session) {
        area_text(a, row, c->at, STYLE_DIM, "-");
        return;
    }
    column_text(c->column, m->snapshot, &line->row, &value);
    style = value.kind == VALUE_UNKNOWN || value.kind == VALUE_NONE ? STYLE_DIM : STYLE_NORMAL;
    if (c->column->right)
        area_text_right(a, row, c->at, c->width, style, value.text);
    else
        area_text_cut(a, row, c->at, c->width, style, value.text);
}

static void draw_cell(const struct model *m, struct area a, int row, const struct layout *l,
                      const struct table_column *c, const struct socket_line *line, int indent)
{
    switch (c->kind) {
    case PROTO:
        area_text_cut(a, row, c->at + indent, c->width - indent, STYLE_NORMAL,
                      kind_name((enum socket_kind)line->row.kind));
        break;
    case RECVQ:
        draw_recvq(a, row, l, c, line);
        break;
    case SENDQ:
        draw_sendq(a, row, l, c, line);
        break;
    case LOCAL:
        draw_address(a, row, c->at, c->width, line->local);
        break;
    case PEER:
        draw_address(a, row, c->at, c->width, line->peer);
        break;
    case STATE:
        draw_state(a, row, l, c, line);
        break;
    case TIMER:
        if (!line->session)
            area_text_cut(a, row, c->at, c->width, STYLE_NORMAL, line->timer);
        break;
    case OWNER:
        draw_owner(m, a, row, c->at, c->width, &line->row, line->owner);
        break;
    case OTHER:
        draw_other(m, a, row, c, line);
        break;
    }
}

static void draw_socket(const struct model *m, struct area a, int row, const struct layout *l,
                        const struct place *place, bool focus)
{
    int indent = place->group && !place->head ? INDENT : 0;
    struct socket_line line;

    socket_line_of(m, &place->row, place->session, &line);
    for (size_t i = 0; i < l->n; i++)
        if (l->columns[i].width)
            draw_cell(m, a, row, l, &l->columns[i], &line, indent);
    draw_row_mark(a, row, &place->row, focus, line.trouble);
}

/* --- groups ----------------------------------------------------------------------------- */

static const char *fold_mark(const struct place *place)
{
    return !place->group->n_lines ? "" : place->folded ? "[+]" : "[-]";
}

static const char *count_text(uint32_t n, const char *what, char buf[64])
{
    char number[TEXT_NUMBER_BYTES];

    snprintf(buf, 64, "%s %s%s", text_number(n, number), what, n == 1 ? "" : "s");
    return buf;
}

static void draw_sum(struct area a, int row, const struct layout *l, enum place_kind kind,
                     uint64_t bytes)
{
    const struct table_column *c = &l->columns[l->of[kind]];
    char sum[TEXT_NUMBER_BYTES];

    if (c->width)
        draw_queue(a, row, c->at, c->width, text_number(bytes, sum), bytes, 0, false);
}

static void draw_process(const struct model *m, struct area a, int row, const struct layout *l,
                         const struct place *place)
{
    const struct table_column *proto = &l->columns[l->of[PROTO]];
    int at = l->columns[l->of[LOCAL]].at;
    char name[GROUP_TEXT_BYTES], count[64], text[GROUP_TEXT_BYTES + 80];

    if (proto->width)
        area_text(a, row, proto->at, STYLE_KEY, fold_mark(place));
    draw_sum(a, row, l, RECVQ, place->group->rqueue_bytes);
    draw_sum(a, row, l, SENDQ, place->group->wqueue_bytes);
    snprintf(text, sizeof(text), "%s: %s", group_name(m, place->group, name),
             count_text(place->group->n, "socket", count));
    area_text_cut(a, row, at, a.columns - at, STYLE_HEADER, text);
}

/* In the place of its peer, which it has none, and of its state, which goes without saying. */
static void draw_listener(const struct model *m, struct area a, int row, const struct layout *l,
                          const struct place *place, bool focus)
{
    const struct socket_detail *detail = row_detail(m->snapshot, &place->row);
    int at = l->columns[l->of[PEER]].at, width = span(l, PEER, TIMER);
    char clients[64], number[TEXT_NUMBER_BYTES], text[160];
    struct line_out out = line_in(text, sizeof(text));
    const struct table_column *proto = &l->columns[l->of[PROTO]];

    draw_socket(m, a, row, l, place, focus);
    if (!width)
        return;
    if (width <= span(l, PEER, PEER))
        width = span(l, PEER, STATE);
    line_add(&out, "%s", count_text(place->group->n, "client", clients));
    if (place->group->waiting)
        line_add(&out, ", %s wait%s", text_number(place->group->waiting, number),
                 place->group->waiting == 1 ? "s" : "");
    if (detail && detail->known & DETAIL_MEMINFO)
        line_add(&out, ", %s", count_text(detail->drops, "drop", clients));
    if (place->folded && proto->width)
        area_text_right(a, row, proto->at, proto->width, STYLE_KEY, "[+]");
    for (int column = at; column < at + width; column++)
        area_text(a, row, column, STYLE_NORMAL, " ");
    area_text_cut(a, row, at, width, place->group->waiting ? STYLE_BUSY : STYLE_NORMAL, text);
}

void sockets_table_draw(const struct sockets *p, const struct model *m, struct area a,
                        bool keys)
{
    int rows = a.rows - 1;
    size_t ghost = m->focus.kind == FOCUS_SESSION ? model_focus_index(m) : SIZE_MAX;
    const struct row *focus = model_focus_row(m);
    struct layout l = lay_out(p, m, a.columns, rows);
    struct place place;

    draw_header(m, a, &l);
    for (int i = 0; i < rows; i++) {
        size_t index = p->list.top + (size_t)i;
        bool followed;

        if (!sockets_place(p, m, index, &place))
            break;
        followed = place.session
                       ? index == ghost
                       : focus && place.row.state && model_same_socket(focus, &place.row);
        if (place.head && place.group->kind == GROUP_LISTENER)
            draw_listener(m, a, 1 + i, &l, &place, followed);
        else if (place.head)
            draw_process(m, a, 1 + i, &l, &place);
        else
            draw_socket(m, a, 1 + i, &l, &place, followed);
        if (index == p->list.cursor)
            list_view_mark(a, 1 + i, keys);
    }
}
