/* Every field that comes out has its explanation, too.
 *
 * Input: link type, how many bytes the capture cut off, then the packet. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/model/topics.h"
#include "core/wire/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition)
        abort();
}

static void check_fields(const struct dissection *d, size_t captured)
{
    for (size_t i = 0; i < d->n_fields; i++) {
        const struct field *f = &d->fields[i];

        require((size_t)f->offset + f->length <= captured);
        require(f->depth <= 3 && f->validity <= FIELD_UNCHECKED);
        require(f->value_at < d->text_used);
        require(memchr(field_value(d, f), '\0', d->text_used - f->value_at) != NULL);
    }
}

/* The texts are where the program finds them, when it is run from the tree. */
static void check_explained(const struct dissection *d)
{
    const char *layer = NULL;

    if (!topic_count())
        require(topics_load(NULL) == 0);
    for (size_t i = 0; i < d->n_fields; i++) {
        const struct field *f = &d->fields[i];

        layer = f->depth == 0 ? f->name : layer;
        if (topic_find(TOPIC_FIELD, layer, f->name))
            continue;
        fprintf(stderr, "nothing explains the field \"%s\" of %s\n", f->name, layer);
        abort();
    }
}

static void check(const struct dissection *d, size_t captured)
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t links[] = {1, 0, 101, 108, 113, 228, 229, 276, 147};
    static struct dissection all, plain;
    size_t length, captured;
    uint16_t link;
    uint8_t *exact;

    if (size < 2)
        return 0;
    link = links[data[0] % (sizeof(links) / sizeof(links[0]))];
    length = size - 2;
    captured = length - (data[1] < length ? data[1] : length);
    exact = malloc(captured ? captured : 1);
    require(exact != NULL);
    memcpy(exact, data + 2, captured);
    decode(exact, captured, length, link, DECODE_INFO | DECODE_FIELDS, &all);
    decode(exact, captured, length, link, DECODE_FLOW, &plain);
    free(exact);
    check(&all, captured);
    check_explained(&all);
    check(&plain, captured);
    require(all.has_flow == plain.has_flow && all.payload_claimed == plain.payload_claimed);
    require(memcmp(&all.flow, &plain.flow, sizeof(all.flow)) == 0);
    require(memcmp(&all.tcp, &plain.tcp, sizeof(all.tcp)) == 0);
    require(strcmp(all.protocol, plain.protocol) == 0);
    require(all.payload_at == plain.payload_at && all.has_icmp == plain.has_icmp);
    require(all.has_ttl == plain.has_ttl && all.ttl == plain.ttl);
    require(all.has_fragment == plain.has_fragment);
    (void)field_at(&all, captured / 2);
    return 0;
}
