/* probes/kernel_events.h - everything that the kernel says of sockets at the moment it happens:
 * tracepoints and destroy groups, into a ring and to the observer.  One thread. */
#ifndef SOCKEYE_PROBES_KERNEL_EVENTS_H
#define SOCKEYE_PROBES_KERNEL_EVENTS_H

#include <poll.h>

#include "core/base/bell.h"
#include "core/base/ring.h"
#include "core/model/kernel_event.h"

struct kernel_events;

#define KERNEL_EVENTS_FDS 2

/* Never NULL; what is not to be had is in the status.  ring and news (NULL: none) are borrowed. */
struct kernel_events *kernel_events_open(struct ring *ring, struct bell *news);
void kernel_events_close(struct kernel_events *k); /* NULL is a no-op */

void kernel_events_drops(struct kernel_events *k, bool wanted);

/* Fills fds for poll(2): -1 where there is none. */
void kernel_events_fds(const struct kernel_events *k, struct pollfd fds[KERNEL_EVENTS_FDS]);

/* What came since, in the ring and each to event().  True when some were lost so that only a
 * look at everything can tell what became of the sockets. */
bool kernel_events_read(struct kernel_events *k,
                        void (*event)(void *ctx, const struct kernel_event *e), void *ctx);

/* For who looks at the ring alone: open with or without drops, and read. */
struct kernel_events *kernel_events_watch(struct ring *ring, bool drops);
void kernel_events_gather(struct kernel_events *k);

/* Borrowed, until the next call. */
const struct kernel_events_status *kernel_events_status(const struct kernel_events *k);

#endif
