/* core/message/describe.h - a message as lines of text, each with the bytes that it shows.
 *
 *     length   0..1      the header has 104 bytes
 *     header   2..105    {"byteorder": "little", ...}
 *       byteorder        "little"                       (one line for each field)
 *     content  106..146  {"action":"search","value":"ring"}
 *
 * Printable whatever the message holds.  Pure functions. */
#ifndef SOCKEYE_MESSAGE_DESCRIBE_H
#define SOCKEYE_MESSAGE_DESCRIBE_H

#include "core/message/message.h"

#define DESCRIBE_NAME_BYTES 40
#define DESCRIBE_TEXT_BYTES 400
#define DESCRIBE_LINES_MAX                                                                     \
    64 /* a header with more fields ends in a line that counts the rest */

struct describe_line {
    struct message_part part; /* the bytes; len 0: none */
    bool is_field;            /* a field of the header, below it */
    bool is_wrong;            /* the text says what is wrong with the bytes */
    char name[DESCRIBE_NAME_BYTES];
    char text[DESCRIBE_TEXT_BYTES]; /* "..." at the end: cut */
};

/* Returns how many lines there are, at least the three parts.  Of a message that has not come
 * whole, or is none, the parts hold what there is of them and say how much that is. */
size_t describe_message(const struct message *m, const struct message_limits *limits,
                        struct describe_line ret[DESCRIBE_LINES_MAX]);

/* One line as text: name, byte range, text.  Returns the length. */
#define DESCRIBE_FORMAT_BYTES (DESCRIBE_TEXT_BYTES + 100)
size_t describe_format(const struct describe_line *line, char buf[DESCRIBE_FORMAT_BYTES]);

#endif
