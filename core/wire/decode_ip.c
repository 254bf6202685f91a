/* Which transport an IP packet carries: IPv4 (RFC 791) with options and fragments.
 *
 * Only the first fragment has the transport's header; the others are data without ports.
 * A total length of 0 is what segmentation offload leaves in super-segments above 64 KiB
 * ("BIG TCP"): then the frame's length is the packet's. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "core/wire/decode_internal.h"

static const char LAYER[] = "Internet Protocol Version 4";

enum {
    FRAGMENT_MORE = 0x2000,
    FRAGMENT_DONT = 0x4000,
    FRAGMENT_OFFSET = 0x1fff,
};

enum {
    OPTION_LSRR = 131,
    OPTION_SSRR = 137,
};

struct ipv4 {
    size_t at;
    uint8_t version_len, service, ttl, protocol;
    uint16_t total, id, fragment, checksum;
    const uint8_t *source, *destination;
};

const char *decode_protocol_name(uint8_t protocol, char buf[PROTOCOL_TEXT_BYTES])
{
    static const struct {
        uint8_t protocol;
        const char *name;
    } names[] = {
        {IPPROTO_ICMP, "ICMP"},
        {IPPROTO_IGMP, "IGMP"},
        {IPPROTO_IPIP, "IPv4"},
        {IPPROTO_TCP, "TCP"},
        {IPPROTO_UDP, "UDP"},
        {33, "DCCP"},
        {IPPROTO_IPV6, "IPv6"},
        {IPPROTO_GRE, "GRE"},
        {IPPROTO_ESP, "ESP"},
        {IPPROTO_MPLS, "MPLS"},
        {IPPROTO_AH, "AH"},
        {IPPROTO_ICMPV6, "ICMPv6"},
        {59, "no next header"},
        {88, "EIGRP"},
        {89, "OSPF"},
        {103, "PIM"},
        {112, "VRRP"},
        {IPPROTO_SCTP, "SCTP"},
        {136, "UDP-Lite"},
        {0, "hop-by-hop"},
        {IPPROTO_ROUTING, "routing"},
        {IPPROTO_FRAGMENT, "fragment"},
        {60, "destination"},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].protocol == protocol)
            return names[i].name;
    snprintf(buf, PROTOCOL_TEXT_BYTES, "protocol %u", protocol);
    return buf;
}

void decode_ip_payload(struct decoder *k, uint8_t protocol)
{
    char name[PROTOCOL_TEXT_BYTES];

    switch (protocol) {
    case IPPROTO_TCP:
        decode_tcp(k);
        break;
    case IPPROTO_UDP:
        decode_udp(k);
        break;
    case IPPROTO_ICMP:
        decode_icmp(k);
        break;
    case IPPROTO_ICMPV6:
        decode_icmpv6(k);
        break;
    case IPPROTO_SCTP:
        decode_sctp(k);
        break;
    case IPPROTO_GRE:
        decode_gre(k);
        break;
    case IPPROTO_IPIP: /* RFC 2003 */
        if (decode_enter_tunnel(k))
            decode_ipv4(k);
        break;
    case IPPROTO_IPV6: /* RFC 4213 */
        if (decode_enter_tunnel(k))
            decode_ipv6(k);
        break;
    case IPPROTO_MPLS: /* RFC 4023 */
        decode_mpls(k);
        break;
    default:
        decode_data(k);
        INFO(k, "%s len %u", decode_protocol_name(protocol, name), k->d->payload_claimed);
    }
}

static const char *option_name(uint8_t kind)
{
    switch (kind) {
    case 0:
        return "IP Option - End of Options List (EOL)";
    case 1:
        return "IP Option - No-Operation (NOP)";
    case 7:
        return "IP Option - Record Route";
    case 68:
        return "IP Option - Time Stamp";
    case 130:
        return "IP Option - Security";
    case OPTION_LSRR:
        return "IP Option - Loose Source Route";
    case 136:
        return "IP Option - Stream ID";
    case OPTION_SSRR:
        return "IP Option - Strict Source Route";
    case 148:
        return "IP Option - Router Alert";
    default:
        return "IP Option - Unknown";
    }
}

