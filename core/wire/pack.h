/* core/wire/pack.h - values to bytes and back, by a format in the language of Python's struct.
 *
 * Pure: no I/O, no clock.  The language is that of Python 3.11 (docs.python.org/3.11/library/
 * struct.html): an order character @ = < > ! in front; blanks between codes; a count before a
 * code; x c b B ? h H i I l L q Q e f d s p, with @ also n N P.  @, which is the default, means
 * the byte order, sizes and alignment of this machine; the others have standard sizes and no
 * alignment.  Of s and p the count is a length, of the other codes so many values.
 *
 * Unlike there, what a format describes has a limit.  As there, and as a cast in C, @f turns what
 * is too large for a float into an infinity, where =f <f >f refuse it. */
#ifndef SOCKEYE_WIRE_PACK_H
#define SOCKEYE_WIRE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

/* A format longer than this, or of more bytes, is an error. */
#define PACK_FORMAT_BYTES (64U << 10)
#define PACK_BYTES_MAX (1U << 20)

/* One code of a format, padding included. */
struct pack_item {
    char code;
    size_t count;  /* as written, 1 without: values, pad bytes, or of s and p the length */
    size_t bytes;  /* of one value; of s and p the length */
    size_t offset; /* of its first byte, alignment done */
    size_t place;  /* of the code in the format, in characters from 1 */
};

struct pack_format {
    struct pack_item *items; /* owned */
    size_t n_items;
    size_t n_values;
    size_t n_bytes;
    bool big_endian, native;
};

/* Returns 0 with a format for pack_format_done(), or -EINVAL with the place in err. */
int pack_format_parse(const char *text, struct pack_format *ret, struct err *err);
void pack_format_done(struct pack_format *f);

/* One value of a format. */
struct pack_slot {
    char code;
    size_t bytes, offset, place; /* as of its item, the offset its own */
    size_t number;               /* of the value, from 1 */
    bool big_endian, native;
};

/* A walk over the values: begin with {0}; false behind the last. */
struct pack_walk {
    size_t item, done, number;
};
bool pack_next(const struct pack_format *f, struct pack_walk *w, struct pack_slot *ret);

enum pack_kind {
    PACK_INTEGER, /* b B h H i I l L q Q n N P */
    PACK_REAL,    /* e f d */
    PACK_TRUTH,   /* ? */
    PACK_TEXT,    /* c s p */
};
enum pack_kind pack_kind(char code);

struct pack_value {
    enum pack_kind kind;
    bool negative, truth;
    uint64_t magnitude;  /* of an integer */
    double real;         /* a NaN keeps its sign */
    const uint8_t *text; /* borrowed */
    size_t len;
};

/* Write a value of the slot's kind to its place in bytes, which has the n_bytes of the format.
 * s pads with zeros and cuts; p does the same behind a length byte, which says 255 at most.
 * Returns 0, or -EINVAL for a number that does not fit the code and for a c that is not one byte;
 * err then names value and code, and bytes are unchanged. */
int pack_put(const struct pack_slot *slot, const struct pack_value *value, uint8_t *bytes,
             struct err *err);

/* Read it back.  A text points into bytes. */
struct pack_value pack_get(const struct pack_slot *slot, const uint8_t *bytes);

/* The least and the greatest integer of a code: *ret_least is how far it goes below zero. */
void pack_range(const struct pack_slot *slot, uint64_t *ret_least, uint64_t *ret_greatest);

#endif
