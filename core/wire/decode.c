/* Link types: tcpdump.org/linktypes.html.  Checksums: RFC 1071. */
#include "core/wire/decode.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/wire/decode_internal.h"
#include "core/wire/fragments.h"

/* LINKTYPE_ values; 12 and 14 are what DLT_RAW is in files of some systems. */
enum {
    LINK_NULL = 0,
    LINK_ETHERNET = 1,
    LINK_RAW_12 = 12,
    LINK_RAW_14 = 14,
    LINK_RAW = 101,
    LINK_LOOP = 108,
    LINK_COOKED_V1 = 113,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_COOKED_V2 = 276,
};

/* Of a datagram put together from more, the others are counted in the first line. */
#define PARTS_SHOWN 64

/* Of the bytes of a text so many are shown; each becomes four characters at most. */
#define FIELD_TEXT_OCTETS 240
#define FIELD_TEXT_BYTES (4 * FIELD_TEXT_OCTETS + 1)

static bool __attribute__((format(printf, 2, 0)))
add_text(struct dissection *d, const char *format, va_list args)
{
    size_t room = sizeof(d->text) - d->text_used;
    int n = vsnprintf(d->text + d->text_used, room, format, args);

    if (n < 0 || (size_t)n >= room)
        return false;
    d->text_used += (size_t)n + 1;
    return true;
}

void decode_field(struct decoder *k, unsigned depth, const char *name, size_t at, size_t len,
                  enum field_validity validity, const char *format, ...)
{
    struct dissection *d = k->d;
    size_t there = at < k->c.len ? k->c.len - at : 0;
    uint32_t value_at = (uint32_t)d->text_used;
    bool fits;
    va_list args;

    if (at > k->c.len || (len > there && depth > 0))
        return;
    if (d->n_fields == DISSECTION_FIELDS) {
        d->fields_dropped++;
        return;
    }
    va_start(args, format);
    fits = add_text(d, format, args);
    va_end(args);
    if (!fits) {
        d->fields_dropped++;
        return;
    }
    d->fields[d->n_fields++] = (struct field){
        .name = name,
        .value_at = value_at,
        .offset = (uint32_t)at,
        .length = (uint32_t)(len < there ? len : there),
        .depth = (uint8_t)depth,
        .validity = (uint8_t)validity,
    };
}

void decode_info(struct decoder *k, const char *format, ...)
{
    size_t room = sizeof(k->d->info) - k->info_len;
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(k->d->info + k->info_len, room, format, args);
    va_end(args);
    if (n > 0)
        k->info_len = (uint16_t)(k->info_len + ((size_t)n < room ? (size_t)n : room - 1));
}

void decode_stretch(struct decoder *k, size_t at, size_t len)
{
    struct dissection *d = k->d;

    for (size_t i = d->n_fields; i-- > 0;) {
        struct field *f = &d->fields[i];

        if (f->depth > 0)
            continue;
        if (f->offset == at && at + len <= k->c.len)
            f->length = (uint32_t)len;
        return;
    }
}

void decode_say_number(struct decoder *k, uint64_t n)
{
    static const char pairs[] = "0001020304050607080910111213141516171819"
                                "2021222324252627282930313233343536373839"
                                "4041424344454647484950515253545556575859"
                                "6061626364656667686970717273747576777879"
                                "8081828384858687888990919293949596979899";
    char digits[TEXT_U64_BYTES], *at = digits + sizeof(digits);
    uint32_t small = (uint32_t)n;

    if (n > UINT32_MAX) {
        size_t len = text_u64(n, digits);

        decode_say(k, digits, len);
        return;
    }
    for (; small >= 100; small /= 100) {
        at -= 2;
        memcpy(at, pairs + 2 * (small % 100), 2);
    }
    at -= 2;
    memcpy(at, pairs + 2 * small, 2);
    at += small < 10;
    decode_say(k, at, (size_t)(digits + sizeof(digits) - at));
}

void decode_say_clean(struct decoder *k, const void *bytes, size_t len, size_t max)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *b = bytes;

    for (size_t i = 0; i < len && i < max; i++) {
        char hex[4] = {'\\', 'x', digits[b[i] >> 4], digits[b[i] & 15]};

        if (b[i] >= ' ' && b[i] < 0x7f)
            decode_say(k, (const char *)b + i, 1);
        else
            decode_say(k, hex, sizeof(hex));
    }
    if (len > max)
        SAY(k, "...");
}

void decode_field_text(struct decoder *k, unsigned depth, const char *name, size_t at,
                       size_t len)
{
    char text[FIELD_TEXT_BYTES];
    bool whole = len <= FIELD_TEXT_OCTETS;

    if (!(k->what & DECODE_FIELDS) || at + len > k->c.len)
        return;
    text_clean(k->c.bytes + at, whole ? len : FIELD_TEXT_OCTETS, text, sizeof(text));
    decode_field(k, depth, name, at, len, FIELD_PLAIN, "%s%s", text, whole ? "" : "...");
}

