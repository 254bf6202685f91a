#include "core/wire/echo.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "core/wire/cursor.h"
#include "core/wire/quoted.h"

enum {
    V4_REPLY = 0,
    V4_UNREACHABLE = 3,
    V4_QUENCH = 4,
    V4_REDIRECT = 5,
    V4_REQUEST = 8,
    V4_TIME_EXCEEDED = 11,
    V4_PARAMETER = 12,
    V4_FRAGMENTATION_NEEDED = 4, /* a code of V4_UNREACHABLE */
    V6_TOO_BIG = 2,
    V6_PARAMETER = 4,
    V6_REQUEST = 128,
    V6_REPLY = 129,
};

/* RFC 1071. */
static uint16_t checksum(const uint8_t *bytes, size_t len)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < len; i++)
        sum += i % 2 ? bytes[i] : (uint64_t)bytes[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static void put_be(uint8_t *at, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> 8 * (bytes - 1 - i));
}

void echo_write(bool v6, uint16_t id, const struct echo_mark *mark, size_t payload_bytes,
                uint8_t *ret)
{
    uint8_t *payload = ret + ECHO_HEADER_BYTES;

    memset(ret, 0, ECHO_HEADER_BYTES);
    ret[0] = v6 ? V6_REQUEST : V4_REQUEST;
    put_be(ret + 4, id, 2);
    put_be(ret + 6, mark->sequence, 2);
    for (size_t i = 0; i < payload_bytes; i++)
        payload[i] = (uint8_t)i;
    if (payload_bytes >= ECHO_MARK_BYTES) {
        put_be(payload, mark->owner, 8);
        put_be(payload + 8, mark->sequence, 4);
    }
    if (!v6)
        put_be(ret + 2, checksum(ret, ECHO_HEADER_BYTES + payload_bytes), 2);
}

static bool is_error(bool v6, uint8_t type)
{
    if (v6)
        return type >= 1 && type <= V6_PARAMETER;
    return type == V4_UNREACHABLE || type == V4_QUENCH || type == V4_REDIRECT ||
           type == V4_TIME_EXCEEDED || type == V4_PARAMETER;
}

bool echo_error_ends(bool v6, uint8_t type)
{
    return v6 || (type != V4_QUENCH && type != V4_REDIRECT);
}

bool echo_error_too_big(bool v6, uint8_t type, uint8_t code)
{
    return v6 ? type == V6_TOO_BIG : type == V4_UNREACHABLE && code == V4_FRAGMENTATION_NEEDED;
}

static int read_request(bool v6, struct cursor *c, uint16_t *ret_id, uint16_t *ret_sequence)
{
    uint8_t type = cursor_u8(c);
    uint16_t id, sequence;

    cursor_take(c, 3); /* code, checksum */
    id = cursor_be16(c);
    sequence = cursor_be16(c);
    if (c->short_read)
        return -EBADMSG;
    if (type != (v6 ? V6_REQUEST : V4_REQUEST))
        return -ENOMSG;
    *ret_id = id;
    *ret_sequence = sequence;
    return 0;
}

int echo_read_request(bool v6, const uint8_t *bytes, size_t len, uint16_t *ret_id,
                      uint16_t *ret_sequence)
{
    struct cursor c = cursor_over(bytes, len);

    return read_request(v6, &c, ret_id, ret_sequence);
}

static int read_reply(struct cursor *c, struct echo_message *m)
{
    struct cursor payload;

    m->kind = ECHO_REPLY;
    m->id = cursor_be16(c);
    m->sequence = cursor_be16(c);
    if (c->short_read)
        return -EBADMSG;
    m->bytes = ECHO_HEADER_BYTES + cursor_left(c);
    payload = *c;
    m->mark.owner = (uint64_t)cursor_be32(&payload) << 32;
    m->mark.owner |= cursor_be32(&payload);
    m->mark.sequence = cursor_be32(&payload);
    m->has_mark = !payload.short_read;
    return 0;
}

static int read_error(bool v6, struct cursor *c, struct echo_message *m)
{
    uint32_t word = cursor_be32(c);
    struct quoted quoted;

    m->kind = ECHO_ERROR;
    if (echo_error_too_big(v6, m->type, m->code)) {
        m->mtu = v6 ? word : word & 0xffff;
        m->has_mtu = m->mtu != 0; /* RFC 1191, section 5: old routers leave it 0 */
    }
    if (!quoted_read(c, &quoted))
        return -EBADMSG;
    if (quoted.later_fragment || quoted.version != (v6 ? 6 : 4) ||
        quoted.protocol != (v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
        return -ENOMSG;
    m->destination = quoted.destination;
    return read_request(v6, c, &m->id, &m->sequence);
}

/* Move behind the IPv4 header that raw sockets leave in front. */
static int skip_header(struct cursor *c)
{
    uint8_t first = cursor_u8(c);
    size_t header_len = (first & 15U) * 4;

    if (first >> 4 != 4 || header_len < 20)
        return -EBADMSG;
    cursor_take(c, header_len - 1);
    return c->short_read ? -EBADMSG : 0;
}

int echo_read(bool v6, bool with_header, const uint8_t *bytes, size_t len,
              struct echo_message *ret)
{
    struct cursor c = cursor_over(bytes, len);
    struct echo_message m = {0};
    int r = with_header ? skip_header(&c) : 0;

    if (r < 0)
        return r;
    /* The kernel looks at the checksum before a datagram socket sees the message, and at
     * ICMPv6's always. */
    if (with_header && checksum(bytes + c.at, cursor_left(&c)) != 0)
        return -EBADMSG;
    m.type = cursor_u8(&c);
    m.code = cursor_u8(&c);
    cursor_be16(&c);
    if (c.short_read)
        return -EBADMSG;
    if (m.type == (v6 ? V6_REPLY : V4_REPLY))
        r = read_reply(&c, &m);
    else
        r = is_error(v6, m.type) ? read_error(v6, &c, &m) : -ENOMSG;
    if (r == 0)
        *ret = m;
    return r;
}
