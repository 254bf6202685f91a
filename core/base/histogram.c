#include "core/base/histogram.h"

#include <stddef.h>

/* The highest bits of a value, HISTOGRAM_STEP_BITS behind the leading one, and how many were cut
 * off below them. */
static size_t bucket_of(uint64_t value)
{
    unsigned shift;

    if (value >> HISTOGRAM_BITS)
        return HISTOGRAM_BUCKETS - 1;
    if (value < 2 * HISTOGRAM_STEPS)
        return (size_t)value;
    shift = 63 - (unsigned)__builtin_clzll(value) - HISTOGRAM_STEP_BITS;
    return (size_t)shift * HISTOGRAM_STEPS + (size_t)(value >> shift);
}

/* The value in the middle of a bucket. */
static uint64_t value_of(size_t bucket)
{
    size_t shift;

    if (bucket < 2 * (size_t)HISTOGRAM_STEPS)
        return bucket;
    shift = bucket / HISTOGRAM_STEPS - 1;
    return ((uint64_t)(bucket - shift * HISTOGRAM_STEPS) << shift) +
           ((UINT64_C(1) << shift) >> 1);
}

void histogram_add(struct histogram *h, uint64_t value)
{
    if (!h->count || value < h->min)
        h->min = value;
    if (value > h->max)
        h->max = value;
    h->count++;
    h->sum += value;
    h->buckets[bucket_of(value)]++;
}

bool histogram_quantile(const struct histogram *h, unsigned per_mille, uint64_t *ret)
{
    uint64_t rank, seen = 0, value;
    size_t i = 0;

    if (!h->count)
        return false;
    /* Rounded up; in two parts, so that no count overflows. */
    rank = h->count / 1000 * per_mille + (h->count % 1000 * per_mille + 999) / 1000;
    if (rank == 0)
        rank = 1;
    for (; i < HISTOGRAM_BUCKETS; i++) {
        seen += h->buckets[i];
        if (seen >= rank)
            break;
    }
    value = i >= HISTOGRAM_BUCKETS - 1 ? h->max : value_of(i);
    value = value < h->min ? h->min : value;
    *ret = value > h->max ? h->max : value;
    return true;
}
