/* core/wire/decode.h - the fields of one packet.
 *
 * Pure: reads bytes, does no I/O, allocates nothing.  Every read goes through a bounds-checked
 * cursor, every loop has a bound; a cut packet gives the fields that are there and the name of
 * the layer where it ended.  A part of an IP packet is decoded by itself, as far as that goes;
 * core/wire/fragments.h puts the whole together. */
#ifndef SOCKEYE_WIRE_DECODE_H
#define SOCKEYE_WIRE_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/wire/flow.h"

enum field_validity {
    FIELD_PLAIN,     /* nothing to verify */
    FIELD_GOOD,      /* a checksum that is right */
    FIELD_BAD,       /* a checksum or length that is wrong */
    FIELD_OFFLOADED, /* a checksum left to the hardware: only the pseudo header was summed */
    FIELD_UNCHECKED, /* a checksum over bytes that were not captured */
};

struct field {
    const char *name;        /* a constant: Wireshark's term, "Sequence Number" */
    uint32_t value_at;       /* its text in dissection.text */
    uint32_t offset, length; /* bytes of the packet it was read from */
    uint8_t depth;           /* 0: a layer; 1..: fields inside */
    uint8_t validity;        /* enum field_validity */
};

/* TCP flags as in the header (RFC 9293, 3.1). */
enum {
    TCP_FLAG_FIN = 1,
    TCP_FLAG_SYN = 2,
    TCP_FLAG_RST = 4,
    TCP_FLAG_PSH = 8,
    TCP_FLAG_ACK = 16,
    TCP_FLAG_URG = 32,
    TCP_FLAG_ECE = 64,
    TCP_FLAG_CWR = 128
};

#define TCP_SACKS 4 /* blocks that fit the header (RFC 2018, 3) */

struct tcp_facts {
    uint32_t seq, ack;
    uint16_t window; /* as in the header, not scaled */
    uint16_t flags;
    uint8_t header_len; /* bytes, with options */
    bool has_mss, has_window_scale, has_timestamps, sack_permitted;
    uint16_t mss;
    uint8_t window_scale; /* shift count */
    uint32_t ts_value, ts_echo;
    uint8_t n_sacks;
    struct {
        uint32_t left, right; /* [left, right) */
    } sacks[TCP_SACKS];
};

/* A part of an IP packet (RFC 791, 3.2; RFC 8200, 4.5). */
struct fragment_facts {
    struct addr source, destination; /* of this IP layer, which need not be the innermost */
    uint32_t id;
    uint32_t offset; /* bytes */
    bool more;
    uint8_t protocol; /* of the whole */
    uint32_t at, len; /* where the part's bytes are in the packet; those that were captured */
    uint32_t claimed; /* bytes of it that the headers say there are */
};

#define DISSECTION_FIELDS 192
#define DISSECTION_TEXT_BYTES 8192

struct dissection {
    bool has_flow;
    struct flow flow; /* of the innermost IP layer that was decoded */
    bool has_tcp;
    struct tcp_facts tcp;
    bool has_icmp; /* ICMP or ICMPv6 */
    uint8_t icmp_type, icmp_code;
    bool has_ttl;
    uint8_t ttl;       /* or hop limit, of the innermost IP layer */
    bool has_fragment; /* the outermost IP layer that is a part of a packet */
    struct fragment_facts fragment;
    bool reassembled;         /* offsets are those in a datagram put together from its parts */
    uint32_t payload_at;      /* offset of the transport's payload in the packet */
    uint32_t payload_len;     /* bytes of it that were captured */
    uint32_t payload_claimed; /* bytes the headers say it has */
    const char *protocol;     /* the highest that is known: "DNS", "TCP", "ARP"; never NULL */
    const char *truncated_in; /* the layer that was cut short; NULL: none */
    const char *malformed_in; /* the layer whose own lengths contradict; NULL: none */
    /* One line of printable ASCII: "SYN win 65495 mss 65495 seq 0"; an application's words come
     * first: "GET / HTTP/1.1 | PSH ACK len 78 win 512 seq 1 ack 1". */
    char info[160];
    /* Only with DECODE_FIELDS: */
    size_t n_fields, fields_dropped;
    size_t text_used;
    struct field fields[DISSECTION_FIELDS];
    char text[DISSECTION_TEXT_BYTES];
};

enum {
    DECODE_FLOW = 0, /* every fact above; an application is named, but not read: it is neither
                      * truncated nor malformed yet */
    DECODE_INFO = 1, /* and the info line */
    DECODE_FIELDS = 2
}; /* and the fields */

/* link_type: LINKTYPE_ value; length: on the wire, at least captured. */
void decode(const uint8_t *bytes, size_t captured, size_t length, uint16_t link_type,
            unsigned what, struct dissection *ret);

const char *field_value(const struct dissection *d, const struct field *f);

/* The deepest field that covers the byte at offset; -1: none. */
int field_at(const struct dissection *d, size_t offset);

#endif
