#include "core/net/pace.h"

#include "core/base/clock.h"

/* In whole seconds and a rest, so that no product leaves 64 bits. */
uint64_t pace_time_ns(const struct pace *p, uint64_t n)
{
    uint64_t thousandths = n * PACE_PER_SECOND;

    return p->start_ns + thousandths / p->rate * CLOCK_SECOND_NS +
           thousandths % p->rate * CLOCK_SECOND_NS / p->rate;
}

uint64_t pace_due(const struct pace *p, uint64_t now_ns)
{
    uint64_t passed_ns = now_ns - p->start_ns, n;

    if (now_ns < p->start_ns)
        return 0;
    n = passed_ns / CLOCK_SECOND_NS * p->rate / PACE_PER_SECOND;
    n += passed_ns % CLOCK_SECOND_NS * (p->rate / PACE_PER_SECOND) / CLOCK_SECOND_NS;
    /* Both divisions round down: what they miss is a few. */
    while (pace_time_ns(p, n) <= now_ns)
        n++;
    return n;
}
