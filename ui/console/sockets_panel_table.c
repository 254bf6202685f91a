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
#include "ui/console/sockets_panel_columns.h"

#include <stdio.h>

#include "ui/console/figures.h"

/* --- sockets ---------------------------------------------------------------------------- */

static void draw_header(const struct model *m, struct area a, const struct table_layout *l)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct table_column *c = &l->columns[i];
        char title[TABLE_TITLE_BYTES];

        draw_column_title(a, c->at, c->width, table_title(c, title), m->sort == c->column,
                          m->descending);
    }
    if (l->folded)
        area_glyph(a, 0, a.columns - 1, STYLE_HEADER, GLYPH_ELLIPSIS);
}

static void draw_state(struct area a, int row, const struct table_layout *l,
                       const struct table_column *c, const struct socket_line *line)
{
    const char *text = line->state;
    int width = c->width;

    if (line->session && !l->chosen)
        width = table_span(l, STATE, TIMER);
    /* Where both do not fit, the errno says it all. */
    if (line->session && line->session->err.code && text_columns(text) > width)
        text = figure_error(&line->session->err);
    area_text_cut(a, row, c->at, width, line->state_style, text);
}

static void draw_recvq(struct area a, int row, const struct table_layout *l,
                       const struct table_column *c, const struct socket_line *line)
{
    const struct row *r = &line->row;
    bool none = line->session || r->state == STATE_LISTEN || r->rqueue == QUEUE_UNKNOWN;
    uint64_t value = none ? 0 : r->rqueue;

    draw_queue(a, row, c->at, c->width, line->recvq, value, l->full_recvq,
               value >= QUEUE_LARGE);
}

static void draw_sendq(struct area a, int row, const struct table_layout *l,
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
    table_value(c, m, &line->row, &value);
    style = value.kind == VALUE_UNKNOWN || value.kind == VALUE_NONE ? STYLE_DIM : STYLE_NORMAL;
    if (c->column->right)
        area_text_right(a, row, c->at, c->width, style, value.text);
    else
        area_text_cut(a, row, c->at, c->width, style, value.text);
}

static void draw_cell(const struct model *m, struct area a, int row,
                      const struct table_layout *l, const struct table_column *c,
                      const struct socket_line *line, int indent)
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

static void draw_socket(const struct model *m, struct area a, int row,
                        const struct table_layout *l, const struct place *place, bool focus)
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

static void draw_sum(struct area a, int row, const struct table_layout *l, enum place_kind kind,
                     uint64_t bytes)
{
    const struct table_column *c = &l->columns[l->of[kind]];
    char sum[TEXT_NUMBER_BYTES];

    if (c->width)
        draw_queue(a, row, c->at, c->width, text_number(bytes, sum), bytes, 0, false);
}

static void draw_process(const struct model *m, struct area a, int row,
                         const struct table_layout *l, const struct place *place)
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
static void draw_listener(const struct model *m, struct area a, int row,
                          const struct table_layout *l, const struct place *place, bool focus)
{
    const struct socket_detail *detail = row_detail(m->snapshot, &place->row);
    int at = l->columns[l->of[PEER]].at, width = table_span(l, PEER, TIMER);
    char clients[64], number[TEXT_NUMBER_BYTES], text[160];
    struct line_out out = line_in(text, sizeof(text));
    const struct table_column *proto = &l->columns[l->of[PROTO]];

    draw_socket(m, a, row, l, place, focus);
    if (!width)
        return;
    if (width <= table_span(l, PEER, PEER))
        width = table_span(l, PEER, STATE);
    line_add(&out, "%s", count_text(place->group->n, "client", clients));
    if (place->group->waiting)
        line_add(&out, ", %s wait%s", text_number(place->group->waiting, number),
                 place->group->waiting == 1 ? "s" : "");
    /* None are said where there is room for it. */
    if (detail && detail->known & DETAIL_MEMINFO &&
        (detail->drops || text_columns(text) + 9 <= width))
        line_add(&out, ", %s", count_text(detail->drops, "drop", clients));
    if (place->folded && proto->width)
        area_text_right(a, row, proto->at, proto->width, STYLE_KEY, "[+]");
    for (int column = at; column < at + width; column++)
        area_text(a, row, column, STYLE_NORMAL, " ");
    area_text_cut(a, row, at, width, place->group->waiting ? STYLE_BUSY : STYLE_NORMAL, text);
}

bool sockets_table_column_at(const struct sockets *p, const struct model *m, int at,
                             const struct column **ret)
{
    struct table_layout l = table_lay_out(p, m, p->columns, (int)p->list.rows);

    for (size_t i = 0; i < l.n; i++)
        if (at >= l.columns[i].at && at < l.columns[i].at + l.columns[i].width) {
            *ret = l.columns[i].column;
            return true;
        }
    return false;
}

void sockets_table_draw(const struct sockets *p, const struct model *m, struct area a,
                        bool keys)
{
    int rows = a.rows - 1;
    size_t ghost = m->focus.kind == FOCUS_SESSION ? model_focus_index(m) : SIZE_MAX;
    const struct row *focus = model_focus_row(m);
    struct table_layout l = table_lay_out(p, m, a.columns, rows);
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
