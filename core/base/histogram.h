/* core/base/histogram.h - how values are spread, in bounded memory: a log-linear histogram.
 *
 * Each power of two is cut into HISTOGRAM_STEPS equal steps, so what a quantile tells is less than
 * one in HISTOGRAM_STEPS from the value that a sorted list would give; below 2 * HISTOGRAM_STEPS
 * it is that value.  Any unit.  One thread. */
#ifndef SOCKEYE_BASE_HISTOGRAM_H
#define SOCKEYE_BASE_HISTOGRAM_H

#include <stdbool.h>
#include <stdint.h>

#define HISTOGRAM_STEP_BITS 7
#define HISTOGRAM_STEPS (1U << HISTOGRAM_STEP_BITS)
/* Values from 2^HISTOGRAM_BITS on lie in the last step; in ns that is an hour. */
#define HISTOGRAM_BITS 42
#define HISTOGRAM_BUCKETS ((HISTOGRAM_BITS - HISTOGRAM_STEP_BITS + 1) * HISTOGRAM_STEPS)

struct histogram { /* zeroed: empty */
    uint64_t count, sum, min, max;
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *h, uint64_t value);

/* The smallest value that at least per_mille of all do not exceed; 500 is the median.  False,
 * and *ret untouched, while it is empty. */
bool histogram_quantile(const struct histogram *h, unsigned per_mille, uint64_t *ret);

#endif
