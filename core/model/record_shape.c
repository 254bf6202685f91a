#include "core/model/record_shape.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/addr.h"
#include "core/base/mem.h"

#define TEXT_MAX UINT16_MAX
#define FIRST_ROOM 256

/* --- numbers and texts -------------------------------------------------------------------- */

void record_bytes_done(struct record_bytes *b)
{
    free(b->bytes);
    *b = (struct record_bytes){0};
}

void record_put(struct record_bytes *b, const void *bytes, size_t len)
{
    if (!len)
        return;
    if (len > b->room - b->len) {
        b->room = 2 * (b->len + len) + FIRST_ROOM;
        b->bytes = mem_resize(b->bytes, b->room, 1);
    }
    memcpy(b->bytes + b->len, bytes, len);
    b->len += len;
}

static void put_number(struct record_bytes *b, uint64_t n, size_t width)
{
    uint8_t bytes[sizeof(n)];

    for (size_t i = 0; i < width; i++)
        bytes[i] = (uint8_t)(n >> 8 * (width - 1 - i));
    record_put(b, bytes, width);
}

void record_put_u8(struct record_bytes *b, uint8_t n)
{
    put_number(b, n, sizeof(n));
}

void record_put_u32(struct record_bytes *b, uint32_t n)
{
    put_number(b, n, sizeof(n));
}

void record_put_u64(struct record_bytes *b, uint64_t n)
{
    put_number(b, n, sizeof(n));
}

static void put_text(struct record_bytes *b, const char *text, size_t len)
{
    put_number(b, len, sizeof(uint16_t));
    record_put(b, text, len);
}

void record_put_text(struct record_bytes *b, const char *text)
{
    size_t len = text ? strlen(text) : 0;

    put_text(b, text, len < TEXT_MAX ? len : TEXT_MAX);
}

void record_put_long(struct record_bytes *b, const void *bytes, size_t len)
{
    record_put_u32(b, (uint32_t)len);
    record_put(b, bytes, len);
}

const uint8_t *record_get_long(struct cursor *c, size_t *ret_len)
{
    size_t len = cursor_be32(c);

    *ret_len = len;
    return cursor_take(c, len);
}

void record_spoil(struct cursor *c)
{
    c->at = c->len;
    c->short_read = true;
}

static uint64_t get_number(struct cursor *c, size_t width)
{
    const uint8_t *p = cursor_take(c, width);
    uint64_t n = 0;

    for (size_t i = 0; p && i < width; i++)
        n = n << 8 | p[i];
    return n;
}

uint64_t record_get_u64(struct cursor *c)
{
    return get_number(c, sizeof(uint64_t));
}

const char *record_get_text(struct cursor *c, size_t *ret_len)
{
    size_t len = cursor_be16(c);
    const uint8_t *p = cursor_take(c, len);

    if (!p || memchr(p, '\0', len)) {
        record_spoil(c);
        return NULL;
    }
    *ret_len = len;
    return (const char *)p;
}

size_t record_get_count(struct cursor *c, size_t least)
{
    size_t n = cursor_be32(c);

    if (n <= cursor_left(c) / least)
        return n;
    record_spoil(c);
    return 0;
}

/* --- one field ---------------------------------------------------------------------------- */

static uint64_t load(const void *from, size_t width)
{
    uint8_t n8;
    uint16_t n16;
    uint32_t n32;
    uint64_t n64;

    switch (width) {
    case sizeof(n8):
        memcpy(&n8, from, width);
        return n8;
    case sizeof(n16):
        memcpy(&n16, from, width);
        return n16;
    case sizeof(n32):
        memcpy(&n32, from, width);
        return n32;
    default:
        memcpy(&n64, from, sizeof(n64));
        return n64;
    }
}

static void store(void *to, size_t width, uint64_t n)
{
    uint8_t n8 = (uint8_t)n;
    uint16_t n16 = (uint16_t)n;
    uint32_t n32 = (uint32_t)n;

    switch (width) {
    case sizeof(n8):
        memcpy(to, &n8, width);
        break;
    case sizeof(n16):
        memcpy(to, &n16, width);
        break;
    case sizeof(n32):
        memcpy(to, &n32, width);
        break;
    default:
        memcpy(to, &n, sizeof(n));
        break;
    }
}

