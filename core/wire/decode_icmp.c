/* ICMP (RFC 792, RFC 1191) and ICMPv6 (RFC 4443, RFC 4861), and whose packet an error is
 * about.
 *
 * The quoted packet is looked into one level deep: its addresses and ports, nothing else. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "core/wire/decode_internal.h"
#include "core/wire/icmp_names.h"
#include "core/wire/quoted.h"

enum {
    V4_ECHO_REPLY = 0,
    V4_UNREACHABLE = 3,
    V4_SOURCE_QUENCH = 4,
    V4_REDIRECT = 5,
    V4_ECHO = 8,
    V4_TIME_EXCEEDED = 11,
    V4_PARAMETER = 12,
    V4_TIMESTAMP = 13,
    V4_TIMESTAMP_REPLY = 14,
    V4_FRAGMENTATION_NEEDED = 4, /* a code of V4_UNREACHABLE */
    V6_TOO_BIG = 2,
    V6_PARAMETER = 4,
    V6_ERROR_LAST = 127,
    V6_ECHO = 128,
    V6_ECHO_REPLY = 129,
    V6_ROUTER_SOLICITATION = 133,
    V6_ROUTER_ADVERTISEMENT = 134,
    V6_NEIGHBOR_SOLICITATION = 135,
    V6_NEIGHBOR_ADVERTISEMENT = 136,
    V6_REDIRECT = 137,
    ND_OPTIONS_MAX = 32,
};

/* One message on its way through this file. */
struct icmp {
    const char *layer, *protocol; /* "ICMP" */
    bool v6;
    size_t at;
    uint8_t type, code;
    uint16_t checksum;
};

/* Type, code and checksum.  False when they are cut. */
static bool decode_head(struct decoder *k, struct icmp *m, uint8_t pseudo)
{
    struct cursor *c = &k->c;
    const char *type, *code;
    char text[ICMP_TEXT_BYTES];

    m->at = c->at;
    m->type = cursor_u8(c);
    m->code = cursor_u8(c);
    m->checksum = cursor_be16(c);
    k->d->protocol = m->protocol;
    if (m->at + 2 <= c->len) {
        k->d->has_icmp = true;
        k->d->icmp_type = m->type;
        k->d->icmp_code = m->code;
    }
    type = icmp_name(m->v6, m->type, ICMP_ANY_CODE);
    code = icmp_name(m->v6, m->type, m->code);
    if (!c->short_read && decode_wants_info(k))
        INFO(k, "%s %s", m->protocol, icmp_describe(m->v6, m->type, m->code, text));
    FIELD(k, 0, m->layer, m->at, 8, "%s", type ? type : "unknown");
    FIELD(k, 1, "Type", m->at, 1, "%u (%s)", m->type, type ? type : "unknown");
    if (code)
        FIELD(k, 1, "Code", m->at + 1, 1, "%u (%s)", m->code, code);
    else
        FIELD(k, 1, "Code", m->at + 1, 1, "%u", m->code);
    FIELD_CHECKED(k, 1, "Checksum", m->at + 2, 2,
                  decode_checksum(k, m->at, k->end - m->at, pseudo, m->checksum), "0x%04x",
                  m->checksum);
    if (c->short_read)
        decode_cut(k, m->layer);
    return !c->short_read;
}

static void quoted_fields(struct decoder *k, const struct quoted *q, bool has_ports)
{
    char name[PROTOCOL_TEXT_BYTES], from[ADDR_TEXT_BYTES], to[ADDR_TEXT_BYTES];
    bool v4 = q->version == 4;

    addr_format_ip(&q->source, from);
    addr_format_ip(&q->destination, to);
    FIELD(k, 1,
          v4 ? "Quoted Internet Protocol Version 4" : "Quoted Internet Protocol Version 6",
          q->at, q->transport_at - q->at, "%s -> %s", from, to);
    FIELD(k, 2, v4 ? "Time to Live" : "Hop Limit", q->at + (v4 ? 8 : 7), 1, "%u", q->ttl);
    FIELD(k, 2, v4 ? "Protocol" : "Next Header", q->at + (v4 ? 9 : 6), 1, "%u (%s)",
          q->protocol, decode_protocol_name(q->protocol, name));
    FIELD(k, 2, "Source Address", q->at + (v4 ? 12 : 8), v4 ? 4 : 16, "%s", from);
    FIELD(k, 2, "Destination Address", q->at + (v4 ? 16 : 24), v4 ? 4 : 16, "%s", to);
    if (!has_ports)
        return;
    FIELD(k, 1,
          q->protocol == IPPROTO_TCP   ? "Quoted Transmission Control Protocol"
          : q->protocol == IPPROTO_UDP ? "Quoted User Datagram Protocol"
                                       : "Quoted Stream Control Transmission Protocol",
          q->transport_at, 4, "%u -> %u", q->source.port, q->destination.port);
    FIELD(k, 2, "Source Port", q->transport_at, 2, "%u", q->source.port);
    FIELD(k, 2, "Destination Port", q->transport_at + 2, 2, "%u", q->destination.port);
}

