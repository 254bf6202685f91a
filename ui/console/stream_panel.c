/* ui/console/stream_panel.c - the bytes of the conversation that is followed, in order.
 *
 *  ── stream of 127.0.0.1:51826 and 127.0.0.1:65432 as text ──────────────────────
 *  → from 127.0.0.1:51826  packet 12  0.000123
 *  │ GET / HTTP/1.0
 *  ← from 127.0.0.1:65432  packet 14  0.000391
 *    HTTP/1.0 200 OK
 *  packet 12, 16 bytes from byte 0 on
 *
 * The cursor is a line, and so a chunk and a packet: `,` and `.` go to the chunk before and
 * behind, Enter to the packet, and a packet that is chosen elsewhere leads to its chunk.  v shows
 * the framed messages in it (stream_frames.c).  The stream is view state: it grows by some packets
 * a tick, as the index has looked at them. */
#include "ui/console/stream_panel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/mem.h"
#include "ui/console/figures.h"
#include "ui/console/stream_view.h"

/* Before keys have their turn; about a millisecond each. */
#define FEED_ENTRIES 65536
#define FEED_PACKETS 2048
#define FEED_BYTES (2U << 20)

static void *stream_open(void)
{
    struct stream_view *p = mem_new(1, sizeof(*p));

    p->conversation = CONVERSATION_NONE;
    p->packet = mem_new(1, sizeof(*p->packet));
    return p;
}

static void forget(struct stream_view *p)
{
    stream_free(p->stream);
    stream_frames_free(p->frames);
    p->stream = NULL;
    p->frames = NULL;
    p->conversation = CONVERSATION_NONE;
    p->lines.end = 0;
}

static void stream_close(void *self)
{
    struct stream_view *p = self;

    if (!p)
        return;
    forget(p);
    stream_find_done(&p->find);
    free(p->packet);
    free(p);
}

/* --- the stream grows ------------------------------------------------------------------- */

static void start_over(struct stream_view *p, const struct model *m)
{
    const struct conversation *c =
        conversations_get(packet_index_conversations(m->packet_index), m->stream);

    forget(p);
    p->conversation = m->stream;
    p->stream = stream_new(STREAM_BYTES_USUAL);
    p->lines.stream = p->stream;
    p->missed = 0;
    p->next = c ? c->first_packet : 0;
    p->start_ns = c ? c->first_wall_ns : 0;
    p->ends[0] = c ? c->ends[0] : (struct addr){0};
    p->ends[1] = c ? c->ends[1] : (struct addr){0};
    p->follows = m->packet_follows;
    p->has_chosen = false;
    p->match.body = false;
}

/* Returns whether there is more to do. */
static bool feed(struct stream_view *p, const struct model *m)
{
    uint64_t end = packet_index_next(m->packet_index), tail = ring_tail(m->packets);
    size_t entries = 0, packets = 0, bytes = 0;

    if (p->next < tail) {
        p->missed += tail - p->next;
        p->next = tail;
    }
    for (; p->next < end && entries < FEED_ENTRIES && packets < FEED_PACKETS &&
           bytes < FEED_BYTES;
         p->next++, entries++) {
        const struct packet_note *note = packet_index_note(m->packet_index, p->next);
        struct packet_facts facts;

        if (!note || note->conversation != p->conversation ||
            !model_packet_facts(m, p->next, DECODE_FLOW, p->packet, &facts))
            continue;
        if (!p->start_ns)
            p->start_ns = facts.packet->wall_ns;
        stream_add(p->stream, &facts);
        packets++;
        bytes += facts.captured;
    }
    return p->next < end;
}

/* --- the cursor of the bytes ------------------------------------------------------------ */

static int body_rows(const struct stream_view *p)
{
    int rows = p->rows - stream_status_rows(p);

    return rows > 0 ? rows : 1;
}

/* Whether the cursor is in the rows from the top on. */
static bool is_visible(const struct stream_view *p)
{
    struct stream_place at = p->top;

    for (int row = 0; row < body_rows(p); row++) {
        if (stream_place_compare(&at, &p->cursor) == 0)
            return true;
        if (!stream_lines_next(&p->lines, &at))
            return false;
    }
    return false;
}

