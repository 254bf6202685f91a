/* core/wire/conversation.h - which packets belong to one another, and what their order says.
 *
 * Packets are added in the order they were captured.  Each gives a note: its conversation, its
 * direction and, for TCP, what Wireshark's rules find in it.  Pure, no I/O; one owner, no
 * locks.  Bounded: CONVERSATION_SEGMENTS a direction, and so many conversations as asked for;
 * the one that was silent longest goes first and is counted. */
#ifndef SOCKEYE_WIRE_CONVERSATION_H
#define SOCKEYE_WIRE_CONVERSATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/wire/decode.h"
#include "core/wire/finding.h"
#include "core/wire/packet.h"

#define CONVERSATION_NONE UINT32_MAX
#define CONVERSATIONS_USUAL 16384

/* Whom a packet comes from: ends[0] or ends[1] of its conversation. */
enum { FROM_FIRST, FROM_SECOND };

/* Wireshark's conversation completeness. */
enum {
    COMPLETE_SYN = 1,
    COMPLETE_SYN_ACK = 2,
    COMPLETE_ACK = 4,
    COMPLETE_DATA = 8,
    COMPLETE_FIN = 16,
    COMPLETE_RST = 32
};

/* Which facts of a note are known. */
enum {
    NOTE_RELATIVE = 1,  /* relative_seq, relative_ack */
    NOTE_WINDOW = 2,    /* window_bytes: the scale is known */
    NOTE_IN_FLIGHT = 4, /* in_flight_bytes */
    NOTE_RTT = 8,       /* rtt_ns: of the segment `about`, which this packet acknowledges */
    NOTE_ABOUT = 16,    /* about */
    NOTE_STATES = 32    /* states */
};

struct packet_note {
    uint32_t conversation; /* its number, from 0 as they began; CONVERSATION_NONE */
    uint32_t findings;     /* FINDING_BITs */
    uint8_t direction;     /* FROM_FIRST or FROM_SECOND */
    uint8_t has;           /* NOTE_ bits */
    uint8_t states[2]; /* enum socket_state of both ends after this packet, as far as the wire
                          shows it; 0: it does not, where a SYN was not answered yet */
    uint32_t relative_seq,
        relative_ack;         /* to the first sequence number that was seen, 0 = SYN */
    uint32_t window_bytes;    /* scaled */
    uint32_t in_flight_bytes; /* sent by this side and not acknowledged, with this */
    uint32_t duplicate_acks;  /* the how-manyth in a row; 0: none */
    uint64_t rtt_ns;
    uint64_t about; /* number of the packet that this one acknowledges or repeats */
};

struct conversation {
    uint32_t number;
    uint8_t protocol;    /* IPPROTO_TCP, ... */
    struct addr ends[2]; /* [0]: who asked (SYN), else who was seen first */
    uint64_t packets[2], payload_bytes[2];
    uint64_t first_wall_ns, last_wall_ns;
    uint64_t first_packet, last_packet; /* numbers */
    /* Only TCP: */
    uint8_t completeness; /* COMPLETE_ bits */
    bool has_handshake_rtt, has_closed_first, has_reset_by;
    bool sack_permitted[2], has_window_scale[2];
    uint8_t window_scale[2];
    uint8_t closed_first;      /* FROM_*: who sent the first FIN */
    uint8_t reset_by;          /* FROM_*: who sent the first RST */
    uint8_t reset_state;       /* enum socket_state that its sender was in before; 0: unknown */
    uint64_t handshake_rtt_ns; /* SYN to the ACK of the SYN ACK */
    uint32_t found[FINDING_COUNT]; /* how often */
};

struct conversations;

struct conversations *conversations_new(size_t max);
void conversations_free(struct conversations *c); /* NULL is a no-op */

/* Add the next packet.  number must grow; d needs no more than DECODE_FLOW.  A part of an IP
 * packet is counted but not analysed: where core/wire/fragments.h has put the whole together,
 * d is that of the whole, instead of that of the part that completed it. */
void conversations_add(struct conversations *c, uint64_t number, const struct packet *packet,
                       const struct dissection *d, struct packet_note *ret);

/* The kernel's timer of the socket `local` says persist from now on, or no longer: its
 * zero-length probes one byte before its next are zero-window probes, not keep-alives. */
void conversations_persist(struct conversations *c, const struct addr *local,
                           const struct addr *peer, bool persist);

/* Conversations are numbered as they began: [oldest, end).  NULL: forgotten, or none yet. */
uint32_t conversations_end(const struct conversations *c);
const struct conversation *conversations_get(const struct conversations *c, uint32_t number);
uint64_t conversations_forgotten(const struct conversations *c);
/* Segments that found no room in the lists of what is not acknowledged: no RTT is known of
 * them. */
uint64_t conversations_segments_dropped(const struct conversations *c);

/* "complete, with data", "incomplete: no SYN was seen". */
const char *conversation_completeness(const struct conversation *c, char *buf, size_t size);

#endif
