/* ui/console/bytes_panel.c - fields and bytes of the chosen packet, linked both ways.
 *
 *  ── bytes of packet 17 ─────────────────────────────────────────────────────────────────────
 *   Internet Protocol Version 4  │ 0000  00 00 00 00 00 00 00 00  00 00 00 00 08 00  ..........
 *     Time to Live: 64           │ 000e  45 00 00 40 1c 46 40 00  40 06 20 70 7f 00  E..@.F@.@.
 *     Header Checksum: 0x2070    │ 0042  48 65 6c 6c 6f 2c 20 77  6f 72 6c 64 0a     Hello, wor
 *
 * Below both, while the pane has the keys, stands the inspector: what the bytes from the cursor
 * on are as numbers, as a character, as an address.
 *
 * Left folds a branch of the fields, right unfolds it; / in the bytes goes on in the packets behind
 * this one.  Where there is no room for both, Enter changes between them.  A field that is selected marks
 * its bytes, a byte that is selected its deepest field.  The payload starts a row of its own;
 * where not everything fits, that row is on top at first. */
#include "ui/console/panel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/model/packet_text.h"
#include "core/wire/hexdump.h"
#include "ui/console/field_tree.h"
#include "ui/console/figures.h"
#include "ui/console/inspector.h"
#include "ui/console/list_view.h"
#include "ui/console/packet_find.h"
#include "ui/console/subjects.h"

enum {
    SIDE_BY_SIDE_COLUMNS = 82,
    STACKED_ROWS = 13,
    FIELDS_COLUMNS = 41, /* that the fields keep before a dump gets 16 bytes a row */
};

struct bytes_view {
    struct packet_view *view;    /* a copy, so that it outlives the store's */
    struct joined_packet joined; /* whose it is, as of the newest look */
    bool has;                    /* a packet is in view */
    uint64_t number;             /* its number, or the one that was asked for */
    int rows, columns;           /* below the title */
    bool keys;                   /* the pane has them */
    bool in_fields;              /* the keys go to the fields, not to the bytes */
    bool moved;                  /* since this packet came; else nothing is marked */
    size_t at;                   /* byte of the cursor */
    int field;                   /* that is marked; -1 none */
    size_t hex_top;              /* first visible row of the dump */
    struct field_tree fields;    /* the cursor is at `field` once it is moved */
    struct packet_find find;
    struct packet_view *other; /* packets that a search looks through; NULL: none did */
};

/* Rows that must stay for the packet itself before they say whose it is. */
#define WHOSE_ROWS_LEFT 8

/* Where the halves are; one without rows is not shown. */
struct halves {
    int note_rows, whose_rows;
    struct area fields, hex;
    struct area line; /* between them */
    struct area inspector;
};

static void *bytes_open(void)
{
    struct bytes_view *p = mem_new(1, sizeof(*p));

    p->view = mem_new(1, sizeof(*p->view));
    p->field = -1;
    return p;
}

static void bytes_close(void *self)
{
    struct bytes_view *p = self;

    if (!p)
        return;
    packet_find_done(&p->find);
    free(p->other);
    free(p->view);
    free(p);
}

/* --- geometry --------------------------------------------------------------------------- */

/* What the person must know about the packet; false when it is whole and sound. */
static bool write_note(const struct bytes_view *p, char *buf, size_t size)
{
    const struct dissection *d = &p->view->dissection;
    const struct packet *packet = &p->view->packet;
    char got[TEXT_NUMBER_BYTES], all[TEXT_NUMBER_BYTES];
    int used = 0;

    buf[0] = '\0';
    if (p->view->captured < packet->length)
        used = snprintf(buf, size, "%s of %s bytes were captured; ",
                        text_number(p->view->captured, got), text_number(packet->length, all));
    if (d->truncated_in)
        used += snprintf(buf + used, size - (size_t)used, "cut in %.60s; ", d->truncated_in);
    if (d->malformed_in)
        used +=
            snprintf(buf + used, size - (size_t)used, "malformed in %.60s; ", d->malformed_in);
    if (used)
        buf[used - 2] = '\0';
    return used > 0;
}