void decode_malformed(struct decoder *k, const char *layer)
{
    if (!k->d->malformed_in)
        k->d->malformed_in = layer;
}

void decode_cut(struct decoder *k, const char *layer)
{
    if (k->has_end && k->c.len == k->end)
        decode_malformed(k, layer);
    else if (!k->d->truncated_in)
        k->d->truncated_in = layer;
}

void decode_ends_at(struct decoder *k, size_t end)
{
    if (!k->padding_at)
        k->padding_at = end;
    k->end = end;
    k->has_end = true;
    if (k->c.len > end)
        k->c.len = end;
}

void decode_part(struct decoder *k, const struct ip_part *part)
{
    struct dissection *d = k->d;

    k->fragment = true;
    if (d->has_fragment)
        return;
    d->has_fragment = true;
    d->fragment = (struct fragment_facts){
        .source = d->flow.source,
        .destination = d->flow.destination,
        .id = part->id,
        .offset = part->offset,
        .more = part->more,
        .protocol = part->protocol,
        .at = (uint32_t)k->c.at,
        .len = (uint32_t)cursor_left(&k->c),
        .claimed = (uint32_t)(k->end - k->c.at),
    };
}

void decode_payload(struct decoder *k, size_t at)
{
    struct dissection *d = k->d;

    d->payload_at = (uint32_t)at;
    d->payload_claimed = (uint32_t)(k->end > at ? k->end - at : 0);
    d->payload_len = (uint32_t)(k->c.len > at ? k->c.len - at : 0);
}

void decode_data(struct decoder *k)
{
    const struct dissection *d = k->d;

    decode_payload(k, k->c.at);
    if (!d->payload_claimed && !d->payload_len)
        return;
    if (d->payload_len < d->payload_claimed)
        FIELD(k, 0, "Data", d->payload_at, d->payload_len, "%u bytes, %u captured",
              d->payload_claimed, d->payload_len);
    else
        FIELD(k, 0, "Data", d->payload_at, d->payload_len, "%u byte%s", d->payload_len,
              d->payload_len == 1 ? "" : "s");
}

uint64_t decode_sum(uint64_t sum, const uint8_t *bytes, size_t len)
{
    struct cursor c = cursor_over(bytes, len);

    while (cursor_left(&c) >= 2)
        sum += cursor_be16(&c);
    if (cursor_left(&c))
        sum += (uint32_t)cursor_u8(&c) << 8;
    return sum;
}

