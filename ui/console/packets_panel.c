/* ui/console/packets_panel.c - the packets of the focus, or all of them without one.
 *
 *  ── packets of this row ────────────────────────────────────────────
 *  lo: 1,204 seen · 1,204 kept · 0 cut · dropped: kernel 0, interface ?, unseen 0 · delay 12 ms
 *     No.        Time   Proto      Length Info
 *      12    0.000000 → TCP            74 SYN win 65495 mss 65495 seq 0
 *      13    0.000021 ← TCP            74 SYN ACK win 65483 seq 0 ack 1
 * *    17    1.204017 → TCP            78 [window-full] PSH ACK len 12 win 65536 seq 1 ack 1
 *
 * The arrow is seen from the focus: → it sent.  A narrow pane has the protocol in the info and
 * no length, the narrowest keeps time, arrow and info.  Sequence numbers are relative to the
 * connection's first, findings stand before the info and colour the row.  Before the number
 * stands a tag or a mark.  Only the rows that are drawn are decoded.  The byte pane shows the
 * packet of the cursor. */
#include "ui/console/panel.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/model/packet_text.h"
#include "ui/console/figures.h"
#include "ui/console/list_view.h"
#include "ui/console/packet_find.h"
#include "ui/console/packets_empty.h"
#include "ui/console/packets_meter.h"
#include "ui/console/subjects.h"

enum { NUMBER_COLUMNS = 6, CONVERSATION_COLUMNS = 6, PROTOCOL_COLUMNS = 8, LENGTH_COLUMNS = 8 };

/* From these widths on: numbers and column titles; protocol and length of their own. */
enum { WITH_NUMBERS = 64, WITH_LENGTHS = 100 };
/* From so many rows below the title on: the meter. */
enum { METERED_ROWS = 9 };

enum time_format {
    TIME_SINCE_FIRST,
    TIME_DELTA,
    TIME_WALL,
    TIME_SINCE_REFERENCE, /* while there is one */
    TIME_FORMATS
};

struct packets_view {
    struct list_view list;
    int rows, columns; /* below the title */
    enum time_format time;
    struct packet_find find;
    struct packet_view *view; /* to decode into */
};

static void *packets_open(void)
{
    struct packets_view *p = mem_new(1, sizeof(*p));

    p->view = mem_new(1, sizeof(*p->view));
    return p;
}

static void packets_close(void *self)
{
    struct packets_view *p = self;

    if (!p)
        return;
    packet_find_done(&p->find);
    free(p->view);
    free(p);
}

static const struct packet_ref *ref_at(const struct model *m, size_t index)
{
    return index < m->packet_list.count ? &m->packet_list.refs[index] : NULL;
}

static bool numbered(int columns)
{
    return columns >= WITH_NUMBERS;
}

static bool wide(int columns)
{
    return columns >= WITH_LENGTHS;
}

/* The packets of one row are mostly of one conversation. */
static bool with_conversation(const struct model *m, int columns)
{
    return wide(columns) && !m->packet_list.picking;
}

/* --- one packet ------------------------------------------------------------------------- */

/* When the packet of an index came; false when that is not known any more. */
static bool wall_of(const struct model *m, size_t index, uint64_t *ret_ns)
{
    const struct packet_ref *ref = ref_at(m, index);
    const struct packet_entry *e =
        ref ? packet_index_entry(m->packet_index, ref->number) : NULL;

    if (!e)
        return false;
    *ret_ns = e->wall_ns;
    return true;
}

/* Without a reference times are told from the first. */
static enum time_format time_format(const struct packets_view *p, const struct model *m)
{
    return p->time == TIME_SINCE_REFERENCE && !m->marks.has_reference ? TIME_SINCE_FIRST
                                                                      : p->time;
}

