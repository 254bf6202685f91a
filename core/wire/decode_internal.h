/* core/wire/decode_internal.h - what the decoder's files share; nobody else includes it.
 *
 * One parser serves every caller: FIELD() and INFO() cost one test of a bit when nobody asked
 * for text, so that finding a packet's flow stays cheap. */
#ifndef SOCKEYE_WIRE_DECODE_INTERNAL_H
#define SOCKEYE_WIRE_DECODE_INTERNAL_H

#include <string.h>

#include "core/base/text.h"
#include "core/wire/cursor.h"
#include "core/wire/decode.h"

/* How many headers of a kind may be stacked before the rest is taken as data. */
#define DECODE_VLAN_MAX 8
#define DECODE_EXTENSIONS_MAX 16
#define DECODE_TUNNEL_MAX 4

struct decoder {
    struct dissection *d;
    /* Over the captured bytes up to `end`: offsets are those of the packet. */
    struct cursor c;
    size_t end;        /* where the headers say that the innermost packet ends */
    size_t padding_at; /* where the outermost length field says it ends; 0: none did */
    unsigned what;
    unsigned tunnels;
    uint16_t info_len;
    bool has_end;      /* end comes from a length field, not from the frame's length */
    bool fragment;     /* only a part of the IP payload is here */
    bool other_pseudo; /* checksums cover other addresses than the header's (source routes) */
};

static inline bool decode_wants_info(const struct decoder *k)
{
    return k->what & (DECODE_INFO | DECODE_FIELDS);
}

#define FIELD_CHECKED(k, depth, name, at, len, validity, ...)                                  \
    do {                                                                                       \
        if ((k)->what & DECODE_FIELDS)                                                         \
            decode_field(k, depth, name, at, len, validity, __VA_ARGS__);                      \
    } while (0)

#define FIELD(k, depth, name, at, len, ...)                                                    \
    FIELD_CHECKED(k, depth, name, at, len, FIELD_PLAIN, __VA_ARGS__)

/* Begin the info line anew, or add to it. */
#define INFO(k, ...)                                                                           \
    do {                                                                                       \
        if (decode_wants_info(k)) {                                                            \
            (k)->info_len = 0;                                                                 \
            decode_info(k, __VA_ARGS__);                                                       \
        }                                                                                      \
    } while (0)

#define INFO_ADD(k, ...)                                                                       \
    do {                                                                                       \
        if (decode_wants_info(k))                                                              \
            decode_info(k, __VA_ARGS__);                                                       \
    } while (0)

/* The same without printf, which is ten times slower: for what many packets have.  Only where
 * decode_wants_info(). */
static inline void decode_say(struct decoder *k, const char *text, size_t len)
{
    size_t room = sizeof(k->d->info) - 1 - k->info_len;

    if (len > room)
        len = room;
    memcpy(k->d->info + k->info_len, text, len);
    k->info_len = (uint16_t)(k->info_len + len);
}

void decode_say_number(struct decoder *k, uint64_t n);

#define SAY(k, literal) decode_say(k, literal, sizeof(literal) - 1)
/* A word and a number: SAY_NUMBER(k, " win ", 512). */
#define SAY_NUMBER(k, literal, n)                                                              \
    do {                                                                                       \
        SAY(k, literal);                                                                       \
        decode_say_number(k, n);                                                               \
    } while (0)
/* Begin the line anew with a constant text. */
#define SAY_ANEW(k, literal)                                                                   \
    do {                                                                                       \
        if (decode_wants_info(k)) {                                                            \
            (k)->info_len = 0;                                                                 \
            SAY(k, literal);                                                                   \
        }                                                                                      \
    } while (0)
/* Bytes from outside: printable ASCII as it is, the rest as \xNN; at most max of them. */
void decode_say_clean(struct decoder *k, const void *bytes, size_t len, size_t max);

/* A field whose bytes are not all there is left out; a layer (depth 0) is shortened. */
void decode_field(struct decoder *k, unsigned depth, const char *name, size_t at, size_t len,
                  enum field_validity validity, const char *format, ...)
    __attribute__((format(printf, 7, 8)));
/* A field whose value is the bytes themselves, made printable, and cut where they are long. */
void decode_field_text(struct decoder *k, unsigned depth, const char *name, size_t at,
                       size_t len);
