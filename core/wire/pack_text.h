/* core/wire/pack_text.h - the values of a format as people write and read them.
 *
 * Integers are decimal, 0x, 0b or 0o with an optional sign; floats as strtod(3) takes them, with
 * "inf" and "nan"; truths are true, false, 1 or 0.  Texts (c s p) are text with the escapes of
 * text_unescape(), or 0x and pairs of hex digits; text that begins with 0x is written \x30x. */
#ifndef SOCKEYE_WIRE_PACK_TEXT_H
#define SOCKEYE_WIRE_PACK_TEXT_H

#include "core/base/err.h"
#include "core/base/text.h"
#include "core/wire/pack.h"

/* Read a value for the slot.  A text is decoded in place: *ret then points into word.  Returns 0,
 * or -EINVAL for what is no such value or past 64 bits or a double; err names word, code and place.  Whether it fits the code is for pack_put() to say. */
int pack_text_read(const struct pack_slot *slot, char *word, struct pack_value *ret,
                   struct err *err);

/* Write a value so that pack_text_read() reads it again, printable throughout.  out has
 * PACK_TEXT_BYTES(slot->bytes).  Returns out. */
#define PACK_TEXT_BYTES(bytes) (TEXT_ESCAPED_BYTES(bytes) + 64)
const char *pack_text_write(const struct pack_value *value, char *out);

#endif
