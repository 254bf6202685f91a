#include "core/wire/stream.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/wire/stream_side.h"

/* No window is larger (RFC 7323, 2.3): what is acknowledged farther ahead is not of this. */
#define FARTHEST (UINT32_C(1) << 30)

struct stream {
    struct side sides[2];
    uint32_t conversation;
    struct stream_store store;
};

struct stream *stream_new(size_t max_bytes)
{
    struct stream *s = mem_new(1, sizeof(*s));

    store_init(&s->store, max_bytes);
    s->conversation = CONVERSATION_NONE;
    for (unsigned i = 0; i < 2; i++) {
        struct side *side = &s->sides[i];

        side->direction = (uint8_t)i;
        side->store = &s->store;
        side->other = &s->sides[!i].offset;
        side->max_waiting = max_bytes < STREAM_WAITING_BYTES ? max_bytes : STREAM_WAITING_BYTES;
    }
    return s;
}

void stream_free(struct stream *s)
{
    if (!s)
        return;
    for (int i = 0; i < 2; i++)
        wait_done(&s->sides[i].wait);
    store_done(&s->store);
    free(s);
}

/* What the packet carries: bytes, and how many more it had on the wire. */
static struct stream_run payload_of(const struct packet_facts *p)
{
    const struct dissection *d = p->dissection;
    size_t here = d->payload_at < p->captured ? p->captured - d->payload_at : 0;
    uint32_t len = d->payload_len < here ? d->payload_len : (uint32_t)here;

    if (len > d->payload_claimed)
        len = d->payload_claimed;
    return (struct stream_run){
        .packet = p->number,
        .wall_ns = p->packet->wall_ns,
        .bytes = len ? p->bytes + d->payload_at : NULL,
        .len = len,
        /* No segment is that long, whatever a header says. */
        .missing = d->payload_claimed < FARTHEST ? d->payload_claimed - len : 0,
    };
}

/* --- TCP -------------------------------------------------------------------------------- */

/* The other side says what it has got of this one. */
static void take_ack(struct side *side, const struct packet_facts *p)
{
    const struct tcp_facts *tcp = &p->dissection->tcp;
    uint64_t offset;
    int64_t delta;

    if (!side->started) {
        side->has_hint = true;
        side->hint = tcp->ack;
        /* A SYN ACK tells exactly where it begins. */
        if (tcp->flags & TCP_FLAG_SYN)
            side_start(side, tcp->ack);
        return;
    }
    delta = side_ahead(side, tcp->ack);
    if (delta <= 0 || delta > FARTHEST)
        return;
    offset = side->offset + (uint64_t)delta;
    if (side->has_fin && offset > side->fin.offset)
        offset = side->fin.offset;
    if (offset > side->acked.offset)
        side->acked = (struct sign){offset, p->number, p->packet->wall_ns};
}

/* At most one byte, and that before what comes next: it asks whether the peer is there.  If it is
 * a byte that was sent before it is nothing new either. */
static bool is_keep_alive(const struct side *side, const struct packet_facts *p, uint32_t len)
{
    uint32_t after = p->dissection->tcp.seq + 1;
    int64_t delta = side_ahead(side, after);

    if (len > 1 || p->dissection->tcp.flags & (TCP_FLAG_SYN | TCP_FLAG_FIN))
        return false;
    if (p->note->findings & FINDING_BIT(FINDING_KEEP_ALIVE))
        return true;
    if (!side->started)
        return side->has_hint && after == side->hint;
    /* Behind a hole: the byte before what the other side waits for.  Without one it is the next,
     * and its ACK has overtaken it. */
    return delta == 0 || (delta > 1 && side->offset + (uint64_t)delta == side->acked.offset);
}

static void take_fin(struct side *side, const struct packet_facts *p, int64_t delta)
{
    if (side->has_fin || delta < 0)
        return;
    side->has_fin = true;
    side->fin = (struct sign){side->offset + (uint64_t)delta, p->number, p->packet->wall_ns};
    if (side->acked.offset > side->fin.offset)
        side->acked.offset = side->fin.offset;
}

static void take_bytes(struct side *side, const struct packet_facts *p)
{
    const struct tcp_facts *tcp = &p->dissection->tcp;
    struct stream_run run = payload_of(p);
    uint32_t len = run.len + run.missing, seq = tcp->seq + !!(tcp->flags & TCP_FLAG_SYN);
    int64_t delta;

    if (is_keep_alive(side, p, len))
        return;
    if (tcp->flags & TCP_FLAG_SYN || len || tcp->flags & TCP_FLAG_FIN)
        side_start(side, seq);
    delta = side_ahead(side, seq);
    /* Before its bytes are taken: they move the place that delta counts from. */
    if (tcp->flags & TCP_FLAG_FIN)
        take_fin(side, p, delta + len);
    if (len)
        side_take(side, run, delta);
}

