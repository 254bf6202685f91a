/* core/message/json_write.h - JSON written, and JSON written anew in another style.
 *
 * Characters that are not ASCII stay as they are.  Numbers keep every digit: what was read is
 * copied, not converted. */
#ifndef SOCKEYE_MESSAGE_JSON_WRITE_H
#define SOCKEYE_MESSAGE_JSON_WRITE_H

#include "core/message/json.h"

/* Begin with all zero; the bytes are the owner's to free(). */
struct json_writer {
    char *bytes;
    size_t len, room;
};

enum json_style {
    JSON_COMPACT, /* {"a":1,"b":2} */
    JSON_SPACED,  /* {"a": 1, "b": 2}, what Python writes */
    JSON_PRETTY   /* a line for each member */
};

void json_write(struct json_writer *w, const char *bytes, size_t len);
void json_write_text(struct json_writer *w, const char *text);

/* One character as an escape of a string: \n, \u00e9, two of them where UTF-16 needs two. */
void json_write_escape(struct json_writer *w, uint32_t code);

/* A string, quoted.  The text is UTF-8 and may hold NUL.  With `printable` characters that must
 * not reach a terminal or a log (text_printable()) are escaped, not only those JSON demands. */
void json_write_string(struct json_writer *w, const char *text, size_t len, bool printable);

/* Everything that the reader reads.  Returns as json_next(); what was written before a failure
 * stays. */
int json_rewrite(struct json_writer *w, struct json_reader *r, enum json_style style,
                 bool printable);

#endif
