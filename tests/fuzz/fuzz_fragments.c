/* Input: part after part: flags, offset and length in eights, an odd end; then the part's bytes.
 *
 * Whatever comes, a datagram that is given out has each of its bytes from the packet that it
 * names, and the table stays within its bounds. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/wire/fragments.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PACKETS_MAX 4096
#define DATAGRAMS 8
#define BYTES 20000

enum {
    FLAG_MORE = 1,
    FLAG_V6 = 2,
    FLAG_OTHER = 4,
    FLAG_CUT = 8,
    FLAG_LATER = 16,
    FLAG_FAR = 32
};

struct sent {
    uint32_t offset, len; /* captured bytes */
    const uint8_t *bytes;
};

static struct sent packets[PACKETS_MAX];

static void require(int condition)
{
    if (!condition)
        abort();
}

static void check_datagram(const struct datagram *g)
{
    static struct dissection all, plain;
    uint32_t at = 0;

    require(g->n_parts > 0 && g->n_parts <= FRAGMENTS_PARTS);
    require(g->captured <= g->len && g->len <= FRAGMENTS_DATAGRAM_BYTES);
    for (size_t i = 0; i < g->n_parts; i++) {
        const struct datagram_part *p = &g->parts[i];
        const struct sent *s = &packets[p->packet];

        require(p->offset == at && p->len > 0);
        for (uint32_t j = at; j < at + p->len && j < g->captured; j++)
            require(j >= s->offset && j - s->offset < s->len &&
                    g->bytes[j] == s->bytes[j - s->offset]);
        at += p->len;
    }
    require(at == g->len);
    decode_datagram(g, DECODE_FIELDS, &all);
    decode_datagram(g, DECODE_FLOW, &plain);
    require(all.reassembled && all.has_flow);
    require(memcmp(&all.flow, &plain.flow, sizeof(all.flow)) == 0);
    require(strcmp(all.protocol, plain.protocol) == 0);
    for (size_t i = 0; i < all.n_fields; i++)
        require((size_t)all.fields[i].offset + all.fields[i].length <= g->captured);
}

/* The facts that a decoder would have found. */
static void facts(struct dissection *d, uint8_t flags, uint8_t offset, uint32_t claimed,
                  uint32_t len)
{
    static const uint8_t ip[2][16] = {{10, 0, 0, 1}, {10, 0, 0, 2}};
    int family = flags & FLAG_V6 ? AF_INET6 : AF_INET;

    memset(&d->fragment, 0, sizeof(d->fragment));
    d->has_fragment = true;
    d->reassembled = false;
    d->fragment.source = addr_make(family, ip[0], 0);
    d->fragment.destination = addr_make(family, ip[1], 0);
    d->fragment.id = flags & FLAG_OTHER ? 2 : 1;
    d->fragment.offset = offset * 8U + (flags & FLAG_FAR ? 63000 : 0);
    d->fragment.more = flags & FLAG_MORE;
    d->fragment.protocol = flags & FLAG_OTHER ? 6 : 17;
    d->fragment.claimed = claimed;
    d->fragment.len = len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dissection d;
    struct fragments *f = fragments_new(DATAGRAMS, BYTES);
    struct datagram g;
    uint64_t now_ns = 1;
    size_t at = 0, waiting, bytes;

    for (size_t n = 0; n < PACKETS_MAX && size - at >= 4; n++) {
        const uint8_t *head = data + at;
        uint32_t claimed = head[2] * 8U + head[3] % 8, there;

        at += 4;
        there = claimed < size - at ? claimed : (uint32_t)(size - at);
        if (head[0] & FLAG_CUT)
            there /= 2;
        if (head[0] & FLAG_LATER)
            now_ns += FRAGMENTS_TIMEOUT_NS / 3;
        facts(&d, head[0], head[1], claimed, there);
        packets[n] = (struct sent){d.fragment.offset, there, data + at};
        if (fragments_add(f, n, now_ns, data + at, &d, &g))
            check_datagram(&g);
        waiting = fragments_waiting(f, &bytes);
        require(waiting <= DATAGRAMS && bytes <= BYTES);
        at += there;
    }
    fragments_free(f);
    return 0;
}
