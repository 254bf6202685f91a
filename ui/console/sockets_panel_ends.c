/* ui/console/sockets_panel_ends.c - connections, both ends on one line.
 *
 *  Proto Left            Recv-Q Send-Q    State       Owner     <-> Right           Recv-Q ...
 * >tcp   127.0.0.1:51826 0      4,163,072 ESTABLISHED session 2 <-> 127.0.0.1:65432 128,512 ...
 *  tcp   10.0.0.1:40112  0      0         ESTABLISHED curl (9)  <-> 10.0.0.2:443    elsewhere
 *
 * `>` stands before the end that the other panes follow. */
#include <stdio.h>
#include <string.h>

#include "ui/console/sockets_panel.h"

enum end_cell { ADDRESS, RECVQ, SENDQ, STATE, OWNER, N_CELLS };

#define GAP 1
#define BETWEEN 5 /* " <-> " */
#define PROTO_COLUMNS 5
#define ADDRESS_LEAST 12

struct ends_layout {
    int width[2][N_CELLS]; /* 0: folded away, at both ends */
    int at[2][N_CELLS];
    int between, proto; /* columns of the protocol; 0: folded away */
    bool folded;
};

static void measure_end(const struct socket_line *line, int want[N_CELLS])
{
    const char *const texts[N_CELLS] = {line->local, line->recvq, line->sendq, line->state,
                                        line->owner};

    for (int c = 0; c < N_CELLS; c++)
        if (text_columns(texts[c]) > want[c])
            want[c] = text_columns(texts[c]);
}

static void measure(const struct sockets *p, const struct model *m, int rows,
                    int want[2][N_CELLS])
{
    struct socket_line line;
    struct place place;

    for (int i = 0; i < rows && sockets_place(p, m, p->list.top + (size_t)i, &place); i++) {
        socket_line_of(m, &place.row, place.session, &line);
        measure_end(&line, want[0]);
        if (!place.other && text_columns(line.peer) > want[1][ADDRESS])
            want[1][ADDRESS] = text_columns(line.peer);
        if (!place.other)
            continue;
        socket_line_of(m, place.other, NULL, &line);
        measure_end(&line, want[1]);
    }
}

/* What is left of the line; below 0: it is too long. */
static int room(const struct ends_layout *l, int columns)
{
    int left = columns - 1 - (l->proto ? l->proto + GAP : 0) - BETWEEN + 2 * GAP;

    for (int half = 0; half < 2; half++)
        for (int c = 0; c < N_CELLS; c++)
            left -= l->width[half][c] ? l->width[half][c] + GAP : 0;
    return left;
}

static void fold_cell(struct ends_layout *l, enum end_cell c)
{
    l->width[0][c] = l->width[1][c] = 0;
    l->folded = true;
}

/* The state shows in the colour, too; queues and owners are what the view is for. */
static void fold(struct ends_layout *l, int columns)
{
    static const enum end_cell order[] = {OWNER, SENDQ, RECVQ};

    if (room(l, columns) < 0)
        fold_cell(l, STATE);
    if (room(l, columns) < 0)
        l->proto = 0;
    if (room(l, columns) < 0)
        l->width[0][ADDRESS] = l->width[1][ADDRESS] = ADDRESS_LEAST;
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]) && room(l, columns) < 0; i++)
        fold_cell(l, order[i]);
}

/* Both ends alike, as far as there is room. */
static void grow(struct ends_layout *l, enum end_cell c, const int want[2][N_CELLS],
                 int columns)
{
    int *left = &l->width[0][c], *right = &l->width[1][c];

    for (int free = *left ? room(l, columns) : 0; free > 0; free--) {
        int lacks = want[0][c] - *left, lacks_right = want[1][c] - *right;

        if (lacks <= 0 && lacks_right <= 0)
            return;
        ++*(lacks >= lacks_right ? left : right);
    }
}

static void place_cells(struct ends_layout *l)
{
    int at = 1 + (l->proto ? l->proto + GAP : 0);

    for (int half = 0; half < 2; half++) {
        for (int c = 0; c < N_CELLS; c++) {
            l->at[half][c] = at;
            at += l->width[half][c] ? l->width[half][c] + GAP : 0;
        }
        if (half == 0)
            l->between = at;
        at += BETWEEN - GAP;
    }
}

static struct ends_layout lay_out(const struct sockets *p, const struct model *m, int columns,
                                  int rows)
{
    static const int least[N_CELLS] = {15, 6, 6, 11, 7};
    struct ends_layout l = {.proto = PROTO_COLUMNS};
    int want[2][N_CELLS];

    for (int half = 0; half < 2; half++)
        memcpy(want[half], least, sizeof(least));
    memcpy(l.width, want, sizeof(want));
    measure(p, m, rows, want);
    for (int half = 0; half < 2; half++)
        for (int c = RECVQ; c <= STATE; c++)
            l.width[half][c] = want[half][c];
    fold(&l, columns);
    grow(&l, ADDRESS, want, columns);
    grow(&l, OWNER, want, columns);
    place_cells(&l);
    return l;
}

/* --- drawing ---------------------------------------------------------------------------- */

/* The titles of each half, and the column of the rows that it sorts by; "": by owner, ours first. */
static const struct {
    const char *title[2], *sort[2];
} titles[N_CELLS] = {[ADDRESS] = {{"Left", "Right"}, {"local", "peer"}},
                     [RECVQ] = {{"Recv-Q", "Recv-Q"}, {"recvq", "recvq"}},
                     [SENDQ] = {{"Send-Q", "Send-Q"}, {"sendq", "sendq"}},
                     [STATE] = {{"State", "State"}, {"state", "state"}},
                     [OWNER] = {{"Owner", "Owner"}, {"", ""}}};

