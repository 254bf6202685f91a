/* core/base/fuzzy.h - how well a few typed letters fit a name and what it is for. */
#ifndef SOCKEYE_BASE_FUZZY_H
#define SOCKEYE_BASE_FUZZY_H

/* Every word of the pattern, in any case, must stand in the name, in the explanation, or be letters
 * of the name in their order.  Returns -1 where one does not; else the better it fits the higher:
 * the begin of the name, of a word in it, somewhere, scattered, and last the explanation. */
int fuzzy_score(const char *pattern, const char *name, const char *explanation);

#endif
