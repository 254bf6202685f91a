/* core/wire/tcp_segments.h - what one end of a TCP connection sent and was not acknowledged.
 *
 * Sorted by sequence number, so that an acknowledgment looks only at what it takes away.  The
 * room of all lists together is one budget, that of struct tcp_room: whoever shares it, shares
 * a bound.  Pure; sequence numbers wrap (RFC 9293, 3.4). */
#ifndef SOCKEYE_WIRE_TCP_SEGMENTS_H
#define SOCKEYE_WIRE_TCP_SEGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Segments that are remembered of one direction. */
#define CONVERSATION_SEGMENTS 1024

struct tcp_segment {
    uint64_t packet, wall_ns;
    uint32_t seq, end; /* [seq, end), SYN and FIN count as one */
};

struct tcp_segments {
    struct tcp_segment *at; /* a ring; NULL: none was ever remembered */
    uint32_t top;           /* the highest end in it */
    uint16_t room, first, count;
};

struct tcp_room {
    size_t left;      /* segments that may still be allocated */
    uint64_t dropped; /* segments that found no room */
};

static inline bool seq_before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

/* Remember a segment; counted as dropped where there is no room. */
void tcp_segments_add(struct tcp_segments *l, struct tcp_room *room,
                      const struct tcp_segment *segment);

/* Forget all before `ack`.  True with *ret_segment: the one that ended there, the oldest of
 * those that did. */
bool tcp_segments_acknowledge(struct tcp_segments *l, struct tcp_room *room, uint32_t ack,
                              struct tcp_segment *ret_segment);

/* The earliest packet that began at seq. */
bool tcp_segments_find(const struct tcp_segments *l, uint32_t seq, uint64_t *ret_packet);

/* From the first byte not acknowledged to the last; 0: none. */
uint32_t tcp_segments_span(const struct tcp_segments *l);

void tcp_segments_done(struct tcp_segments *l, struct tcp_room *room);

#endif
