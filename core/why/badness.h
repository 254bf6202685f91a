/* core/why/badness.h - which of several causes is the worst. */
#ifndef SOCKEYE_WHY_BADNESS_H
#define SOCKEYE_WHY_BADNESS_H

/* What only slows a connection down, or costs memory. */
#define BADNESS_SLOWED 1

/* From what keeps everybody out, over what cannot go on, to what does no harm; -1: nothing is
 * wrong, or nothing is known. */
int cause_badness(const char *cause);

#endif
