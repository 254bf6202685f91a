/* ui/console/sockets_panel_gone.c - the sockets that are no more, the newest first.
 *
 *  Gone at      Proto Local           Peer            Last state    Unread By    Owner
 *  12:28:01.204 tcp   127.0.0.1:65432 127.0.0.1:51826 CLOSE_WAIT        12 event python3 (812)
 *
 * By: the kernel said so at that moment, or a look did not find it any more. */
#include <stdio.h>

#include "ui/console/figures.h"
#include "ui/console/sockets_panel.h"

enum gone_cell { WHEN, PROTO, LOCAL, PEER, STATE, UNREAD, BY, OWNER, N_CELLS };

#define GAP 1
#define SECONDS_COLUMNS 8 /* "12:28:01" */
#define MILLIS_COLUMNS 12
#define OWNER_LEAST 13

static const char *const titles[N_CELLS] = {
    [WHEN] = "Gone at",     [PROTO] = "Proto",   [LOCAL] = "Local", [PEER] = "Peer",
    [STATE] = "Last state", [UNREAD] = "Unread", [BY] = "By",       [OWNER] = "Owner"};

struct gone_layout {
    int width[N_CELLS]; /* 0: folded away */
    int at[N_CELLS];
    bool folded;
};

static const char *unread_text(const struct change *c, char buf[TEXT_NUMBER_BYTES])
{
    if (!c->has_unread)
        snprintf(buf, TEXT_NUMBER_BYTES, "?");
    else
        text_number(c->unread_bytes, buf);
    return buf;
}

static void write_cells(const struct model *m, const struct change *c,
                        char cells[N_CELLS][ROW_END_BYTES])
{
    char wall[FIGURE_TIME_BYTES], unread[TEXT_NUMBER_BYTES];
    const struct {
        enum gone_cell cell;
        const char *text;
    } texts[] = {
        {WHEN, figure_wall(figure_wall_ns(m, c->at_ns), wall)},
        {PROTO, kind_name((enum socket_kind)c->row.kind)},
        {LOCAL, c->local},
        {PEER, c->peer},
        {STATE, c->old_state ? state_name((enum socket_state)c->old_state) : "?"},
        {UNREAD, unread_text(c, unread)},
        {BY, c->by_event ? "event" : "look"},
        {OWNER, c->owner[0] ? c->owner : "?"},
    };

    for (size_t i = 0; i < N_CELLS; i++)
        snprintf(cells[texts[i].cell], ROW_END_BYTES, "%s", texts[i].text);
}

void gone_text(const struct model *m, const struct change *change, char *buf, size_t size)
{
    char cells[N_CELLS][ROW_END_BYTES];

    write_cells(m, change, cells);
    snprintf(buf, size, "%s %s %s %s %s %s", cells[PROTO], cells[LOCAL], cells[PEER],
             cells[STATE], cells[BY], cells[OWNER]);
}

/* --- columns ---------------------------------------------------------------------------- */

/* What is left of the line; below 0: it is too long. */
static int room(const struct gone_layout *l, int columns)
{
    int left = columns - 1;

    for (int c = 0; c < N_CELLS; c++)
        left -= l->width[c] ? l->width[c] + GAP : 0;
    return left + GAP;
}

static void fold(struct gone_layout *l, int columns)
{
    static const enum gone_cell order[] = {BY, OWNER, UNREAD, PROTO, WHEN, PEER};

    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]) && room(l, columns) < 0; i++) {
        l->width[order[i]] = 0;
        l->folded = true;
    }
}

/* As far as there is room. */
static void grow(struct gone_layout *l, enum gone_cell cell, int want, int columns)
{
    int more = room(l, columns);

    if (!l->width[cell] || want <= l->width[cell] || more <= 0)
        return;
    l->width[cell] += want - l->width[cell] < more ? want - l->width[cell] : more;
}

