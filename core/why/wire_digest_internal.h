/* core/why/wire_digest_internal.h - what wire_digest.c and wire_facts.c share; nobody else includes
 * it. */
#ifndef SOCKEYE_WHY_WIRE_DIGEST_INTERNAL_H
#define SOCKEYE_WHY_WIRE_DIGEST_INTERNAL_H

#include "core/why/wire_digest.h"
#include "core/wire/conversation.h"

#define DIGEST_PACKETS 32768
#define DIGEST_CONVERSATIONS 1024

/* What is kept of a packet. */
struct seen {
    uint64_t number, wall_ns;
    struct flow flow; /* of an ICMP error: that of the quoted packet */
    bool tcp, icmp_error;
    uint8_t ttl, icmp_family, icmp_type, icmp_code, window_scale, direction;
    bool has_ttl, has_window;
    uint32_t mtu;
    struct addr icmp_from;
    struct tcp_facts facts;
    uint32_t findings, window_bytes, payload_bytes, conversation;
    uint64_t rtt_ns; /* of the segment that it acknowledges; 0: not known */
};

struct wire_digest {
    struct conversations *conversations;
    struct dissection dissection;
    struct said_bytes *said[DIGEST_CONVERSATIONS][2]; /* of FROM_FIRST, FROM_SECOND; owned */
    size_t n, left_out;
    struct seen list[DIGEST_PACKETS];
};

static inline enum flow_direction seen_direction(const struct seen *s,
                                                 const struct flow_pick *pick)
{
    return flow_match(pick, &s->flow, s->wall_ns);
}

static inline uint64_t seen_at_ns(const struct seen *s, int64_t to_monotonic_ns)
{
    return (uint64_t)((int64_t)s->wall_ns + to_monotonic_ns);
}

#endif