static void decode_options(struct decoder *k, size_t area_end)
{
    struct option o;
    enum option_result result;

    while ((result = decode_option(k, area_end, &o)) == OPTION_ONE) {
        struct cursor body = o.body;

        FIELD(k, 2, option_name(o.kind), o.at, o.len, "kind %u, %zu byte%s", o.kind, o.len,
              o.len == 1 ? "" : "s");
        /* Hops are left while the pointer is inside: the header's address is not the last. */
        if ((o.kind == OPTION_LSRR || o.kind == OPTION_SSRR) && cursor_u8(&body) <= o.len)
            k->other_pseudo = true;
        if (o.kind == 0)
            break;
    }
    if (result == OPTION_BAD) {
        FIELD_CHECKED(k, 2, option_name(o.kind), o.at, 1, FIELD_BAD, "kind %u, length %zu",
                      o.kind, o.len);
        decode_malformed(k, LAYER);
    } else if (result == OPTION_CUT) {
        decode_cut(k, LAYER);
    }
}

static const char *flags_text(uint16_t fragment)
{
    bool dont = fragment & FRAGMENT_DONT, more = fragment & FRAGMENT_MORE;

    return dont && more ? "Don't fragment, More fragments"
           : dont       ? "Don't fragment"
           : more       ? "More fragments"
                        : "none";
}

static void header_fields(struct decoder *k, const struct ipv4 *h, size_t header_len,
                          enum field_validity total_validity)
{
    size_t at = h->at;
    char from[INET_ADDRSTRLEN] = "?", to[INET_ADDRSTRLEN] = "?", name[PROTOCOL_TEXT_BYTES];
    enum field_validity sum =
        header_len <= k->c.len - at && header_len >= 20
            ? decode_fold(decode_sum(0, k->c.bytes + at, header_len)) == 0xffff ? FIELD_GOOD
                                                                                : FIELD_BAD
            : FIELD_UNCHECKED;

    if (h->source)
        inet_ntop(AF_INET, h->source, from, sizeof(from));
    if (h->destination)
        inet_ntop(AF_INET, h->destination, to, sizeof(to));
    FIELD(k, 0, LAYER, at, header_len < 20 ? 20 : header_len, "%s -> %s", from, to);
    FIELD_CHECKED(k, 1, "Version", at, 1, h->version_len >> 4 == 4 ? FIELD_PLAIN : FIELD_BAD,
                  "%u", h->version_len >> 4);
    FIELD_CHECKED(k, 1, "Header Length", at, 1,
                  (h->version_len & 15) >= 5 ? FIELD_PLAIN : FIELD_BAD, "%u bytes",
                  (h->version_len & 15U) * 4);
    FIELD(k, 1, "Differentiated Services Field", at + 1, 1, "0x%02x (DSCP %u, ECN %u)",
          h->service, h->service >> 2, h->service & 3U);
    FIELD_CHECKED(k, 1, "Total Length", at + 2, 2, total_validity, "%u%s", h->total,
                  h->total ? "" : " (left to segmentation offload)");
    FIELD(k, 1, "Identification", at + 4, 2, "0x%04x (%u)", h->id, h->id);
    FIELD(k, 1, "Flags", at + 6, 1, "%s", flags_text(h->fragment));
    FIELD(k, 1, "Fragment Offset", at + 6, 2, "%u", (h->fragment & FRAGMENT_OFFSET) * 8U);
    FIELD(k, 1, "Time to Live", at + 8, 1, "%u", h->ttl);
    FIELD(k, 1, "Protocol", at + 9, 1, "%u (%s)", h->protocol,
          decode_protocol_name(h->protocol, name));
    FIELD_CHECKED(k, 1, "Header Checksum", at + 10, 2, sum, "0x%04x", h->checksum);
    FIELD(k, 1, "Source Address", at + 12, 4, "%s", from);
    FIELD(k, 1, "Destination Address", at + 16, 4, "%s", to);
}

