#include "core/report/line_writer.h"

#include <stdarg.h>
#include <stdio.h>

void write_line(struct line_writer *w, const char *format, ...)
{
    char text[LINE_WRITER_BYTES];
    va_list args;

    if (w->r)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    w->r = w->put(w->ctx, text);
}
