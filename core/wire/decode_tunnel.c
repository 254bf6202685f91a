/* Packets in packets: GRE (RFC 2784, 2890; version 1: RFC 2637), VXLAN (RFC 7348), MPLS (RFC
 * 3032). */
#include <stdio.h>

#include "core/wire/decode_app.h"
#include "core/wire/decode_internal.h"

enum {
    MPLS_LABELS_MAX = 16,
    MPLS_IPV4_NULL = 0,
    MPLS_IPV6_NULL = 2,
    VXLAN_BYTES = 8,
};

bool decode_enter_tunnel(struct decoder *k)
{
    if (++k->tunnels <= DECODE_TUNNEL_MAX)
        return true;
    INFO(k, "more than %d IP headers", DECODE_TUNNEL_MAX);
    decode_data(k);
    return false;
}

/* ---- GRE -------------------------------------------------------------------------------- */

enum {
    GRE_CHECKSUM = 0x8000,
    GRE_ROUTING = 0x4000,
    GRE_KEY = 0x2000,
    GRE_SEQUENCE = 0x1000,
    GRE_ACK = 0x0080, /* version 1 */
    GRE_VERSION = 0x0007,
    TYPE_BRIDGED = 0x6558,
    TYPE_ERSPAN = 0x88be,
    TYPE_ERSPAN_3 = 0x22eb,
    TYPE_PPP = 0x880b,
};

static const char GRE_LAYER[] = "Generic Routing Encapsulation";

struct gre {
    size_t at;
    uint16_t flags, type;
};

static void gre_checksum(struct decoder *k, const struct gre *h)
{
    size_t at = k->c.at;
    uint16_t sum = cursor_be16(&k->c);

    cursor_be16(&k->c);
    FIELD_CHECKED(k, 1, "Checksum", at, 2, decode_checksum(k, h->at, k->end - h->at, 0, sum),
                  "0x%04x", sum);
}

static void gre_key(struct decoder *k, const struct gre *h)
{
    size_t at = k->c.at;
    uint32_t key = cursor_be32(&k->c);

    if (h->flags & GRE_VERSION) {
        FIELD(k, 1, "Payload Length", at, 2, "%u", key >> 16);
        FIELD(k, 1, "Call ID", at + 2, 2, "%u", key & 0xffff);
    } else {
        FIELD(k, 1, "Key", at, 4, "0x%08x", key);
    }
}

static void gre_number(struct decoder *k, const char *name)
{
    size_t at = k->c.at;
    uint32_t number = cursor_be32(&k->c);

    FIELD(k, 1, name, at, 4, "%u", number);
}

static void gre_payload(struct decoder *k, const struct gre *h)
{
    if (h->type == TYPE_PPP && (h->flags & GRE_VERSION) == 1) {
        decode_ppp(k);
    } else if (h->flags & GRE_VERSION || h->flags & GRE_ROUTING) {
        decode_data(k);
    } else if (h->type == TYPE_ERSPAN || h->type == TYPE_ERSPAN_3) {
        decode_data(k);
        INFO(k, "GRE with ERSPAN len %u", k->d->payload_claimed);
    } else if (decode_enter_tunnel(k)) {
        if (h->type == TYPE_BRIDGED)
            decode_ethernet(k);
        else
            decode_ethertype(k, h->type);
    }
}