static const char *write_time(const struct packets_view *p, const struct model *m, size_t index,
                              char buf[FIGURE_TIME_BYTES])
{
    const struct packet_list *list = &m->packet_list;
    uint64_t at = p->view->packet.wall_ns, from = list->first_wall_ns;

    if (time_format(p, m) == TIME_WALL)
        return figure_wall(at, buf);
    if (time_format(p, m) == TIME_SINCE_REFERENCE)
        return figure_since(m->marks.reference_wall_ns, at, buf);
    if (time_format(p, m) == TIME_SINCE_FIRST)
        return list->has_first ? figure_since(from, at, buf) : "?";
    if (index)
        return wall_of(m, index - 1, &from) ? figure_since(from, at, buf) : "?";
    /* The one before it may be among those that are lost. */
    return list->dropped || list->missed ? "?" : figure_since(at, at, buf);
}

static int time_columns(const struct packets_view *p)
{
    return p->time == TIME_WALL ? FIGURE_WALL_COLUMNS : FIGURE_SINCE_COLUMNS;
}

static enum style packet_style(const struct dissection *d, const struct packet_ref *ref,
                               uint32_t findings)
{
    enum finding_severity severity = findings ? findings_severity(findings) : SEVERITY_CHAT;

    if (d->malformed_in || (d->has_tcp && d->tcp.flags & TCP_FLAG_RST) ||
        severity == SEVERITY_WARN)
        return STYLE_BAD;
    if ((d->has_tcp && d->tcp.flags & (TCP_FLAG_SYN | TCP_FLAG_FIN)) ||
        severity == SEVERITY_NOTE)
        return STYLE_BUSY;
    if (!ref->payload || ref->direction == FLOW_NONE)
        return STYLE_NORMAL;
    return ref->direction == FLOW_OUT ? STYLE_SENT : STYLE_RECEIVED;
}

/* Where it came from and went to: for lists of more than one flow. */
static void write_ends(const struct dissection *d, char *buf, size_t size)
{
    char source[ADDR_TEXT_BYTES], destination[ADDR_TEXT_BYTES];

    buf[0] = '\0';
    if (!d->has_flow)
        return;
    if (d->flow.protocol) {
        addr_format(&d->flow.source, source);
        addr_format(&d->flow.destination, destination);
    } else {
        addr_format_ip(&d->flow.source, source);
        addr_format_ip(&d->flow.destination, destination);
    }
    snprintf(buf, size, "%s > %s ", source, destination);
}

/* "[zero-window] PSH ACK len 12 win 65536 seq 1 ack 1 [cut in TCP]" */
static void write_info(const struct model *m, const struct packet_view *v, uint64_t number,
                       char *buf, size_t size)
{
    const struct dissection *d = &v->dissection;
    const struct packet_facts facts = {.dissection = d,
                                       .note = packet_index_note(m->packet_index, number)};
    char findings[160] = "", info[PACKET_TEXT_BYTES];
    struct line_out l = line_in(buf, size);

    if (facts.note)
        packet_findings(facts.note->findings, findings, sizeof(findings));
    line_add(&l, "%s%s%s%s", findings[0] ? "[" : "", findings, findings[0] ? "] " : "",
             packet_info(&facts, info));
    if (d->truncated_in)
        line_add(&l, " [cut in %s]", d->truncated_in);
    if (d->malformed_in)
        line_add(&l, " [malformed]");
}

/* As a search sees it. */
static void write_line(const struct model *m, const struct packet_view *v, uint64_t number,
                       char *buf)
{
    char ends[2 * ADDR_TEXT_BYTES + 8], info[PACKET_TEXT_BYTES + 256];

    write_ends(&v->dissection, ends, sizeof(ends));
    write_info(m, v, number, info, sizeof(info));
    snprintf(buf, LIST_ITEM_BYTES, "%s%s %s", ends, v->dissection.protocol, info);
}

/* --- drawing ---------------------------------------------------------------------------- */

