/* core/wire/packet.h - one captured packet, as the capture thread recorded it.
 *
 * The packet store is a ring of struct packet with the captured bytes as the record's data;
 * the packet's number is its number in the ring. */
#ifndef SOCKEYE_WIRE_PACKET_H
#define SOCKEYE_WIRE_PACKET_H

#include <stdint.h>

#include "core/base/ring.h"

struct packet {
    uint64_t wall_ns;   /* CLOCK_REALTIME, ns since the epoch, as libpcap gave it */
    uint32_t length;    /* on the wire; the record's data may be shorter (snaplen) */
    uint32_t captured;  /* bytes that the capture gave */
    uint16_t link_type; /* LINKTYPE_ value: tcpdump.org/linktypes.html */
    uint16_t interface; /* number of the capture's interface */
};

#define PACKET_STORE_PACKETS 65536
#define PACKET_STORE_BYTES (16U << 20)
/* The longest packet that is kept whole: a loopback super-segment with its headers. */
#define PACKET_BYTES_MAX (256U << 10)

/* A store for a reader that the capture waits for: small, to stay in a processor's cache. */
#define PACKET_QUEUE_PACKETS 16384
#define PACKET_QUEUE_BYTES (4U << 20)

/* What people call a packet by its number: the first is 1, as in every tool of the field. */
static inline uint64_t packet_called(uint64_t number)
{
    return number + 1;
}

static inline struct ring *packet_queue_new(void)
{
    return ring_new(PACKET_QUEUE_PACKETS, sizeof(struct packet), PACKET_QUEUE_BYTES);
}

static inline struct ring *packet_store_new(void)
{
    return ring_new(PACKET_STORE_PACKETS, sizeof(struct packet), PACKET_STORE_BYTES);
}

#endif
