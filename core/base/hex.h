/* core/base/hex.h - bytes written as hex digits, and read from however people paste them. */
#ifndef SOCKEYE_BASE_HEX_H
#define SOCKEYE_BASE_HEX_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

/* The value of a hex digit in either case; -1 for any other character. */
int hex_digit(char c);

/* Two lowercase digits a byte and a NUL: out has 2 * len + 1 bytes.  Returns out. */
const char *hex_write(const void *bytes, size_t len, char *out);

/* Read len characters of sloppy hex: "48 65 6c", "48656c", "0x48,0x65", "\x48\x65", "48:65",
 * also over several lines.  A run of digits is any number of whole bytes in the order written; a
 * lone digit is a byte of its own; three or any greater odd number of digits is an error, because
 * it could mean either end.  Blanks and , : ; - may stand between runs, 0x or \x in front of them.
 * No byte at all is fine.
 *
 * Returns 0, -EINVAL for what is no hex, or -EMSGSIZE for more than `room` bytes; err then names the
 * place, counted in characters from 1, and `out` holds nothing of meaning. */
int hex_read(const char *text, size_t len, uint8_t *out, size_t room, size_t *ret_len,
             struct err *err);

#endif
