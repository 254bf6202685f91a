#include "core/report/markup.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"

#define ENTITY_BYTES_MAX 6

/* By number where HTML 4 and XML have no name in common. */
static const char *entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

char *markup_text(const char *bytes)
{
    size_t len = strlen(bytes), size = TEXT_CLEAN_BYTES(len);
    char *clean = mem_new(size, 1), *text, *out;

    len = text_clean(bytes, len, clean, size);
    text = out = mem_new(len + 1, ENTITY_BYTES_MAX);
    for (const char *c = clean; *c; c++) {
        const char *name = entity(*c);

        if (name)
            out = stpcpy(out, name);
        else
            *out++ = *c;
    }
    *out = '\0';
    free(clean);
    return text;
}
