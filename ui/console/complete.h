/* ui/console/complete.h - what a word of a command line can become.
 *
 * Reads the table of verbs, the services, the model and the names of interfaces. */
#ifndef SOCKEYE_CONSOLE_COMPLETE_H
#define SOCKEYE_CONSOLE_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/model/model.h"

#define COMPLETE_CANDIDATES 32
#define COMPLETE_TEXT_BYTES 96

struct candidate {
    char text[COMPLETE_TEXT_BYTES]; /* replaces the word */
    char note[COMPLETE_TEXT_BYTES]; /* what it is; may be "" */
};

struct completion {
    size_t start; /* of the word: bytes from the begin of the line */
    size_t n;
    bool more; /* there are more than fit */
    struct candidate candidates[COMPLETE_CANDIDATES];
};

/* For the word that ends at the cursor, in line[0, cursor). */
void complete_line(const char *line, size_t cursor, const struct model *m,
                   struct completion *ret);

/* What can be typed without a choice: the longest text that all candidates begin with, and a
 * blank when there is but one.  Returns its length; 0: nothing. */
size_t complete_common(const struct completion *c, char *buf, size_t size);

#endif