/* Of a row with so many bytes: one blank, the offset, the bytes with a gap after eight, the
 * characters.  Offsets of more than 64 KiB have six digits. */
static int hex_columns(const struct bytes_view *p, int width)
{
    int digits = p->view->captured > 0x10000 ? 6 : 4;

    return 1 + digits + 2 + 3 * width - 1 + (width - 1) / 8 + 2 + width;
}

/* Rows of the inspector.  Panes that have room for both halves keep it. */
static int inspected_rows(const struct bytes_view *p, struct area a)
{
    if (!p->keys || !p->has || !p->view->captured)
        return 0;
    if (a.columns < SIDE_BY_SIDE_COLUMNS && a.rows > STACKED_ROWS)
        return inspector_rows(a.rows - STACKED_ROWS, a.columns);
    return inspector_part(a.rows, a.columns);
}

/* One line each end that is known. */
static int whose_rows(const struct bytes_view *p, int rows)
{
    int n = (p->joined.ends[0].kind != JOIN_NONE) + (p->joined.ends[1].kind != JOIN_NONE);

    return p->has && rows - n >= WHOSE_ROWS_LEFT ? n : 0;
}

static struct halves halves_of(const struct bytes_view *p, struct area whole)
{
    char note[256];
    struct halves h = {.note_rows =
                           p->has && whole.rows > 2 && write_note(p, note, sizeof(note))};
    struct area a;
    int hex, top, above, inspected;

    h.whose_rows = whose_rows(p, whole.rows - h.note_rows);
    above = h.note_rows + h.whose_rows;
    a = area_part(whole, above, 0, whole.rows - above, whole.columns);
    inspected = inspected_rows(p, a);

    h.inspector = area_part(a, a.rows - inspected, 0, inspected, a.columns);
    a = area_part(a, 0, 0, a.rows - inspected, a.columns);
    if (a.columns >= SIDE_BY_SIDE_COLUMNS) {
        hex = 1 + hex_columns(p, a.columns - FIELDS_COLUMNS >= hex_columns(p, 16) ? 16 : 8);
        h.fields = area_part(a, 0, 0, a.rows, a.columns - hex - 1);
        h.line = area_part(a, 0, a.columns - hex - 1, a.rows, 1);
        h.hex = area_part(a, 0, a.columns - hex, a.rows, hex);
    } else if (a.rows >= STACKED_ROWS) {
        top = a.rows / 2;
        h.fields = area_part(a, 0, 0, top, a.columns);
        h.line = area_part(a, top, 0, 1, a.columns);
        h.hex = area_part(a, top + 1, 0, a.rows - top - 1, a.columns);
    } else if (p->in_fields) {
        h.fields = a;
    } else {
        h.hex = a;
    }
    return h;
}

static struct hexdump dump_of(const struct bytes_view *p, int columns)
{
    return (struct hexdump){
        .len = p->view->captured,
        .width = columns >= hex_columns(p, 16)  ? 16
                 : columns >= hex_columns(p, 8) ? 8
                                                : 4,
        .brk = p->view->dissection.payload_len ? p->view->dissection.payload_at : 0,
    };
}

static bool field_covers(const struct field *f, size_t offset)
{
    return offset >= f->offset && offset - f->offset < f->length;
}

/* --- drawing the bytes ------------------------------------------------------------------ */

/* How a byte looks. */
static enum style byte_style(const struct bytes_view *p, size_t offset, bool keys)
{
    const struct dissection *d = &p->view->dissection;
    bool marked = p->moved && p->field >= 0 && field_covers(&d->fields[p->field], offset);

    if (offset == p->at && keys && !p->in_fields)
        return STYLE_SELECTED;
    if (marked || (p->moved && offset == p->at))
        return STYLE_MARKED;
    for (size_t i = 0; i < d->n_fields; i++)
        if (d->fields[i].validity == FIELD_BAD && d->fields[i].depth > 0 &&
            field_covers(&d->fields[i], offset))
            return STYLE_BAD;
    return STYLE_NORMAL;
}

