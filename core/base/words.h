/* core/base/words.h - a short list of texts in one plain value, such as an option given several
 * times. */
#ifndef SOCKEYE_BASE_WORDS_H
#define SOCKEYE_BASE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#define WORDS_BYTES 4096 /* of all of them, with a NUL behind each */

struct words {
    size_t used;
    char bytes[WORDS_BYTES];
};

/* False when it does not fit. */
bool words_add(struct words *w, const char *word);

/* The one behind `word`; with NULL the first.  NULL behind the last. */
const char *words_next(const struct words *w, const char *word);

#endif
