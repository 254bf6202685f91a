/* Packets from a pcapng file, block by block, where they lie in the buffer. */
#include <errno.h>
#include <string.h>

#include "core/wire/cursor.h"
#include "core/wire/pcapng.h"
#include "probes/capture_read.h"

#define LINKTYPE_ETHERNET 1

struct block {
    uint32_t type, length;
    const uint8_t *bytes; /* until the source is asked again */
    uint64_t offset;
};

static int bad(struct capture_reading *r, const struct pcapng *p, const struct block *b,
               struct err *err)
{
    return capture_reading_bad(r, err, pcapng_type_name(b->type), b->offset, "%s", p->why);
}

/* Returns 1 and a block, 0 at the end of the file, or negative errno. */
static int next_block(struct capture_reading *r, struct pcapng *p, struct block *ret,
                      struct err *err)
{
    struct capture_source *s = &r->source;
    struct block b = {.offset = s->offset};
    size_t got = capture_source_need(s, PCAPNG_HEAD_BYTES);

    if (!got && !s->error)
        return 0;
    if (got < PCAPNG_HEAD_BYTES)
        return capture_reading_bad(r, err, "block", b.offset,
                                   "is cut short: the file ends after %zu bytes of it", got);
    if (pcapng_begin(p, capture_source_bytes(s), &b.type, &b.length) < 0)
        return bad(r, p, &b, err);
    got = capture_source_need(s, b.length);
    if (got < b.length)
        return capture_reading_bad(r, err, pcapng_type_name(b.type), b.offset,
                                   "is cut short: the file ends after %zu of its %u bytes", got,
                                   b.length);
    b.bytes = capture_source_bytes(s);
    *ret = b;
    return 1;
}

/* What a file is like is told before anything in it is: look whether the block behind the first
 * section's header describes an interface, as it does in nearly every file. */
static int tell_shape(struct capture_reading *r, const struct pcapng *p, uint32_t length,
                      struct err *err)
{
    int rc = 0;

    struct pcapng ahead = {.in_section = true, .big_endian = p->big_endian};
    struct pcapng_packet none;
    uint32_t type, next = PCAPNG_HEAD_BYTES;

    r->shape.format = CAPTURE_PCAPNG;
    r->shape.big_endian = p->big_endian;
    r->shape.link_type = LINKTYPE_ETHERNET;
    if (capture_source_need(&r->source, length + next) >= length + next &&
        pcapng_begin(&ahead, capture_source_bytes(&r->source) + length, &type, &next) == 0 &&
        type == PCAPNG_INTERFACE &&
        capture_source_need(&r->source, length + next) >= length + next &&
        pcapng_take(&ahead, capture_source_bytes(&r->source) + length, next, &none) == 0) {
        r->shape.link_type = ahead.interfaces[0].link_type;
        r->shape.snaplen = ahead.interfaces[0].snaplen;
        r->shape.microseconds = ahead.interfaces[0].resolution == 6;
        rc = capture_match_add(&r->match, r->shape.link_type, NULL, err);
    }
    pcapng_done(&ahead);
    if (rc == 0)
        capture_reading_shape(r);
    return rc;
}

static int take_other(struct capture_reading *r, const struct pcapng *p, const struct block *b,
                      struct err *err)
{
    const struct capture_block block = {
        .bytes = b->bytes, .len = b->length, .big_endian = p->big_endian};

    if (r->to->block)
        r->to->block(r->ctx, &block);
    if (b->type != PCAPNG_INTERFACE)
        return 0;
    return capture_match_add(&r->match, p->interfaces[p->n_interfaces - 1].link_type, NULL,
                             err);
}

static void take_packet(struct capture_reading *r, const struct pcapng *p,
                        const struct pcapng_packet *packet)
{
    const struct pcapng_interface *interface = &p->interfaces[packet->interface];
    struct packet record = {.wall_ns = packet->wall_ns,
                            .length = packet->length,
                            .captured = packet->captured,
                            .link_type = interface->link_type,
                            .interface = (uint16_t)packet->interface};
    struct packet_facts facts = {.packet = &record,
                                 .bytes = packet->bytes,
                                 .captured = packet->captured,
                                 .interface = *interface->name ? interface->name : NULL,
                                 .comment = packet->comment,
                                 .extra = packet->extra.len ? &packet->extra : NULL,
                                 .timeless = packet->timeless};

    capture_reading_packet(r, &facts);
}

/* One block of any kind.  Returns 0 or negative errno. */
static int take_block(struct capture_reading *r, struct pcapng *p, struct block *b,
                      struct err *err)
{
    struct pcapng_packet packet;
    int rc;

    if (b->offset == 0) {
        rc = tell_shape(r, p, b->length, err);
        if (rc < 0)
            return rc;
        b->bytes = capture_source_bytes(&r->source);
    }
    rc = pcapng_take(p, b->bytes, b->length, &packet);
    if (rc < 0)
        return bad(r, p, b, err);
    if (rc == 0)
        return take_other(r, p, b, err);
    take_packet(r, p, &packet);
    return 0;
}

int capture_read_pcapng(struct capture_reading *r, struct err *err)
{
    struct pcapng p = {0};
    struct block b = {0};
    int rc = 1;

    while (rc == 1 && !r->enough) {
        rc = next_block(r, &p, &b, err);
        if (rc != 1)
            break;
        rc = take_block(r, &p, &b, err);
        if (rc == 0) {
            capture_source_pass(&r->source, b.length);
            rc = 1;
        }
    }
    /* A filter that is none is wrong however few packets there are. */
    if (rc == 0 && !r->match.n)
        rc = capture_match_add(&r->match, LINKTYPE_ETHERNET, NULL, err);
    pcapng_done(&p);
    return rc < 0 ? rc : 0;
}
