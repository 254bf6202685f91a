#include "core/wire/stream.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/wire/stream_store.h"
#include "core/wire/stream_wait.h"

/* No window is larger (RFC 7323, 2.3): what is acknowledged farther ahead is not of this. */
#define FARTHEST (UINT32_C(1) << 30)

/* What tells that bytes up to an offset were sent. */
struct sign {
    uint64_t offset, packet, wall_ns;
};

/* One direction.  Places are offsets in it, counted on over the sequence numbers' end. */
struct side {
    bool started;    /* next is known */
    bool has_fin;    /* fin is known */
    bool has_hint;   /* hint is: the other side had acknowledged it before anything was seen */
    uint32_t next;   /* sequence number of the next byte to be read */
    uint32_t hint;   /* a sequence number, too */
    uint64_t offset; /* of the next byte to be read */
    struct sign acked, fin;
    struct stream_wait wait;
};

struct stream {
    struct side sides[2];
    uint32_t conversation;
    size_t max_waiting;
    struct stream_store store;
};

struct stream *stream_new(size_t max_bytes)
{
    struct stream *s = mem_new(1, sizeof(*s));

    store_init(&s->store, max_bytes);
    s->conversation = CONVERSATION_NONE;
    s->max_waiting = max_bytes < STREAM_WAITING_BYTES ? max_bytes : STREAM_WAITING_BYTES;
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

static unsigned direction_of(const struct stream *s, const struct side *side)
{
    return side == &s->sides[FROM_SECOND] ? FROM_SECOND : FROM_FIRST;
}

/* Where a sequence number is, seen from the next byte to be read; negative: before it. */
static int64_t ahead(const struct side *side, uint32_t seq)
{
    return (int32_t)(seq - side->next);
}

static void start(struct side *side, uint32_t seq)
{
    if (side->started)
        return;
    side->started = true;
    side->next = seq;
}

/* --- giving chunks out ------------------------------------------------------------------ */

static uint64_t add_chunk(struct stream *s, struct side *side, struct stream_chunk c,
                          const uint8_t *bytes)
{
    c.direction = (uint8_t)direction_of(s, side);
    c.offset = side->offset;
    side->offset += c.len;
    side->next += (uint32_t)c.len;
    return store_add(&s->store, &c, bytes, s->sides[!c.direction].offset);
}

static void add_gap(struct stream *s, struct side *side, uint64_t end, uint64_t packet,
                    uint64_t wall_ns)
{
    add_chunk(
        s, side,
        (struct stream_chunk){
            .packet = packet, .wall_ns = wall_ns, .len = end - side->offset, .kind = CHUNK_GAP},
        NULL);
}

/* The run begins where the side stands. */
static void add_run(struct stream *s, struct side *side, const struct stream_run *run)
{
    uint64_t end = run_end(run), first = s->store.count;
    size_t done = 0;

    while (done < run->len) {
        size_t n = run->len - done;

        if (n > s->store.max_bytes)
            n = s->store.max_bytes;
        add_chunk(s, side,
                  (struct stream_chunk){.packet = run->packet,
                                        .wall_ns = run->wall_ns,
                                        .len = n,
                                        .kind = CHUNK_BYTES,
                                        .cut = run->missing && done + n == run->len,
                                        .disputed = run->disputed},
                  run->bytes + done);
        done += n;
    }
    if (run->missing)
        add_gap(s, side, end, run->packet, run->wall_ns);
    store_became(&s->store, run->arrival, first);
}

/* What waited for what has come. */
static void drain(struct stream *s, struct side *side)
{
    const struct stream_run *first;

    while ((first = wait_at(&side->wait, 0)) && first->offset == side->offset) {
        struct stream_run run = wait_take(&side->wait);

        add_run(s, side, &run);
        free((void *)(uintptr_t)run.bytes);
    }
}

/* Declare the first hole a gap, up to limit, and give out what waited behind it. */
static void skip_hole(struct stream *s, struct side *side, uint64_t limit)
{
    const struct stream_run *first = wait_at(&side->wait, 0);
    struct sign shown = side->fin;

    if (first && first->offset < limit)
        limit = first->offset;
    if (side->acked.offset >= limit)
        shown = side->acked;
    else if (first && first->offset == limit)
        shown = (struct sign){.packet = first->packet, .wall_ns = first->wall_ns};
    add_gap(s, side, limit, shown.packet, shown.wall_ns);
    drain(s, side);
}

static void skip_holes(struct stream *s, struct side *side, uint64_t limit)
{
    while (side->offset < limit)
        skip_hole(s, side, limit);
}

/* Where the bytes end that the other side has acknowledged; a last one that nothing else tells of
 * is a FIN that was not captured. */
static uint64_t acknowledged(const struct side *side)
{
    if (!side->wait.count && !side->has_fin && side->acked.offset == side->offset + 1)
        return side->offset;
    return side->acked.offset;
}

/* --- taking segments in ----------------------------------------------------------------- */

/* Mark what was given out and has other bytes at the same place. */
static void dispute_given(struct stream *s, unsigned direction, uint64_t offset,
                          const uint8_t *bytes, uint64_t len)
{
    uint64_t done = 0;

    while (done < len) {
        struct stored_chunk *c =
            store_get(&s->store, store_find(&s->store, direction, offset + done));
        uint64_t skip, n;

        /* Older ones are lost, so that the first that is left may begin behind it. */
        if (!c || c->chunk.direction != direction || c->chunk.offset > offset + done)
            return;
        skip = offset + done - c->chunk.offset;
        n = c->chunk.len - skip < len - done ? c->chunk.len - skip : len - done;
        if (c->chunk.kind == CHUNK_BYTES &&
            memcmp(store_bytes(&s->store, c) + skip, bytes + done, (size_t)n) != 0)
            c->chunk.disputed = true;
        done += n;
    }
}

static void dispute_waiting(struct stream_run *old, const struct stream_run *run)
{
    uint64_t from = old->offset > run->offset ? old->offset : run->offset;
    uint64_t old_end = old->offset + old->len, run_bytes_end = run->offset + run->len;
    uint64_t end = old_end < run_bytes_end ? old_end : run_bytes_end;

    if (from < end && memcmp(old->bytes + (from - old->offset),
                             run->bytes + (from - run->offset), (size_t)(end - from)) != 0)
        old->disputed = true;
}

/* The part of a run between two offsets. */
static struct stream_run part_of(const struct stream_run *run, uint64_t from, uint64_t end)
{
    struct stream_run part = *run;
    uint64_t skip = from - run->offset, n = end - from;

