/* core/wire/flow.h - both directions of one connection, and which packets belong to it. */
#ifndef SOCKEYE_WIRE_FLOW_H
#define SOCKEYE_WIRE_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/addr.h"

/* Who sent a packet to whom; addresses as on the wire (never IPv4-mapped). */
struct flow {
    struct addr source, destination;
    uint8_t protocol; /* IPPROTO_TCP, ...; 0: no ports */
};

/* Which packets to pick, seen from our end. */
struct flow_pick {
    struct addr local, peer; /* a zero port or AF_UNSPEC address matches any */
    uint8_t protocol;
    uint64_t since_wall_ns; /* packets before are not meant; 0: all */
};

enum flow_direction { FLOW_NONE, FLOW_OUT /* local to peer */, FLOW_IN };

/* FLOW_NONE when the packet is not picked.  Where both directions match (a socket connected
 * to itself) it is FLOW_OUT. */
enum flow_direction flow_match(const struct flow_pick *pick, const struct flow *flow,
                               uint64_t wall_ns);

/* The pick of a row's addresses: mapped addresses become IPv4, "any" stays open. */
struct flow_pick flow_pick_of(const struct addr *local, const struct addr *peer,
                              uint8_t protocol);

#endif
