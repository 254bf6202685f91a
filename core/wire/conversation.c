#include "core/wire/conversation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>

/* Keys are whole words; five multiplications are a third of the usual function's cost. */
#define HASH_FUNCTION(keyptr, keylen, hashv) ((hashv) = hash_words((keyptr), (keylen)))

static inline unsigned hash_words(const void *key, size_t len)
{
    const unsigned char *at = key;
    uint64_t hash = UINT64_C(0x9e3779b97f4a7c15), word;

    for (; len >= sizeof(word); at += sizeof(word), len -= sizeof(word)) {
        memcpy(&word, at, sizeof(word));
        hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
        hash ^= hash >> 32;
    }
    return (unsigned)hash;
}

#include "core/base/hash.h"
#include "core/base/mem.h"
#include "core/wire/tcp_analysis.h"

/* Segments of all conversations together: 6 MiB. */
#define SEGMENTS_TOTAL ((size_t)1 << 18)

/* Both directions have the same: the lower end first.  Whole words, no padding. */
struct key {
    uint8_t low[16], high[16];
    uint16_t low_port, high_port;
    uint16_t protocol, family;
};

struct entry {
    struct conversation conversation;
    struct key key;
    bool is_current; /* in the table: no newer one has the same key */
    uint64_t number; /* a whole word */
    struct tcp_track tcp;
    struct entry *newer, *older; /* by their last packet */
    UT_hash_handle hh;           /* by key */
    UT_hash_handle hh_number;
};

struct conversations {
    size_t max, count;
    uint32_t end;
    uint64_t forgotten;
    struct entry *by_key, *by_number; /* uthash */
    struct entry *newest, *oldest;
    struct tcp_room room;
};

struct conversations *conversations_new(size_t max)
{
    struct conversations *c = mem_new(1, sizeof(*c));

    c->max = max ? max : 1;
    c->room.left = SEGMENTS_TOTAL;
    return c;
}

/* --- by their last packet --- */

static void unlink_age(struct conversations *c, struct entry *e)
{
    if (e->newer)
        e->newer->older = e->older;
    else
        c->newest = e->older;
    if (e->older)
        e->older->newer = e->newer;
    else
        c->oldest = e->newer;
}

static void link_newest(struct conversations *c, struct entry *e)
{
    e->newer = NULL;
    e->older = c->newest;
    if (c->newest)
        c->newest->newer = e;
    else
        c->oldest = e;
    c->newest = e;
}

static void supersede(struct conversations *c, struct entry *e)
{
    if (e->is_current)
        HASH_DELETE(hh, c->by_key, e);
    e->is_current = false;
}

static void forget(struct conversations *c, struct entry *e)
{
    supersede(c, e);
    HASH_DELETE(hh_number, c->by_number, e);
    unlink_age(c, e);
    tcp_track_done(&e->tcp, &c->room);
    free(e);
    c->count--;
}

void conversations_free(struct conversations *c)
{
    if (!c)
        return;
    while (c->oldest)
        forget(c, c->oldest);
    free(c);
}

/* --- which one --- */

static struct key key_of(const struct addr *a, const struct addr *b, uint8_t protocol)
{
    int order = memcmp(a->ip, b->ip, sizeof(a->ip));
    bool swap = order > 0 || (order == 0 && a->port > b->port);
    const struct addr *low = swap ? b : a, *high = swap ? a : b;
    struct key key = {.low_port = low->port,
                      .high_port = high->port,
                      .protocol = protocol,
                      .family = low->family};

    memcpy(key.low, low->ip, sizeof(key.low));
    memcpy(key.high, high->ip, sizeof(key.high));
    return key;
}

static struct entry *find_entry(const struct conversations *c, const struct key *key)
{
    struct entry *e = c->newest;

    /* Packets come in bursts. */
    if (e && e->is_current && memcmp(&e->key, key, sizeof(*key)) == 0)
        return e;
    HASH_FIND(hh, c->by_key, key, sizeof(*key), e);
    return e;
}

static struct entry *begin(struct conversations *c, const struct key *key,
                           const struct flow *flow, bool answers)
{
    struct entry *e;

    if (c->count == c->max) {
        forget(c, c->oldest);
        c->forgotten++;
    }
    e = mem_new(1, sizeof(*e));
    e->key = *key;
    e->number = c->end;
    e->conversation.number = c->end++;
    e->conversation.protocol = flow->protocol;
    e->conversation.ends[answers] = flow->source;
    e->conversation.ends[!answers] = flow->destination;
    tcp_track_init(&e->tcp);
    HASH_ADD(hh, c->by_key, key, sizeof(e->key), e);
    HASH_ADD(hh_number, c->by_number, number, sizeof(e->number), e);
    e->is_current = true;
    link_newest(c, e);
    c->count++;
    return e;
}

static unsigned direction_of(const struct entry *e, const struct flow *flow)
{
    const struct addr *first = &e->conversation.ends[0];

    return first->port == flow->source.port && addr_same_ip(first, &flow->source) ? FROM_FIRST
                                                                                  : FROM_SECOND;
}

