/* core/wire/tcp_analysis.h - what the next packet of a TCP connection means after those before.
 *
 * The rules are Wireshark's (User's Guide, 7.5; they were tried beside tshark 4.0.17), also
 * where one would draw the line elsewhere: two tools that name the same packet differently help
 * nobody.  Pure; conversation.c decides which packets belong together. */
#ifndef SOCKEYE_WIRE_TCP_ANALYSIS_H
#define SOCKEYE_WIRE_TCP_ANALYSIS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/wire/conversation.h"
#include "core/wire/tcp_segments.h"
#include "core/wire/tcp_states.h"

/* Two SYNs may lie this far apart and more; segments that overtook each other do not: taken
 * where the handshake was not seen. */
#define OVERTAKEN_USUAL_NS UINT64_C(3000000)
/* A retransmission this soon after duplicate ACKs was caused by them. */
#define FAST_RETRANSMISSION_NS UINT64_C(20000000)
#define WINDOW_SCALE_MAX 14 /* RFC 7323, 2.3 */

enum tcp_scaling {
    SCALING_UNKNOWN, /* the handshake was not seen */
    SCALING_NONE,    /* one of both did not offer it */
    SCALING_SHIFT,
};

/* What one end has said so far. */
struct tcp_end {
    struct tcp_segments unacknowledged;
    uint64_t next_wall_ns;  /* when `next` was reached */
    uint64_t ack_wall_ns;   /* of its last packet */
    uint64_t ack_packet;    /* that said `ack` first */
    uint32_t base;          /* sequence number that is 0 for people */
    uint32_t next;          /* behind the highest that it sent */
    uint32_t without_gap;   /* behind the highest that was captured without a gap */
    uint32_t ack, window;   /* of its last packet; window as in the header */
    uint32_t sacked;        /* bytes that its last packet acknowledges selectively */
    uint32_t last_findings; /* of its last packet */
    int32_t repeats;        /* of `ack`, or REPEATS_UNSEEN_TOLD */
    uint8_t scaling, shift; /* enum tcp_scaling */
    bool has_base, has_next, has_gap_mark, has_packet, has_ack;
    bool first_window;      /* only its SYN was seen: that window is not scaled */
    bool in_flight_unknown; /* a gap was seen: what is on the way cannot be told */
    bool persists;          /* its kernel says so */
};

/* One connection. */
struct tcp_track {
    struct tcp_end ends[2];
    struct tcp_states states;
    uint64_t syn_wall_ns, first_rtt_ns; /* 0: not seen */
};

struct tcp_packet {
    const struct tcp_facts *facts;
    uint64_t number, wall_ns;
    uint32_t len;  /* bytes of payload */
    unsigned from; /* FROM_* */
};

/* A SYN with another number than its sender's first one is a new connection between the same
 * ports. */
bool tcp_begins_anew(const struct tcp_track *track, const struct tcp_packet *p);

/* Analyse the next packet: fills ret but for conversation and direction, and the part of
 * `about` that concerns TCP.  `before`: findings that the caller has already. */
void tcp_analyse(struct tcp_track *track, struct tcp_room *room, struct conversation *about,
                 const struct tcp_packet *p, uint32_t before, struct packet_note *ret);

void tcp_track_init(struct tcp_track *track);
void tcp_track_done(struct tcp_track *track, struct tcp_room *room);

#endif
