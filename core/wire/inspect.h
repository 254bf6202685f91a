/* core/wire/inspect.h - what the bytes at an offset would be, read in every common way.
 *
 * Pure.  What would reach behind the end of the bytes is unknown, "-", never 0. */
#ifndef SOCKEYE_WIRE_INSPECT_H
#define SOCKEYE_WIRE_INSPECT_H

#include <stddef.h>
#include <stdint.h>

enum inspect_what {
    INSPECT_U8,
    INSPECT_I8,
    INSPECT_CHARACTER, /* UTF-8: "H U+0048"; "not UTF-8" */
    INSPECT_IPV4,
    /* From here on there are two byte orders. */
    INSPECT_U16,
    INSPECT_I16,
    INSPECT_U32,
    INSPECT_I32,
    INSPECT_U64,
    INSPECT_I64,
    INSPECT_FLOAT,
    INSPECT_DOUBLE,
    INSPECT_COUNT
};

#define INSPECT_VALUE_BYTES 40

struct inspection {
    const char *name; /* "u16" */
    int columns;      /* that the longest value takes */
    char big[INSPECT_VALUE_BYTES];
    char little[INSPECT_VALUE_BYTES]; /* "" for what has no byte order */
};

/* Read the bytes from `at` on; all of it is printable, and "-" when at is behind the end. */
void inspect(const uint8_t *bytes, size_t len, size_t at, struct inspection ret[INSPECT_COUNT]);

#endif
