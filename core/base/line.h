/* core/base/line.h - a line of text that is put together piece by piece in a buffer of the caller.
 *
 * What does not fit is cut; the buffer always holds a NUL-terminated string. */
#ifndef SOCKEYE_BASE_LINE_H
#define SOCKEYE_BASE_LINE_H

#include <stddef.h>

struct line_out {
    char *buf;
    size_t size, used; /* used: without the NUL */
};

/* An empty line in buf; size is at least 1. */
struct line_out line_in(char *buf, size_t size);

void line_add(struct line_out *l, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Add len bytes as C and strace spell them, in quotes: \n \r \t \" \\ \xNN. */
void line_add_quoted(struct line_out *l, const void *bytes, size_t len);

#endif
