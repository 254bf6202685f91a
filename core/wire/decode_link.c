/* What carries IP: Ethernet II and IEEE 802.3, VLAN tags (802.1Q, 802.1ad), Linux cooked
 * captures (LINKTYPE_LINUX_SLL, _SLL2), BSD loopback, and ARP (RFC 826). */
#include <arpa/inet.h>
#include <net/if_arp.h>
#include <string.h>

#include "core/wire/decode_internal.h"

enum {
    TYPE_IPV4 = 0x0800,
    TYPE_ARP = 0x0806,
    TYPE_RARP = 0x8035,
    TYPE_VLAN = 0x8100,
    TYPE_IPV6 = 0x86dd,
    TYPE_MPLS = 0x8847,
    TYPE_MPLS_MULTICAST = 0x8848,
    TYPE_PPPOE_DISCOVERY = 0x8863,
    TYPE_PPPOE_SESSION = 0x8864,
    TYPE_QINQ = 0x88a8,
    TYPE_QINQ_OLD = 0x9100,
    TYPE_LENGTH_MAX = 1500, /* up to here the field is a length (IEEE 802.3, 3.2.6) */
    TYPE_MIN = 0x0600,
};

const char *decode_type_name(uint16_t type)
{
    static const struct {
        uint16_t type;
        const char *name;
    } names[] = {
        {TYPE_IPV4, "IPv4"},
        {TYPE_ARP, "ARP"},
        {TYPE_RARP, "RARP"},
        {TYPE_VLAN, "802.1Q Virtual LAN"},
        {TYPE_IPV6, "IPv6"},
        {TYPE_QINQ, "802.1ad Provider Bridge"},
        {TYPE_QINQ_OLD, "QinQ: old non-standard 802.1ad"},
        {0x0842, "Wake on LAN"},
        {0x6558, "Transparent Ethernet bridging"},
        {0x880b, "PPP"},
        {0x88be, "ERSPAN"},
        {0x22eb, "ERSPAN III"},
        {TYPE_MPLS, "MPLS label switched packet"},
        {TYPE_MPLS_MULTICAST, "MPLS multicast"},
        {TYPE_PPPOE_DISCOVERY, "PPPoE Discovery"},
        {TYPE_PPPOE_SESSION, "PPPoE Session"},
        {0x888e, "802.1X Authentication"},
        {0x88cc, "802.1 Link Layer Discovery Protocol (LLDP)"},
        {0x88e5, "802.1AE (MACsec)"},
        {0x88f7, "PTPv2 over Ethernet (IEEE 1588)"},
        {0x9000, "Configuration Test Protocol (loopback)"},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].type == type)
            return names[i].name;
    return "unknown";
}

static const char *ip_text(const uint8_t *ip, char buf[INET_ADDRSTRLEN])
{
    return inet_ntop(AF_INET, ip, buf, INET_ADDRSTRLEN);
}

static const char *arp_operation(uint16_t operation)
{
    static const char *const names[] = {
        [1] = "request",       [2] = "reply",         [3] = "request reverse",
        [4] = "reply reverse", [8] = "InARP request", [9] = "InARP reply",
        [10] = "ARP NAK",
    };

    return operation < sizeof(names) / sizeof(names[0]) && names[operation] ? names[operation]
                                                                            : "unknown";
}