/* TCP's sequence number tells which segment the error is about. */
static void quoted_sequence(struct decoder *k, const struct quoted *q, struct cursor c)
{
    uint32_t seq = cursor_be32(&c);

    if (q->protocol != IPPROTO_TCP || c.short_read)
        return;
    FIELD(k, 2, "Sequence Number", q->transport_at + 4, 4, "%u", seq);
    INFO_ADD(k, " seq %u", seq);
}

/* Which ping the error is about. */
static void quoted_echo(struct decoder *k, const struct quoted *q, struct cursor c)
{
    uint8_t type = cursor_u8(&c);
    uint16_t id, seq;

    cursor_u8(&c);
    cursor_be16(&c);
    id = cursor_be16(&c);
    seq = cursor_be16(&c);
    if (c.short_read || !((q->protocol == IPPROTO_ICMP && type == V4_ECHO) ||
                          (q->protocol == IPPROTO_ICMPV6 && type == V6_ECHO)))
        return;
    FIELD(k, 1, "Quoted echo request", q->transport_at, 8, "id %u, sequence number %u", id,
          seq);
    INFO_ADD(k, " echo request id %u seq %u", id, seq);
}

static void decode_quoted(struct decoder *k, const struct icmp *m)
{
    struct cursor c = k->c;
    struct quoted q;
    bool has_ports;
    char from[ADDR_TEXT_BYTES], to[ADDR_TEXT_BYTES], name[PROTOCOL_TEXT_BYTES];

    decode_payload(k, c.at);
    if (!decode_wants_info(k))
        return;
    if (!quoted_read(&c, &q)) {
        if (c.short_read)
            decode_cut(k, m->layer);
        else
            decode_malformed(k, m->layer);
        decode_data(k);
        return;
    }
    has_ports =
        !q.later_fragment && !c.short_read && cursor_left(&c) >= 4 &&
        (q.protocol == IPPROTO_TCP || q.protocol == IPPROTO_UDP || q.protocol == IPPROTO_SCTP);
    if (has_ports) {
        q.source.port = cursor_be16(&c);
        q.destination.port = cursor_be16(&c);
    }
    quoted_fields(k, &q, has_ports);
    INFO_ADD(k, has_ports ? " (%s -> %s)" : " (%s -> %s %s)",
             has_ports ? addr_format(&q.source, from) : addr_format_ip(&q.source, from),
             has_ports ? addr_format(&q.destination, to) : addr_format_ip(&q.destination, to),
             decode_protocol_name(q.protocol, name));
    if (has_ports)
        quoted_sequence(k, &q, c);
    else if (!q.later_fragment && !c.short_read)
        quoted_echo(k, &q, c);
}

/* The four bytes between checksum and body.  False when they are cut. */
static bool decode_word(struct decoder *k, const struct icmp *m, uint32_t *ret)
{
    uint32_t word = cursor_be32(&k->c);

    if (k->c.short_read) {
        decode_cut(k, m->layer);
        return false;
    }
    *ret = word;
    return true;
}

static void decode_echo(struct decoder *k, const struct icmp *m, uint32_t word)
{
    FIELD(k, 1, "Identifier", m->at + 4, 2, "%u", word >> 16);
    FIELD(k, 1, "Sequence Number", m->at + 6, 2, "%u", word & 0xffff);
    decode_data(k);
    INFO_ADD(k, " id %u seq %u len %u", word >> 16, word & 0xffff, k->d->payload_claimed);
}

