/* tests/fuzz/packets.h - packets of raw IPv4 around what a fuzzer gives, and what must hold of
 * every packet that was decoded. */
#ifndef SOCKEYE_TESTS_FUZZ_PACKETS_H
#define SOCKEYE_TESTS_FUZZ_PACKETS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/model/topics.h"
#include "core/wire/decode.h"

#define PACKETS_LINK_RAW 101 /* LINKTYPE_RAW */
#define PACKETS_HEADERS 40   /* of IPv4 and TCP */

static inline void require(bool condition)
{
    if (!condition)
        abort();
}

static inline void put_be16(uint8_t *at, size_t n)
{
    at[0] = (uint8_t)(n >> 8);
    at[1] = (uint8_t)n;
}

/* One segment or datagram between 10.0.0.1 and 10.0.0.2; no checksums, as a card is left to fill
 * them in. */
struct fuzz_packet {
    bool tcp, back; /* back: from the second to the first */
    uint16_t port[2];
    uint32_t seq, ack;
    uint8_t flags;
    uint16_t window;
};

/* Returns the length of the packet in out, which has room for PACKETS_HEADERS beside the payload. */
static inline size_t fuzz_packet_make(const struct fuzz_packet *p, const uint8_t *payload,
                                      size_t len, uint8_t *out)
{
    size_t head = p->tcp ? 20 : 8;

    memset(out, 0, 20 + head);
    out[0] = 0x45;
    put_be16(out + 2, 20 + head + len);
    out[8] = 64;
    out[9] = p->tcp ? IPPROTO_TCP : IPPROTO_UDP;
    memcpy(out + 12, (uint8_t[]){10, 0, 0, p->back ? 2 : 1, 10, 0, 0, p->back ? 1 : 2}, 8);
    put_be16(out + 20, p->port[p->back]);
    put_be16(out + 22, p->port[!p->back]);
    if (p->tcp) {
        put_be16(out + 24, p->seq >> 16);
        put_be16(out + 26, p->seq);
        put_be16(out + 28, p->ack >> 16);
        put_be16(out + 30, p->ack);
        out[32] = 5 << 4;
        out[33] = p->flags;
        put_be16(out + 34, p->window);
    } else {
        put_be16(out + 24, head + len);
    }
    memcpy(out + 20 + head, payload, len);
    return 20 + head + len;
}

/* --- what was decoded ------------------------------------------------------------------- */

static inline void check_fields(const struct dissection *d, size_t captured)
{
    for (size_t i = 0; i < d->n_fields; i++) {
        const struct field *f = &d->fields[i];

        require((size_t)f->offset + f->length <= captured);
        require(f->depth <= 3 && f->validity <= FIELD_UNCHECKED);
        require(f->value_at < d->text_used);
        require(memchr(field_value(d, f), '\0', d->text_used - f->value_at) != NULL);
    }
}

static inline void check_dissection(const struct dissection *d, size_t captured)
{
    require(d->protocol != NULL);
    require(memchr(d->info, '\0', sizeof(d->info)) != NULL);
    for (const char *c = d->info; *c; c++)
        require(*c >= ' ' && *c <= '~');
    require(d->payload_len <= d->payload_claimed);
    require(!d->payload_len || (size_t)d->payload_at + d->payload_len <= captured);
    require(d->n_fields <= DISSECTION_FIELDS && d->text_used <= DISSECTION_TEXT_BYTES);
    require(!d->has_tcp || d->has_flow);
    require(d->tcp.n_sacks <= TCP_SACKS);
    require(!d->has_fragment || (d->fragment.len <= d->fragment.claimed &&
                                 (size_t)d->fragment.at + d->fragment.len <= captured));
    check_fields(d, captured);
}

/* Names are constants: each is looked up about once. */
static inline bool is_explained(const char *layer, const char *name)
{
    static const char *known[1024][2];
    const char **slot = known[((uintptr_t)layer ^ (uintptr_t)name >> 2) % 1024];

    if (slot[0] == layer && slot[1] == name)
        return true;
    if (!topic_find(TOPIC_FIELD, layer, name))
        return false;
    slot[0] = layer;
    slot[1] = name;
    return true;
}

/* The texts are where the program finds them, when it is run from the tree. */
static inline void check_explained(const struct dissection *d)
{
    const char *layer = NULL;

    if (!topic_count())
        require(topics_load(NULL) == 0);
    for (size_t i = 0; i < d->n_fields; i++) {
        const struct field *f = &d->fields[i];

        layer = f->depth == 0 ? f->name : layer;
        if (is_explained(layer, f->name))
            continue;
        fprintf(stderr, "nothing explains the field \"%s\" of %s\n", f->name, layer);
        abort();
    }
}

#endif
