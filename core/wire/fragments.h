/* core/wire/fragments.h - IP datagrams put together again from their parts.
 *
 * Parts are added in the order in which they were captured, whatever their order in the datagram.
 * The part that completes one gives its bytes and the numbers of the packets that brought them:
 * a capture may note them beside that packet, and whoever has those packets may rebuild the
 * datagram later by adding just them to a table of one.
 *
 * Where parts overlap, of IPv4 the bytes that came first stay (RFC 815 leaves it open); an IPv6
 * datagram is given up with all that still comes of it (RFC 8200, 4.5; RFC 5722).  The same part
 * once more is no overlap.  Pure: no clock, time is that of the packets.  One owner.  Bounded in
 * datagrams, bytes, parts and time; what was given up is counted. */
#ifndef SOCKEYE_WIRE_FRAGMENTS_H
#define SOCKEYE_WIRE_FRAGMENTS_H

#include <stddef.h>
#include <stdint.h>

#include "core/wire/decode.h"

#define FRAGMENTS_DATAGRAMS_USUAL 256 /* begun and not complete */
#define FRAGMENTS_BYTES_USUAL (4U << 20)
#define FRAGMENTS_PARTS 256 /* of one datagram */
#define FRAGMENTS_TIMEOUT_NS (30 * UINT64_C(1000000000))
#define FRAGMENTS_DATAGRAM_BYTES 65535 /* the longest that 13 bits of offset can make */

/* A run of the datagram's bytes and the packet that brought it. */
struct datagram_part {
    uint64_t packet;
    uint32_t offset, len;
};

/* The payload of an IP packet: what would stand behind its header.  Borrowed until the next call
 * with the table. */
struct datagram {
    struct addr source, destination;
    uint32_t id;
    uint8_t protocol; /* that begins at byte 0; of IPv6 maybe another extension header */
    const uint8_t *bytes;
    uint32_t captured; /* of bytes: up to the first that snaplen kept away */
    uint32_t len;      /* of the whole */
    size_t n_parts;    /* in the order of their offsets */
    const struct datagram_part *parts;
};

/* Since the table was made. */
struct fragments_counts {
    uint64_t parts, completed;
    uint64_t duplicates; /* the same part once more */
    uint64_t overlaps;   /* parts that had bytes which were there already */
    uint64_t rejected;   /* parts that can belong to no datagram */
    uint64_t timed_out;  /* datagrams: FRAGMENTS_TIMEOUT_NS after their first part */
    uint64_t dropped;    /* datagrams: over a bound, the oldest first */
    uint64_t given_up;   /* datagrams: IPv6 with overlaps */
};

struct fragments;

struct fragments *fragments_new(size_t max_datagrams, size_t max_bytes);
void fragments_free(struct fragments *f); /* NULL is a no-op */

/* The next packet: number and time are its own, d its dissection (DECODE_FLOW is enough), bytes
 * what was captured of it.  True with *ret when it completed a datagram; false also for what is no
 * part of one. */
bool fragments_add(struct fragments *f, uint64_t number, uint64_t wall_ns, const uint8_t *bytes,
                   const struct dissection *d, struct datagram *ret);

struct fragments_counts fragments_counts(const struct fragments *f);
/* Datagrams that are begun, and the bytes kept for them. */
size_t fragments_waiting(const struct fragments *f, size_t *ret_bytes);

/* Decode a datagram as decode() does a packet: ret->reassembled is set, and the offsets of the
 * payload and of all fields are those in its bytes. */
void decode_datagram(const struct datagram *datagram, unsigned what, struct dissection *ret);

#endif
