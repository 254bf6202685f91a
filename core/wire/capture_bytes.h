/* core/wire/capture_bytes.h - the bytes of a capture file as they are made, in either order. */
#ifndef SOCKEYE_WIRE_CAPTURE_BYTES_H
#define SOCKEYE_WIRE_CAPTURE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/base/mem.h"

struct capture_bytes {
    uint8_t *bytes; /* release with free() */
    size_t used, room;
    bool big_endian;
};

/* n more bytes, to be filled. */
static inline uint8_t *capture_bytes_add(struct capture_bytes *b, size_t n)
{
    uint8_t *at;

    if (n > b->room - b->used) {
        b->room = 2 * (b->used + n);
        b->bytes = mem_resize(b->bytes, b->room, 1);
    }
    at = b->bytes + b->used;
    b->used += n;
    return at;
}

static inline void capture_bytes_copy(struct capture_bytes *b, const void *from, size_t n)
{
    if (n)
        memcpy(capture_bytes_add(b, n), from, n);
}

static inline void capture_bytes_16(struct capture_bytes *b, uint16_t n)
{
    n = b->big_endian ? __builtin_bswap16(n) : n;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    n = __builtin_bswap16(n);
#endif
    memcpy(capture_bytes_add(b, sizeof(n)), &n, sizeof(n));
}

static inline void capture_bytes_32(struct capture_bytes *b, uint32_t n)
{
    n = b->big_endian ? __builtin_bswap32(n) : n;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    n = __builtin_bswap32(n);
#endif
    memcpy(capture_bytes_add(b, sizeof(n)), &n, sizeof(n));
}

#endif