void decode_info(struct decoder *k, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A read went behind the end: the capture cut the layer short, or a length before it lies. */
void decode_cut(struct decoder *k, const char *layer);
void decode_malformed(struct decoder *k, const char *layer);

/* A length field says that the packet ends here; what follows is padding. */
void decode_ends_at(struct decoder *k, size_t end);

/* A packet inside of a tunnel's first fragment goes on in the next one. */
static inline size_t decode_packet_end(const struct decoder *k, size_t end)
{
    return k->fragment && end > k->end ? k->end : end;
}

/* What a header says of the part of a packet that is behind it. */
struct ip_part {
    uint32_t id, offset;
    bool more;
    uint8_t protocol;
};

/* Only a part is here, from the cursor on; the flow's addresses are those of its layer. */
void decode_part(struct decoder *k, const struct ip_part *part);

/* The rest, as payload. */
void decode_data(struct decoder *k);
/* Note where the payload is, without a field of it. */
void decode_payload(struct decoder *k, size_t at);

/* The Internet checksum (RFC 1071): add bytes, fold. */
uint64_t decode_sum(uint64_t sum, const uint8_t *bytes, size_t len);
uint16_t decode_fold(uint64_t sum);
/* len bytes from start; ended by a pseudo header of the flow's addresses when protocol is
 * not 0.  value is the checksum as it stands in the header. */
enum field_validity decode_checksum(const struct decoder *k, size_t start, size_t len,
                                    uint8_t protocol, uint16_t value);

/* Options as IPv4 and TCP have them: kind, length, body. */
enum option_result { OPTION_NONE, OPTION_ONE, OPTION_BAD, OPTION_CUT };
struct option {
    uint8_t kind;
    size_t at, len; /* of the whole option */
    struct cursor body;
};
/* The next option before area_end; moves k->c behind it. */
enum option_result decode_option(struct decoder *k, size_t area_end, struct option *ret);

/* One more packet in the packet.  False when there are too many: the rest is then data. */
bool decode_enter_tunnel(struct decoder *k);
/* The layer that begins at `at`, the last one, is so long. */
void decode_stretch(struct decoder *k, size_t at, size_t len);

void decode_ethernet(struct decoder *k);
/* What an EtherType says that comes next; its name. */
void decode_ethertype(struct decoder *k, uint16_t type);
const char *decode_type_name(uint16_t type);
void decode_mpls(struct decoder *k);
void decode_pppoe(struct decoder *k, bool discovery);
void decode_ppp(struct decoder *k);
void decode_gre(struct decoder *k);
void decode_sctp(struct decoder *k);
void decode_cooked_v1(struct decoder *k);
void decode_cooked_v2(struct decoder *k);
void decode_loopback(struct decoder *k, bool network_order);
void decode_raw_ip(struct decoder *k);
void decode_ipv4(struct decoder *k);
void decode_ipv6(struct decoder *k);
/* What an IPv6 header or the one before says that comes next, up to the transport. */
void decode_ipv6_chain(struct decoder *k, uint8_t next);
void decode_ip_payload(struct decoder *k, uint8_t protocol);
void decode_tcp(struct decoder *k);
/* Up to area_end, which is inside the packet. */
void decode_tcp_options(struct decoder *k, size_t area_end);
void decode_udp(struct decoder *k);
void decode_icmp(struct decoder *k);
void decode_icmpv6(struct decoder *k);

#define DECODE_TCP_LAYER "Transmission Control Protocol"

static inline void decode_address4(struct addr *a, const uint8_t *ip)
{
    *a = (struct addr){.family = AF_INET};
    memcpy(a->ip, ip, 4);
}

static inline void decode_address6(struct addr *a, const uint8_t *ip)
{
    *a = (struct addr){.family = AF_INET6};
    memcpy(a->ip, ip, 16);
}

/* The ports of a transport, and which. */
static inline void decode_ports(struct decoder *k, uint8_t protocol, uint16_t source,
                                uint16_t destination)
{
    k->d->flow.source.port = source;
    k->d->flow.destination.port = destination;
    k->d->flow.protocol = protocol;
}

#define MAC_TEXT_BYTES 24
/* "02:00:00:00:00:01"; at most 8 bytes.  Returns buf. */
const char *decode_mac(const uint8_t *bytes, size_t len, char buf[MAC_TEXT_BYTES]);
/* "TCP" of 6; "protocol 253" for what has no name here.  Returns a constant or buf. */
#define PROTOCOL_TEXT_BYTES 16
const char *decode_protocol_name(uint8_t protocol, char buf[PROTOCOL_TEXT_BYTES]);

#endif