/* The line with what is missing from the list; "" when nothing is. */
static void write_note(const struct model *m, char *buf, size_t size)
{
    char lost[TEXT_NUMBER_BYTES], missed[TEXT_NUMBER_BYTES];
    uint64_t tail = ring_tail(m->packets);

    buf[0] = '\0';
    if (m->packet_list.missed)
        snprintf(buf, size, "lost from the store: %s packets, %s of them unseen",
                 text_number(tail, lost), text_number(m->packet_list.missed, missed));
    else if (tail)
        snprintf(buf, size, "lost from the store: the oldest %s packets",
                 text_number(tail, lost));
}

/* The meter has a row of its own where packets have rows enough; elsewhere the status line has
 * the most important of it. */
static int meter_rows(const struct model *m, int rows)
{
    return m->capture && m->capture->n_interfaces && rows >= METERED_ROWS;
}

static int header_rows(const struct model *m, int rows, int columns)
{
    return numbered(columns) + meter_rows(m, rows);
}

static int note_rows(const struct model *m, int rows)
{
    char note[128];

    write_note(m, note, sizeof(note));
    return note[0] && rows > 3;
}

static void draw_meter(const struct model *m, struct area a)
{
    char text[METER_BYTES];
    enum style style = packets_meter(m, a.columns - 1, text);

    area_text_cut(a, 0, 1, a.columns - 1, style, text);
}

static void draw_header(const struct packets_view *p, const struct model *m, struct area a)
{
    static const char *const names[TIME_FORMATS] = {"Time", "Delta", "Time of day",
                                                    "Since ref"};
    int at = 1;

    area_text_right(a, 0, at, NUMBER_COLUMNS, STYLE_HEADER, "No.");
    at += NUMBER_COLUMNS + 1;
    area_text_right(a, 0, at, time_columns(p), STYLE_HEADER, names[time_format(p, m)]);
    at += time_columns(p) + 3;
    if (with_conversation(m, a.columns)) {
        area_text_right(a, 0, at, CONVERSATION_COLUMNS, STYLE_HEADER, "Conv");
        at += CONVERSATION_COLUMNS + 1;
    }
    if (wide(a.columns)) {
        area_text(a, 0, at, STYLE_HEADER, "Proto");
        at += PROTOCOL_COLUMNS + 1;
        area_text_right(a, 0, at, LENGTH_COLUMNS, STYLE_HEADER, "Length");
        at += LENGTH_COLUMNS + 1;
    }
    area_text(a, 0, at, STYLE_HEADER, "Info");
}

static int draw_arrow(struct area a, int row, int at, enum style style, uint8_t direction)
{
    if (direction != FLOW_NONE)
        area_glyph(a, row, at, style,
                   direction == FLOW_OUT ? GLYPH_ARROW_RIGHT : GLYPH_ARROW_LEFT);
    return at + 2;
}

static void draw_info(const struct packets_view *p, const struct model *m, struct area a,
                      int row, int at, enum style style, uint64_t number)
{
    const struct dissection *d = &p->view->dissection;
    char text[2 * ADDR_TEXT_BYTES + PACKET_TEXT_BYTES + 320],
        ends[2 * ADDR_TEXT_BYTES + 8] = "";
    char protocol[32] = "", info[PACKET_TEXT_BYTES + 256];

    if (!m->packet_list.picking)
        write_ends(d, ends, sizeof(ends));
    /* Without a column for it, what is not TCP says what it is. */
    if (!wide(a.columns) && !d->has_tcp)
        snprintf(protocol, sizeof(protocol), "%s ", d->protocol);
    write_info(m, p->view, number, info, sizeof(info));
    snprintf(text, sizeof(text), "%s%s%s", protocol, ends, info);
    area_text_cut(a, row, at, a.columns - at, style, text);
}

static int draw_conversation(const struct packet_note *note, struct area a, int row, int at)
{
    char number[TEXT_NUMBER_BYTES] = "";

    if (note && note->conversation != CONVERSATION_NONE)
        text_number(note->conversation, number);
    area_text_right(a, row, at, CONVERSATION_COLUMNS, STYLE_DIM, number);
    return at + CONVERSATION_COLUMNS + 1;
}

