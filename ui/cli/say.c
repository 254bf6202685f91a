#include "ui/cli/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"

/* The longest error, and a path with it. */
#define SAY_BYTES 8192

void say_line(const char *format, ...)
{
    char text[SAY_BYTES], clean[TEXT_CLEAN_BYTES(SAY_BYTES)];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    text_clean(text, strlen(text), clean, sizeof(clean));
    fprintf(stderr, "%s\n", clean);
}
