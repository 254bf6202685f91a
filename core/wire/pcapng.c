#include "core/wire/pcapng.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/wire/cursor.h"

#define BYTE_ORDER_MAGIC 0x1a2b3c4dU
#define FRAME_BYTES 12U /* type, length, and the length again */
#define SECTION_BYTES 28U
#define MAJOR_VERSION 1
#define DEFAULT_RESOLUTION 6 /* microseconds */

enum { OPTION_END = 0, OPTION_COMMENT = 1 };
enum { INTERFACE_NAME = 2, INTERFACE_RESOLUTION = 9, INTERFACE_OFFSET = 14 };

static const struct {
    uint32_t type;
    const char *name;
} type_names[] = {
    {PCAPNG_SECTION, "section header block"},
    {PCAPNG_INTERFACE, "interface description block"},
    {PCAPNG_OLD_PACKET, "packet block"},
    {PCAPNG_SIMPLE_PACKET, "simple packet block"},
    {PCAPNG_NAMES, "name resolution block"},
    {PCAPNG_STATISTICS, "interface statistics block"},
    {PCAPNG_PACKET, "enhanced packet block"},
    {PCAPNG_SECRETS, "decryption secrets block"},
    {0x00000bad, "custom block"},
    {0x40000bad, "custom block"},
};

const char *pcapng_type_name(uint32_t type)
{
    for (size_t i = 0; i < sizeof(type_names) / sizeof(type_names[0]); i++)
        if (type_names[i].type == type)
            return type_names[i].name;
    return "block of an unknown type";
}

static int bad(struct pcapng *p, const char *why)
{
    p->why = why;
    return -EBADMSG;
}

void pcapng_done(struct pcapng *p)
{
    free(p->interfaces);
    free(p->comment);
    free(p->extra);
    *p = (struct pcapng){0};
}

/* ---- numbers in the section's byte order ----------------------------------------------- */

static uint16_t get16(const struct pcapng *p, struct cursor *c)
{
    uint16_t n = cursor_be16(c);

    return p->big_endian ? n : __builtin_bswap16(n);
}

static uint32_t get32(const struct pcapng *p, struct cursor *c)
{
    uint32_t n = cursor_be32(c);

    return p->big_endian ? n : __builtin_bswap32(n);
}

/* Two halves in the section's order, the higher first: how times are written. */
static uint64_t get_halves(const struct pcapng *p, struct cursor *c)
{
    uint64_t high = get32(p, c);

    return high << 32 | get32(p, c);
}

static int64_t get64(const struct pcapng *p, struct cursor *c)
{
    uint64_t first = get32(p, c), second = get32(p, c);

    return (int64_t)(p->big_endian ? first << 32 | second : second << 32 | first);
}

static size_t padded(size_t n)
{
    return (n + 3) & ~(size_t)3;
}

/* ---- options ---------------------------------------------------------------------------- */

struct option {
    uint16_t code, len;
    const uint8_t *value;
    const uint8_t *raw; /* with its head and padding */
    size_t raw_len;
};

/* Returns 1 and an option, 0 at their end, or -EBADMSG. */
static int next_option(struct pcapng *p, struct cursor *c, struct option *ret)
{
    struct option o = {.raw = c->bytes + c->at};

    if (!cursor_left(c))
        return 0;
    o.code = get16(p, c);
    o.len = get16(p, c);
    o.raw_len = 4 + padded(o.len);
    o.value = cursor_take(c, padded(o.len));
    if (c->short_read)
        return bad(p, "has an option that goes beyond its end");
    if (o.code == OPTION_END)
        return 0;
    *ret = o;
    return 1;
}

static void keep_name(struct pcapng_interface *i, const struct option *o)
{
    size_t len = o->len < sizeof(i->name) ? o->len : sizeof(i->name) - 1;

    memcpy(i->name, o->value, len);
    i->name[len] = '\0';
}

/* Append to a store that grows to its longest use. */
static void append(uint8_t **store, size_t *room, size_t *used, const uint8_t *bytes,
                   size_t len)
{
    if (!len)
        return;
    if (*used + len > *room) {
        *room = 2 * (*used + len);
        *store = mem_resize(*store, *room, 1);
    }
    memcpy(*store + *used, bytes, len);
    *used += len;
}

/* A packet's: comments become one text, the rest stays as it is. */
static int packet_options(struct pcapng *p, struct cursor *c, struct pcapng_packet *packet)
{
    size_t comment = 0, extra = 0;
    uint8_t *text = (uint8_t *)p->comment;
    struct option o;
    int r;

    while ((r = next_option(p, c, &o)) == 1) {
        if (o.code != OPTION_COMMENT) {
            append(&p->extra, &p->extra_room, &extra, o.raw, o.raw_len);
            continue;
        }
        if (comment)
            text[comment - 1] = '\n';
        append(&text, &p->comment_room, &comment, o.value,
               strnlen((const char *)o.value, o.len));
        append(&text, &p->comment_room, &comment, (const uint8_t *)"", 1);
        p->comment = (char *)text;
    }
    if (r < 0)
        return r;
    packet->comment = comment ? p->comment : NULL;
    packet->extra = (struct packet_extra){.kind = EXTRA_PCAPNG_OPTIONS,
                                          .big_endian = p->big_endian,
                                          .bytes = p->extra,
                                          .len = extra};
    return 0;
}

/* ---- blocks ----------------------------------------------------------------------------- */