    part.offset = from;
    part.bytes = skip < run->len ? run->bytes + skip : NULL;
    part.len = skip < run->len ? run->len - (uint32_t)skip : 0;
    if (part.len > n)
        part.len = (uint32_t)n;
    part.missing = (uint32_t)n - part.len;
    return part;
}

/* Put it among those that wait, where none of them is already. */
static void queue(struct side *side, const struct stream_run *run)
{
    struct stream_wait *w = &side->wait;
    uint64_t at = run->offset, end = run_end(run);
    size_t i = wait_find(w, at);

    while (at < end) {
        struct stream_run *old = wait_at(w, i), part;
        uint64_t part_end = old && old->offset < end ? old->offset : end;

        if (part_end > at) {
            part = part_of(run, at, part_end);
            wait_insert(w, i++, &part);
            at = part_end;
        } else {
            dispute_waiting(old, run);
            at = run_end(old);
            i++;
        }
    }
}

/* The part of a run that is before the side's place was given out already. */
static void dispute_known(struct stream *s, const struct side *side,
                          const struct stream_run *run, uint64_t known)
{
    uint64_t from = known > side->offset ? known - side->offset : 0; /* before the beginning */
    uint64_t end = known < run->len ? known : run->len;

    if (from < end)
        dispute_given(s, direction_of(s, side), side->offset + from - known, run->bytes + from,
                      end - from);
}

/* delta: where it begins, seen from the side's place. */
static void take(struct stream *s, struct side *side, struct stream_run run, int64_t delta)
{
    uint64_t known = delta < 0 ? (uint64_t)-delta : 0;
    const struct stream_run *first = wait_at(&side->wait, 0);

    dispute_known(s, side, &run, known);
    if (known >= (uint64_t)run.len + run.missing)
        return;
    run.offset = 0;
    run = part_of(&run, known, run_end(&run));
    run.offset = side->offset + (delta > 0 ? (uint64_t)delta : 0);
    run.arrival = store_arrive(&s->store, run.packet);
    if (run.offset == side->offset && (!first || first->offset >= run_end(&run)))
        add_run(s, side, &run);
    else
        queue(side, &run);
    drain(s, side);
    while (side->wait.bytes > s->max_waiting || side->wait.count > STREAM_WAITING_SEGMENTS)
        skip_hole(s, side, UINT64_MAX);
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
            start(side, tcp->ack);
        return;
    }
    delta = ahead(side, tcp->ack);
    if (delta <= 0 || delta > FARTHEST)
        return;
    offset = side->offset + (uint64_t)delta;
    if (side->has_fin && offset > side->fin.offset)
        offset = side->fin.offset;
    if (offset > side->acked.offset)
        side->acked = (struct sign){offset, p->number, p->packet->wall_ns};
}