/* One row of the dump, behind one blank. */
static void draw_hex_row(const struct bytes_view *p, struct area a, int row,
                         const struct hexdump *h, size_t dump_row, bool keys)
{
    char line[HEXDUMP_LINE_BYTES];
    size_t start = hexdump_row_start(h, dump_row), n = hexdump_row_len(h, dump_row);

    hexdump_line(h, p->view->bytes, dump_row, line);
    area_text_cut(a, row, 1, a.columns - 1, STYLE_NORMAL, line);
    area_restyle(a, row, 1, hexdump_offset_columns(h), STYLE_DIM);
    for (size_t i = 0; i < n; i++) {
        enum style style = byte_style(p, start + i, keys);

        if (style == STYLE_NORMAL)
            continue;
        area_restyle(a, row, 1 + hexdump_byte_column(h, i), 2, style);
        area_restyle(a, row, 1 + hexdump_char_column(h, i), 1, style);
    }
}

static void draw_hex(const struct bytes_view *p, struct area a, bool keys)
{
    struct hexdump h = dump_of(p, a.columns);
    size_t rows = hexdump_rows(&h);

    for (int i = 0; i < a.rows && p->hex_top + (size_t)i < rows; i++)
        draw_hex_row(p, a, i, &h, p->hex_top + (size_t)i, keys);
    if (!rows)
        area_text_cut(a, 0, 1, a.columns - 1, STYLE_DIM, "no bytes were captured");
}

/* --- whose it is ------------------------------------------------------------------------ */

/* "from session 2, tcp://127.0.0.1:4242-127.0.0.1:80, sockeye (812)" */
static void draw_whose(const struct bytes_view *p, struct area a, int row)
{
    static const char *const words[] = {"from", "to"};

    for (int i = 0; i < 2; i++) {
        const struct joined_end *end = &p->joined.ends[i];
        char text[320];
        int at;

        if (end->kind == JOIN_NONE)
            continue;
        at = area_printf(a, row, 1, STYLE_DIM, "%-5s", words[i]);
        packet_owner_text(&end->owner, text, sizeof(text));
        at = area_text_cut(a, row, at, a.columns - at,
                           end->owner.guess ? STYLE_NORMAL : STYLE_GOOD, text);
        if (end->kind == JOIN_GONE)
            area_text_cut(a, row, at + 1, a.columns - at - 1, STYLE_GONE, "(is no more)");
        if (end->kind == JOIN_LISTENER)
            area_text_cut(a, row, at + 1, a.columns - at - 1, STYLE_DIM, "(listens)");
        row++;
    }
}

static void item_text(const void *panel, const struct model *m, size_t index, char *buf)
{
    const struct bytes_view *p = panel;

    (void)m;
    field_tree_text(&p->fields, &p->view->dissection, index, buf);
}

static void bytes_draw(const void *self, const struct model *m, struct area a, bool keys)
{
    const struct bytes_view *p = self;
    struct halves h;
    char text[256] = "bytes";

    if (p->has)
        snprintf(text, sizeof(text), "bytes of packet %llu",
                 (unsigned long long)packet_called(p->number));
    a = figure_title(a, text, keys);
    h = halves_of(p, a);
    if (!p->has) {
        if (m->has_packet)
            snprintf(text, sizeof(text), "packet %llu is no longer in the store",
                     (unsigned long long)packet_called(m->packet));
        else
            snprintf(text, sizeof(text),
                     "no packet is chosen: %s has the list, %s on one goes to its bytes",
                     key_for(ACTION_PANEL_3), key_for(ACTION_DETAILS));
        figure_paragraph(area_part(a, 0, 1, a.rows, a.columns - 1), 0, STYLE_DIM, text);
        return;
    }
    if (h.note_rows && write_note(p, text, sizeof(text)))
        area_text_cut(a, 0, 1, a.columns - 1, STYLE_BAD, text);
    if (h.whose_rows)
        draw_whose(p, a, h.note_rows);
    for (int row = 0; row < h.line.rows; row++)
        area_line(h.line, row, 0, h.line.columns, STYLE_DIM,
                  h.line.columns > 1 ? GLYPH_HLINE : GLYPH_VLINE);
    if (h.fields.rows > 0)
        field_tree_draw(&p->fields, &p->view->dissection, h.fields,
                        p->moved || (keys && p->in_fields), keys && p->in_fields);
    if (h.hex.rows > 0)
        draw_hex(p, h.hex, keys);
    if (h.inspector.rows > 0)
        inspector_draw(h.inspector, p->view->bytes, p->view->captured, p->at);
}

