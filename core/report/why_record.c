#include "core/report/why_record.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

#define CONVERSATIONS 256
#define INTERFACE_BYTES 16

struct kept {
    struct packet packet;
    uint64_t number;
    char interface[INTERFACE_BYTES];
    uint8_t *bytes; /* owned */
    size_t captured;
};

struct why_record {
    size_t n, used_bytes;
    uint64_t left_out;
    struct dissection dissection;
    struct kept list[WHY_RECORD_PACKETS];
};

struct why_record *why_record_new(void)
{
    return mem_map(sizeof(struct why_record));
}

void why_record_free(struct why_record *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->n; i++)
        free(r->list[i].bytes);
    mem_unmap(r, sizeof(*r));
}

void why_record_add(void *record, const struct packet_facts *p)
{
    struct why_record *r = record;
    struct kept *k;

    if (r->n == WHY_RECORD_PACKETS || r->used_bytes + p->captured > WHY_RECORD_BYTES) {
        r->left_out++;
        return;
    }
    k = &r->list[r->n++];
    k->packet = *p->packet;
    k->number = p->number;
    k->bytes = mem_copy(p->bytes, p->captured);
    k->captured = p->captured;
    r->used_bytes += p->captured;
    if (p->interface)
        snprintf(k->interface, sizeof(k->interface), "%s", p->interface);
}

uint64_t why_record_left_out(const struct why_record *r)
{
    return r->left_out;
}

/* --- which of them ---------------------------------------------------------------------------- */

static bool is_between(const struct addr *local, const struct addr *peer,
                       const struct flow *flow)
{
    struct flow_pick pick = flow_pick_of(local, peer, flow->protocol);

    return flow_match(&pick, flow, 0) != FLOW_NONE;
}

/* ICMPv4 and ICMPv6 messages that report an error quote a packet; others are not ours. */
static bool is_error(const struct dissection *d)
{
    return d->flow.source.family == AF_INET6 ? d->icmp_type >= 1 && d->icmp_type <= 4
                                             : d->icmp_type == 3 || d->icmp_type == 5 ||
                                                   d->icmp_type == 11 || d->icmp_type == 12;
}

static bool concerns(const struct evidence *e, const struct dissection *d)
{
    if (!d->has_flow)
        return false;
    if (d->has_icmp)
        return is_error(d);
    for (size_t i = 0; i < e->n_attempts; i++)
        if (is_between(&e->attempts[i].from, &e->attempts[i].to, &d->flow))
            return true;
    for (size_t i = 0; i < e->n_sightings; i++)
        if (e->sightings[i].role == ROLE_OURS &&
            is_between(&e->sightings[i].row.local, &e->sightings[i].row.peer, &d->flow))
            return true;
    return false;
}

int why_record_each(const struct why_record *r, const struct evidence *e, bool payload,
                    int (*put)(void *ctx, const struct packet_facts *p), void *ctx)
{
    struct dissection *d = mem_new(1, sizeof(*d));
    int result = 0;

    for (size_t i = 0; i < r->n && !result; i++) {
        const struct kept *k = &r->list[i];
        struct packet packet = k->packet;
        struct packet_facts facts = {.number = k->number,
                                     .packet = &packet,
                                     .bytes = k->bytes,
                                     .captured = k->captured,
                                     .interface = k->interface[0] ? k->interface : NULL,
                                     .dissection = d};

        decode(k->bytes, k->captured, packet.length, packet.link_type, DECODE_INFO, d);
        if (!concerns(e, d))
            continue;
        if (!payload && d->payload_at && d->payload_at < facts.captured)
            facts.captured = packet.captured = d->payload_at;
        result = put(ctx, &facts);
    }
    free(d);
    return result;
}

/* --- the ladder --------------------------------------------------------------------------------- */

struct drawing {
    struct ladder *ladder;
    struct conversations *conversations;
};

static int draw(void *ctx, const struct packet_facts *p)
{
    struct drawing *w = ctx;
    struct packet_note note = {.conversation = CONVERSATION_NONE};
    struct packet_facts facts = *p;

    conversations_add(w->conversations, p->number, p->packet, p->dissection, &note);
    facts.note = &note;
    ladder_packet(w->ladder, &facts);
    return 0;
}

static void draw_calls(struct ladder *l, const struct evidence *e)
{
    for (size_t i = 0; i < e->n_attempts; i++) {
        const struct attempt *a = &e->attempts[i];
        char text[LADDER_TEXT_BYTES], to[ADDR_TEXT_BYTES];

        if (a->from.family == AF_UNSPEC)
            continue;
        addr_format(&a->to, to);
        snprintf(text, sizeof(text), "%s(%s)%s%s", a->call, to,
                 a->undecided ? " waits"
                 : a->error   ? " = -1 "
                              : " = 0",
                 a->error ? err_name(a->error) : "");
        ladder_call(l, e->began_wall_ns + (a->began_ns + a->elapsed_ns - e->began_ns), &a->from,
                    a->error != 0, text);
    }
}

struct ladder *why_record_ladder(const struct why_record *r, const struct evidence *e)
{
    struct drawing w = {.ladder = ladder_new(LADDER_STEPS_USUAL),
                        .conversations = conversations_new(CONVERSATIONS)};

    why_record_each(r, e, true, draw, &w);
    draw_calls(w.ladder, e);
    conversations_free(w.conversations);
    return w.ladder;
}
