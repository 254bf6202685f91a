/* core/net/load_pattern.c - what goes out: bytes that repeat after a period, so that any piece of
 * an endless stream lies in memory in one piece, and can be compared with what comes back. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/net/load_internal.h"

/* Primes: messages of one length begin in ever other places, unless that is a multiple. */
#define PERIOD 65521U
#define OTHER_PERIOD 65519U
/* The first bytes of connections lie this far apart. */
#define STRIDE 97U

static void repeat(struct out *out)
{
    for (size_t i = out->period; i < out->period + LOAD_CHUNK_BYTES; i++)
        out->bytes[i] = out->bytes[i - out->period];
}

void out_fill_pattern(struct out *out, uint64_t unit_bytes)
{
    uint32_t x = 2463534242U; /* Marsaglia's xorshift: noise, the same in every run */

    out->period = unit_bytes % PERIOD ? PERIOD : OTHER_PERIOD;
    out->stride = STRIDE;
    out->bytes = mem_new(out->period + LOAD_CHUNK_BYTES, 1);
    for (size_t i = 0; i < out->period; i++) {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        out->bytes[i] = (uint8_t)x;
    }
    repeat(out);
}

void out_fill_request(struct out *out, const void *bytes, size_t len)
{
    out->period = len;
    out->stride = 0;
    out->bytes = mem_new(len + LOAD_CHUNK_BYTES, 1);
    memcpy(out->bytes, bytes, len);
    repeat(out);
}

const uint8_t *out_at(const struct conn *c, uint64_t place)
{
    const struct out *out = &c->load->out;

    return out->bytes + ((uint64_t)c->seed * out->stride + place) % out->period;
}

size_t out_compare(const struct conn *c, uint64_t place, const uint8_t *bytes, size_t len)
{
    const uint8_t *expected = out_at(c, place);
    size_t i = 0;

    if (memcmp(bytes, expected, len) == 0)
        return len;
    while (bytes[i] == expected[i])
        i++;
    return i;
}
