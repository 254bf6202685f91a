/* core/wire/echo.h - ICMP and ICMPv6 echo: our requests, and what comes back about them.
 *
 * Pure: RFC 792, RFC 1191 (MTU of the next hop), RFC 4443.  A request carries a mark in its
 * payload, so that nobody else's reply is taken for ours. */
#ifndef SOCKEYE_WIRE_ECHO_H
#define SOCKEYE_WIRE_ECHO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/addr.h"

#define ECHO_HEADER_BYTES 8
/* A payload shorter than this carries no mark: then the identifier is all there is. */
#define ECHO_MARK_BYTES 12
/* What an IPv4 packet of 65,535 bytes leaves (RFC 791). */
#define ECHO_PAYLOAD_MAX 65507

struct echo_mark {
    uint64_t owner;    /* random, one a run */
    uint32_t sequence; /* all of it; the header has room for 16 bits */
};

/* Write a request of ECHO_HEADER_BYTES + payload_bytes.  The checksum is that of IPv4; the kernel
 * makes ICMPv6's. */
void echo_write(bool v6, uint16_t id, const struct echo_mark *mark, size_t payload_bytes,
                uint8_t *ret);

enum echo_kind {
    ECHO_REPLY,
    ECHO_ERROR, /* an error (or redirect) about an echo request */
};

struct echo_message {
    enum echo_kind kind;
    uint8_t type, code;
    uint16_t id, sequence; /* of the reply, or of the request that an error quotes */
    size_t bytes;          /* of the reply: ICMP header and payload */
    bool has_mark;         /* of the reply, when its payload is long enough */
    struct echo_mark mark;
    bool has_mtu; /* "fragmentation needed" and "packet too big" that name one */
    uint32_t mtu;
    struct addr destination; /* of the quoted request; AF_UNSPEC in replies */
};

/* Read an ICMP message as a socket gives it, behind an IPv4 header when with_header (a raw socket
 * of IPv4).  0, -EBADMSG when it is cut or its IPv4 checksum is wrong, -ENOMSG when it is another
 * message, which is none of our business. */
int echo_read(bool v6, bool with_header, const uint8_t *bytes, size_t len,
              struct echo_message *ret);

/* Read what the error queue of a socket keeps of the request: 0 with id and sequence, or the same
 * errors. */
int echo_read_request(bool v6, const uint8_t *bytes, size_t len, uint16_t *ret_id,
                      uint16_t *ret_sequence);

/* An error after which no reply is to be expected; redirects and quenches are advice. */
bool echo_error_ends(bool v6, uint8_t type);
/* "Fragmentation needed" or "packet too big". */
bool echo_error_too_big(bool v6, uint8_t type, uint8_t code);

#endif