int pcapng_begin(struct pcapng *p, const uint8_t head[PCAPNG_HEAD_BYTES], uint32_t *ret_type,
                 uint32_t *ret_length)
{
    struct cursor c = cursor_over(head, PCAPNG_HEAD_BYTES);
    uint32_t type = get32(p, &c), length;

    /* Reads the same in both orders; what follows says which one it is. */
    if (type == PCAPNG_SECTION) {
        struct cursor magic = cursor_over(head + 8, 4);
        uint32_t order = cursor_be32(&magic);

        *ret_type = type;
        if (order != BYTE_ORDER_MAGIC && order != __builtin_bswap32(BYTE_ORDER_MAGIC))
            return bad(p, "has no byte order that is known");
        p->big_endian = order == BYTE_ORDER_MAGIC;
        p->in_section = false;
    } else if (!p->in_section) {
        return bad(p, "stands before any section header block");
    }
    length = get32(p, &c);
    *ret_type = type;
    if (length < (type == PCAPNG_SECTION ? SECTION_BYTES : FRAME_BYTES) || length % 4)
        return bad(p, "has an impossible length");
    if (length > PCAPNG_BLOCK_MAX)
        return bad(p, "is longer than 16 MiB");
    *ret_length = length;
    return 0;
}

static int take_section(struct pcapng *p, struct cursor *c)
{
    cursor_take(c, 4); /* byte order */
    if (get16(p, c) != MAJOR_VERSION)
        return bad(p, "is of a version that is not known");
    p->in_section = true;
    p->n_interfaces = 0;
    return 0;
}

static int take_interface(struct pcapng *p, struct cursor *c)
{
    struct pcapng_interface i = {.resolution = DEFAULT_RESOLUTION};
    size_t n = p->n_interfaces;
    struct option o;
    int r;

    i.link_type = get16(p, c);
    cursor_take(c, 2);
    i.snaplen = get32(p, c);
    if (c->short_read)
        return bad(p, "is too short");
    if (n == PCAPNG_INTERFACES)
        return bad(p, "is one too many: 4096 interfaces are taken");
    while ((r = next_option(p, c, &o)) == 1) {
        struct cursor value = cursor_over(o.value, o.len);

        if (o.code == INTERFACE_NAME)
            keep_name(&i, &o);
        else if (o.code == INTERFACE_RESOLUTION && o.len == 1)
            i.resolution = cursor_u8(&value);
        else if (o.code == INTERFACE_OFFSET && o.len == 8)
            i.offset_s = get64(p, &value);
    }
    if (r < 0)
        return r;
    if ((n & (n - 1)) == 0)
        p->interfaces = mem_resize(p->interfaces, n ? 2 * n : 1, sizeof(*p->interfaces));
    p->interfaces[p->n_interfaces++] = i;
    return 0;
}

/* The bytes of a packet, which the cursor has come to. */
static int take_bytes(struct pcapng *p, struct cursor *c, struct pcapng_packet *packet)
{
    if (packet->captured > PACKET_BYTES_MAX)
        return bad(p, "holds more than the 256 KiB that a packet may have");
    packet->bytes = cursor_take(c, padded(packet->captured));
    if (c->short_read)
        return bad(p, "is shorter than its packet");
    return 1;
}

/* An enhanced packet, or the older block that it replaced. */
static int take_packet(struct pcapng *p, struct cursor *c, bool old,
                       struct pcapng_packet *packet)
{
    uint64_t ticks;
    int r;

    packet->interface = old ? get16(p, c) : get32(p, c);
    if (old)
        cursor_take(c, 2); /* drops */
    ticks = get_halves(p, c);
    packet->captured = get32(p, c);
    packet->length = get32(p, c);
    if (c->short_read)
        return bad(p, "is too short");
    if (packet->interface >= p->n_interfaces)
        return bad(p, "is of an interface that was not described");
    packet->timeless =
        !pcapng_to_ns(&p->interfaces[packet->interface], ticks, &packet->wall_ns);
    r = take_bytes(p, c, packet);
    if (r == 1 && packet_options(p, c, packet) < 0)
        return -EBADMSG;
    return r;
}

/* Of the first interface, cut where its snaplen says, without a time. */
static int take_simple(struct pcapng *p, struct cursor *c, struct pcapng_packet *packet)
{
    uint32_t snaplen;

    packet->length = get32(p, c);
    if (c->short_read)
        return bad(p, "is too short");
    if (!p->n_interfaces)
        return bad(p, "is of an interface that was not described");
    snaplen = p->interfaces[0].snaplen;
    packet->captured = snaplen && snaplen < packet->length ? snaplen : packet->length;
    packet->timeless = true;
    return take_bytes(p, c, packet);
}

static int take_body(struct pcapng *p, uint32_t type, struct cursor *c,
                     struct pcapng_packet *ret)
{
    switch (type) {
    case PCAPNG_SECTION:
        return take_section(p, c);
    case PCAPNG_INTERFACE:
        return take_interface(p, c);
    case PCAPNG_PACKET:
    case PCAPNG_OLD_PACKET:
        return take_packet(p, c, type == PCAPNG_OLD_PACKET, ret);
    case PCAPNG_SIMPLE_PACKET:
        return take_simple(p, c, ret);
    default:
        return 0;
    }
}

int pcapng_take(struct pcapng *p, const uint8_t *block, size_t len, struct pcapng_packet *ret)
{
    struct cursor c = cursor_over(block, len), end;
    struct pcapng_packet packet = {0};
    uint32_t type = get32(p, &c);
    int r;

    if (len < FRAME_BYTES || get32(p, &c) != len)
        return bad(p, "has an impossible length");
    end = cursor_over(block + len - 4, 4);
    if (get32(p, &end) != len)
        return bad(p, "says another length at its end");
    c = cursor_over(block + 8, len - FRAME_BYTES);
    r = take_body(p, type, &c, &packet);
    if (r == 1)
        *ret = packet;
    return r;
}
