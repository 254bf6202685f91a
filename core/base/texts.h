/* core/base/texts.h - many strings in one piece of memory, each known by its place.
 *
 * A place stays good while the texts grow; a pointer from texts_at() only until then. */
#ifndef SOCKEYE_BASE_TEXTS_H
#define SOCKEYE_BASE_TEXTS_H

#include <stddef.h>
#include <stdint.h>

/* All zero: empty. */
struct texts {
    char *bytes;
    size_t used, size;
};

void texts_done(struct texts *t);

/* Forget all strings; the memory stays for the next ones. */
void texts_clear(struct texts *t);

/* Copy len bytes, which hold no NUL.  Returns the string's place, 0 for the empty one and for
 * what does not fit into 4 GiB. */
uint32_t texts_add(struct texts *t, const char *bytes, size_t len);

/* "" for 0. */
const char *texts_at(const struct texts *t, uint32_t place);

#endif
