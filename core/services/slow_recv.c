/* core/services/slow_recv.c - reads a few bytes at a time, long apart.
 *
 * Its window opens a little now and then: the peer's Send-Q grows like with never-recv, but bytes
 * keep moving. */
#include <stdlib.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/services/service.h"

struct slow_recv {
    uint64_t bytes, interval_ns;
};

static const struct service_option options[] = {
    {"bytes", "N", "1", "how many it reads at once"},
    {"interval", "SECONDS", "1", "from one read to the next"},
    {NULL, NULL, NULL, NULL},
};

static int slow_start(const struct service_setup *setup, void **ret_instance, struct err *err)
{
    struct slow_recv *slow = mem_new(1, sizeof(*slow));
    int r = service_number(setup, "bytes", 1, NET_SCRATCH_BYTES, &slow->bytes, err);

    if (r == 0)
        r = service_seconds(setup, "interval", &slow->interval_ns, err);
    if (r < 0)
        free(slow);
    else
        *ret_instance = slow;
    return r;
}

static void slow_opened(struct session *s)
{
    const struct slow_recv *slow = s->instance;

    s->receive_bytes = (uint32_t)slow->bytes;
}

static void slow_readable(struct session *s)
{
    const struct slow_recv *slow = s->instance;
    const uint8_t *bytes;

    if (session_receive(s, &bytes) < 0)
        return;
    session_pause_reading(s, true);
    session_wake_at(s, clock_now_ns() + slow->interval_ns);
}

static void slow_due(struct session *s)
{
    session_pause_reading(s, false);
}

const struct service slow_recv_service = {
    .name = "slow-recv",
    .summary = "reads a few bytes at a time, long apart",
    .options = options,
    .start = slow_start,
    .stop = free,
    .behaviour = {.opened = slow_opened, .readable = slow_readable, .due = slow_due},
};
