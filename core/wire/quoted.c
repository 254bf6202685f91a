/* IPv4 (RFC 791) and IPv6 (RFC 8200) headers as far as an ICMP error quotes them. */
#include "core/wire/quoted.h"

#include <netinet/in.h>

#define EXTENSIONS_MAX 8

static bool quoted_ipv4(struct cursor *c, struct quoted *q)
{
    size_t header_len = (cursor_u8(c) & 15U) * 4;
    uint16_t fragment;
    const uint8_t *source, *destination;

    cursor_take(c, 5); /* service, total length, identification */
    fragment = cursor_be16(c);
    q->ttl = cursor_u8(c);
    q->protocol = cursor_u8(c);
    cursor_be16(c); /* routers change the header: its checksum says nothing here */
    source = cursor_take(c, 4);
    destination = cursor_take(c, 4);
    if (!source || !destination || header_len < 20)
        return false;
    q->source = addr_make(AF_INET, source, 0);
    q->destination = addr_make(AF_INET, destination, 0);
    q->later_fragment = fragment & 0x1fff;
    cursor_take(c, header_len - 20);
    return true;
}

/* Move behind the extension headers of a quoted packet. */
static void quoted_extensions(struct cursor *c, struct quoted *q)
{
    for (unsigned n = 0; n < EXTENSIONS_MAX && !c->short_read; n++) {
        struct cursor look = *c;
        uint8_t next = cursor_u8(&look), units = cursor_u8(&look);
        uint16_t place = cursor_be16(&look);

        if (q->protocol == IPPROTO_FRAGMENT) {
            q->later_fragment = !look.short_read && (place & 0xfff8);
            cursor_take(c, 8);
        } else if (q->protocol == IPPROTO_HOPOPTS || q->protocol == IPPROTO_ROUTING ||
                   q->protocol == IPPROTO_DSTOPTS) {
            cursor_take(c, (units + 1U) * 8);
        } else {
            return;
        }
        if (!c->short_read)
            q->protocol = next;
    }
}

static bool quoted_ipv6(struct cursor *c, struct quoted *q)
{
    const uint8_t *source, *destination;

    cursor_take(c, 6); /* version, class, flow label, payload length */
    q->protocol = cursor_u8(c);
    q->ttl = cursor_u8(c);
    source = cursor_take(c, 16);
    destination = cursor_take(c, 16);
    if (!source || !destination)
        return false;
    q->source = addr_make(AF_INET6, source, 0);
    q->destination = addr_make(AF_INET6, destination, 0);
    quoted_extensions(c, q);
    return true;
}

bool quoted_read(struct cursor *c, struct quoted *ret)
{
    struct quoted q = {.at = c->at};
    bool known;

    q.version = cursor_u8(c) >> 4;
    c->at = q.at;
    known = q.version == 4 ? quoted_ipv4(c, &q) : q.version == 6 && quoted_ipv6(c, &q);
    if (!known)
        return false;
    q.transport_at = c->at;
    *ret = q;
    return true;
}
