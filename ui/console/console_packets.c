/* What is done with packets wherever they are shown: marked, tagged, stepped through, filtered. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/model/errors.h"
#include "ui/console/console_state.h"

/* --- the packet that is shown ----------------------------------------------------------- */

static bool has_packet(struct console *c)
{
    if (!c->model.has_packet)
        model_notice(&c->model, true, "no packet is chosen");
    return c->model.has_packet;
}

/* A letter follows. */
void console_begin_mark(struct console *c, enum action action)
{
    if (action == ACTION_MARK && !has_packet(c))
        return;
    c->marking = action;
    console_begin(c, MODE_MARK, "");
}

void console_mark_key(struct console *c, uint32_t key)
{
    struct model *m = &c->model;
    uint64_t number;

    c->mode = MODE_KEYS;
    if (key == KEYS_ESCAPE)
        return;
    if (c->marking == ACTION_MARK) {
        if (packet_mark(&m->marks, key, m->packet))
            model_notice(m, false, "packet %llu is marked %c",
                         (unsigned long long)packet_called(m->packet), (char)key);
        else
            model_notice(m, true, "a mark is a letter or a digit");
    } else if (packet_marked(&m->marks, key, &number)) {
        model_show_packet(m, number);
        m->packet_follows = false;
        c->news = true;
    } else {
        model_notice(m, true, "no packet has this mark");
    }
}

void console_tag(struct console *c)
{
    struct model *m = &c->model;

    if (!has_packet(c))
        return;
    if (!packet_tag(&m->marks, m->packet))
        model_notice(m, true, "at most %d packets can be tagged", PACKET_TAGS);
    m->packet_follows = false;
    c->news = true;
}

void console_compare(struct console *c)
{
    if (c->model.marks.n_tags < 2)
        model_notice(&c->model, true, "%s tags a packet; %s compares two that are tagged",
                     key_for(ACTION_TAG), key_for(ACTION_COMPARE));
    else
        console_go(c, SCREEN_COMPARE);
}

void console_time_reference(struct console *c)
{
    const struct packet_entry *e;

    if (!has_packet(c))
        return;
    e = packet_index_entry(c->model.packet_index, c->model.packet);
    if (!e)
        model_notice(&c->model, true, "the store has lost packet %llu",
                     (unsigned long long)packet_called(c->model.packet));
    else
        packet_reference(&c->model.marks, e->number, e->wall_ns);
}

void console_seek(struct console *c, enum action action)
{
    struct model *m = &c->model;
    bool backward =
        action == ACTION_PREVIOUS_FINDING || action == ACTION_PREVIOUS_OF_CONVERSATION;
    bool finding = action == ACTION_PREVIOUS_FINDING || action == ACTION_NEXT_FINDING;

    if (!has_packet(c))
        return;
    if (finding ? model_seek_finding(m, backward) : model_seek_conversation(m, backward)) {
        m->packet_follows = false;
        c->news = true;
        return;
    }
    model_notice(m, false, "no %s packet in the list %s", backward ? "earlier" : "later",
                 finding ? "has a finding" : "is of the same conversation");
}

/* --- its socket ------------------------------------------------------------------------- */

static struct focus focus_of(const struct model *m, const struct joined_end *end)
{
    if (end->has_row)
        return model_focus_of_row(m, &end->row);
    return model_focus_of_session(m, end->session_id);
}

static bool is_focus(const struct model *m, const struct joined_end *end)
{
    if (m->focus.kind == FOCUS_ROW)
        return end->has_row && model_same_socket(&m->focus.row, &end->row);
    return m->focus.kind == FOCUS_SESSION && end->session_id == m->focus.session_id;
}

/* The sender's, unless that one is followed already or not known. */
static const struct joined_end *choose_end(const struct model *m, const struct joined_packet *p)
{
    const struct joined_end *from = &p->ends[0], *to = &p->ends[1];

    if (from->kind == JOIN_NONE || (is_focus(m, from) && to->kind != JOIN_NONE))
        from = to;
    return from->kind == JOIN_NONE ? NULL : from;
}