/* --- moving ----------------------------------------------------------------------------- */

static struct halves halves_now(const struct bytes_view *p)
{
    return halves_of(p, (struct area){.rows = p->rows, .columns = p->columns});
}

static void show_byte(struct bytes_view *p, const struct halves *h)
{
    struct hexdump dump = dump_of(p, h->hex.columns);
    size_t row = hexdump_row_of(&dump, p->at), rows = (size_t)h->hex.rows;

    if (h->hex.rows <= 0)
        return;
    if (row < p->hex_top)
        p->hex_top = row;
    if (row - p->hex_top >= rows)
        p->hex_top = row - rows + 1;
}

/* Everything where it fits, else the payload on top, whatever room there is below it. */
static void show_payload(struct bytes_view *p)
{
    struct halves h = halves_now(p);
    struct hexdump dump = dump_of(p, h.hex.columns);
    bool fits = hexdump_rows(&dump) <= (size_t)(h.hex.rows > 0 ? h.hex.rows : 0);

    p->hex_top = fits ? 0 : hexdump_row_of(&dump, p->at);
}

/* The field of the byte of the cursor. */
static void link_field(struct bytes_view *p)
{
    p->moved = true;
    p->field = field_at(&p->view->dissection, p->at);
    if (p->field >= 0)
        field_tree_to(&p->fields, p->field);
}

static void show_found(struct bytes_view *p, size_t at)
{
    struct halves h = halves_now(p);

    p->at = at;
    link_field(p);
    show_byte(p, &h);
}

static void look_whose(struct bytes_view *p, const struct model *m)
{
    if (!p->has || !model_packet_joined(m, p->number, &p->joined))
        p->joined = (struct joined_packet){0};
}

/* Who holds a socket is often known only after the packet was shown; of one that the store has lost
 * since what was known stays. */
static void renew_whose(struct bytes_view *p, const struct model *m)
{
    int before = halves_now(p).whose_rows;

    if (!p->has || !model_packet_joined(m, p->number, &p->joined))
        return;
    if (halves_now(p).whose_rows != before && !p->moved)
        show_payload(p);
}

static void load(struct bytes_view *p, const struct model *m)
{
    const struct dissection *d = &p->view->dissection;

    if (!m->has_packet) {
        p->has = false;
        return;
    }
    if (p->has && p->number == m->packet)
        return;
    p->number = m->packet;
    p->has = packet_view_read(p->view, m->packets, m->packet, DECODE_INFO | DECODE_FIELDS);
    p->at = p->has && d->payload_len ? d->payload_at : 0;
    p->field = -1;
    p->moved = false;
    field_tree_load(&p->fields, p->has ? d : NULL);
    look_whose(p, m);
    if (p->has && m->has_found && m->found.packet == p->number && m->found.len &&
        m->found.at < p->view->captured)
        show_found(p, m->found.at);
    else if (p->has)
        show_payload(p);
}