/* The cursor is in the rows below the top, and none of those is empty without need. */
static void keep_visible(struct stream_view *p)
{
    struct stream_place at;
    int below = 1;

    if (stream_place_compare(&p->cursor, &p->top) < 0) {
        p->top = p->cursor;
    } else if (!is_visible(p)) {
        p->top = p->cursor;
        stream_lines_back_by(&p->lines, &p->top, (size_t)body_rows(p) - 1);
    }
    at = p->top;
    while (below < body_rows(p) && stream_lines_next(&p->lines, &at))
        below++;
    stream_lines_back_by(&p->lines, &p->top, (size_t)(body_rows(p) - below));
}

/* After anything that changed the lines. */
static void place_cursor(struct stream_view *p)
{
    if (!stream_has_lines(p))
        return;
    stream_lines_mend(&p->lines, &p->cursor);
    stream_lines_mend(&p->lines, &p->top);
    if (p->follows)
        stream_lines_last(&p->lines, &p->cursor);
    keep_visible(p);
}

/* The lines are other ones: of another width, or a dump. */
static void reshape(struct stream_view *p)
{
    struct stream_place *const places[] = {&p->cursor, &p->top};

    for (int i = 0; stream_has_lines(p) && i < 2; i++)
        if (stream_lines_mend(&p->lines, places[i]) && places[i]->body)
            *places[i] = stream_lines_of(&p->lines, places[i]->chunk, places[i]->at);
    place_cursor(p);
}

static void go_to_chunk(struct stream_view *p, uint64_t chunk)
{
    p->follows = false;
    p->cursor = stream_lines_of(&p->lines, chunk, 0);
    place_cursor(p);
    if (p->frames)
        stream_frames_go(p->frames, chunk);
}

/* A packet that was chosen elsewhere leads to its chunk, as soon as the stream has got there. */
static void follow_packet(struct stream_view *p, const struct model *m)
{
    const struct packet_note *note;
    uint64_t chunk;

    if (!m->has_packet || m->packet >= p->next || (p->has_chosen && p->chosen == m->packet))
        return;
    p->has_chosen = true;
    p->chosen = m->packet;
    note = packet_index_note(m->packet_index, m->packet);
    if ((m->packet_follows && p->follows) || !note || note->conversation != p->conversation)
        return;
    if (stream_chunk_before(p->stream, m->packet, &chunk) && chunk < p->lines.end)
        go_to_chunk(p, chunk);
}

/* The byte pane shows the packet under the cursor. */
static void choose(struct stream_view *p, struct requests *requests)
{
    uint64_t number;
    const struct stream_chunk *c = stream_chunk_here(p, &number);

    if (!c)
        return;
    requests->set_packet = true;
    requests->packet = c->packet;
    /* At the newest line the newest packet is followed as well. */
    requests->hold_packet = !(p->messages ? stream_frames_follows(p->frames) : p->follows);
    p->chosen = c->packet;
    p->has_chosen = true;
}

/* --- ticks ------------------------------------------------------------------------------ */

static void show_messages(struct stream_view *p, bool messages)
{
    uint64_t chunk = p->cursor.chunk;
    bool was = p->messages;

    p->messages = messages;
    if (messages && !p->frames && p->stream) {
        p->frames = stream_frames_new();
        stream_frames_rows(p->frames, body_rows(p));
    }
    /* The bytes are shown where the message was. */
    if (was && !messages && p->frames && !stream_frames_follows(p->frames) &&
        stream_frames_chunk(p->frames, &chunk))
        go_to_chunk(p, chunk);
}

static void tick(struct stream_view *p, const struct model *m, struct requests *requests)
{
    if (!m->has_stream || m->stream == CONVERSATION_NONE) {
        forget(p);
        return;
    }
    if (p->conversation != m->stream)
        start_over(p, m);
    requests->go_on |= feed(p, m);
    if (!m->paused || !p->lines.end)
        p->lines.end = stream_count(p->stream);
    if (p->messages)
        show_messages(p, true);
    if (p->messages)
        requests->go_on |= stream_frames_feed(p->frames, p->stream, p->lines.end);
    place_cursor(p);
    follow_packet(p, m);
}

static void resize(struct stream_view *p, const struct panel_event *event)
{
    p->rows = event->rows - figure_title_rows(event->rows);
    p->columns = event->columns;
    p->lines.columns = p->columns > GUTTER_COLUMNS + 1 ? p->columns - GUTTER_COLUMNS : 1;
    if (p->frames)
        stream_frames_rows(p->frames, body_rows(p));
    reshape(p);
}

/* --- searching -------------------------------------------------------------------------- */