static void go_to_socket(struct console *c, const struct joined_end *end, uint64_t number)
{
    struct focus focus = focus_of(&c->model, end);

    model_focus(&c->model, &focus);
    model_show_packet(&c->model, number);
    c->model.packet_follows = false;
    c->news = true;
    if (end->kind == JOIN_GONE)
        model_notice(&c->model, false, "this socket is no more: %s; :view gone lists them",
                     end->socket);
    else if (end->owner.guess)
        model_notice(&c->model, false,
                     "by its addresses this is the packet's socket; another may have had them");
    c->keys[SCREEN_HOME] = PANE_SOCKETS;
    console_go(c, SCREEN_HOME);
}

void console_to_socket(struct console *c)
{
    struct packet_view *v = mem_new(1, sizeof(*v));
    const struct joined_end *end = NULL;
    struct packet_facts facts;

    if (has_packet(c)) {
        if (!model_packet_facts(&c->model, c->model.packet, DECODE_FLOW | FACTS_OWNERS, v,
                                &facts))
            model_notice(&c->model, true, "the store has lost this packet");
        else if (!v->dissection.has_flow)
            model_notice(&c->model, true, "this packet has no addresses of a socket");
        else if (!(end = choose_end(&c->model, &v->joined)))
            model_notice(&c->model, true, "no socket of this host is known with its addresses");
    }
    if (end)
        go_to_socket(c, end, c->model.packet);
    free(v);
}

void console_to_stream(struct console *c)
{
    model_follow_stream(&c->model);
    console_go(c, SCREEN_STREAM);
}

void console_socket(struct console *c)
{
    if (console_shows_packets(c) || console_keys_are_packets(c))
        console_to_socket(c);
    else
        console_go(c, SCREEN_PACKETS);
}

/* --- filters ---------------------------------------------------------------------------- */

/* Back to what was typed, at the place that is wrong. */
static void mend(struct console *c, enum mode mode, const char *text, const struct err *err)
{
    char reason[MODEL_NOTICE_BYTES];
    struct line_edit *line;

    error_format(err, reason, sizeof(reason));
    model_notice(&c->model, true, "%s", reason);
    console_begin(c, mode, text);
    line = console_prompt_line(c);
    if (err->place && err->place <= line->len)
        line->cursor = err->place - 1;
}

void console_set_packet_filter(struct console *c, const char *text)
{
    struct err err = {0};

    if (model_set_packet_filter(&c->model, text, &err) < 0)
        mend(c, MODE_PACKET_FILTER, text, &err);
    c->news = true;
}

void console_set_capture_filter(struct console *c, const char *text)
{
    struct err err = {0};

    if (console_hands_off(c))
        return;
    if (!c->capture)
        model_notice(&c->model, true, "capturing was turned off by --no-capture");
    else if (c->setup->probes->capture_filter(c->capture, text, &err) < 0)
        mend(c, MODE_CAPTURE_FILTER, text, &err);
    else if (text[0])
        model_notice(&c->model, false, "from now on only what matches is captured: %s", text);
    else
        model_notice(&c->model, false, "from now on everything is captured");
}

bool console_shows_packets(const struct console *c)
{
    return c->screen == SCREEN_PACKETS || c->screen == SCREEN_LADDER ||
           c->screen == SCREEN_STREAM || c->screen == SCREEN_COMPARE;
}

void console_begin_filter(struct console *c)
{
    if (console_shows_packets(c) || console_keys_are_packets(c))
        console_begin(c, MODE_PACKET_FILTER, c->model.packet_filter);
    else
        console_begin(c, MODE_FILTER, c->model.filter);
}

void console_begin_capture_filter(struct console *c)
{
    console_begin(c, MODE_CAPTURE_FILTER, c->model.capture ? c->model.capture->filter : "");
}