/* The addresses of the usual form: Ethernet and IPv4. */
static void arp_addresses(struct decoder *k, uint16_t operation)
{
    static const char layer[] = "Address Resolution Protocol";
    struct cursor *c = &k->c;
    size_t at = c->at;
    const uint8_t *sender_mac = cursor_take(c, 6), *sender = cursor_take(c, 4);
    const uint8_t *target_mac = cursor_take(c, 6), *target = cursor_take(c, 4);
    char a[INET_ADDRSTRLEN], b[INET_ADDRSTRLEN], mac[MAC_TEXT_BYTES];

    if (sender_mac)
        FIELD(k, 1, "Sender MAC address", at, 6, "%s", decode_mac(sender_mac, 6, mac));
    if (sender)
        FIELD(k, 1, "Sender IP address", at + 6, 4, "%s", ip_text(sender, a));
    if (target_mac)
        FIELD(k, 1, "Target MAC address", at + 10, 6, "%s", decode_mac(target_mac, 6, mac));
    if (!target) {
        decode_cut(k, layer);
        return;
    }
    FIELD(k, 1, "Target IP address", at + 16, 4, "%s", ip_text(target, b));
    if (!decode_wants_info(k) || !sender || !sender_mac)
        return;
    ip_text(sender, a);
    ip_text(target, b);
    decode_mac(sender_mac, 6, mac);
    if (operation == 1 && memcmp(sender, target, 4) == 0)
        INFO(k, "%s is at %s (announcement)", a, mac);
    else if (operation == 1)
        INFO(k, "who has %s? tell %s", b, a);
    else if (operation == 2)
        INFO(k, "%s is at %s", a, mac);
    else
        INFO(k, "%s: %s (%s) to %s", arp_operation(operation), a, mac, b);
}

static void decode_arp(struct decoder *k)
{
    static const char layer[] = "Address Resolution Protocol";
    struct cursor *c = &k->c;
    size_t at = c->at;
    uint16_t hardware = cursor_be16(c), type = cursor_be16(c);
    uint8_t hardware_len = cursor_u8(c), protocol_len = cursor_u8(c);
    uint16_t operation = cursor_be16(c);
    size_t len = 8 + 2 * ((size_t)hardware_len + protocol_len);

    k->d->protocol = "ARP";
    INFO(k, "ARP %s", arp_operation(operation));
    FIELD(k, 0, layer, at, c->short_read ? 8 : len, "%s", arp_operation(operation));
    FIELD(k, 1, "Hardware type", at, 2, "%u%s", hardware, hardware == 1 ? " (Ethernet)" : "");
    FIELD(k, 1, "Protocol type", at + 2, 2, "0x%04x (%s)", type, decode_type_name(type));
    FIELD(k, 1, "Hardware size", at + 4, 1, "%u", hardware_len);
    FIELD(k, 1, "Protocol size", at + 5, 1, "%u", protocol_len);
    FIELD(k, 1, "Opcode", at + 6, 2, "%u (%s)", operation, arp_operation(operation));
    if (c->short_read) {
        decode_cut(k, layer);
        return;
    }
    if (at + len > k->end) {
        decode_malformed(k, layer);
        return;
    }
    decode_ends_at(k, at + len);
    if (type == TYPE_IPV4 && hardware_len == 6 && protocol_len == 4)
        arp_addresses(k, operation);
    else
        decode_data(k);
}

/* One tag; false when it is cut.  *type becomes that of what it carries. */
static bool decode_vlan(struct decoder *k, uint16_t *type)
{
    bool provider = *type == TYPE_QINQ;
    const char *layer = provider ? "IEEE 802.1ad" : "802.1Q Virtual LAN";
    struct cursor *c = &k->c;
    size_t at = c->at;
    uint16_t tag = cursor_be16(c), inner = cursor_be16(c);

    k->d->protocol = "VLAN";
    SAY_ANEW(k, "VLAN ");
    if (decode_wants_info(k))
        decode_say_number(k, tag & 0xfffU);
    FIELD(k, 0, layer, at, 4, "ID %u", tag & 0xfffU);
    FIELD(k, 1, "Priority", at, 2, "%u", tag >> 13);
    FIELD(k, 1, "DEI", at, 2, "%u", tag >> 12 & 1U);
    FIELD(k, 1, "ID", at, 2, "%u", tag & 0xfffU);
    FIELD(k, 1, "Type", at + 2, 2, "0x%04x (%s)", inner, decode_type_name(inner));
    if (c->short_read) {
        decode_cut(k, layer);
        return false;
    }
    *type = inner;
    return true;
}