static void search_on(struct stream_view *p, struct requests *requests)
{
    uint64_t chunk, byte;

    if (stream_find_step(&p->find, p->stream, p->lines.end, &chunk, &byte)) {
        p->follows = false;
        p->match = (struct stream_place){chunk, true, byte};
        p->cursor = stream_lines_of(&p->lines, chunk, byte);
        place_cursor(p);
        choose(p, requests);
        if (p->find.wrapped)
            snprintf(requests->notice, sizeof(requests->notice), "searched past the %s",
                     p->find.backward ? "first" : "last");
    } else if (p->find.going) {
        requests->go_on = true;
    } else {
        snprintf(requests->notice, sizeof(requests->notice), "no match in this stream");
    }
}

/* From the newest match on, as long as the cursor is at its line; else from the cursor's line. */
static void begin_search(struct stream_view *p, bool backward, bool again)
{
    struct stream_place from = p->cursor, line;
    bool at_match = false;

    if (again && p->match.body) {
        line = stream_lines_of(&p->lines, p->match.chunk, p->match.at);
        at_match = stream_place_compare(&line, &p->cursor) == 0;
    }
    if (at_match)
        from = p->match;
    stream_find_begin(&p->find, backward, from.chunk, from.at + (at_match && !backward));
}

/* PANEL_SEARCH, next and previous match. */
static void search(struct stream_view *p, const struct panel_event *event,
                   struct requests *requests)
{
    bool again = event->kind == PANEL_ACTION;
    struct err err = {0};

    if (!again && stream_find_set(&p->find, event->text ? event->text : "", &err) < 0) {
        snprintf(requests->notice, sizeof(requests->notice), "%.190s", err.reason);
        return;
    }
    if (!p->find.pattern) {
        snprintf(requests->notice, sizeof(requests->notice),
                 "nothing to search for: %s begins; 0x0d0a looks for bytes, /ab+c/ for a regex",
                 key_for(ACTION_SEARCH));
        return;
    }
    if (!stream_has_lines(p)) {
        snprintf(requests->notice, sizeof(requests->notice), "there are no bytes yet");
        return;
    }
    begin_search(p, again && event->action == ACTION_SEARCH_PREVIOUS, again);
    search_on(p, requests);
}

/* --- keys ------------------------------------------------------------------------------- */

static void step(struct stream_view *p, int rows, bool back)
{
    if (back)
        stream_lines_back_by(&p->lines, &p->cursor, (size_t)rows);
    else
        while (rows-- && stream_lines_next(&p->lines, &p->cursor))
            ;
}

static bool is_last(const struct stream_view *p)
{
    struct stream_place at = p->cursor;

    return !stream_lines_next(&p->lines, &at);
}

static void next_chunk(struct stream_view *p, bool back)
{
    uint64_t chunk = p->cursor.chunk;

    if (back ? chunk > stream_first(p->stream) : chunk + 1 < p->lines.end)
        go_to_chunk(p, back ? chunk - 1 : chunk + 1);
}

/* False when the action moves nothing. */
static bool move(struct stream_view *p, enum action action)
{
    int half = body_rows(p) > 2 ? body_rows(p) / 2 : 1;
    bool back = action == ACTION_UP || action == ACTION_PAGE_UP || action == ACTION_FIRST ||
                action == ACTION_PREVIOUS_OF_CONVERSATION;

    switch (action) {
    case ACTION_UP:
    case ACTION_DOWN:
        step(p, 1, back);
        break;
    case ACTION_PAGE_UP:
    case ACTION_PAGE_DOWN:
        step(p, half, back);
        break;
    case ACTION_FIRST:
        stream_lines_first(&p->lines, &p->cursor);
        break;
    case ACTION_LAST:
        stream_lines_last(&p->lines, &p->cursor);
        break;
    case ACTION_NEXT_OF_CONVERSATION:
    case ACTION_PREVIOUS_OF_CONVERSATION:
        next_chunk(p, back);
        break;
    default:
        return false;
    }
    p->follows = !back && is_last(p);
    place_cursor(p);
    return true;
}

/* The line that is drawn in a row. */
static enum panel_reply click(struct stream_view *p, int row, struct requests *requests)
{
    struct stream_place at = p->top;

    if (row < 0 || row >= body_rows(p) || !stream_has_lines(p))
        return PANEL_IGNORED;
    while (row--)
        if (!stream_lines_next(&p->lines, &at))
            return PANEL_IGNORED;
    p->cursor = at;
    p->follows = false;
    place_cursor(p);
    choose(p, requests);
    return PANEL_HANDLED;
}

