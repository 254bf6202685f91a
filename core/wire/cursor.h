/* core/wire/cursor.h - the one way to read bytes from outside.
 *
 * A read behind the end gives 0 and sets `short_read`, which stays set: read a whole header,
 * then look once. */
#ifndef SOCKEYE_WIRE_CURSOR_H
#define SOCKEYE_WIRE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cursor {
    const uint8_t *bytes;
    size_t len, at;
    bool short_read;
};

static inline struct cursor cursor_over(const void *bytes, size_t len)
{
    return (struct cursor){.bytes = bytes, .len = len};
}

static inline size_t cursor_left(const struct cursor *c)
{
    return c->len - c->at;
}

/* n bytes, or NULL; the cursor moves behind them. */
static inline const uint8_t *cursor_take(struct cursor *c, size_t n)
{
    const uint8_t *p = c->bytes + c->at;

    if (n > cursor_left(c)) {
        c->short_read = true;
        c->at = c->len;
        return NULL;
    }
    c->at += n;
    return p;
}

static inline uint8_t cursor_u8(struct cursor *c)
{
    const uint8_t *p = cursor_take(c, 1);

    return p ? p[0] : 0;
}

static inline uint16_t cursor_be16(struct cursor *c)
{
    const uint8_t *p = cursor_take(c, 2);

    if (!p)
        return 0;
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t cursor_be32(struct cursor *c)
{
    const uint8_t *p = cursor_take(c, 4);

    return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3] : 0;
}

#endif
