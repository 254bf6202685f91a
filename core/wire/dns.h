/* core/wire/dns.h - DNS messages: questions encoded, answers decoded.
 *
 * Pure: no socket, no clock.  Names are text as in a zone file without the last dot (RFC 1035,
 * 5.1: a byte that is no plain character is \DDD, a dot or backslash inside a label is escaped),
 * so they are always printable ASCII; the root is ".".  Facts: RFC 1035, section 4; AAAA: RFC
 * 3596; names of response codes: RFC 1035, 2136 and 2671. */
#ifndef SOCKEYE_WIRE_DNS_H
#define SOCKEYE_WIRE_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/wire/cursor.h"

#define DNS_PORT 53
/* RFC 1035, 2.3.4: 255 octets on the wire; each of them may become four characters. */
#define DNS_NAME_OCTETS 255
#define DNS_NAME_BYTES (4 * DNS_NAME_OCTETS + 1)
#define DNS_LABEL_OCTETS 63
#define DNS_HEADER_BYTES 12
/* A header and one question. */
#define DNS_QUERY_BYTES (DNS_HEADER_BYTES + DNS_NAME_OCTETS + 4)

enum dns_type {
    DNS_A = 1,
    DNS_NS = 2,
    DNS_CNAME = 5,
    DNS_SOA = 6,
    DNS_PTR = 12,
    DNS_AAAA = 28,
};

enum { DNS_CLASS_IN = 1 };

enum dns_rcode {
    DNS_NOERROR = 0,
    DNS_SERVFAIL = 2,
    DNS_NXDOMAIN = 3,
    DNS_REFUSED = 5,
};

enum dns_section { DNS_QUESTION, DNS_ANSWER, DNS_AUTHORITY, DNS_ADDITIONAL, DNS_SECTIONS };

struct dns_header {
    uint16_t id;
    uint8_t opcode, rcode;
    bool response, authoritative, truncated, recursion_desired, recursion_available;
    uint16_t counts[DNS_SECTIONS]; /* as the message claims */
};

struct dns_question {
    char name[DNS_NAME_BYTES];
    uint16_t type, class;
};

struct dns_record {
    enum dns_section section;
    char name[DNS_NAME_BYTES];
    uint16_t type, class;
    uint32_t ttl_s; /* RFC 2181, 8: more than 2^31 - 1 is 0 */
    const uint8_t *data;
    uint16_t data_bytes; /* any type: the data as it came, inside the message */
    uint8_t ip[16];      /* A: four bytes, AAAA: sixteen */
    /* CNAME, NS, PTR: the name; SOA: the primary server.  May point outside the data. */
    char target[DNS_NAME_BYTES];
    uint32_t serial, minimum_s; /* SOA; minimum_s: how long "no such name" may be believed */
};

/* A message being read, front to back.  Borrows the bytes. */
struct dns_reader {
    struct cursor c;
    enum dns_section section;
    uint16_t left; /* claimed entries of this section that were not read yet */
    uint16_t counts[DNS_SECTIONS];
};

/* Begins to read; returns 0, or -EBADMSG when there is no whole header. */
int dns_read_header(struct dns_reader *r, const void *bytes, size_t len,
                    struct dns_header *ret);
/* The next question, before any record: 1, 0 when there is none, or -EBADMSG. */
int dns_read_question(struct dns_reader *r, struct dns_question *ret);
/* The next record of any section; unread questions are passed over.  1, 0 at the end, or
 * -EBADMSG: what follows cannot be read either. */
int dns_read_record(struct dns_reader *r, struct dns_record *ret);

/* The name at the cursor, which is over the whole message since names point back into it; the
 * cursor then stands behind it.  Returns 0 or -EBADMSG. */
int dns_read_name(struct cursor *c, char ret[DNS_NAME_BYTES]);

/* A question with recursion desired.  Returns 0, or -EINVAL when no message can hold the name:
 * an empty label, a label or a name that is too long, a broken escape. */
int dns_encode_query(uint16_t id, const char *name, uint16_t type,
                     uint8_t ret_bytes[DNS_QUERY_BYTES], size_t *ret_len);

/* The name under which the names of an address are asked for (RFC 1035, 3.5; RFC 3596, 2.5):
 * of 4 or 16 bytes.  Returns buf. */
#define DNS_REVERSE_BYTES 80
const char *dns_reverse_name(const uint8_t *ip, size_t ip_bytes, char buf[DNS_REVERSE_BYTES]);

/* Names compare without regard to case (RFC 4343) and to a last dot. */
bool dns_name_equal(const char *a, const char *b);

/* "AAAA", or "TYPE65".  Returns a constant or buf. */
#define DNS_TYPE_BYTES 12
const char *dns_type_name(uint16_t type, char buf[DNS_TYPE_BYTES]);
/* "NXDOMAIN" and "no such name"; NULL for a code nobody knows. */
const char *dns_rcode_name(uint8_t rcode);
const char *dns_rcode_words(uint8_t rcode);

#endif
