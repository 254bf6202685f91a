/* core/base/bell.h - "something is new", told at most once until it has been looked at.
 *
 * A writer that makes thousands of records a second must not wake the reader thousands of
 * times: ringing costs one atomic exchange unless the reader has armed the bell again. */
#ifndef SOCKEYE_BASE_BELL_H
#define SOCKEYE_BASE_BELL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/mem.h"

struct bell {
    atomic_bool armed;
    int fd; /* readable once it rang; the reader watches it */
};

static inline void bell_init(struct bell *b)
{
    atomic_init(&b->armed, true);
    b->fd = mem_eventfd();
}

static inline void bell_done(struct bell *b)
{
    close(b->fd);
}

/* Any thread. */
static inline void bell_ring(struct bell *b)
{
    if (atomic_exchange(&b->armed, false))
        eventfd_write(b->fd, 1);
}

/* The reader: before it looks at what is new, so that nothing is missed. */
static inline void bell_arm(struct bell *b)
{
    eventfd_t drained;

    eventfd_read(b->fd, &drained);
    /* An exchange, not a store: it takes part in what the last ring released, so that the
     * look that follows sees what that ring was about. */
    atomic_exchange(&b->armed, true);
}

#endif