static void move_byte(struct bytes_view *p, enum action action, const struct halves *h)
{
    struct hexdump dump = dump_of(p, h->hex.columns);
    size_t row = hexdump_row_of(&dump, p->at), rows = hexdump_rows(&dump);
    size_t column = p->at - hexdump_row_start(&dump, row);
    size_t half = h->hex.rows > 3 ? (size_t)h->hex.rows / 2 : 1;
    size_t to = action == ACTION_UP          ? row - (row > 0)
                : action == ACTION_PAGE_UP   ? row - (half < row ? half : row)
                : action == ACTION_DOWN      ? row + 1
                : action == ACTION_PAGE_DOWN ? row + half
                                             : row;

    to = to < rows ? to : rows - 1;
    if (to != row) {
        size_t len = hexdump_row_len(&dump, to);

        p->at = hexdump_row_start(&dump, to) + (column < len ? column : len - 1);
    } else if (action == ACTION_LEFT) {
        p->at -= p->at > 0;
    } else if (action == ACTION_RIGHT) {
        p->at += p->at + 1 < dump.len;
    } else if (action == ACTION_FIRST) {
        p->at = 0;
    } else if (action == ACTION_LAST) {
        p->at = dump.len - 1;
    }
}

/* The bytes of the field of the cursor. */
static void link_bytes(struct bytes_view *p)
{
    const struct dissection *d = &p->view->dissection;

    if (field_tree_field(&p->fields) < 0)
        return;
    p->moved = true;
    p->field = field_tree_field(&p->fields);
    if (d->fields[p->field].offset < p->view->captured)
        p->at = d->fields[p->field].offset;
}

/* Behind the cursor, or before it, in this packet. */
static bool find_here(struct bytes_view *p, bool backward)
{
    const uint8_t *bytes = p->view->bytes;
    size_t at;

    if (backward ? !packet_pattern_find_last(p->find.pattern, bytes, p->view->captured, p->at,
                                             &at, NULL)
                 : !packet_pattern_find(p->find.pattern, bytes, p->view->captured, p->at + 1,
                                        &at, NULL))
        return false;
    p->at = at;
    link_field(p);
    return true;
}

/* And in the packets behind it, past the end from the other one. */
static void go_on_searching(struct bytes_view *p, const struct model *m,
                            struct requests *requests)
{
    struct packet_place place;
    bool found;

    if (!p->other)
        p->other = mem_new(1, sizeof(*p->other));
    if (!packet_find_some(&p->find, m, p->other, NULL, &found, &place)) {
        requests->go_on = true;
    } else if (found) {
        requests->set_packet = requests->hold_packet = requests->set_found = true;
        requests->packet = place.packet;
        requests->found = place;
    } else {
        snprintf(requests->notice, sizeof(requests->notice), "no packet of the list holds %s",
                 p->find.text);
    }
}

/* True when the event was one of a search in the bytes; any other ends it. */
static bool search_bytes(struct bytes_view *p, const struct panel_event *event,
                         const struct model *m, struct requests *requests)
{
    bool backward = false;

    switch (packet_find_turn(&p->find, event, requests, &backward)) {
    case PACKET_FIND_NOT:
        return false;
    case PACKET_FIND_BEGIN:
        if (!find_here(p, backward)) {
            packet_find_from(&p->find, m, p->number, backward);
            go_on_searching(p, m, requests);
        }
        break;
    case PACKET_FIND_GO_ON:
        go_on_searching(p, m, requests);
        break;
    case PACKET_FIND_DONE:
        break;
    }
    return true;
}

static bool is_move(enum action action)
{
    return action == ACTION_UP || action == ACTION_DOWN || action == ACTION_LEFT ||
           action == ACTION_RIGHT || action == ACTION_PAGE_UP || action == ACTION_PAGE_DOWN ||
           action == ACTION_FIRST || action == ACTION_LAST;
}

/* True when the event was a search. */
static bool search(struct bytes_view *p, const struct panel_event *event, const struct model *m,
                   struct requests *requests)
{
    if (!p->in_fields)
        return search_bytes(p, event, m, requests);
    if (!list_view_search(&p->fields.list, event, item_text, p, m, requests))
        return false;
    link_bytes(p);
    return true;
}