bool sockets_ends_column_at(const struct sockets *p, const struct model *m, int at,
                            const struct column **ret)
{
    struct ends_layout l = lay_out(p, m, p->columns, (int)p->list.rows);
    const char *name = l.proto && at >= 1 && at < 1 + l.proto ? "netid" : NULL;

    for (int half = 0; half < 2; half++)
        for (int c = 0; c < N_CELLS; c++)
            if (at >= l.at[half][c] && at < l.at[half][c] + l.width[half][c])
                name = titles[c].sort[half];
    if (name)
        *ret = name[0] ? column_find(name) : NULL;
    return name != NULL;
}

static void draw_titles(const struct model *m, struct area a, const struct ends_layout *l)
{
    const char *sort = m->sort ? m->sort->name : "";

    draw_column_title(a, 1, l->proto, "Proto", strcmp(sort, "netid") == 0, m->descending);
    for (int half = 0; half < 2; half++)
        for (int c = 0; c < N_CELLS; c++) {
            /* Where both halves sort alike the mark stands once. */
            bool sorted = strcmp(sort, titles[c].sort[half]) == 0 &&
                          (!half || strcmp(sort, titles[c].sort[0]) != 0);

            draw_column_title(a, l->at[half][c], l->width[half][c], titles[c].title[half],
                              sorted, m->descending);
        }
    if (l->folded)
        area_glyph(a, 0, a.columns - 1, STYLE_HEADER, GLYPH_ELLIPSIS);
}

static void draw_waiting(struct area a, int row, int at, int width, const char *digits,
                         uint32_t bytes)
{
    bool known = bytes != QUEUE_UNKNOWN;

    draw_queue(a, row, at, width, digits, known ? bytes : 0, 0, known && bytes >= QUEUE_LARGE);
}

static void draw_end(const struct model *m, struct area a, int row, const struct ends_layout *l,
                     int half, const struct socket_line *line)
{
    const int *at = l->at[half], *width = l->width[half];

    draw_address(a, row, at[ADDRESS], width[ADDRESS], line->local);
    /* Where states are folded away their colour is not. */
    if (!width[STATE])
        area_restyle(a, row, at[ADDRESS], width[ADDRESS], line->state_style);
    draw_waiting(a, row, at[RECVQ], width[RECVQ], line->recvq,
                 line->session ? 0 : line->row.rqueue);
    draw_waiting(a, row, at[SENDQ], width[SENDQ], line->sendq,
                 line->session ? 0 : line->row.wqueue);
    if (width[STATE])
        area_text_cut(a, row, at[STATE], width[STATE], line->state_style, line->state);
    if (width[OWNER])
        draw_owner(m, a, row, at[OWNER], width[OWNER], &line->row, line->owner);
}

/* Why there is no other end, as far as that is known. */
static const char *no_end(const struct model *m, const struct row *row)
{
    const struct addr *peer = &row->peer;

    if (KINDS_UNIX & KIND_BIT(row->kind) && !peer->number[0])
        return "not accepted yet, or closed";
    if (peer->family != AF_UNIX && !addr_is_loopback(peer))
        return "elsewhere";
    if (m->filter[0])
        return "no row, or hidden by the filter";
    return row->kind == KIND_UDP || row->kind == KIND_UDPLITE ? "no connected row" : "no row";
}

/* Only the address of that end is known. */
static void draw_no_end(const struct model *m, struct area a, int row,
                        const struct ends_layout *l, const struct socket_line *left)
{
    int at = l->at[1][ADDRESS] + l->width[1][ADDRESS] + GAP;

    draw_address(a, row, l->at[1][ADDRESS], l->width[1][ADDRESS], left->peer);
    /* What became of a session, its own columns may have no room for. */
    if (left->session)
        area_text_cut(a, row, at, a.columns - at, left->state_style, left->state);
    else
        area_text_cut(a, row, at, a.columns - at, STYLE_DIM, no_end(m, &left->row));
}

static void draw_pair(const struct model *m, struct area a, int row,
                      const struct ends_layout *l, const struct place *place,
                      const struct row *focus)
{
    bool right = focus && place->other && model_same_socket(focus, place->other);
    bool left = focus && place->row.state && model_same_socket(focus, &place->row);
    struct socket_line line;
    bool trouble;

    socket_line_of(m, &place->row, place->session, &line);
    trouble = line.trouble;
    area_text_cut(a, row, 1, l->proto, STYLE_NORMAL,
                  kind_name((enum socket_kind)place->row.kind));
    draw_end(m, a, row, l, 0, &line);
    area_text(a, row, l->between, STYLE_DIM, "<->");
    if (place->other) {
        socket_line_of(m, place->other, NULL, &line);
        draw_end(m, a, row, l, 1, &line);
        trouble |= line.trouble;
    } else {
        draw_no_end(m, a, row, l, &line);
    }
    draw_row_mark(a, row, place->row.change || !place->other ? &place->row : place->other,
                  left && !right, trouble);
    if (right)
        area_glyph(a, row, l->between + 3, STYLE_KEY, GLYPH_CURSOR_ROW);
}

void sockets_ends_draw(const struct sockets *p, const struct model *m, struct area a, bool keys)
{
    struct ends_layout l = lay_out(p, m, a.columns, a.rows - 1);
    const struct row *focus = model_focus_row(m);
    struct place place;

    draw_titles(m, a, &l);
    for (int i = 0; i < a.rows - 1; i++) {
        size_t index = p->list.top + (size_t)i;

        if (!sockets_place(p, m, index, &place))
            break;
        draw_pair(m, a, 1 + i, &l, &place, focus);
        if (index == p->list.cursor)
            list_view_mark(a, 1 + i, keys);
    }
}