/* '*' of a tagged packet, the letter of a marked one. */
static void draw_mark(const struct packet_marks *marks, struct area a, int row, uint64_t number)
{
    char mark[2] = {packet_tagged(marks, number) ? '*' : packet_letter(marks, number)};

    area_text(a, row, 0, STYLE_KEY, mark);
}

static void draw_packet(const struct packets_view *p, const struct model *m, struct area a,
                        int row, size_t index)
{
    const struct packet_ref *ref = ref_at(m, index);
    const struct packet_note *note = packet_index_note(m->packet_index, ref->number);
    const struct dissection *d = &p->view->dissection;
    char number[TEXT_NUMBER_BYTES], time[FIGURE_TIME_BYTES];
    enum style style;
    int at = 1;

    if (!packet_view_read(p->view, m->packets, ref->number, DECODE_INFO)) {
        area_text_cut(a, row, at, a.columns - at, STYLE_DIM, "(lost from the store)");
        return;
    }
    style = packet_style(d, ref, note ? note->findings : 0);
    draw_mark(&m->marks, a, row, ref->number);
    if (numbered(a.columns)) {
        text_number(packet_called(ref->number), number);
        area_text_right(a, row, at, NUMBER_COLUMNS, STYLE_DIM, number);
        at += NUMBER_COLUMNS + 1;
    }
    area_text_right(a, row, at, time_columns(p), STYLE_DIM, write_time(p, m, index, time));
    at = draw_arrow(a, row, at + time_columns(p) + 1, style, ref->direction);
    if (with_conversation(m, a.columns))
        at = draw_conversation(note, a, row, at);
    if (wide(a.columns)) {
        area_text_cut(a, row, at, PROTOCOL_COLUMNS, style, d->protocol);
        at += PROTOCOL_COLUMNS + 1;
        text_number(p->view->packet.length, number);
        area_text_right(a, row, at, LENGTH_COLUMNS, style, number);
        at += LENGTH_COLUMNS + 1;
    }
    draw_info(p, m, a, row, at, style, ref->number);
}

/* --- all of it --------------------------------------------------------------------------- */

static void title_of(const struct model *m, char *buf, size_t size)
{
    char restrictions[METER_BYTES];

    packets_restrictions(m, restrictions, sizeof(restrictions));
    snprintf(buf, size, "%s%s", m->packet_list.picking ? "packets of this row" : "packets",
             restrictions);
}

static void packets_draw(const void *self, const struct model *m, struct area a, bool keys)
{
    const struct packets_view *p = self;
    char note[128], title[METER_BYTES + 32];
    int first, noted, rows;

    title_of(m, title, sizeof(title));
    a = figure_title(a, title, keys);
    noted = note_rows(m, a.rows);
    first = header_rows(m, a.rows, a.columns);
    rows = a.rows - first - noted;
    if (meter_rows(m, a.rows))
        draw_meter(m, a);
    if (numbered(a.columns))
        draw_header(p, m, area_part(a, meter_rows(m, a.rows), 0, 1, a.columns));
    if (noted) {
        write_note(m, note, sizeof(note));
        area_text_cut(a, a.rows - 1, 1, a.columns - 1, STYLE_BAD, note);
    }
    if (!m->packet_list.count)
        packets_empty(m, area_part(a, first, 1, rows, a.columns - 1));
    for (int i = 0; i < rows && p->list.top + (size_t)i < m->packet_list.count; i++) {
        size_t index = p->list.top + (size_t)i;

        draw_packet(p, m, a, first + i, index);
        if (index == p->list.cursor)
            list_view_mark(a, first + i, keys);
    }
}

/* --- keys ------------------------------------------------------------------------------- */

static void refresh(struct packets_view *p, const struct model *m)
{
    list_view_rows(&p->list,
                   p->rows - header_rows(m, p->rows, p->columns) - note_rows(m, p->rows));
    list_view_count(&p->list, m->packet_list.count);
    /* The newest with payload is chosen, but what came behind it shows as well. */
    if (m->packet_follows && p->list.count)
        list_view_to(&p->list, p->list.count - 1);
    if (m->has_packet)
        list_view_to(&p->list, packet_list_find(&m->packet_list, m->packet));
}