/* The byte whose digits or character are at a place of the dump; false: none is. */
static bool byte_at(const struct bytes_view *p, const struct area *hex, int row, int column,
                    size_t *ret)
{
    struct hexdump h = dump_of(p, hex->columns);
    size_t dump_row = p->hex_top + (size_t)row, n = hexdump_row_len(&h, dump_row);

    for (size_t i = 0; i < n; i++)
        if (column == 1 + hexdump_char_column(&h, i) ||
            (column >= 1 + hexdump_byte_column(&h, i) &&
             column <= 2 + hexdump_byte_column(&h, i))) {
            *ret = hexdump_row_start(&h, dump_row) + i;
            return true;
        }
    return false;
}

static bool is_in(const struct area *a, int row, int column)
{
    return row >= a->row && row < a->row + a->rows && column >= a->column &&
           column < a->column + a->columns;
}

/* On a field or a byte; false: on neither. */
static bool click(struct bytes_view *p, const struct panel_event *event, const struct halves *h)
{
    int row = event->row - figure_title_rows(event->rows);
    struct panel_event inside = {.kind = PANEL_CLICK, .row = row};

    if (is_in(&h->fields, row, event->column) &&
        list_view_click(&p->fields.list, &inside, h->fields.row)) {
        p->in_fields = true;
        link_bytes(p);
        return true;
    }
    if (!is_in(&h->hex, row, event->column) ||
        !byte_at(p, &h->hex, row - h->hex.row, event->column - h->hex.column, &p->at))
        return false;
    p->in_fields = false;
    link_field(p);
    return true;
}

static enum panel_reply act(struct bytes_view *p, const struct panel_event *event,
                            const struct model *m, struct requests *requests)
{
    struct halves h = halves_now(p);

    if (!p->has)
        return PANEL_IGNORED;
    if (event->kind == PANEL_ACTION && event->action == ACTION_DETAILS) {
        p->in_fields = !p->in_fields;
        return PANEL_HANDLED;
    }
    if (event->kind == PANEL_CLICK) {
        if (!click(p, event, &h))
            return PANEL_IGNORED;
    } else if (!search(p, event, m, requests)) {
        if (!is_move(event->action))
            return PANEL_IGNORED;
        if (p->in_fields && (event->action == ACTION_LEFT || event->action == ACTION_RIGHT)) {
            field_tree_fold(&p->fields, &p->view->dissection, event->action);
            link_bytes(p);
        } else if (p->in_fields && list_view_move(&p->fields.list, event->action)) {
            link_bytes(p);
        } else if (!p->in_fields && p->view->captured) {
            move_byte(p, event->action, &h);
            link_field(p);
        }
    }
    show_byte(p, &h);
    if (requests->set_packet)
        return PANEL_HANDLED; /* a search found another one */
    /* Whoever looks at this packet does not want the next one instead. */
    requests->set_packet = true;
    requests->packet = p->number;
    requests->hold_packet = true;
    return PANEL_HANDLED;
}

static enum panel_reply bytes_update(void *self, const struct panel_event *event,
                                     const struct model *m, struct requests *requests)
{
    struct bytes_view *p = self;
    enum panel_reply reply = PANEL_HANDLED;
    struct halves h;

    if (event->kind == PANEL_RESIZE) {
        p->rows = event->rows - figure_title_rows(event->rows);
        p->columns = event->columns;
        p->keys = event->keys;
    } else if (event->kind == PANEL_TICK) {
        load(p, m);
        renew_whose(p, m);
    } else {
        reply = act(p, event, m, requests);
    }
    h = halves_now(p);
    list_view_rows(&p->fields.list, h.fields.rows);
    if (p->has && event->kind != PANEL_TICK) {
        if (p->moved)
            show_byte(p, &h);
        else
            show_payload(p);
    }
    return reply;
}

static void bytes_subjects(const void *self, const struct model *m, struct subjects *ret)
{
    const struct bytes_view *p = self;

    if (p->has && p->moved && p->field >= 0)
        subjects_of_fields(ret, &p->view->dissection, p->field);
    else if (p->has)
        subjects_of_packet(ret, m, p->number);
}

const struct panel_ops bytes_panel = {
    .name = "bytes",
    .open = bytes_open,
    .close = bytes_close,
    .update = bytes_update,
    .draw = bytes_draw,
    .subjects = bytes_subjects,
};