void decode_ethertype(struct decoder *k, uint16_t type)
{
    for (unsigned n = 0; type == TYPE_VLAN || type == TYPE_QINQ || type == TYPE_QINQ_OLD; n++) {
        if (n == DECODE_VLAN_MAX) {
            INFO(k, "more than %d VLAN tags", DECODE_VLAN_MAX);
            decode_data(k);
            return;
        }
        if (!decode_vlan(k, &type))
            return;
    }
    if (type == TYPE_IPV4) {
        decode_ipv4(k);
    } else if (type == TYPE_IPV6) {
        decode_ipv6(k);
    } else if (type == TYPE_ARP || type == TYPE_RARP) {
        decode_arp(k);
    } else if (type == TYPE_MPLS || type == TYPE_MPLS_MULTICAST) {
        decode_mpls(k);
    } else if (type == TYPE_PPPOE_DISCOVERY || type == TYPE_PPPOE_SESSION) {
        decode_pppoe(k, type == TYPE_PPPOE_DISCOVERY);
    } else {
        decode_data(k);
        INFO(k, "type 0x%04x (%s) len %u", type, decode_type_name(type), k->d->payload_claimed);
    }
}

/* Behind a length instead of a type: LLC, which stays data. */
static void decode_8023(struct decoder *k, uint16_t length)
{
    size_t end = k->c.at + length;

    if (end > k->end)
        decode_malformed(k, "IEEE 802.3 Ethernet");
    decode_ends_at(k, end);
    INFO(k, "802.3 len %u", length);
    decode_data(k);
}

void decode_ethernet(struct decoder *k)
{
    struct cursor *c = &k->c;
    size_t at = c->at;
    const uint8_t *destination = cursor_take(c, 6), *source = cursor_take(c, 6);
    uint16_t type = cursor_be16(c);
    bool has_length = !c->short_read && type <= TYPE_LENGTH_MAX;
    const char *layer = has_length ? "IEEE 802.3 Ethernet" : "Ethernet II";
    char to[MAC_TEXT_BYTES] = "?", from[MAC_TEXT_BYTES] = "?";

    k->d->protocol = has_length ? "802.3" : "Ethernet";
    if (k->what & DECODE_FIELDS) {
        if (destination)
            decode_mac(destination, 6, to);
        if (source)
            decode_mac(source, 6, from);
        FIELD(k, 0, layer, at, 14, "%s -> %s", from, to);
        FIELD(k, 1, "Destination", at, 6, "%s", to);
        FIELD(k, 1, "Source", at + 6, 6, "%s", from);
        if (has_length)
            FIELD(k, 1, "Length", at + 12, 2, "%u", type);
        else
            FIELD(k, 1, "Type", at + 12, 2, "0x%04x (%s)", type, decode_type_name(type));
    }
    if (c->short_read)
        decode_cut(k, layer);
    else if (has_length)
        decode_8023(k, type);
    else
        decode_ethertype(k, type);
}

static const char *cooked_packet_type(unsigned type)
{
    static const char *const names[] = {"unicast to us", "broadcast", "multicast",
                                        "unicast to another host", "sent by us"};

    return type < sizeof(names) / sizeof(names[0]) ? names[type] : "unknown";
}

/* What both versions of the cooked header hold, and where. */
struct cooked {
    const char *layer;
    size_t at, len, packet_type_at, packet_type_len, hardware_at, address_len_at,
        address_len_len, address_at, protocol_at;
    uint16_t protocol, hardware;
    unsigned packet_type, address_len;
    const uint8_t *address;
    bool has_interface;
    uint32_t interface; /* index, at 4 */
};