static struct gone_layout lay_out(const struct sockets *p, const struct model *m, int columns,
                                  int rows)
{
    struct gone_layout l = {.width = {SECONDS_COLUMNS, 5, 15, 15, 11, 6, 5, OWNER_LEAST}};
    char cells[N_CELLS][ROW_END_BYTES];
    int want[N_CELLS], at = 1;
    struct place place;

    for (int c = 0; c < N_CELLS; c++)
        want[c] = text_columns(titles[c]);

    for (int i = 0; i < rows && sockets_place(p, m, p->list.top + (size_t)i, &place); i++) {
        write_cells(m, place.gone, cells);
        for (int c = 0; c < N_CELLS; c++)
            if (text_columns(cells[c]) > want[c])
                want[c] = text_columns(cells[c]);
    }
    for (int c = LOCAL; c <= BY; c++)
        if (want[c] < l.width[c])
            l.width[c] = want[c];
    fold(&l, columns);
    grow(&l, STATE, want[STATE], columns);
    grow(&l, UNREAD, want[UNREAD], columns);
    grow(&l, LOCAL, want[LOCAL], columns);
    grow(&l, PEER, want[PEER], columns);
    grow(&l, OWNER, want[OWNER], columns);
    if (room(&l, columns) >= MILLIS_COLUMNS - SECONDS_COLUMNS)
        grow(&l, WHEN, MILLIS_COLUMNS, columns);
    for (int c = 0; c < N_CELLS; c++) {
        l.at[c] = at;
        at += l.width[c] ? l.width[c] + GAP : 0;
    }
    return l;
}

/* --- drawing ---------------------------------------------------------------------------- */

static void draw_titles(struct area a, const struct gone_layout *l)
{
    for (int c = 0; c < N_CELLS; c++) {
        if (!l->width[c])
            continue;
        if (c == UNREAD)
            area_text_right(a, 0, l->at[c], l->width[c], STYLE_HEADER, titles[c]);
        else
            area_text_cut(a, 0, l->at[c], l->width[c], STYLE_HEADER, titles[c]);
    }
    if (l->folded)
        area_glyph(a, 0, a.columns - 1, STYLE_HEADER, GLYPH_ELLIPSIS);
}

static void draw_line(const struct model *m, struct area a, int row,
                      const struct gone_layout *l, const struct change *change)
{
    char cells[N_CELLS][ROW_END_BYTES];
    bool unread = change->has_unread && change->unread_bytes;

    write_cells(m, change, cells);
    cells[WHEN][l->width[WHEN]] = '\0';
    for (int c = 0; c < N_CELLS; c++) {
        if (!l->width[c])
            continue;
        if (c == LOCAL || c == PEER)
            draw_address(a, row, l->at[c], l->width[c], cells[c]);
        else if (c == UNREAD)
            area_text_right(a, row, l->at[c], l->width[c], unread ? STYLE_BAD : STYLE_DIM,
                            cells[c]);
        else
            area_text_cut(a, row, l->at[c], l->width[c],
                          c == WHEN || c == BY ? STYLE_DIM : STYLE_NORMAL, cells[c]);
    }
    if (m->focus.kind == FOCUS_ROW && model_same_socket(&change->row, &m->focus.row))
        area_glyph(a, row, 0, STYLE_KEY, GLYPH_CURSOR_ROW);
    else if (unread)
        area_text(a, row, 0, STYLE_BAD, "!");
}

void sockets_gone_draw(const struct sockets *p, const struct model *m, struct area a, bool keys)
{
    struct gone_layout l = lay_out(p, m, a.columns, a.rows - 1);
    struct place place;

    draw_titles(a, &l);
    for (int i = 0; i < a.rows - 1; i++) {
        size_t index = p->list.top + (size_t)i;

        if (!sockets_place(p, m, index, &place))
            break;
        draw_line(m, a, 1 + i, &l, place.gone);
        if (index == p->list.cursor)
            list_view_mark(a, 1 + i, keys);
    }
}
