/* What is done with packets wherever they are shown: marked, tagged, stepped through, filtered. */
#include <stdio.h>
#include <string.h>

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
            model_notice(m, false, "packet %llu is marked %c", (unsigned long long)m->packet,
                         (char)key);
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

void console_time_reference(struct console *c)
{
    const struct packet_entry *e;

    if (!has_packet(c))
        return;
    e = packet_index_entry(c->model.packet_index, c->model.packet);
    if (!e)
        model_notice(&c->model, true, "the store has lost packet %llu",
                     (unsigned long long)c->model.packet);
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

/* --- filters ---------------------------------------------------------------------------- */

/* Back to what was typed, at the place that is wrong. */
static void mend(struct console *c, enum mode mode, const char *text, const struct err *err)
{
    char reason[MODEL_NOTICE_BYTES];

    error_format(err, reason, sizeof(reason));
    model_notice(&c->model, true, "%s", reason);
    console_begin(c, mode, text);
    if (err->place && err->place <= c->filter.len)
        c->filter.cursor = err->place - 1;
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
           c->screen == SCREEN_STREAM;
}

void console_begin_filter(struct console *c)
{
    if (console_shows_packets(c))
        console_begin(c, MODE_PACKET_FILTER, c->model.packet_filter);
    else
        console_begin(c, MODE_FILTER, c->model.filter);
}

void console_begin_capture_filter(struct console *c)
{
    console_begin(c, MODE_CAPTURE_FILTER, c->model.capture ? c->model.capture->filter : "");
}
