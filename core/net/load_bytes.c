/* core/net/load_bytes.c - the loads that speak no protocol: bytes that come back, bytes in one
 * direction, and connections without any. */
#include <inttypes.h>

#include "core/net/load_internal.h"

/* ---- echo ----------------------------------------------------------------------------- */

static void tell_mismatch(struct conn *c, uint64_t now_ns, const uint8_t *bytes, size_t at)
{
    uint64_t place = c->received + at, unit = c->load->unit_bytes;

    conn_fail(c, now_ns, LOAD_AT_RECEIVE, LOAD_FAULT_MISMATCH, 0,
              "byte %" PRIu64 " of message %" PRIu64 " of a connection is 0x%02x, not 0x%02x",
              place % unit, place / unit + 1, bytes[at], *out_at(c, place));
}

static bool echo_received(struct conn *c, const uint8_t *bytes, size_t len, uint64_t now_ns)
{
    size_t same;

    if (len > c->sent - c->received) {
        conn_fail(c, now_ns, LOAD_AT_RECEIVE, LOAD_FAULT_MISMATCH, 0,
                  "%" PRIu64 " more bytes came back than were sent",
                  len - (c->sent - c->received));
        return false;
    }
    same = out_compare(c, c->received, bytes, len);
    if (same < len) {
        tell_mismatch(c, now_ns, bytes, same);
        return false;
    }
    c->received += len;
    while (c->used && c->received >= c->head_end)
        stream_answered(c, now_ns);
    return true;
}

const struct protocol echo_protocol = {.received = echo_received};

/* ---- send ----------------------------------------------------------------------------- */

/* Whatever it says is read, so that it goes on reading. */
static bool send_received(struct conn *c, const uint8_t *bytes, size_t len, uint64_t now_ns)
{
    (void)bytes;
    (void)now_ns;
    c->received += len;
    return true;
}

const struct protocol send_protocol = {.received = send_received};

/* ---- receive -------------------------------------------------------------------------- */

static void receive_opened(struct conn *c, uint64_t now_ns)
{
    struct load *l = c->load;
    enum endpoint_scheme scheme = l->settings.endpoint.scheme;

    if (scheme != ENDPOINT_UDP && scheme != ENDPOINT_UNIX_DGRAM)
        return;
    /* A source of datagrams knows whom to send to only when it has heard of them. */
    if (l->transport->send(c, out_at(c, 0), l->unit_bytes) > 0)
        l->counts.sent_bytes += l->unit_bytes;
    l->answered_ns = now_ns;
}

static bool receive_received(struct conn *c, const uint8_t *bytes, size_t len, uint64_t now_ns)
{
    struct load *l = c->load;

    (void)bytes;
    c->received += len;
    if (conn_has_boundaries(l->settings.endpoint.scheme))
        l->counts.done++;
    else
        l->counts.done = l->counts.received_bytes / l->unit_bytes;
    l->counts.begun = l->counts.done;
    l->answered_ns = now_ns;
    conn_well(c);
    if (l->settings.requests && l->counts.done >= l->settings.requests)
        load_enough(l);
    return true;
}

static void receive_ended(struct conn *c, uint64_t now_ns)
{
    (void)now_ns;
    conn_end(c);
}

const struct protocol receive_protocol = {
    .opened = receive_opened, .received = receive_received, .ended = receive_ended};

/* ---- connect -------------------------------------------------------------------------- */

static void connect_opened(struct conn *c, uint64_t now_ns)
{
    stream_answered(c, now_ns);
    conn_finish(c, now_ns);
}

const struct protocol connect_protocol = {.opened = connect_opened};