static void decode_v4_error(struct decoder *k, const struct icmp *m, uint32_t word)
{
    char ip[INET_ADDRSTRLEN];

    if (m->type == V4_UNREACHABLE && m->code == V4_FRAGMENTATION_NEEDED) {
        FIELD(k, 1, "MTU of next hop", m->at + 6, 2, "%u", word & 0xffff);
        INFO_ADD(k, ", next hop mtu %u", word & 0xffff);
    } else if (m->type == V4_PARAMETER) {
        FIELD(k, 1, "Pointer", m->at + 4, 1, "%u", word >> 24);
        INFO_ADD(k, ", pointer %u", word >> 24);
    } else if (m->type == V4_REDIRECT && decode_wants_info(k)) {
        inet_ntop(AF_INET, &(struct in_addr){htonl(word)}, ip, sizeof(ip));
        FIELD(k, 1, "Gateway Address", m->at + 4, 4, "%s", ip);
        INFO_ADD(k, ", use %s", ip);
    }
    decode_quoted(k, m);
}

void decode_icmp(struct decoder *k)
{
    struct icmp m = {
        .layer = "Internet Control Message Protocol",
        .protocol = "ICMP",
    };
    uint32_t word;

    if (!decode_head(k, &m, 0) || !decode_word(k, &m, &word))
        return;
    switch (m.type) {
    case V4_ECHO:
    case V4_ECHO_REPLY:
    case V4_TIMESTAMP:
    case V4_TIMESTAMP_REPLY:
        decode_echo(k, &m, word);
        break;
    case V4_UNREACHABLE:
    case V4_SOURCE_QUENCH:
    case V4_REDIRECT:
    case V4_TIME_EXCEEDED:
    case V4_PARAMETER:
        decode_v4_error(k, &m, word);
        break;
    default:
        decode_data(k);
    }
}

static const char *nd_option_name(uint8_t type)
{
    switch (type) {
    case 1:
        return "ICMPv6 Option (Source link-layer address)";
    case 2:
        return "ICMPv6 Option (Target link-layer address)";
    case 3:
        return "ICMPv6 Option (Prefix information)";
    case 4:
        return "ICMPv6 Option (Redirected header)";
    case 5:
        return "ICMPv6 Option (MTU)";
    case 14:
        return "ICMPv6 Option (Nonce)";
    case 24:
        return "ICMPv6 Option (Route Information)";
    case 25:
        return "ICMPv6 Option (Recursive DNS Server)";
    case 31:
        return "ICMPv6 Option (DNS Search List Option)";
    default:
        return "ICMPv6 Option (Unknown)";
    }
}

static void nd_option(struct decoder *k, uint8_t type, size_t at, size_t len)
{
    struct cursor c = k->c;
    char text[INET6_ADDRSTRLEN];
    const uint8_t *ip;
    uint8_t prefix_len;

    c.at = at + 2;
    if (type == 1 || type == 2) {
        FIELD(k, 1, nd_option_name(type), at, len, "%s",
              decode_mac(cursor_take(&c, 6), 6, text));
    } else if (type == 3 && len == 32) {
        prefix_len = cursor_u8(&c);
        c.at = at + 16;
        ip = cursor_take(&c, 16);
        FIELD(k, 1, nd_option_name(type), at, len, "%s/%u",
              ip ? inet_ntop(AF_INET6, ip, text, sizeof(text)) : "?", prefix_len);
    } else if (type == 5 && len == 8) {
        c.at = at + 4;
        FIELD(k, 1, nd_option_name(type), at, len, "%u", cursor_be32(&c));
    } else {
        FIELD(k, 1, nd_option_name(type), at, len, "type %u, %zu bytes", type, len);
    }
}

/* RFC 4861, 4.6: lengths in units of eight bytes, never 0. */
static void decode_nd_options(struct decoder *k, const struct icmp *m)
{
    struct cursor *c = &k->c;

    for (unsigned n = 0; n < ND_OPTIONS_MAX && c->at < k->end; n++) {
        size_t at = c->at;
        uint8_t type = cursor_u8(c);
        size_t len = cursor_u8(c) * 8U;

        if (!c->short_read && len == 0) {
            FIELD_CHECKED(k, 1, nd_option_name(type), at, 2, FIELD_BAD, "length 0");
            decode_malformed(k, m->layer);
            return;
        }
        c->at = at;
        if (c->short_read || !cursor_take(c, len)) {
            decode_cut(k, m->layer);
            return;
        }
        nd_option(k, type, at, len);
    }
}

