/* core/why/wire_digest.h - from captured packets to the wire facts of one flow.
 *
 * Pure.  Packets of any flow are added as they came; a flow's facts are asked for afterwards, as
 * often as wanted.  Bounded like core/wire/conversation.h. */
#ifndef SOCKEYE_WHY_WIRE_DIGEST_H
#define SOCKEYE_WHY_WIRE_DIGEST_H

#include "core/why/evidence.h"
#include "core/wire/packet_facts.h"

struct wire_digest;

struct wire_digest *wire_digest_new(void);
void wire_digest_free(struct wire_digest *d); /* NULL is a no-op */

void wire_digest_add(struct wire_digest *d, uint64_t number, const struct packet *packet,
                     const uint8_t *bytes, size_t captured);

/* The facts of the flow between local and peer, seen from local; a zero port or AF_UNSPEC of
 * local matches any.  to_monotonic_ns: what turns the packets' wall time into clock_now_ns(). */
void wire_digest_facts(const struct wire_digest *d, const struct addr *local,
                       const struct addr *peer, uint8_t protocol, int64_t to_monotonic_ns,
                       struct wire_facts *ret);

/* A line for each packet of the flow that says something, and for runs of the others. */
void wire_digest_say(const struct wire_digest *d, const struct addr *local,
                     const struct addr *peer, uint8_t protocol, int64_t to_monotonic_ns,
                     struct evidence *e);

#endif
