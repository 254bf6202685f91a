/* IPv6 (RFC 8200) and its extension headers: hop-by-hop, routing, fragment, destination
 * options, and the authentication header (RFC 4302). */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "core/wire/decode_internal.h"

static const char LAYER[] = "Internet Protocol Version 6";

enum {
    NEXT_NONE = 59,
    OPTION_PAD1 = 0,
    OPTION_JUMBO = 0xc2,        /* RFC 2675 */
    OPTION_HOME_ADDRESS = 0xc9, /* RFC 6275: the real source */
};

struct ipv6 {
    size_t at;
    uint32_t version_class_flow;
    uint16_t payload;
    uint8_t next, hop_limit;
    const uint8_t *source, *destination;
};

static const char *extension_name(uint8_t next)
{
    switch (next) {
    case IPPROTO_HOPOPTS:
        return "IPv6 Hop-by-Hop Option";
    case IPPROTO_ROUTING:
        return "Routing Header for IPv6";
    case IPPROTO_FRAGMENT:
        return "Fragment Header for IPv6";
    case IPPROTO_DSTOPTS:
        return "Destination Options for IPv6";
    case IPPROTO_AH:
        return "Authentication Header";
    default:
        return NULL;
    }
}

static const char *option_name(uint8_t type)
{
    switch (type) {
    case OPTION_PAD1:
        return "IPv6 Option - Pad1";
    case 1:
        return "IPv6 Option - PadN";
    case 0x05:
        return "IPv6 Option - Router Alert";
    case OPTION_JUMBO:
        return "IPv6 Option - Jumbo payload";
    case OPTION_HOME_ADDRESS:
        return "IPv6 Option - Home Address";
    default:
        return "IPv6 Option - Unknown";
    }
}

/* Options in c, which is the body of one header; the packet's end moves with a jumbo length. */
static void decode_options(struct decoder *k, struct cursor c, const struct ipv6 *h,
                           const char *layer)
{
    while (cursor_left(&c)) {
        size_t at = c.at;
        uint8_t type = cursor_u8(&c);
        size_t len = type == OPTION_PAD1 ? 0 : cursor_u8(&c);
        struct cursor body = c;

        if (!cursor_take(&c, len) || body.short_read) {
            decode_malformed(k, layer);
            return;
        }
        FIELD(k, 2, option_name(type), at, c.at - at, "type 0x%02x, %zu byte%s", type,
              c.at - at, c.at - at == 1 ? "" : "s");
        if (type == OPTION_HOME_ADDRESS)
            k->other_pseudo = true;
        if (type == OPTION_JUMBO && len == 4 && h->payload == 0) {
            uint32_t jumbo = cursor_be32(&body);
            size_t end = h->at + 40 + jumbo;

            FIELD(k, 3, "Payload Length", body.at - 4, 4, "%u", jumbo);
            if (end > k->end || end < k->c.at)
                decode_malformed(k, layer);
            else
                decode_ends_at(k, end);
        }
    }
}

/* What the first bytes of an extension header say. */
struct extension {
    const char *layer;
    uint8_t type, next;
    size_t at, len;
};

static void decode_routing(struct decoder *k, const struct extension *e)
{
    struct cursor c = k->c;
    uint8_t type, left;

    c.at = e->at + 2;
    type = cursor_u8(&c);
    left = cursor_u8(&c);
    FIELD(k, 1, "Type", e->at + 2, 1, "%u", type);
    FIELD(k, 1, "Segments Left", e->at + 3, 1, "%u", left);
    if (left)
        k->other_pseudo = true;
}

/* False when the transport's header is in another fragment. */
static bool decode_fragment(struct decoder *k, const struct extension *e)
{
    struct cursor c = k->c;
    uint16_t place;
    uint32_t id;
    char name[PROTOCOL_TEXT_BYTES];

    c.at = e->at + 2;
    place = cursor_be16(&c);
    id = cursor_be32(&c);
    FIELD(k, 1, "Offset", e->at + 2, 2, "%u", place & 0xfff8U);
    FIELD(k, 1, "More Fragments", e->at + 3, 1, "%s", place & 1 ? "Yes" : "No");
    FIELD(k, 1, "Identification", e->at + 4, 4, "0x%08x", id);
    if (place & 0xfff9)
        decode_part(k, &(struct ip_part){.id = id,
                                         .offset = place & 0xfff8U,
                                         .more = place & 1,
                                         .protocol = e->next});
    if (!(place & 0xfff8))
        return true;
    decode_data(k);
    INFO(k, "IPv6 fragment of %s offset %u len %u (no ports)",
         decode_protocol_name(e->next, name), place & 0xfff8U, k->d->payload_claimed);
    return false;
}