static void decode_cooked(struct decoder *k, const struct cooked *h)
{
    char mac[MAC_TEXT_BYTES];
    size_t address_len = h->address_len < 8 ? h->address_len : 8;

    k->d->protocol = "SLL";
    FIELD(k, 0, h->layer, h->at, h->len, "%s", cooked_packet_type(h->packet_type));
    if (h->has_interface)
        FIELD(k, 1, "Interface index", h->at + 4, 4, "%u", h->interface);
    FIELD(k, 1, "Packet type", h->packet_type_at, h->packet_type_len, "%u (%s)", h->packet_type,
          cooked_packet_type(h->packet_type));
    FIELD(k, 1, "Link-layer address type", h->hardware_at, 2, "%u%s", h->hardware,
          h->hardware == ARPHRD_LOOPBACK ? " (Loopback)"
          : h->hardware == ARPHRD_ETHER  ? " (Ethernet)"
                                         : "");
    FIELD(k, 1, "Link-layer address length", h->address_len_at, h->address_len_len, "%u",
          h->address_len);
    if (h->address && address_len)
        FIELD(k, 1, "Source", h->address_at, address_len, "%s",
              decode_mac(h->address, address_len, mac));
    FIELD(k, 1, "Protocol", h->protocol_at, 2, "0x%04x (%s)", h->protocol,
          decode_type_name(h->protocol));
    if (k->c.short_read) {
        decode_cut(k, h->layer);
    } else if (h->protocol < TYPE_MIN) {
        INFO(k, "cooked protocol %u", h->protocol);
        decode_data(k);
    } else {
        decode_ethertype(k, h->protocol);
    }
}

void decode_cooked_v1(struct decoder *k)
{
    struct cursor *c = &k->c;
    size_t at = c->at;
    struct cooked h = {
        .layer = "Linux cooked capture v1",
        .at = at,
        .len = 16,
        .packet_type_at = at,
        .packet_type_len = 2,
        .hardware_at = at + 2,
        .address_len_at = at + 4,
        .address_len_len = 2,
        .address_at = at + 6,
        .protocol_at = at + 14,
    };

    h.packet_type = cursor_be16(c);
    h.hardware = cursor_be16(c);
    h.address_len = cursor_be16(c);
    h.address = cursor_take(c, 8);
    h.protocol = cursor_be16(c);
    decode_cooked(k, &h);
}

void decode_cooked_v2(struct decoder *k)
{
    struct cursor *c = &k->c;
    size_t at = c->at;
    struct cooked h = {
        .layer = "Linux cooked capture v2",
        .at = at,
        .len = 20,
        .protocol_at = at,
        .hardware_at = at + 8,
        .packet_type_at = at + 10,
        .packet_type_len = 1,
        .address_len_at = at + 11,
        .address_len_len = 1,
        .address_at = at + 12,
        .has_interface = true,
    };

    h.protocol = cursor_be16(c);
    cursor_be16(c); /* reserved */
    h.interface = cursor_be32(c);
    h.hardware = cursor_be16(c);
    h.packet_type = cursor_u8(c);
    h.address_len = cursor_u8(c);
    h.address = cursor_take(c, 8);
    decode_cooked(k, &h);
}

void decode_loopback(struct decoder *k, bool network_order)
{
    static const char layer[] = "Null/Loopback";
    struct cursor *c = &k->c;
    size_t at = c->at;
    uint32_t family = cursor_be32(c);

    /* LINKTYPE_NULL is in the byte order of whoever captured; families are small numbers. */
    if (!network_order && family > 0xffff)
        family = __builtin_bswap32(family);
    k->d->protocol = "Loopback";
    FIELD(k, 0, layer, at, 4, "family %u", family);
    FIELD(k, 1, "Family", at, 4, "%u", family);
    if (c->short_read) {
        decode_cut(k, layer);
        return;
    }
    switch (family) {
    case 2: /* AF_INET everywhere */
        decode_ipv4(k);
        break;
    case 10: /* AF_INET6 of Linux, NetBSD, FreeBSD, Darwin */
    case 24:
    case 28:
    case 30:
        decode_ipv6(k);
        break;
    default:
        INFO(k, "address family %u", family);
        decode_data(k);
    }
}

void decode_raw_ip(struct decoder *k)
{
    struct cursor look = k->c;
    unsigned version = cursor_u8(&look) >> 4;

    k->d->protocol = "Raw IP";
    if (look.short_read) {
        decode_cut(k, "Raw IP");
    } else if (version == 4) {
        decode_ipv4(k);
    } else if (version == 6) {
        decode_ipv6(k);
    } else {
        decode_malformed(k, "Raw IP");
        INFO(k, "IP version %u", version);
        decode_data(k);
    }
}