static void later_fragment(struct decoder *k, const struct ipv4 *h)
{
    char name[PROTOCOL_TEXT_BYTES];

    decode_data(k);
    INFO(k, "IPv4 fragment of %s offset %u len %u (no ports)",
         decode_protocol_name(h->protocol, name), (h->fragment & FRAGMENT_OFFSET) * 8U,
         k->d->payload_claimed);
}

static inline __attribute__((always_inline)) void read_fields(struct cursor *c,
                                                              struct ipv4 *ret)
{
    ret->version_len = cursor_u8(c);
    ret->service = cursor_u8(c);
    ret->total = cursor_be16(c);
    ret->id = cursor_be16(c);
    ret->fragment = cursor_be16(c);
    ret->ttl = cursor_u8(c);
    ret->protocol = cursor_u8(c);
    ret->checksum = cursor_be16(c);
    ret->source = cursor_take(c, 4);
    ret->destination = cursor_take(c, 4);
}

static void read_header(struct cursor *c, struct ipv4 *ret)
{
    *ret = (struct ipv4){.at = c->at};
    if (cursor_left(c) >= 20) {
        /* Of a constant length, so that the compiler sees that no read can fail. */
        struct cursor whole = cursor_over(cursor_take(c, 20), 20);

        read_fields(&whole, ret);
    } else {
        read_fields(c, ret);
    }
}

static void decode_body(struct decoder *k, const struct ipv4 *h, size_t header_len)
{
    size_t body = h->at + header_len;

    if (header_len > 20) {
        size_t there = k->c.len < body ? k->c.len - k->c.at : header_len - 20;

        FIELD(k, 1, "Options", k->c.at, there, "%zu bytes", header_len - 20);
        decode_options(k, body);
    }
    if (body > k->c.len) {
        k->c.at = k->c.len;
        decode_payload(k, body);
        decode_cut(k, LAYER);
        return;
    }
    k->c.at = body;
    k->c.short_read = false;
    if (h->fragment & (FRAGMENT_MORE | FRAGMENT_OFFSET))
        decode_part(k, &(struct ip_part){.id = h->id,
                                         .offset = (h->fragment & FRAGMENT_OFFSET) * 8U,
                                         .more = h->fragment & FRAGMENT_MORE,
                                         .protocol = h->protocol});
    if (h->fragment & FRAGMENT_OFFSET)
        later_fragment(k, h);
    else
        decode_ip_payload(k, h->protocol);
}

void decode_ipv4(struct decoder *k)
{
    struct ipv4 h;
    size_t header_len, end;
    bool bad_total;

    read_header(&k->c, &h);
    header_len = (h.version_len & 15U) * 4;
    end = decode_packet_end(k, h.total ? h.at + h.total : k->end);
    bad_total = !k->c.short_read && (end > k->end || end < h.at + header_len);
    k->d->protocol = "IPv4";
    k->other_pseudo = false;
    SAY_ANEW(k, "IPv4");
    if (k->what & DECODE_FIELDS)
        header_fields(k, &h, header_len, bad_total ? FIELD_BAD : FIELD_PLAIN);
    if (!h.source || !h.destination) {
        decode_cut(k, LAYER);
        return;
    }
    if (h.version_len >> 4 != 4 || header_len < 20) {
        decode_malformed(k, LAYER);
        decode_data(k);
        return;
    }
    k->d->has_flow = true;
    decode_address4(&k->d->flow.source, h.source);
    decode_address4(&k->d->flow.destination, h.destination);
    k->d->flow.protocol = 0;
    k->d->has_ttl = true;
    k->d->ttl = h.ttl;
    if (bad_total)
        decode_malformed(k, LAYER);
    if (end < h.at + header_len)
        return;
    decode_ends_at(k, end);
    decode_body(k, &h, header_len);
}
