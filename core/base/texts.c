#include "core/base/texts.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

void texts_done(struct texts *t)
{
    free(t->bytes);
    *t = (struct texts){0};
}

void texts_clear(struct texts *t)
{
    t->used = 0;
}

uint32_t texts_add(struct texts *t, const char *bytes, size_t len)
{
    /* Place 0 is the empty string's. */
    size_t place = t->used ? t->used : 1;
    size_t end = place + len + 1;

    if (!len || end > UINT32_MAX)
        return 0;
    if (end > t->size) {
        t->size = end < 512 ? 1024 : 2 * end;
        t->bytes = mem_resize(t->bytes, t->size, 1);
    }
    memcpy(t->bytes + place, bytes, len);
    t->bytes[place + len] = '\0';
    t->used = end;
    return (uint32_t)place;
}

const char *texts_at(const struct texts *t, uint32_t place)
{
    return place ? t->bytes + place : "";
}
