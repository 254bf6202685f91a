#include "core/base/words.h"

#include <string.h>

bool words_add(struct words *w, const char *word)
{
    size_t len = strlen(word) + 1;

    if (len > sizeof(w->bytes) - w->used)
        return false;
    memcpy(w->bytes + w->used, word, len);
    w->used += len;
    return true;
}

const char *words_next(const struct words *w, const char *word)
{
    const char *next = word ? word + strlen(word) + 1 : w->bytes;

    return next < w->bytes + w->used ? next : NULL;
}
