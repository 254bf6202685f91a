/* core/net/load_datagram.c - requests that are one datagram, or one packet of a socket that keeps
 * boundaries.  Their answers may be lost, come twice, or in another order: each has a number.
 *
 * A datagram begins with its number in its connection (four bytes) and its slot (two bytes), both
 * big-endian; the pattern follows, from another place for each. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/net/load_internal.h"
#include "core/wire/cursor.h"

#define NUMBER_BYTES 6
/* Calls before others have their turn. */
#define RECEIVES_PER_TURN 32

static size_t make(const struct conn *c, uint32_t sequence, uint32_t slot, uint8_t *ret)
{
    size_t size = c->load->unit_bytes, at = size < NUMBER_BYTES ? 0 : NUMBER_BYTES;

    if (at) {
        ret[0] = (uint8_t)(sequence >> 24);
        ret[1] = (uint8_t)(sequence >> 16);
        ret[2] = (uint8_t)(sequence >> 8);
        ret[3] = (uint8_t)sequence;
        ret[4] = (uint8_t)(slot >> 8);
        ret[5] = (uint8_t)slot;
    }
    memcpy(ret + at, out_at(c, (uint64_t)sequence * size), size - at);
    return size;
}

/* ---- the answers that were had -------------------------------------------------------- */

static uint32_t *memory_of(const struct conn *c, uint32_t sequence)
{
    size_t words = LOAD_MEMORY_BITS / 32;

    return c->load->answered + (size_t)(c - c->load->conns) * words +
           sequence % LOAD_MEMORY_BITS / 32;
}

static bool was_answered(const struct conn *c, uint32_t sequence)
{
    return *memory_of(c, sequence) >> sequence % 32 & 1;
}

static void remember(const struct conn *c, uint32_t sequence, bool answered)
{
    uint32_t bit = UINT32_C(1) << sequence % 32, *word = memory_of(c, sequence);

    *word = answered ? *word | bit : *word & ~bit;
}

/* ---- out ------------------------------------------------------------------------------ */

static void release(struct conn *c, struct slot *s)
{
    s->busy = false;
    c->used--;
}

static void answered(struct conn *c, struct slot *s, uint64_t now_ns)
{
    release(c, s);
    conn_well(c);
    load_answered(c->load, s, now_ns);
}

static void refused(struct conn *c, struct slot *s)
{
    release(c, s);
    load_unanswered(c->load, 1);
}

static void send_slot(struct conn *c, uint32_t slot, uint64_t now_ns)
{
    struct load *l = c->load;
    size_t len = make(c, c->slots[slot].sequence, slot, l->datagram);
    ssize_t n = l->transport->send(c, l->datagram, len);

    if (n == -EAGAIN || n == -EINTR) {
        c->unsent = slot + 1;
        return;
    }
    c->unsent = 0;
    if (n < 0) {
        conn_fail(c, now_ns, LOAD_AT_SEND, LOAD_FAULT_ERRNO, (int)-n, "%s", "");
        return;
    }
    c->sent += (uint64_t)n;
    c->goal = c->sent;
    l->counts.sent_bytes += (uint64_t)n;
    if (l->endless)
        answered(c, &c->slots[slot], now_ns);
}

static void datagram_begin(struct conn *c, uint64_t intended_ns, uint64_t now_ns)
{
    uint32_t slot = c->first;

    while (c->slots[slot].busy)
        slot = (slot + 1) % c->load->settings.pipeline;
    c->first = (slot + 1) % c->load->settings.pipeline;
    c->slots[slot] = (struct slot){.intended_ns = intended_ns,
                                   .begun_ns = now_ns,
                                   .sequence = c->sequence++,
                                   .busy = true};
    c->used++;
    remember(c, c->slots[slot].sequence, false);
    send_slot(c, slot, now_ns);
}

static void datagram_flush(struct conn *c, uint64_t now_ns)
{
    if (c->unsent)
        send_slot(c, c->unsent - 1, now_ns);
}

/* ---- in ------------------------------------------------------------------------------- */

/* Where it differs from the datagram of that number; size when nowhere. */
static size_t compare(const struct conn *c, const uint8_t *bytes, size_t len, uint32_t sequence)
{
    size_t size = c->load->unit_bytes, body = len < size ? len : size;

    if (body < NUMBER_BYTES)
        return body;
    return NUMBER_BYTES +
           out_compare(c, (uint64_t)sequence * size, bytes + NUMBER_BYTES, body - NUMBER_BYTES);
}

