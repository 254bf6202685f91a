#include "core/base/clock.h"

#include <stdatomic.h>
#include <time.h>

/* What clock_show() said; 0: nothing. */
static atomic_ullong shown_ns, shown_wall_ns;

static uint64_t read_clock(clockid_t id)
{
    struct timespec ts;

    clock_gettime(id, &ts);
    return (uint64_t)ts.tv_sec * CLOCK_SECOND_NS + (uint64_t)ts.tv_nsec;
}

uint64_t clock_now_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t clock_wall_ns(void)
{
    return read_clock(CLOCK_REALTIME);
}

uint64_t clock_shown_ns(void)
{
    uint64_t ns = atomic_load(&shown_ns);

    return ns ? ns : clock_now_ns();
}

uint64_t clock_shown_wall_ns(void)
{
    uint64_t ns = atomic_load(&shown_wall_ns);

    return ns ? ns : clock_wall_ns();
}

void clock_show(uint64_t now_ns, uint64_t wall_ns)
{
    atomic_store(&shown_wall_ns, wall_ns);
    atomic_store(&shown_ns, now_ns);
}

uint64_t clock_to_wall_ns(uint64_t monotonic_ns)
{
    return clock_shown_wall_ns() - (clock_shown_ns() - monotonic_ns);
}
