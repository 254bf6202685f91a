/* core/wire/quoted.h - the beginning of a packet that an ICMP error quotes (RFC 792, RFC 4443).
 *
 * It may end anywhere: routers quote little. */
#ifndef SOCKEYE_WIRE_QUOTED_H
#define SOCKEYE_WIRE_QUOTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/addr.h"
#include "core/wire/cursor.h"

struct quoted {
    size_t at, transport_at; /* offsets of its IP header and of what that carries */
    unsigned version;        /* 4 or 6 */
    uint8_t protocol, ttl;
    bool later_fragment; /* then no transport header follows */
    struct addr source, destination;
};

/* Read the IP header of a quoted packet and, in IPv6, its extension headers; the cursor then stands
 * at transport_at, or at the end with short_read set where the extensions are cut.  False when the
 * header itself is cut or is none. */
bool quoted_read(struct cursor *c, struct quoted *ret);

#endif
