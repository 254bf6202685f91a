/* core/base/line_end.h - the ends of lines in a stream of bytes, translated.
 *
 * A line ends with LF or with CR LF; a CR that no LF follows is a byte as any other. */
#ifndef SOCKEYE_BASE_LINE_END_H
#define SOCKEYE_BASE_LINE_END_H

#include <stdbool.h>
#include <stddef.h>

enum line_end { LINE_END_KEEP, LINE_END_CRLF, LINE_END_LF, LINE_END_CR };

/* Zero-initialised but for `to`. */
struct line_end_state {
    enum line_end to;
    bool after_cr; /* the last byte was a CR */
    bool owes_cr;  /* which is not out yet: an LF may follow */
};

/* Room for what len bytes may become, line_end_finish() included. */
#define LINE_END_BYTES(len) (2 * (len) + 2)

/* Translate the next len bytes into out; returns how many they are. */
size_t line_end_translate(struct line_end_state *s, const char *bytes, size_t len, char *out);
/* Nothing more comes: a byte that was held back, or none. */
size_t line_end_finish(struct line_end_state *s, char *out);

#endif