static enum panel_reply act_on_messages(struct stream_view *p, const struct panel_event *event,
                                        const struct model *m, struct requests *requests)
{
    uint64_t before = UINT64_MAX, after = UINT64_MAX;
    enum panel_reply reply;

    stream_frames_chunk(p->frames, &before);
    reply = stream_frames_update(p->frames, event, m, requests);
    stream_frames_chunk(p->frames, &after);
    if (before != after)
        choose(p, requests);
    return reply;
}

/* What both views know. */
static enum panel_reply act(struct stream_view *p, enum action action,
                            struct requests *requests)
{
    switch (action) {
    case ACTION_VIEW:
        show_messages(p, !p->messages);
        requests->go_on = true; /* to look for them */
        return PANEL_HANDLED;
    case ACTION_HEX:
        show_messages(p, false);
        p->lines.hex = !p->lines.hex;
        reshape(p);
        return PANEL_HANDLED;
    case ACTION_TIME_FORMAT:
        p->wall = !p->wall;
        return PANEL_HANDLED;
    case ACTION_DETAILS:
        choose(p, requests);
        if (requests->set_packet)
            snprintf(requests->command, sizeof(requests->command), "goto packets");
        return PANEL_HANDLED;
    case ACTION_SAVE:
        snprintf(requests->prompt, sizeof(requests->prompt), "save stream ");
        return PANEL_HANDLED;
    default:
        return PANEL_IGNORED;
    }
}

static enum panel_reply go_on(struct stream_view *p, const struct panel_event *event,
                              const struct model *m, struct requests *requests)
{
    if (p->messages)
        act_on_messages(p, event, m, requests);
    tick(p, m, requests);
    if (p->stream && !p->messages && p->find.going)
        search_on(p, requests);
    return PANEL_HANDLED;
}

static enum panel_reply stream_update(void *self, const struct panel_event *event,
                                      const struct model *m, struct requests *requests)
{
    struct stream_view *p = self;
    struct panel_event inside = *event;
    bool again = event->kind == PANEL_ACTION && (event->action == ACTION_SEARCH_NEXT ||
                                                 event->action == ACTION_SEARCH_PREVIOUS);

    if (event->kind == PANEL_TIMES) {
        p->wall = event->clock;
        return PANEL_HANDLED;
    }
    if (event->kind == PANEL_RESIZE)
        resize(p, event);
    if (event->kind == PANEL_RESIZE || event->kind == PANEL_TICK) {
        tick(p, m, requests);
        /* A tick does not end a search. */
        requests->go_on |= p->find.going;
        return PANEL_HANDLED;
    }
    if (!p->stream)
        return PANEL_IGNORED;
    if (event->kind == PANEL_GO_ON)
        return go_on(p, event, m, requests);
    inside.row -= figure_title_rows(event->rows);
    if (p->messages && act_on_messages(p, &inside, m, requests) == PANEL_HANDLED)
        return PANEL_HANDLED;
    if (event->kind == PANEL_CLICK)
        return p->messages ? PANEL_IGNORED : click(p, inside.row, requests);
    p->find.going = false;
    if (event->kind == PANEL_SEARCH || again) {
        search(p, event, requests);
        return PANEL_HANDLED;
    }
    if (!p->messages && stream_has_lines(p) && move(p, event->action)) {
        choose(p, requests);
        return PANEL_HANDLED;
    }
    return act(p, event->action, requests);
}

/* --- saving ----------------------------------------------------------------------------- */

int stream_panel_save(const void *self, const char *path, enum stream_form form,
                      struct stream_sum *ret_sum, struct err *err)
{
    const struct stream_view *p = self;
    char ends[2][ADDR_TEXT_BYTES];
    struct stream_shape shape = {.form = form, .start_ns = p->start_ns};

    if (!p->stream || !stream_count(p->stream))
        return err_set(err, -ENODATA, "save", "stream",
                       p->stream ? "no bytes of it have come"
                                 : "none is followed: f on a socket or a packet follows one");
    for (int i = 0; i < 2; i++)
        shape.ends[i] = addr_format(&p->ends[i], ends[i]);
    return stream_save(p->stream, &shape, path, ret_sum, err);
}

const struct panel_ops stream_panel = {
    .name = "stream",
    .open = stream_open,
    .close = stream_close,
    .update = stream_update,
    .draw = stream_draw,
};
