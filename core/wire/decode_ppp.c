/* PPP over Ethernet (RFC 2516) and what PPP carries (RFC 1661). */
#include "core/wire/decode_internal.h"

static const char PPPOE_LAYER[] = "PPP-over-Ethernet", PPP_LAYER[] = "Point-to-Point Protocol";

enum {
    PPPOE_BYTES = 6,
    TAGS_MAX = 32,
    PPP_IPV4 = 0x0021,
    PPP_IPV6 = 0x0057,
    PPP_MPLS = 0x0281,
    PPP_IPCP = 0x8021,
    PPP_IPV6CP = 0x8057,
    PPP_LCP = 0xc021,
    PPP_PAP = 0xc023,
    PPP_CHAP = 0xc223,
};

static const char *protocol_name(uint16_t protocol)
{
    switch (protocol) {
    case PPP_IPV4:
        return "IPv4";
    case PPP_IPV6:
        return "IPv6";
    case PPP_MPLS:
        return "MPLS";
    case 0x00fd:
        return "Compressed datagram";
    case PPP_IPCP:
        return "IP Control Protocol";
    case PPP_IPV6CP:
        return "IPv6 Control Protocol";
    case 0x80fd:
        return "Compression Control Protocol";
    case PPP_LCP:
        return "Link Control Protocol";
    case PPP_PAP:
        return "Password Authentication Protocol";
    case PPP_CHAP:
        return "Challenge Handshake Authentication Protocol";
    default:
        return "unknown";
    }
}

static const char *control_name(uint8_t code)
{
    static const char *const names[] = {
        [1] = "Configure-Request", [2] = "Configure-Ack",     [3] = "Configure-Nak",
        [4] = "Configure-Reject",  [5] = "Terminate-Request", [6] = "Terminate-Ack",
        [7] = "Code-Reject",       [8] = "Protocol-Reject",   [9] = "Echo-Request",
        [10] = "Echo-Reply",       [11] = "Discard-Request",
    };

    return code && code < sizeof(names) / sizeof(names[0]) ? names[code] : "unknown";
}

/* The protocols that set a link up have a code, an identifier and a length. */
static void decode_control(struct decoder *k, uint16_t protocol)
{
    struct cursor *c = &k->c;
    size_t at = c->at;
    uint8_t code = cursor_u8(c), id = cursor_u8(c);
    uint16_t len = cursor_be16(c);
    const char *words =
        protocol == PPP_PAP || protocol == PPP_CHAP ? "authentication" : control_name(code);

    FIELD(k, 1, "Code", at, 1, "%u (%s)", code, words);
    FIELD(k, 1, "Identifier", at + 1, 1, "%u", id);
    FIELD(k, 1, "Length", at + 2, 2, "%u", len);
    if (c->short_read) {
        decode_cut(k, PPP_LAYER);
        return;
    }
    if (len < 4 || at + len > k->end)
        decode_malformed(k, PPP_LAYER);
    else
        decode_ends_at(k, at + len);
    decode_data(k);
    INFO(k, "PPP %s: %s, id %u", protocol_name(protocol), words, id);
}

void decode_ppp(struct decoder *k)
{
    struct cursor *c = &k->c;
    size_t at = c->at;
    uint16_t protocol = cursor_u8(c);

    if (!(protocol & 1)) /* an odd first byte is all of it (RFC 1661, 6.5) */
        protocol = (uint16_t)(protocol << 8 | cursor_u8(c));
    k->d->protocol = "PPP";
    INFO(k, "PPP 0x%04x", protocol);
    FIELD(k, 0, PPP_LAYER, at, c->at - at, "%s", protocol_name(protocol));
    FIELD(k, 1, "Protocol", at, c->at - at, "0x%04x (%s)", protocol, protocol_name(protocol));
    if (c->short_read) {
        decode_cut(k, PPP_LAYER);
        return;
    }
    switch (protocol) {
    case PPP_IPV4:
        decode_ipv4(k);
        break;
    case PPP_IPV6:
        decode_ipv6(k);
        break;
    case PPP_MPLS:
        decode_mpls(k);
        break;
    case PPP_LCP:
    case PPP_IPCP:
    case PPP_IPV6CP:
    case PPP_PAP:
    case PPP_CHAP:
        decode_control(k, protocol);
        break;
    default:
        decode_data(k);
        INFO(k, "PPP 0x%04x (%s) len %u", protocol, protocol_name(protocol),
             k->d->payload_claimed);
    }
}

static const char *discovery_name(uint8_t code)
{
    switch (code) {
    case 0x09:
        return "Active Discovery Initiation (PADI)";
    case 0x07:
        return "Active Discovery Offer (PADO)";
    case 0x19:
        return "Active Discovery Request (PADR)";
    case 0x65:
        return "Active Discovery Session-confirmation (PADS)";
    case 0xa7:
        return "Active Discovery Terminate (PADT)";
    default:
        return "unknown";
    }
}

static const char *tag_name(uint16_t type)
{
    switch (type) {
    case 0x0101:
        return "Service-Name";
    case 0x0102:
        return "AC-Name";
    case 0x0103:
        return "Host-Uniq";
    case 0x0104:
        return "AC-Cookie";
    case 0x0110:
        return "Relay-Session-Id";
    case 0x0201:
        return "Service-Name-Error";
    case 0x0202:
        return "AC-System-Error";
    case 0x0203:
        return "Generic-Error";
    default:
        return "Tag";
    }
}

static void decode_tags(struct decoder *k)
{
    struct cursor *c = &k->c;

    for (unsigned n = 0; n < TAGS_MAX && c->at < k->end; n++) {
        size_t at = c->at;
        uint16_t type = cursor_be16(c), len = cursor_be16(c);

        if (c->short_read || !cursor_take(c, len)) {
            decode_cut(k, PPPOE_LAYER);
            return;
        }
        if (!type) /* End-Of-List */
            return;
        if (len)
            decode_field_text(k, 1, tag_name(type), at + 4, len);
        else
            FIELD(k, 1, tag_name(type), at, 4, "%s", "");
    }
}

void decode_pppoe(struct decoder *k, bool discovery)
{
    struct cursor *c = &k->c;
    size_t at = c->at;
    uint8_t version_type = cursor_u8(c), code = cursor_u8(c);
    uint16_t session = cursor_be16(c), len = cursor_be16(c);
    size_t end = at + PPPOE_BYTES + len;
    const char *name = discovery ? discovery_name(code) : "Session Data";

    k->d->protocol = "PPPoE";
    INFO(k, "PPPoE %s, session %u", name, session);
    FIELD(k, 0, PPPOE_LAYER, at, PPPOE_BYTES, "%s, session %u", name, session);
    FIELD_CHECKED(k, 1, "Version and Type", at, 1,
                  version_type == 0x11 ? FIELD_PLAIN : FIELD_BAD, "0x%02x", version_type);
    FIELD(k, 1, "Code", at + 1, 1, "0x%02x (%s)", code, name);
    FIELD(k, 1, "Session ID", at + 2, 2, "0x%04x", session);
    FIELD_CHECKED(k, 1, "Payload Length", at + 4, 2, end > k->end ? FIELD_BAD : FIELD_PLAIN,
                  "%u", len);
    if (c->short_read) {
        decode_cut(k, PPPOE_LAYER);
        return;
    }
    if (end > k->end)
        decode_malformed(k, PPPOE_LAYER);
    else
        decode_ends_at(k, end);
    if (discovery)
        decode_tags(k);
    else if (code == 0)
        decode_ppp(k);
    else
        decode_data(k);
}
