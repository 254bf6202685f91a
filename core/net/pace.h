/* core/net/pace.h - when each of many things is meant to begin: evenly, at a rate.
 *
 * Pure arithmetic: the n-th time depends on nothing but n, so whoever falls behind finds out by
 * how much.  Times are those of clock_now_ns(). */
#ifndef SOCKEYE_NET_PACE_H
#define SOCKEYE_NET_PACE_H

#include <stdint.h>

/* A thousandth of one a second up to ten millions a second. */
#define PACE_PER_SECOND UINT64_C(1000)
#define PACE_MAX (UINT64_C(10000000) * PACE_PER_SECOND)

struct pace {
    uint64_t start_ns;
    uint64_t rate; /* in thousandths of one a second: 1 to PACE_MAX */
};

/* When number n is meant to begin; number 0 begins at once.  n < 10^16. */
uint64_t pace_time_ns(const struct pace *p, uint64_t n);

/* How many are meant to have begun by then: those whose time is not later. */
uint64_t pace_due(const struct pace *p, uint64_t now_ns);

#endif
