/* UDP (RFC 768). */
#include <netinet/in.h>

#include "core/wire/decode_app.h"
#include "core/wire/decode_internal.h"

static const char LAYER[] = "User Datagram Protocol";

/* Where the datagram ends.  A first fragment has less than its length says, a super-datagram
 * of segmentation offload may say 0 (as RFC 2675 does for jumbograms). */
static size_t udp_end(const struct decoder *k, size_t at, uint16_t length)
{
    size_t end = at + length;

    if (length == 0 || (k->fragment && end > k->end))
        return k->end;
    return end;
}

/* 0: the sender computed none.  IPv6 allows that only to tunnels (RFC 8200, 8.1; RFC 6935). */
static enum field_validity udp_checksum(const struct decoder *k, size_t at, size_t len,
                                        uint16_t checksum)
{
    const struct flow *flow = &k->d->flow;

    if (checksum)
        return decode_checksum(k, at, len, IPPROTO_UDP, checksum);
    return flow->source.family == AF_INET6 && flow->destination.port != PORT_VXLAN
               ? FIELD_BAD
               : FIELD_PLAIN;
}

struct udp {
    size_t at, end;
    uint16_t source, destination, length, checksum;
    bool bad; /* the length */
};

static void udp_fields(struct decoder *k, const struct udp *h)
{
    FIELD(k, 0, LAYER, h->at, 8, "%u -> %u", h->source, h->destination);
    FIELD(k, 1, "Source Port", h->at, 2, "%u", h->source);
    FIELD(k, 1, "Destination Port", h->at + 2, 2, "%u", h->destination);
    FIELD_CHECKED(k, 1, "Length", h->at + 4, 2, h->bad ? FIELD_BAD : FIELD_PLAIN, "%u",
                  h->length);
    FIELD_CHECKED(k, 1, "Checksum", h->at + 6, 2,
                  h->bad ? FIELD_UNCHECKED
                         : udp_checksum(k, h->at, h->end - h->at, h->checksum),
                  "0x%04x%s", h->checksum, h->checksum ? "" : " (none)");
}

static void udp_info(struct decoder *k, const struct udp *h)
{
    SAY_NUMBER(k, "UDP ", h->source);
    SAY_NUMBER(k, " -> ", h->destination);
}

void decode_udp(struct decoder *k)
{
    struct cursor *c = &k->c;
    struct udp h = {.at = c->at};
    size_t there = cursor_left(c);

    h.source = cursor_be16(c);
    h.destination = cursor_be16(c);
    h.length = cursor_be16(c);
    h.checksum = cursor_be16(c);
    k->d->protocol = "UDP";
    h.end = udp_end(k, h.at, h.length);
    h.bad = h.end > k->end || h.end < h.at + 8;
    if (there >= 4)
        decode_ports(k, IPPROTO_UDP, h.source, h.destination);
    if (k->what & DECODE_FIELDS)
        udp_fields(k, &h);
    if (there >= 4 && decode_wants_info(k)) {
        k->info_len = 0;
        if (c->short_read)
            udp_info(k, &h);
    }
    if (c->short_read) {
        decode_cut(k, LAYER);
        return;
    }
    if (h.bad)
        decode_malformed(k, LAYER);
    else
        decode_ends_at(k, h.end);
    decode_payload(k, c->at);
    if (h.destination == PORT_VXLAN && !h.bad && decode_vxlan(k))
        return;
    if (!decode_app(k))
        decode_data(k);
    if (!decode_wants_info(k))
        return;
    udp_info(k, &h);
    SAY_NUMBER(k, " len ", k->d->payload_claimed);
}
