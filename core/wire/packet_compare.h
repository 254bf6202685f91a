/* core/wire/packet_compare.h - two packets field by field.
 *
 * Fields are paired by name within layers that are paired themselves, in the order in which
 * they stand.  Pure. */
#ifndef SOCKEYE_WIRE_PACKET_COMPARE_H
#define SOCKEYE_WIRE_PACKET_COMPARE_H

#include "core/wire/decode.h"

enum compared {
    COMPARED_SAME,
    COMPARED_DIFFERS, /* the same field with another value or another validity */
    COMPARED_ONLY_FIRST,
    COMPARED_ONLY_SECOND,
};

struct compared_field {
    uint8_t how;                        /* enum compared */
    const struct field *first, *second; /* NULL where there is none; of the dissections */
};

/* Each field of both stands in it. */
#define COMPARED_FIELDS (2 * DISSECTION_FIELDS)

/* Two packets decoded with DECODE_FIELDS; returns how many of ret are filled. */
size_t packet_compare(const struct dissection *a, const struct dissection *b,
                      struct compared_field ret[COMPARED_FIELDS]);

#endif
