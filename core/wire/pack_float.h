/* core/wire/pack_float.h - IEEE 754 numbers of 2, 4 and 8 bytes as bits, and their text.
 *
 * Sets binary16, binary32 and binary64 of IEEE 754-2008; rounding is to the nearest, ties to the
 * even one. */
#ifndef SOCKEYE_WIRE_PACK_FLOAT_H
#define SOCKEYE_WIRE_PACK_FLOAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* bytes is 2, 4 or 8.  False when a finite x is too large for them, or with `overflows` set an
 * infinity instead. */
bool pack_float_bits(size_t bytes, double x, bool overflows, uint64_t *ret_bits);
double pack_float_value(size_t bytes, uint64_t bits);

/* The shortest decimal from which the same number of so many bytes is read again, whatever the
 * locale: "0.1", "1e+300", "100000.0", "nan", "-inf".  Returns buf. */
#define PACK_FLOAT_TEXT_BYTES 40
const char *pack_float_text(size_t bytes, double x, char buf[PACK_FLOAT_TEXT_BYTES]);

/* strtod(3) whatever the locale: how many bytes of text were a number, 0: none.  False when it is
 * too large for a double. */
bool pack_float_read(const char *text, double *ret, size_t *ret_used);

#endif