static void take_segment(struct stream *s, const struct packet_facts *p)
{
    const struct dissection *d = p->dissection;
    struct side *side = &s->sides[p->note->direction & 1];
    struct side *other = &s->sides[!(p->note->direction & 1)];
    const struct stream_run *waiting;

    /* What a reset carries is for people (RFC 9293, 3.5.2), and its numbers prove nothing. */
    if (d->tcp.flags & TCP_FLAG_RST)
        return;
    if (d->tcp.flags & TCP_FLAG_ACK)
        take_ack(other, p);
    /* A bare ACK may have overtaken what it acknowledges on its way to us; an answer comes
     * behind what it answers, and so do bytes that are here already. */
    if (d->payload_claimed || d->tcp.flags & TCP_FLAG_FIN)
        side_skip_holes(other, side_acknowledged(other));
    while ((waiting = wait_at(&other->wait, 0)) && other->acked.offset >= waiting->offset)
        side_skip_hole(other, waiting->offset);
    take_bytes(side, p);
}

/* --- packets ---------------------------------------------------------------------------- */

static void take_datagram(struct stream *s, const struct packet_facts *p)
{
    struct side *side = &s->sides[p->note->direction & 1];
    struct stream_run run = payload_of(p);
    static const uint8_t nothing;

    run.offset = side->offset;
    run.datagram = true;
    run.arrival = store_arrive(&s->store, run.packet);
    if (run.len || run.missing) {
        side_add_run(side, &run);
        return;
    }
    store_became(&s->store, run.arrival,
                 side_add(side,
                          (struct stream_chunk){.packet = run.packet,
                                                .wall_ns = run.wall_ns,
                                                .kind = CHUNK_BYTES,
                                                .datagram = true},
                          &nothing));
}

static bool has_datagrams(uint8_t protocol)
{
    return protocol == IPPROTO_UDP || protocol == IPPROTO_UDPLITE;
}

bool stream_add(struct stream *s, const struct packet_facts *p)
{
    const struct dissection *d = p->dissection;
    uint64_t before = s->store.count;

    if (!d || !p->note || p->note->conversation == CONVERSATION_NONE)
        return false;
    if (s->conversation == CONVERSATION_NONE)
        s->conversation = p->note->conversation;
    if (s->conversation != p->note->conversation)
        return false;
    /* Else its header was cut, or contradicts itself. */
    if (d->has_flow && d->payload_at && d->has_tcp)
        take_segment(s, p);
    else if (d->has_flow && d->payload_at && has_datagrams(d->flow.protocol))
        take_datagram(s, p);
    return s->store.count != before;
}

void stream_end(struct stream *s)
{
    uint64_t holes[2];

    while (holes[0] = side_next_hole(&s->sides[0]), holes[1] = side_next_hole(&s->sides[1]),
           holes[0] != UINT64_MAX || holes[1] != UINT64_MAX) {
        struct side *side = &s->sides[holes[1] < holes[0]];

        side_skip_hole(side, side_end(side));
    }
}

/* --- reading ---------------------------------------------------------------------------- */

uint32_t stream_conversation(const struct stream *s)
{
    return s->conversation;
}

size_t stream_waiting_bytes(const struct stream *s, unsigned direction)
{
    return s->sides[direction & 1].wait.bytes;
}

uint64_t stream_first(const struct stream *s)
{
    return s->store.first;
}

uint64_t stream_count(const struct stream *s)
{
    return s->store.count;
}

const struct stream_chunk *stream_chunk(const struct stream *s, uint64_t number)
{
    const struct stored_chunk *c = store_get(&s->store, number);

    return c ? &c->chunk : NULL;
}

const uint8_t *stream_bytes(const struct stream *s, uint64_t number)
{
    const struct stored_chunk *c = store_get(&s->store, number);

    return c ? store_bytes(&s->store, c) : NULL;
}

bool stream_chunk_before(const struct stream *s, uint64_t packet, uint64_t *ret_number)
{
    uint64_t chunk = store_before(&s->store, packet);

    if (!store_get(&s->store, chunk))
        return false;
    *ret_number = chunk;
    return true;
}

bool stream_chunk_of(const struct stream *s, uint64_t packet, uint64_t *ret_number)
{
    uint64_t chunk = store_before(&s->store, packet);
    const struct stored_chunk *c = store_get(&s->store, chunk);

    if (!c || c->chunk.packet != packet)
        return false;
    *ret_number = chunk;
    return true;
}

bool stream_chunk_at(const struct stream *s, unsigned direction, uint64_t offset,
                     uint64_t *ret_number)
{
    uint64_t number = store_find(&s->store, direction, offset);
    const struct stored_chunk *c = store_get(&s->store, number);

    if (!c || c->chunk.direction != direction || c->chunk.offset > offset)
        return false;
    *ret_number = number;
    return true;
}

uint64_t stream_lost_bytes(const struct stream *s)
{
    return s->store.lost_bytes;
}