/* Solicitation, advertisement and redirect begin with whom they are about. */
static void decode_neighbor(struct decoder *k, const struct icmp *m, uint32_t word)
{
    struct cursor *c = &k->c;
    size_t at = c->at;
    const uint8_t *target = cursor_take(c, 16);
    const uint8_t *destination = m->type == V6_REDIRECT ? cursor_take(c, 16) : NULL;
    char text[INET6_ADDRSTRLEN];

    if (!target || (m->type == V6_REDIRECT && !destination)) {
        decode_cut(k, m->layer);
        return;
    }
    if (m->type == V6_NEIGHBOR_ADVERTISEMENT)
        FIELD(k, 1, "Flags", m->at + 4, 4, "0x%08x%s%s%s", word,
              word >> 31 & 1 ? ", Router" : "", word >> 30 & 1 ? ", Solicited" : "",
              word >> 29 & 1 ? ", Override" : "");
    if (decode_wants_info(k)) {
        inet_ntop(AF_INET6, target, text, sizeof(text));
        FIELD(k, 1, "Target Address", at, 16, "%s", text);
        INFO_ADD(k,
                 m->type == V6_NEIGHBOR_SOLICITATION    ? ": who has %s?"
                 : m->type == V6_NEIGHBOR_ADVERTISEMENT ? ": I have %s"
                                                        : ": use %s",
                 text);
    }
    if (destination && decode_wants_info(k)) {
        inet_ntop(AF_INET6, destination, text, sizeof(text));
        FIELD(k, 1, "Destination Address", at + 16, 16, "%s", text);
        INFO_ADD(k, " for %s", text);
    }
    decode_nd_options(k, m);
}

static void decode_router_advertisement(struct decoder *k, const struct icmp *m, uint32_t word)
{
    size_t at = k->c.at;
    uint32_t reachable = cursor_be32(&k->c), retransmit = cursor_be32(&k->c);

    FIELD(k, 1, "Cur hop limit", m->at + 4, 1, "%u", word >> 24);
    FIELD(k, 1, "Flags", m->at + 5, 1, "0x%02x%s%s", word >> 16 & 0xff,
          word >> 23 & 1 ? ", Managed address configuration" : "",
          word >> 22 & 1 ? ", Other configuration" : "");
    FIELD(k, 1, "Router lifetime (s)", m->at + 6, 2, "%u", word & 0xffff);
    FIELD(k, 1, "Reachable time (ms)", at, 4, "%u", reachable);
    FIELD(k, 1, "Retrans timer (ms)", at + 4, 4, "%u", retransmit);
    if (k->c.short_read)
        decode_cut(k, m->layer);
    else
        decode_nd_options(k, m);
}

static void decode_v6_error(struct decoder *k, const struct icmp *m, uint32_t word)
{
    if (m->type == V6_TOO_BIG) {
        FIELD(k, 1, "MTU", m->at + 4, 4, "%u", word);
        INFO_ADD(k, ", mtu %u", word);
    } else if (m->type == V6_PARAMETER) {
        FIELD(k, 1, "Pointer", m->at + 4, 4, "%u", word);
        INFO_ADD(k, ", pointer %u", word);
    }
    decode_quoted(k, m);
}

void decode_icmpv6(struct decoder *k)
{
    struct icmp m = {
        .layer = "Internet Control Message Protocol v6",
        .protocol = "ICMPv6",
        .v6 = true,
    };
    uint32_t word;

    if (!decode_head(k, &m, IPPROTO_ICMPV6) || !decode_word(k, &m, &word))
        return;
    switch (m.type) {
    case V6_ECHO:
    case V6_ECHO_REPLY:
        decode_echo(k, &m, word);
        break;
    case V6_ROUTER_SOLICITATION:
        decode_nd_options(k, &m);
        break;
    case V6_ROUTER_ADVERTISEMENT:
        decode_router_advertisement(k, &m, word);
        break;
    case V6_NEIGHBOR_SOLICITATION:
    case V6_NEIGHBOR_ADVERTISEMENT:
    case V6_REDIRECT:
        decode_neighbor(k, &m, word);
        break;
    default:
        if (m.type >= 1 && m.type <= V6_PARAMETER)
            decode_v6_error(k, &m, word);
        else
            decode_data(k);
    }
}