/* Who answers a SYN was not the first, even where only the answer was captured. */
static bool is_answer(const struct dissection *d)
{
    return d->has_tcp &&
           (d->tcp.flags & (TCP_FLAG_SYN | TCP_FLAG_ACK)) == (TCP_FLAG_SYN | TCP_FLAG_ACK);
}

/* --- packets --- */

static void count_packet(struct conversation *v, unsigned direction, uint64_t number,
                         uint64_t wall_ns, uint32_t payload)
{
    if (!v->packets[0] && !v->packets[1]) {
        v->first_wall_ns = wall_ns;
        v->first_packet = number;
    }
    v->packets[direction]++;
    v->payload_bytes[direction] += payload;
    v->last_wall_ns = wall_ns;
    v->last_packet = number;
}

static void count_findings(struct conversation *v, uint32_t findings)
{
    for (; findings; findings &= findings - 1)
        v->found[__builtin_ctz(findings)]++;
}

/* A part of a datagram does not say how long the segment is. */
static bool is_segment(const struct dissection *d)
{
    return d->has_tcp && d->flow.protocol == IPPROTO_TCP && !d->has_fragment;
}

static struct entry *add_segment(struct conversations *c, struct entry *e, struct tcp_packet *p,
                                 const struct flow *flow, struct packet_note *ret)
{
    const struct key key = e->key; /* it may be forgotten for the new one */
    uint32_t before = 0;

    if (tcp_begins_anew(&e->tcp, p)) {
        supersede(c, e);
        e = begin(c, &key, flow, false);
        p->from = FROM_FIRST;
        before = FINDING_BIT(FINDING_PORT_REUSED);
    }
    tcp_analyse(&e->tcp, &c->room, &e->conversation, p, before, ret);
    count_findings(&e->conversation, ret->findings);
    return e;
}

void conversations_add(struct conversations *c, uint64_t number, const struct packet *packet,
                       const struct dissection *d, struct packet_note *ret)
{
    struct entry *e;
    struct key key;

    *ret = (struct packet_note){.conversation = CONVERSATION_NONE};
    if (!d->has_flow || !d->flow.protocol)
        return;
    key = key_of(&d->flow.source, &d->flow.destination, d->flow.protocol);
    e = find_entry(c, &key);
    if (!e)
        e = begin(c, &key, &d->flow, is_answer(d));
    if (c->newest != e) {
        unlink_age(c, e);
        link_newest(c, e);
    }
    if (is_segment(d))
        e = add_segment(c, e,
                        &(struct tcp_packet){.facts = &d->tcp,
                                             .number = number,
                                             .wall_ns = packet->wall_ns,
                                             .len = d->payload_claimed,
                                             .from = direction_of(e, &d->flow)},
                        &d->flow, ret);
    ret->conversation = e->conversation.number;
    ret->direction = (uint8_t)direction_of(e, &d->flow);
    count_packet(&e->conversation, ret->direction, number, packet->wall_ns, d->payload_claimed);
}

void conversations_persist(struct conversations *c, const struct addr *local,
                           const struct addr *peer, bool persist)
{
    struct addr ours = addr_unmapped(local), theirs = addr_unmapped(peer);
    struct key key = key_of(&ours, &theirs, IPPROTO_TCP);
    struct entry *e = find_entry(c, &key);
    struct flow flow = {.source = ours, .destination = theirs, .protocol = IPPROTO_TCP};

    if (e)
        e->tcp.ends[direction_of(e, &flow)].persists = persist;
}

uint32_t conversations_end(const struct conversations *c)
{
    return c->end;
}

const struct conversation *conversations_get(const struct conversations *c, uint32_t number)
{
    uint64_t key = number;
    struct entry *e;

    HASH_FIND(hh_number, c->by_number, &key, sizeof(key), e);
    return e ? &e->conversation : NULL;
}

uint64_t conversations_forgotten(const struct conversations *c)
{
    return c->forgotten;
}

uint64_t conversations_segments_dropped(const struct conversations *c)
{
    return c->room.dropped;
}

/* --- completeness --- */

static const char *what_is_missing(unsigned bits)
{
    if (!(bits & COMPLETE_SYN))
        return "no SYN was seen";
    if (!(bits & COMPLETE_SYN_ACK))
        return bits & COMPLETE_RST ? "refused" : "no answer to the SYN was seen";
    if (!(bits & COMPLETE_ACK))
        return "the handshake was not seen to its end";
    return "no end was seen";
}

const char *conversation_completeness(const struct conversation *c, char *buf, size_t size)
{
    const unsigned handshake = COMPLETE_SYN | COMPLETE_SYN_ACK | COMPLETE_ACK;
    unsigned bits = c->completeness;
    const char *data = bits & COMPLETE_DATA ? "with data" : "no data";

    if (c->protocol != IPPROTO_TCP)
        snprintf(buf, size, "not a connection");
    else if ((bits & handshake) == handshake && bits & (COMPLETE_FIN | COMPLETE_RST))
        snprintf(buf, size, "complete, %s", data);
    else
        snprintf(buf, size, "incomplete: %s", what_is_missing(bits));
    return buf;
}