/* One byte before what comes next, or none: it asks whether the peer is there.  Seen again it
 * is nothing new either. */
static bool is_keep_alive(const struct side *side, const struct packet_facts *p, uint32_t len)
{
    uint32_t after = p->dissection->tcp.seq + 1;

    if (len > 1 || p->dissection->tcp.flags & (TCP_FLAG_SYN | TCP_FLAG_FIN))
        return false;
    if (p->note->findings & FINDING_BIT(FINDING_KEEP_ALIVE))
        return true;
    return side->started ? after == side->next : side->has_hint && after == side->hint;
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

static void take_bytes(struct stream *s, struct side *side, const struct packet_facts *p)
{
    const struct tcp_facts *tcp = &p->dissection->tcp;
    struct stream_run run = payload_of(p);
    uint32_t len = run.len + run.missing, seq = tcp->seq + !!(tcp->flags & TCP_FLAG_SYN);
    int64_t delta;

    if (is_keep_alive(side, p, len))
        return;
    if (tcp->flags & TCP_FLAG_SYN || len || tcp->flags & TCP_FLAG_FIN)
        start(side, seq);
    delta = ahead(side, seq);
    /* Before its bytes are taken: they move the place that delta counts from. */
    if (tcp->flags & TCP_FLAG_FIN)
        take_fin(side, p, delta + len);
    if (len)
        take(s, side, run, delta);
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
        skip_holes(s, other, acknowledged(other));
    while ((waiting = wait_at(&other->wait, 0)) && other->acked.offset >= waiting->offset)
        skip_hole(s, other, waiting->offset);
    take_bytes(s, side, p);
}

/* --- packets ---------------------------------------------------------------------------- */

static void take_datagram(struct stream *s, const struct packet_facts *p)
{
    struct side *side = &s->sides[p->note->direction & 1];
    struct stream_run run = payload_of(p);
    static const uint8_t nothing;

    run.offset = side->offset;
    run.arrival = store_arrive(&s->store, run.packet);
    if (run.len || run.missing) {
        add_run(s, side, &run);
        return;
    }
    store_became(&s->store, run.arrival,
                 add_chunk(s, side,
                           (struct stream_chunk){.packet = run.packet,
                                                 .wall_ns = run.wall_ns,
                                                 .kind = CHUNK_BYTES},
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

/* Where the side ends, as far as anything tells; what waits tells by itself. */
static uint64_t end_of(const struct side *side)
{
    uint64_t end = acknowledged(side);
    size_t n = side->wait.count;

    if (n && run_end(wait_at(&side->wait, n - 1)) > end)
        end = run_end(wait_at(&side->wait, n - 1));
    return side->has_fin && side->fin.offset > end ? side->fin.offset : end;
}

/* The packet that tells of its next hole; UINT64_MAX: there is none. */
static uint64_t next_hole(const struct side *side)
{
    const struct stream_run *first = wait_at(&side->wait, 0);

    if (side->offset >= end_of(side))
        return UINT64_MAX;
    return first ? first->packet : side->acked.packet;
}

void stream_end(struct stream *s)
{
    uint64_t holes[2];

    while (holes[0] = next_hole(&s->sides[0]), holes[1] = next_hole(&s->sides[1]),
           holes[0] != UINT64_MAX || holes[1] != UINT64_MAX) {
        struct side *side = &s->sides[holes[1] < holes[0]];

        skip_hole(s, side, end_of(side));
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