/* One header of the chain.  False when the chain ends here. */
static bool decode_extension(struct decoder *k, const struct ipv6 *h, uint8_t *next)
{
    struct cursor *c = &k->c;
    struct extension e = {.layer = extension_name(*next), .type = *next, .at = c->at};
    uint8_t units;
    char name[PROTOCOL_TEXT_BYTES];

    e.next = cursor_u8(c);
    units = cursor_u8(c);
    e.len = e.type == IPPROTO_FRAGMENT ? 8
            : e.type == IPPROTO_AH     ? (units + 2U) * 4
                                       : (units + 1U) * 8;
    FIELD(k, 0, e.layer, e.at, e.len, "next: %s", decode_protocol_name(e.next, name));
    FIELD(k, 1, "Next Header", e.at, 1, "%u (%s)", e.next, decode_protocol_name(e.next, name));
    if (e.type != IPPROTO_FRAGMENT)
        FIELD(k, 1, "Length", e.at + 1, 1, "%u (%zu bytes)", units, e.len);
    c->at = e.at;
    if (!cursor_take(c, e.len)) {
        decode_cut(k, e.layer);
        return false;
    }
    *next = e.next;
    if (e.type == IPPROTO_HOPOPTS || e.type == IPPROTO_DSTOPTS) {
        struct cursor body = cursor_over(c->bytes, c->at);

        body.at = e.at + 2;
        decode_options(k, body, h, e.layer);
    } else if (e.type == IPPROTO_ROUTING) {
        decode_routing(k, &e);
    } else if (e.type == IPPROTO_FRAGMENT) {
        return decode_fragment(k, &e);
    }
    return true;
}

static void decode_chain(struct decoder *k, const struct ipv6 *h)
{
    uint8_t next = h->next;

    for (unsigned n = 0; extension_name(next); n++) {
        if (n == DECODE_EXTENSIONS_MAX) {
            decode_malformed(k, LAYER);
            INFO(k, "IPv6 with more than %d extension headers", DECODE_EXTENSIONS_MAX);
            decode_data(k);
            return;
        }
        if (!decode_extension(k, h, &next))
            return;
    }
    if (next == NEXT_NONE) {
        decode_payload(k, k->c.at);
        INFO(k, "IPv6 without next header");
    } else {
        decode_ip_payload(k, next);
    }
}

void decode_ipv6_chain(struct decoder *k, uint8_t next)
{
    /* Behind a fragment header there is no jumbo length. */
    decode_chain(k, &(struct ipv6){.payload = 1, .next = next});
}

static void header_fields(struct decoder *k, const struct ipv6 *h, bool bad_payload)
{
    size_t at = h->at;
    uint32_t word = h->version_class_flow;
    char from[INET6_ADDRSTRLEN] = "?", to[INET6_ADDRSTRLEN] = "?", name[PROTOCOL_TEXT_BYTES];

    if (h->source)
        inet_ntop(AF_INET6, h->source, from, sizeof(from));
    if (h->destination)
        inet_ntop(AF_INET6, h->destination, to, sizeof(to));
    FIELD(k, 0, LAYER, at, 40, "%s -> %s", from, to);
    FIELD_CHECKED(k, 1, "Version", at, 1, word >> 28 == 6 ? FIELD_PLAIN : FIELD_BAD, "%u",
                  word >> 28);
    FIELD(k, 1, "Traffic Class", at, 2, "0x%02x (DSCP %u, ECN %u)", word >> 20 & 0xff,
          word >> 22 & 0x3f, word >> 20 & 3);
    FIELD(k, 1, "Flow Label", at + 1, 3, "0x%05x", word & 0xfffff);
    FIELD_CHECKED(k, 1, "Payload Length", at + 4, 2, bad_payload ? FIELD_BAD : FIELD_PLAIN,
                  "%u", h->payload);
    FIELD(k, 1, "Next Header", at + 6, 1, "%u (%s)", h->next,
          decode_protocol_name(h->next, name));
    FIELD(k, 1, "Hop Limit", at + 7, 1, "%u", h->hop_limit);
    FIELD(k, 1, "Source Address", at + 8, 16, "%s", from);
    FIELD(k, 1, "Destination Address", at + 24, 16, "%s", to);
}

void decode_ipv6(struct decoder *k)
{
    struct cursor *c = &k->c;
    struct ipv6 h = {.at = c->at};
    size_t end;

    h.version_class_flow = cursor_be32(c);
    h.payload = cursor_be16(c);
    h.next = cursor_u8(c);
    h.hop_limit = cursor_u8(c);
    h.source = cursor_take(c, 16);
    h.destination = cursor_take(c, 16);
    k->d->protocol = "IPv6";
    k->other_pseudo = false;
    SAY_ANEW(k, "IPv6");
    /* 0 is a jumbogram or a super-segment of "BIG TCP", unless there is nothing to carry. */
    end =
        decode_packet_end(k, h.payload || h.next == NEXT_NONE ? h.at + 40 + h.payload : k->end);
    if (k->what & DECODE_FIELDS)
        header_fields(k, &h, end > k->end);
    if (!h.source || !h.destination) {
        decode_cut(k, LAYER);
        return;
    }
    if (h.version_class_flow >> 28 != 6) {
        decode_malformed(k, LAYER);
        decode_data(k);
        return;
    }
    k->d->has_flow = true;
    decode_address6(&k->d->flow.source, h.source);
    decode_address6(&k->d->flow.destination, h.destination);
    k->d->flow.protocol = 0;
    k->d->has_ttl = true;
    k->d->ttl = h.hop_limit;
    if (end > k->end)
        decode_malformed(k, LAYER);
    decode_ends_at(k, end);
    decode_chain(k, &h);
}