uint16_t decode_fold(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

static uint64_t pseudo_header(const struct flow *flow, size_t len, uint8_t protocol)
{
    size_t ip_bytes = flow->source.family == AF_INET6 ? 16 : 4;
    uint64_t sum = decode_sum(0, flow->source.ip, ip_bytes);

    return decode_sum(sum, flow->destination.ip, ip_bytes) + len + protocol;
}

enum field_validity decode_checksum(const struct decoder *k, size_t start, size_t len,
                                    uint8_t protocol, uint16_t value)
{
    uint64_t pseudo = protocol ? pseudo_header(&k->d->flow, len, protocol) : 0;
    struct cursor c = k->c;
    const uint8_t *bytes;

    if (k->fragment || (protocol && k->other_pseudo))
        return FIELD_UNCHECKED;
    c.at = start;
    bytes = cursor_take(&c, len);
    if (bytes && decode_fold(decode_sum(pseudo, bytes, len)) == 0xffff)
        return FIELD_GOOD;
    /* Linux leaves the sum of the pseudo header where the hardware is to add the rest. */
    if ((protocol == IPPROTO_TCP || protocol == IPPROTO_UDP) && value == decode_fold(pseudo))
        return FIELD_OFFLOADED;
    return bytes ? FIELD_BAD : FIELD_UNCHECKED;
}

enum option_result decode_option(struct decoder *k, size_t area_end, struct option *ret)
{
    struct cursor *c = &k->c;
    const uint8_t *body;

    if (c->at >= area_end)
        return OPTION_NONE;
    *ret = (struct option){.at = c->at, .len = 1};
    ret->kind = cursor_u8(c);
    if (c->short_read)
        return OPTION_CUT;
    if (ret->kind <= 1) /* end of list, no operation: one byte */
        return OPTION_ONE;
    if (c->at >= area_end)
        return OPTION_BAD;
    ret->len = cursor_u8(c);
    if (c->short_read)
        return OPTION_CUT;
    if (ret->len < 2 || ret->at + ret->len > area_end)
        return OPTION_BAD;
    body = cursor_take(c, ret->len - 2);
    if (!body)
        return OPTION_CUT;
    ret->body = cursor_over(body, ret->len - 2);
    return OPTION_ONE;
}

const char *decode_mac(const uint8_t *bytes, size_t len, char buf[MAC_TEXT_BYTES])
{
    char *out = buf;

    *out = '\0';
    for (size_t i = 0; i < len && i < 8; i++)
        out += snprintf(out, 4, i ? ":%02x" : "%02x", bytes[i]);
    return buf;
}

static void decode_link(struct decoder *k, uint16_t link_type)
{
    switch (link_type) {
    case LINK_ETHERNET:
        decode_ethernet(k);
        break;
    case LINK_NULL:
    case LINK_LOOP:
        decode_loopback(k, link_type == LINK_LOOP);
        break;
    case LINK_COOKED_V1:
        decode_cooked_v1(k);
        break;
    case LINK_COOKED_V2:
        decode_cooked_v2(k);
        break;
    case LINK_RAW:
    case LINK_RAW_12:
    case LINK_RAW_14:
        decode_raw_ip(k);
        break;
    case LINK_IPV4:
        decode_ipv4(k);
        break;
    case LINK_IPV6:
        decode_ipv6(k);
        break;
    default:
        INFO(k, "link type %u is not decoded", link_type);
        decode_data(k);
    }
}

/* The dissection of nothing.  Text and fields are valid as far as their counts say. */
static void begin(struct dissection *d)
{
    memset(d, 0, offsetof(struct dissection, info));
    d->n_fields = d->fields_dropped = d->text_used = 0;
    d->text[0] = '\0';
    d->protocol = "Data";
}

static void end(struct decoder *k)
{
    struct dissection *d = k->d;

    if (d->malformed_in)
        INFO_ADD(k, " [malformed: %s]", d->malformed_in);
    else if (d->truncated_in)
        INFO_ADD(k, " [cut short: %s]", d->truncated_in);
    d->info[k->info_len] = '\0';
}

static const uint8_t nothing;

void decode(const uint8_t *bytes, size_t captured, size_t length, uint16_t link_type,
            unsigned what, struct dissection *ret)
{
    struct decoder k = {
        .d = ret,
        .c = cursor_over(bytes ? bytes : &nothing, bytes ? captured : 0),
        .end = length > captured ? length : captured,
        .what = what,
    };

    begin(ret);
    decode_link(&k, link_type);
    if (k.padding_at && k.padding_at < captured) {
        k.c.len = captured;
        FIELD(&k, 0, "Padding", k.padding_at, captured - k.padding_at, "%zu bytes",
              captured - k.padding_at);
    }
    end(&k);
}

static void part_fields(struct decoder *k, const struct datagram *g)
{
    FIELD(k, 0, "Reassembled Packet", 0, g->captured,
          "%zu parts, %u bytes: offsets are those in these bytes", g->n_parts, g->len);
    for (size_t i = 0; i < g->n_parts && i < PARTS_SHOWN; i++)
        FIELD(k, 1, "Part", g->parts[i].offset, g->parts[i].len, "packet %" PRIu64 ", %u bytes",
              g->parts[i].packet, g->parts[i].len);
}

void decode_datagram(const struct datagram *datagram, unsigned what, struct dissection *ret)
{
    const struct datagram *g = datagram;
    struct decoder k = {
        .d = ret,
        .c = cursor_over(g->captured ? g->bytes : &nothing, g->captured),
        .end = g->len,
        .has_end = true,
        .what = what,
    };

    begin(ret);
    ret->has_flow = ret->reassembled = true;
    ret->flow.source = g->source;
    ret->flow.destination = g->destination;
    ret->protocol = g->source.family == AF_INET6 ? "IPv6" : "IPv4";
    if (what & DECODE_FIELDS)
        part_fields(&k, g);
    if (g->source.family == AF_INET6)
        decode_ipv6_chain(&k, g->protocol);
    else
        decode_ip_payload(&k, g->protocol);
    INFO_ADD(&k, " [%zu parts]", g->n_parts);
    end(&k);
}

const char *field_value(const struct dissection *d, const struct field *f)
{
    return d->text + f->value_at;
}

int field_at(const struct dissection *d, size_t offset)
{
    int best = -1;

    for (size_t i = 0; i < d->n_fields; i++) {
        const struct field *f = &d->fields[i], *b = best >= 0 ? &d->fields[best] : NULL;

        if (offset < f->offset || offset - f->offset >= f->length)
            continue;
        if (!b || f->depth > b->depth || (f->depth == b->depth && f->length < b->length))
            best = (int)i;
    }
    return best;
}