static struct slot *oldest(struct conn *c)
{
    struct slot *found = NULL;

    for (uint32_t i = 0; i < c->load->settings.pipeline; i++)
        if (c->slots[i].busy && (!found || c->slots[i].begun_ns < found->begun_ns))
            found = &c->slots[i];
    return found;
}

/* It is no datagram of ours.  The request that has waited longest takes the blame, unless the
 * number names one. */
static void tell_mismatch(struct conn *c, struct slot *named, const uint8_t *bytes, size_t len,
                          size_t at)
{
    struct slot *s = named ? named : oldest(c);
    char text[ERR_TEXT_BYTES];

    if (len != c->load->unit_bytes)
        snprintf(text, sizeof(text), "a datagram of %zu bytes came back as one of %zu",
                 (size_t)c->load->unit_bytes, len);
    else
        snprintf(text, sizeof(text), "byte %zu of a datagram came back as 0x%02x", at,
                 bytes[at]);
    load_count_error(c->load, LOAD_AT_RECEIVE, LOAD_FAULT_MISMATCH, 0, 1, text);
    if (s)
        refused(c, s);
}

static void take_answer(struct conn *c, const uint8_t *bytes, size_t len, uint64_t now_ns)
{
    struct load *l = c->load;
    struct cursor in = cursor_over(bytes, len);
    uint32_t sequence = cursor_be32(&in);
    uint32_t slot = cursor_be16(&in);
    struct slot *named = NULL;
    size_t same;

    if (slot < l->settings.pipeline && c->slots[slot].busy &&
        c->slots[slot].sequence == sequence)
        named = &c->slots[slot];
    same = compare(c, bytes, len, sequence);
    if (len != l->unit_bytes || same < len) {
        tell_mismatch(c, named, bytes, len, same);
        return;
    }
    if (!named) {
        bool known = c->sequence - sequence <= LOAD_MEMORY_BITS;

        if (known && was_answered(c, sequence))
            l->counts.duplicated++;
        else
            l->counts.late++;
        return;
    }
    if ((int32_t)(sequence + 1 - c->highest) < 0)
        l->counts.reordered++;
    else
        c->highest = sequence + 1;
    remember(c, sequence, true);
    answered(c, named, now_ns);
}

static void datagram_readable(struct conn *c, uint64_t now_ns)
{
    struct load *l = c->load;
    bool many = l->settings.pipeline > 1 || !l->timed;
    bool ends = l->settings.endpoint.scheme == ENDPOINT_UNIX_SEQPACKET;

    for (int i = many ? RECEIVES_PER_TURN : 1; i && c->state == CONN_OPEN; i--) {
        ssize_t n = l->transport->receive(c, l->buffer, sizeof(l->buffer));

        if (n == -EAGAIN || n == -EINTR)
            return;
        if (n < 0) {
            conn_fail(c, now_ns, LOAD_AT_RECEIVE, LOAD_FAULT_ERRNO, (int)-n, "%s", "");
        } else if (n == 0 && ends) {
            if (l->protocol->ended)
                l->protocol->ended(c, now_ns);
            else if (c->used)
                conn_fail(c, now_ns, LOAD_AT_RECEIVE, LOAD_FAULT_SHORT, 0, "the peer closed");
            else
                conn_finish(c, now_ns);
        } else {
            l->counts.received_bytes += (uint64_t)n;
            if (l->timed)
                take_answer(c, l->buffer, (size_t)n, now_ns);
            else
                l->protocol->received(c, l->buffer, (size_t)n, now_ns);
        }
    }
}

static void datagram_overdue(struct conn *c, uint64_t now_ns)
{
    struct load *l = c->load;

    for (uint32_t i = 0; i < l->settings.pipeline && c->used; i++) {
        struct slot *s = &c->slots[i];

        if (!s->busy || now_ns < s->begun_ns || now_ns - s->begun_ns <= l->settings.timeout_ns)
            continue;
        if (c->unsent == i + 1)
            c->unsent = 0;
        refused(c, s);
        l->counts.lost++;
        load_count_error(l, LOAD_AT_RECEIVE, LOAD_FAULT_LOST, 0, 1, "");
    }
    conn_fill(c, now_ns);
}

const struct work datagram_work = {.begin = datagram_begin,
                                   .flush = datagram_flush,
                                   .readable = datagram_readable,
                                   .overdue = datagram_overdue};