static void put_addr(struct record_bytes *b, const struct addr *a)
{
    put_number(b, a->family, sizeof(a->family));
    if (a->family == AF_INET || a->family == AF_INET6)
        record_put(b, a->ip, sizeof(a->ip));
    else
        for (size_t i = 0; i < sizeof(a->number) / sizeof(a->number[0]); i++)
            record_put_u32(b, a->number[i]);
    record_put_u32(b, a->scope);
    put_number(b, a->port, sizeof(a->port));
}

static void get_addr(struct cursor *c, struct addr *a)
{
    const uint8_t *ip;

    a->family = cursor_u8(c);
    if (a->family == AF_INET || a->family == AF_INET6) {
        ip = cursor_take(c, sizeof(a->ip));
        if (ip)
            memcpy(a->ip, ip, sizeof(a->ip));
    } else {
        for (size_t i = 0; i < sizeof(a->number) / sizeof(a->number[0]); i++)
            a->number[i] = cursor_be32(c);
    }
    a->scope = cursor_be32(c);
    a->port = cursor_be16(c);
}

static void get_text(struct cursor *c, char *to, size_t size)
{
    size_t len;
    const char *text = record_get_text(c, &len);

    if (!text)
        return;
    if (len < size)
        memcpy(to, text, len); /* the rest is zero already */
    else
        record_spoil(c);
}

static void get_number_field(struct cursor *c, const struct record_field *f, void *to)
{
    uint64_t n = get_number(c, f->size);

    if (f->limit && n > f->limit)
        record_spoil(c);
    else
        store(to, f->size, n);
}

static void get_flag(struct cursor *c, bool *to)
{
    uint8_t n = cursor_u8(c);

    if (n > 1)
        record_spoil(c);
    else
        *to = n;
}

/* --- all of them -------------------------------------------------------------------------- */

void record_put_shape(struct record_bytes *b, const struct record_shape *shape,
                      const void *from)
{
    for (size_t i = 0; i < shape->n; i++) {
        const struct record_field *f = &shape->fields[i];
        const char *at = (const char *)from + f->at;

        switch (f->kind) {
        case FIELD_FLAG:
            record_put_u8(b, *(const bool *)at);
            break;
        case FIELD_TEXT:
            put_text(b, at, strnlen(at, f->size - 1U));
            break;
        case FIELD_BYTES:
            record_put(b, at, f->size);
            break;
        case FIELD_ADDR:
            put_addr(b, (const struct addr *)(const void *)at);
            break;
        case FIELD_SHAPE:
            record_put_shape(b, f->shape, at);
            break;
        default:
            put_number(b, load(at, f->size), f->size);
            break;
        }
    }
}

void record_get_shape(struct cursor *c, const struct record_shape *shape, void *to)
{
    for (size_t i = 0; i < shape->n && !c->short_read; i++) {
        const struct record_field *f = &shape->fields[i];
        char *at = (char *)to + f->at;
        const uint8_t *bytes;

        switch (f->kind) {
        case FIELD_FLAG:
            get_flag(c, (bool *)at);
            break;
        case FIELD_TEXT:
            get_text(c, at, f->size);
            break;
        case FIELD_BYTES:
            bytes = cursor_take(c, f->size);
            if (bytes)
                memcpy(at, bytes, f->size);
            break;
        case FIELD_ADDR:
            get_addr(c, (struct addr *)(void *)at);
            break;
        case FIELD_SHAPE:
            record_get_shape(c, f->shape, at);
            break;
        default:
            get_number_field(c, f, at);
            break;
        }
    }
}

size_t record_shape_bytes(const struct record_shape *shape)
{
    size_t sum = 0;

    for (size_t i = 0; i < shape->n; i++)
        sum += shape->fields[i].kind == FIELD_SHAPE ? record_shape_bytes(shape->fields[i].shape)
                                                    : shape->fields[i].size;
    return sum;
}

/* FNV-1a over what decides how it is written. */
uint32_t record_shape_digest(uint32_t before, const struct record_shape *shape)
{
    for (size_t i = 0; i < shape->n; i++) {
        const struct record_field *f = &shape->fields[i];

        before = (before ^ f->kind) * UINT32_C(16777619);
        before = (before ^ f->size) * UINT32_C(16777619);
        before = (before ^ (uint32_t)f->limit) * UINT32_C(16777619);
        if (f->kind == FIELD_SHAPE)
            before = record_shape_digest(before, f->shape);
    }
    return before;
}
