/* core/base/clock.h - the one owner of time.
 *
 * Everything is uint64_t nanoseconds of CLOCK_MONOTONIC; the wall clock is for
 * display, export and for packets, whose time stamps come from it. */
#ifndef SOCKEYE_BASE_CLOCK_H
#define SOCKEYE_BASE_CLOCK_H

#include <stdint.h>

#define CLOCK_SECOND_NS UINT64_C(1000000000)
#define CLOCK_MS_NS UINT64_C(1000000)

uint64_t clock_now_ns(void);

/* CLOCK_REALTIME, nanoseconds since the epoch. */
uint64_t clock_wall_ns(void);

/* What is shown lives in this time, and so does clock_to_wall_ns(): now, unless a recording is
 * replayed, whose time stands still between clock_show() and the next one. */
uint64_t clock_shown_ns(void);
uint64_t clock_shown_wall_ns(void);
/* The ui thread, before and while a recording is replayed. */
void clock_show(uint64_t now_ns, uint64_t wall_ns);

/* The wall time of a monotonic time stamp, by the offset of this moment. */
uint64_t clock_to_wall_ns(uint64_t monotonic_ns);

#endif
