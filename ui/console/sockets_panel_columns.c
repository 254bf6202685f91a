/* ui/console/sockets_panel_columns.c - which columns the table of sockets has, and how wide. */
#include "ui/console/sockets_panel_columns.h"

#include <stdio.h>
#include <string.h>

#include "ui/console/figures.h"

/* Below this width the timers fold away, unless they were asked for; they stay in the details. */
#define COLUMNS_WITH_TIMERS 110
/* What a text of a chosen column takes at most before others had their share. */
#define TEXT_LEAST 12
/* A queue with a gauge; below this width what is said of a group needs the room more. */
#define GAUGE_COLUMNS 12
#define COLUMNS_WITH_GAUGES 100

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

const char *table_title(const struct table_column *c, char buf[TABLE_TITLE_BYTES])
{
    const char *title = c->kind == OTHER ? c->column->title : specials[c->kind].title;

    if (c->kind == OTHER && c->column->unit >= UNIT_SEGMENTS)
        snprintf(buf, TABLE_TITLE_BYTES, "%s %s", title, unit_name(c->column->unit));
    else
        snprintf(buf, TABLE_TITLE_BYTES, "%s", title);
    return buf;
}

static struct table_layout columns_of(const struct model *m)
{
    struct table_layout l = {.n = table_n_columns(m),
                             .chosen = are_chosen(m),
                             .grouped = m->view != VIEW_LIST,
                             .full_recvq = QUEUE_LARGE,
                             .full_sendq = QUEUE_LARGE};

    memset(l.of, 0xff, sizeof(l.of));
    for (size_t i = 0; i < l.n; i++) {
        struct table_column *c = &l.columns[i];
        char title[TABLE_TITLE_BYTES];

        c->column = table_column(m, i);
        c->kind = kind_of(c->column);
        c->want = c->kind < OTHER
                      ? specials[c->kind].least
                      : text_columns(table_title(c, title)) + (m->sort == c->column);
        if (c->kind < OTHER)
            l.of[c->kind] = (int)i;
        if (c->kind == PROTO && l.grouped)
            c->want += INDENT;
        c->width = c->want;
    }
    return l;
}

/* --- how wide --------------------------------------------------------------------------- */

static void widen(struct table_layout *l, enum place_kind kind, const char *text)
{
    int columns = text_columns(text);

    if (l->of[kind] >= 0 && columns > l->columns[l->of[kind]].want)
        l->columns[l->of[kind]].want = columns;
}

static void widen_address(struct table_layout *l, enum place_kind kind,
                          const struct socket_line *line, const char *text)
{
    widen(l, kind, text);
    if (KINDS_INET & KIND_BIT(line->row.kind) && l->of[kind] >= 0 &&
        text_columns(text) > l->columns[l->of[kind]].numeric)
        l->columns[l->of[kind]].numeric = text_columns(text);
}

static void measure_line(struct table_layout *l, const struct socket_line *line)
{
    widen(l, RECVQ, line->recvq);
    widen(l, SENDQ, line->sendq);
    widen_address(l, LOCAL, line, line->local);
    widen_address(l, PEER, line, line->peer);
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

void table_value(const struct table_column *c, const struct model *m, const struct row *row,
                 struct value *ret)
{
    column_text(c->column, m->snapshot, row, ret);
    if (ret->kind == VALUE_NUMBER && c->column->unit != UNIT_NONE)
        text_number(ret->number, ret->text);
}

static void measure_others(struct table_layout *l, const struct model *m, const struct row *row)
{
    struct value value;

    for (size_t i = 0; i < l->n; i++) {
        struct table_column *c = &l->columns[i];
        int columns;

        if (c->kind != OTHER)
            continue;
        table_value(c, m, row, &value);
        columns = text_columns(value.text);
        if (columns > c->want)
            c->want = columns;
    }
}

/* What the visible rows would like. */
static void measure(const struct sockets *p, const struct model *m, int rows,
                    struct table_layout *l)
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
static void grow(struct table_layout *l, int index, int want, int *left)
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
static int next_to_fold(const struct table_layout *l)
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
static void leave_out_owners(struct table_layout *l)
{
    l->columns[l->of[OWNER]].width = 0;
}

/* Fold columns until the narrowest form of the others fits; returns what is left. */
static int fold(struct table_layout *l, int columns)
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

static int want_of(const struct table_layout *l, enum place_kind kind)
{
    return l->of[kind] < 0 ? 0 : l->columns[l->of[kind]].want;
}

/* How many columns more it would like; 0 of one that is not shown. */
static int lacks(const struct table_layout *l, enum place_kind kind, bool names)
{
    const struct table_column *c = &l->columns[l->of[kind] < 0 ? 0 : l->of[kind]];

    return l->of[kind] < 0 || !c->width ? 0 : (names ? c->want : c->numeric) - c->width;
}

/* Addresses get what there is evenly: the one that lacks more first. */
static void grow_addresses(struct table_layout *l, bool names, int *left)
{
    for (; *left > 0; --*left) {
        int local = lacks(l, LOCAL, names), peer = lacks(l, PEER, names);

        if (local <= 0 && peer <= 0)
            return;
        l->columns[l->of[local >= peer ? LOCAL : PEER]].width++;
    }
}

/* What the others left goes to addresses first, then to texts, to names and to gauges. */
static void share(struct table_layout *l, int columns, int *left)
{
    grow_addresses(l, false, left);
    grow(l, l->of[OWNER], want_of(l, OWNER), left);
    for (size_t i = 0; i < l->n; i++)
        if (l->columns[i].kind == OTHER)
            grow(l, (int)i, l->columns[i].want, left);
    grow_addresses(l, true, left);
    if (columns < COLUMNS_WITH_GAUGES && l->grouped)
        return;
    grow(l, l->of[RECVQ], GAUGE_COLUMNS, left);
    grow(l, l->of[SENDQ], GAUGE_COLUMNS, left);
}

/* The last text takes the rest of the line. */
static void stretch_last(struct table_layout *l, int columns)
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

struct table_layout table_lay_out(const struct sockets *p, const struct model *m, int columns,
                                  int rows)
{
    struct table_layout l = columns_of(m);
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

int table_span(const struct table_layout *l, enum place_kind from, enum place_kind to)
{
    const struct table_column *a = l->of[from] >= 0 ? &l->columns[l->of[from]] : NULL;
    const struct table_column *b = l->of[to] >= 0 ? &l->columns[l->of[to]] : NULL;

    if (!a || !a->width)
        return 0;
    return b && b->width && b->at > a->at ? b->at + b->width - a->at : a->width;
}
