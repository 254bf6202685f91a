#include "core/base/line.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct line_out line_in(char *buf, size_t size)
{
    buf[0] = '\0';
    return (struct line_out){.buf = buf, .size = size};
}

void line_add(struct line_out *l, const char *format, ...)
{
    size_t room = l->size - l->used;
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(l->buf + l->used, room, format, args);
    va_end(args);
    if (n > 0)
        l->used += (size_t)n < room ? (size_t)n : room - 1;
}

void line_add_quoted(struct line_out *l, const void *bytes, size_t len)
{
    const uint8_t *p = bytes;

    line_add(l, "\"");
    for (size_t i = 0; i < len; i++) {
        uint8_t c = p[i];
        const char *at = c ? strchr("\n\r\t\"\\", c) : NULL;

        if (at)
            line_add(l, "\\%c", "nrt\"\\"[at - "\n\r\t\"\\"]);
        else if (c >= 0x20 && c < 0x7f)
            line_add(l, "%c", c);
        else
            line_add(l, "\\x%02x", c);
    }
    line_add(l, "\"");
}
