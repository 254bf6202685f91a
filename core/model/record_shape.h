/* core/model/record_shape.h - plain structs as bytes, field by field, and back.
 *
 * A table of fields says what is kept of a struct.  Numbers are big endian and as wide as their
 * member, texts have a length of two bytes.  What is read comes from outside: a number behind an
 * enum's end, a text longer than its member, a flag that is neither 0 nor 1 spoil the whole. */
#ifndef SOCKEYE_MODEL_RECORD_SHAPE_H
#define SOCKEYE_MODEL_RECORD_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/wire/cursor.h"

/* Bytes that grow.  All zero: empty. */
struct record_bytes {
    uint8_t *bytes;
    size_t len, room;
};

void record_bytes_done(struct record_bytes *b);
void record_put(struct record_bytes *b, const void *bytes, size_t len);
void record_put_u8(struct record_bytes *b, uint8_t n);
void record_put_u32(struct record_bytes *b, uint32_t n);
void record_put_u64(struct record_bytes *b, uint64_t n);
/* Cut at 65,535 bytes; NULL as "". */
void record_put_text(struct record_bytes *b, const char *text);

/* Of any length, with four bytes of it. */
void record_put_long(struct record_bytes *b, const void *bytes, size_t len);

uint64_t record_get_u64(struct cursor *c);
/* The length and the bytes, borrowed from what the cursor is over; no NUL stands among them or
 * behind them.  NULL: there is none, or it would hold a NUL; then the cursor is short. */
const char *record_get_text(struct cursor *c, size_t *ret_len);
/* As record_put_long() wrote it, borrowed. */
const uint8_t *record_get_long(struct cursor *c, size_t *ret_len);
/* What is counted is there at least `least` bytes each: else 0, and the cursor is short. */
size_t record_get_count(struct cursor *c, size_t least);
/* From here on the cursor is short: nothing of it is believed. */
void record_spoil(struct cursor *c);

enum record_field_kind {
    FIELD_NUMBER, /* of size bytes, 1, 2, 4 or 8; up to limit, 0: any */
    FIELD_SIGNED, /* likewise */
    FIELD_FLAG,   /* bool */
    FIELD_TEXT,   /* char[size] with its NUL */
    FIELD_BYTES,  /* size bytes as they are */
    FIELD_ADDR,   /* struct addr */
    FIELD_SHAPE,  /* a struct of its own: shape */
};

struct record_shape;

struct record_field {
    uint16_t kind;
    uint32_t at, size;
    uint64_t limit; /* of a number: the largest that is possible; 0: any */
    const struct record_shape *shape;
};

struct record_shape {
    const struct record_field *fields;
    size_t n;
};

#define MEMBER_SIZE(type, member) sizeof(((type *)0)->member)
#define RECORD_FIELD(kind, type, member, limit, shape)                                         \
    {                                                                                          \
        kind, (uint32_t)offsetof(type, member), (uint32_t)MEMBER_SIZE(type, member), limit,    \
            shape                                                                              \
    }
#define RECORD_NUMBER(type, member) RECORD_FIELD(FIELD_NUMBER, type, member, 0, NULL)
#define RECORD_SIGNED(type, member) RECORD_FIELD(FIELD_SIGNED, type, member, 0, NULL)
/* An enum with `count` values, or a number that is less. */
#define RECORD_ENUM(type, member, count)                                                       \
    RECORD_FIELD(FIELD_NUMBER, type, member, (uint64_t)(count)-1, NULL)
#define RECORD_FLAG(type, member) RECORD_FIELD(FIELD_FLAG, type, member, 0, NULL)
#define RECORD_TEXT(type, member) RECORD_FIELD(FIELD_TEXT, type, member, 0, NULL)
#define RECORD_BYTES(type, member) RECORD_FIELD(FIELD_BYTES, type, member, 0, NULL)
#define RECORD_ADDR(type, member) RECORD_FIELD(FIELD_ADDR, type, member, 0, NULL)
#define RECORD_SHAPE(type, member, shape) RECORD_FIELD(FIELD_SHAPE, type, member, 0, shape)
#define RECORD_SHAPE_OF(table)                                                                 \
    {                                                                                          \
        table, sizeof(table) / sizeof((table)[0])                                              \
    }

void record_put_shape(struct record_bytes *b, const struct record_shape *shape,
                      const void *from);
/* Into a zeroed struct, which is whole only where the cursor is not short in the end. */
void record_get_shape(struct cursor *c, const struct record_shape *shape, void *to);

/* How many bytes of the struct it keeps: a member that is missing shows. */
size_t record_shape_bytes(const struct record_shape *shape);
/* A number that another build has too if it keeps the same fields in the same way. */
uint32_t record_shape_digest(uint32_t before, const struct record_shape *shape);

#endif
