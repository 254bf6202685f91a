/* core/net/load_stream.c - requests on a stream: they go out one behind the other, and their
 * answers come in that order. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>

#include "core/net/load_internal.h"

/* Calls before others have their turn. */
#define SENDS_PER_TURN 4

static struct slot take_first(struct conn *c)
{
    struct slot s = c->slots[c->first];

    c->first = c->first + 1 < c->load->settings.pipeline ? c->first + 1 : 0;
    c->used--;
    c->head_end += c->load->unit_bytes;
    conn_well(c);
    return s;
}

void stream_answered(struct conn *c, uint64_t now_ns)
{
    struct slot s = take_first(c);

    load_answered(c->load, &s, now_ns);
}

void stream_refused(struct conn *c, enum load_fault fault, const char *first, ...)
{
    char text[ERR_TEXT_BYTES];
    va_list args;

    va_start(args, first);
    vsnprintf(text, sizeof(text), first, args);
    va_end(args);
    take_first(c);
    load_count_error(c->load, LOAD_AT_RECEIVE, fault, 0, 1, text);
    load_unanswered(c->load, 1);
}

static void stream_begin(struct conn *c, uint64_t intended_ns, uint64_t now_ns)
{
    struct load *l = c->load;
    uint32_t at = (c->first + c->used) % l->settings.pipeline;

    c->slots[at] = (struct slot){.intended_ns = intended_ns, .begun_ns = now_ns};
    c->used++;
    c->goal += l->unit_bytes;
    if (l->per_request)
        conn_open(c, now_ns);
}

static void stream_flush(struct conn *c, uint64_t now_ns)
{
    struct load *l = c->load;

    for (int i = 0; i < SENDS_PER_TURN && c->sent < c->goal; i++) {
        uint64_t left = c->goal - c->sent;
        size_t len = left < LOAD_CHUNK_BYTES ? (size_t)left : LOAD_CHUNK_BYTES;
        ssize_t n = l->transport->send(c, out_at(c, c->sent), len);

        if (n == -EAGAIN || n == -EINTR)
            break;
        if (n < 0) {
            conn_fail(c, now_ns, LOAD_AT_SEND, LOAD_FAULT_ERRNO, (int)-n, "%s", "");
            return;
        }
        c->sent += (uint64_t)n;
        l->counts.sent_bytes += (uint64_t)n;
        if ((size_t)n < len)
            break;
    }
    /* Nobody answers: what the kernel has taken is done. */
    while (l->endless && c->used && c->sent >= c->head_end)
        stream_answered(c, now_ns);
}

static void peer_closed(struct conn *c, uint64_t now_ns)
{
    struct load *l = c->load;

    if (l->protocol->ended)
        l->protocol->ended(c, now_ns);
    if (c->state != CONN_OPEN)
        return;
    if (c->used)
        conn_fail(c, now_ns, LOAD_AT_RECEIVE, LOAD_FAULT_SHORT, 0,
                  "the peer closed after %" PRIu64 " bytes of its connection", c->received);
    else
        conn_finish(c, now_ns);
}

/* One call; false when it was the last one of this turn. */
static bool receive_once(struct conn *c, uint64_t now_ns)
{
    struct load *l = c->load;
    ssize_t n = l->transport->receive(c, l->buffer, sizeof(l->buffer));

    if (n == -EAGAIN || n == -EINTR)
        return false;
    if (n < 0) {
        conn_fail(c, now_ns, LOAD_AT_RECEIVE, LOAD_FAULT_ERRNO, (int)-n, "%s", "");
        return false;
    }
    if (n == 0) {
        peer_closed(c, now_ns);
        return false;
    }
    l->counts.received_bytes += (uint64_t)n;
    return l->protocol->received(c, l->buffer, (size_t)n, now_ns) && l->transport->pending &&
           l->transport->pending(c);
}

static void stream_readable(struct conn *c, uint64_t now_ns)
{
    while (receive_once(c, now_ns))
        ;
}

static void stream_overdue(struct conn *c, uint64_t now_ns)
{
    uint64_t begun_ns = c->slots[c->first].begun_ns;

    if (c->used && now_ns > begun_ns && now_ns - begun_ns > c->load->settings.timeout_ns)
        conn_fail(c, now_ns, c->sent < c->goal ? LOAD_AT_SEND : LOAD_AT_RECEIVE,
                  LOAD_FAULT_TIMEOUT, 0, "%s", "");
}

const struct work stream_work = {.begin = stream_begin,
                                 .flush = stream_flush,
                                 .readable = stream_readable,
                                 .overdue = stream_overdue};
