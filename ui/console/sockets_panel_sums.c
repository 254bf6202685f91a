/* ui/console/sockets_panel_sums.c - how many sockets there are, and what waits in them.
 *
 *  Proto State               Sockets      Recv-Q      Send-Q
 *  tcp   ESTABLISHED     ██████1,204     128,512   4,163,072
 *  tcp   LISTEN                   12           0           0
 *
 *  Process                   Sockets      Recv-Q      Send-Q
 *  nginx (812) root            1,100           0   4,163,072 */
#include <stdio.h>

#include "ui/console/sockets_panel.h"

#define NUMBER_COLUMNS 12
#define GAP 1

enum number { SOCKETS, RECVQ, SENDQ, N_NUMBERS };

struct sums_layout {
    int name;          /* columns of what is counted */
    int at[N_NUMBERS]; /* 0: folded away */
    uint64_t most;     /* sockets of the largest */
    bool folded;
};

static void group_text(const struct model *m, const struct view_group *g,
                       char buf[GROUP_TEXT_BYTES])
{
    if (g->kind == GROUP_STATE)
        snprintf(buf, GROUP_TEXT_BYTES, "%-7s %s", kind_name((enum socket_kind)g->socket_kind),
                 state_name((enum socket_state)g->state));
    else
        group_name(m, g, buf);
}

/* Numbers stand beside what they are of, not at the other edge. */
static struct sums_layout lay_out(const struct sockets *p, const struct model *m, int columns,
                                  int rows)
{
    struct sums_layout l = {.name = 24};
    char text[GROUP_TEXT_BYTES];
    int n = N_NUMBERS, at;
    struct place place;

    for (int i = 0; i < rows && sockets_place(p, m, p->list.top + (size_t)i, &place); i++) {
        group_text(m, place.group, text);
        if (text_columns(text) > l.name)
            l.name = text_columns(text);
    }
    for (size_t i = 0; i < m->snapshot->view->n_groups; i++)
        if (m->snapshot->view->groups[i].n > l.most)
            l.most = m->snapshot->view->groups[i].n;
    while (n > 1 && 1 + 16 + n * (NUMBER_COLUMNS + GAP) > columns)
        n--;
    l.folded = n < N_NUMBERS;
    if (l.name > columns - 1 - n * (NUMBER_COLUMNS + GAP))
        l.name = columns - 1 - n * (NUMBER_COLUMNS + GAP);
    at = 1 + l.name + GAP;
    for (int i = 0; i < n; i++, at += NUMBER_COLUMNS + GAP)
        l.at[i] = at;
    return l;
}

static const struct {
    const char *title;
    enum sums_order order;
} numbers[N_NUMBERS] = {
    {"Sockets", SUMS_COUNT}, {"Recv-Q", SUMS_RECVQ}, {"Send-Q", SUMS_SENDQ}};

enum sums_order sockets_sums_order(const struct model *m, bool *ret_descending)
{
    *ret_descending = m->sums == SUMS_USUAL ? m->view == VIEW_PROCESSES : m->sums_descending;
    if (m->sums != SUMS_USUAL)
        return m->sums;
    return m->view == VIEW_PROCESSES ? SUMS_COUNT : SUMS_NAME;
}

bool sockets_sums_order_at(const struct sockets *p, const struct model *m, int at,
                           enum sums_order *ret)
{
    struct sums_layout l = lay_out(p, m, p->columns, (int)p->list.rows);

    *ret = at >= 1 && at <= l.name ? SUMS_NAME : SUMS_USUAL;
    for (int i = 0; i < N_NUMBERS; i++)
        if (l.at[i] && at >= l.at[i] && at < l.at[i] + NUMBER_COLUMNS)
            *ret = numbers[i].order;
    return *ret != SUMS_USUAL;
}

static void draw_titles(const struct model *m, struct area a, const struct sums_layout *l)
{
    bool descending;
    enum sums_order by = sockets_sums_order(m, &descending);

    draw_column_title(a, 1, l->name, m->view == VIEW_STATES ? "Proto   State" : "Process",
                      by == SUMS_NAME, descending);
    for (int i = 0; i < N_NUMBERS; i++) {
        int width = text_columns(numbers[i].title) + (by == numbers[i].order);

        if (l->at[i])
            draw_column_title(a, l->at[i] + NUMBER_COLUMNS - width, width, numbers[i].title,
                              by == numbers[i].order, descending);
    }
    if (l->folded)
        area_glyph(a, 0, a.columns - 1, STYLE_HEADER, GLYPH_ELLIPSIS);
}

static void draw_number(struct area a, int row, int at, uint64_t value, uint64_t full)
{
    char digits[TEXT_NUMBER_BYTES];

    if (!at)
        return;
    text_number(value, digits);
    if (full)
        area_gauge(a, row, at, NUMBER_COLUMNS - text_columns(digits), value, full);
    area_text_right(a, row, at, NUMBER_COLUMNS, value ? STYLE_NORMAL : STYLE_DIM, digits);
}

void sockets_sums_draw(const struct sockets *p, const struct model *m, struct area a, bool keys)
{
    struct sums_layout l = lay_out(p, m, a.columns, a.rows - 1);
    char text[GROUP_TEXT_BYTES];
    struct place place;

    draw_titles(m, a, &l);
    for (int i = 0; i < a.rows - 1; i++) {
        size_t index = p->list.top + (size_t)i;

        if (!sockets_place(p, m, index, &place))
            break;
        group_text(m, place.group, text);
        area_text_cut(a, 1 + i, 1, l.name, STYLE_NORMAL, text);
        draw_number(a, 1 + i, l.at[SOCKETS], place.group->n, l.most);
        draw_number(a, 1 + i, l.at[RECVQ], place.group->rqueue_bytes, 0);
        draw_number(a, 1 + i, l.at[SENDQ], place.group->wqueue_bytes, 0);
        if (index == p->list.cursor)
            list_view_mark(a, 1 + i, keys);
    }
}