void decode_gre(struct decoder *k)
{
    struct cursor *c = &k->c;
    struct gre h = {.at = c->at};
    bool v1;

    h.flags = cursor_be16(c);
    h.type = cursor_be16(c);
    v1 = (h.flags & GRE_VERSION) == 1;
    k->d->protocol = "GRE";
    INFO(k, "GRE type 0x%04x", h.type);
    FIELD(k, 0, GRE_LAYER, h.at, 4, "type 0x%04x (%s)", h.type, decode_type_name(h.type));
    FIELD(k, 1, "Flags", h.at, 2, "0x%04x%s%s%s%s", h.flags,
          h.flags & GRE_CHECKSUM ? ", checksum" : "", h.flags & GRE_ROUTING ? ", routing" : "",
          h.flags & GRE_KEY ? ", key" : "", h.flags & GRE_SEQUENCE ? ", sequence number" : "");
    FIELD(k, 1, "Version", h.at, 2, "%u", h.flags & GRE_VERSION);
    FIELD(k, 1, "Protocol Type", h.at + 2, 2, "0x%04x (%s)", h.type, decode_type_name(h.type));
    if (!v1 && h.flags & (GRE_CHECKSUM | GRE_ROUTING))
        gre_checksum(k, &h);
    if (h.flags & GRE_KEY)
        gre_key(k, &h);
    if (h.flags & GRE_SEQUENCE)
        gre_number(k, "Sequence Number");
    if (v1 && h.flags & GRE_ACK)
        gre_number(k, "Acknowledgement Number");
    if (c->short_read) {
        decode_cut(k, GRE_LAYER);
        return;
    }
    /* A layer, once its length is known. */
    if (k->what & DECODE_FIELDS)
        decode_stretch(k, h.at, c->at - h.at);
    gre_payload(k, &h);
}

/* ---- VXLAN ------------------------------------------------------------------------------ */

bool decode_vxlan(struct decoder *k)
{
    static const char layer[] = "Virtual eXtensible Local Area Network";
    struct cursor *c = &k->c, look = *c;
    size_t at = c->at;
    uint32_t flags = cursor_be32(&look), word;

    /* Every reserved bit is zero, but for those of the group policy extension. */
    if (look.short_read || !(flags & 0x08000000) || flags & 0x77b70000)
        return false;
    word = cursor_be32(&look);
    if (word & 0xff)
        return false;
    *c = look;
    k->d->protocol = "VXLAN";
    SAY_ANEW(k, "VXLAN");
    FIELD(k, 0, layer, at, VXLAN_BYTES, "VNI %u", word >> 8);
    FIELD(k, 1, "Flags", at, 2, "0x%04x", flags >> 16);
    FIELD(k, 1, "Group Policy ID", at + 2, 2, "%u", flags & 0xffff);
    if (c->short_read) {
        decode_cut(k, layer);
        return true;
    }
    FIELD(k, 1, "VXLAN Network Identifier (VNI)", at + 4, 3, "%u", word >> 8);
    if (decode_enter_tunnel(k))
        decode_ethernet(k);
    return true;
}

/* ---- MPLS ------------------------------------------------------------------------------- */

static const char MPLS_LAYER[] = "MultiProtocol Label Switching Header";

/* Nothing says what is behind the labels: an IP version in the first half byte, or one of the
 * labels that mean one. */
static void mpls_payload(struct decoder *k, uint32_t label)
{
    struct cursor look = k->c;
    unsigned version = cursor_u8(&look) >> 4;

    if (!look.short_read && version == 4 && label != MPLS_IPV6_NULL) {
        if (decode_enter_tunnel(k))
            decode_ipv4(k);
    } else if (!look.short_read && version == 6 && label != MPLS_IPV4_NULL) {
        if (decode_enter_tunnel(k))
            decode_ipv6(k);
    } else {
        decode_data(k);
        INFO_ADD(k, " len %u", k->d->payload_claimed);
    }
}

void decode_mpls(struct decoder *k)
{
    struct cursor *c = &k->c;

    k->d->protocol = "MPLS";
    for (unsigned n = 0; n < MPLS_LABELS_MAX; n++) {
        size_t at = c->at;
        uint32_t entry = cursor_be32(c), label = entry >> 12;

        if (c->short_read) {
            decode_cut(k, MPLS_LAYER);
            return;
        }
        INFO(k, "MPLS label %u", label);
        FIELD(k, 0, MPLS_LAYER, at, 4, "label %u", label);
        FIELD(k, 1, "MPLS Label", at, 3, "%u", label);
        FIELD(k, 1, "MPLS Experimental Bits", at + 2, 1, "%u", entry >> 9 & 7);
        FIELD(k, 1, "MPLS Bottom Of Label Stack", at + 2, 1, "%u", entry >> 8 & 1);
        FIELD(k, 1, "MPLS TTL", at + 3, 1, "%u", entry & 0xff);
        if (entry >> 8 & 1) {
            mpls_payload(k, label);
            return;
        }
    }
    INFO(k, "more than %d MPLS labels", MPLS_LABELS_MAX);
    decode_data(k);
}
