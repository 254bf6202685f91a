/* core/base/nearest.h - did you mean: which of many names is nearest to a mistyped word.
 *
 * Letters left out, put in, changed or swapped with their neighbour are counted (optimal string
 * alignment distance); more than a third of the word is another word. */
#ifndef SOCKEYE_BASE_NEAREST_H
#define SOCKEYE_BASE_NEAREST_H

#include <stddef.h>

/* Begin with all zero and the word. */
struct nearest {
    const char *word;
    const char *found; /* NULL: none is near */
    size_t distance;
};

/* The name is borrowed as long as `found` is read. */
void nearest_try(struct nearest *n, const char *name);

#endif