static void choose(const struct model *m, size_t index, struct requests *requests)
{
    const struct packet_ref *ref = ref_at(m, index);

    if (!ref)
        return;
    requests->set_packet = true;
    requests->packet = ref->number;
}

static void go_on_searching(struct packets_view *p, const struct model *m,
                            struct requests *requests)
{
    struct packet_place place;
    bool found;

    if (!packet_find_some(&p->find, m, p->view, write_line, &found, &place)) {
        requests->go_on = true;
        return;
    }
    if (!found) {
        snprintf(requests->notice, sizeof(requests->notice), "no packet of the list holds %s",
                 p->find.text);
        return;
    }
    list_view_to(&p->list, packet_list_find(&m->packet_list, place.packet));
    requests->set_packet = requests->hold_packet = requests->set_found = true;
    requests->packet = place.packet;
    requests->found = place;
}

/* True when the event was one of a search; any other ends it. */
static bool search(struct packets_view *p, const struct panel_event *event,
                   const struct model *m, struct requests *requests)
{
    const struct packet_ref *ref = ref_at(m, p->list.cursor);
    bool backward = false;

    switch (packet_find_turn(&p->find, event, requests, &backward)) {
    case PACKET_FIND_NOT:
        return false;
    case PACKET_FIND_BEGIN:
        packet_find_from(&p->find, m, ref ? ref->number : 0, backward);
        go_on_searching(p, m, requests);
        break;
    case PACKET_FIND_GO_ON:
        go_on_searching(p, m, requests);
        break;
    case PACKET_FIND_DONE:
        break;
    }
    return true;
}

static enum panel_reply act(struct packets_view *p, enum action action, const struct model *m,
                            struct requests *requests)
{
    if (action == ACTION_TIME_FORMAT) {
        p->time =
            (p->time + 1) % (m->marks.has_reference ? TIME_FORMATS : TIME_SINCE_REFERENCE);
        return PANEL_HANDLED;
    }
    if (action == ACTION_TIME_REFERENCE) {
        p->time = TIME_SINCE_REFERENCE; /* which the console takes down */
        return PANEL_IGNORED;
    }
    if (!list_view_move(&p->list, action))
        return PANEL_IGNORED;
    /* The end is the packet that the model follows. */
    if (action == ACTION_LAST)
        requests->set_packet = packet_list_newest(&m->packet_list, &requests->packet);
    else
        choose(m, p->list.cursor, requests);
    requests->hold_packet = action == ACTION_SCROLL_UP;
    return PANEL_HANDLED;
}

static enum panel_reply packets_update(void *self, const struct panel_event *event,
                                       const struct model *m, struct requests *requests)
{
    struct packets_view *p = self;

    if (event->kind == PANEL_TIMES) {
        p->time = event->clock ? TIME_WALL : TIME_SINCE_FIRST;
        return PANEL_HANDLED;
    }
    if (event->kind == PANEL_RESIZE) {
        p->rows = event->rows - figure_title_rows(event->rows);
        p->columns = event->columns;
    }
    refresh(p, m);
    if (event->kind == PANEL_RESIZE || event->kind == PANEL_TICK)
        return PANEL_HANDLED;
    if (list_view_click(&p->list, event,
                        figure_title_rows(event->rows) + header_rows(m, p->rows, p->columns))) {
        choose(m, p->list.cursor, requests);
        return PANEL_HANDLED;
    }
    if (search(p, event, m, requests))
        return PANEL_HANDLED;
    return act(p, event->action, m, requests);
}

static void packets_subjects(const void *self, const struct model *m, struct subjects *ret)
{
    (void)self;
    if (m->has_packet)
        subjects_of_packet(ret, m, m->packet);
}

const struct panel_ops packets_panel = {
    .name = "packets",
    .open = packets_open,
    .close = packets_close,
    .update = packets_update,
    .draw = packets_draw,
    .subjects = packets_subjects,
};
