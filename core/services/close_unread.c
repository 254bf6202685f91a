/* core/services/close_unread.c - closes while bytes wait that it never read: the kernel sends RST
 * instead of FIN (RFC 2525, 2.17), and the peer wonders who has reset it. */
#include <stdlib.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/services/service.h"

struct close_unread {
    uint64_t after_ns;
};

static const struct service_option options[] = {
    {"after", "SECONDS", "0.1", "from the first bytes to the close"},
    {NULL, NULL, NULL, NULL},
};

static int unread_start(const struct service_setup *setup, void **ret_instance, struct err *err)
{
    struct close_unread *c = mem_new(1, sizeof(*c));
    int r = service_seconds(setup, "after", &c->after_ns, err);

    if (r < 0)
        free(c);
    else
        *ret_instance = c;
    return r;
}

/* Something waits; it is left where it is. */
static void unread_readable(struct session *s)
{
    const struct close_unread *c = s->instance;

    session_pause_reading(s, true);
    session_wake_at(s, clock_now_ns() + c->after_ns);
}

const struct service close_unread_service = {
    .name = "close-unread",
    .summary = "closes with bytes unread: the kernel sends RST",
    .options = options,
    .start = unread_start,
    .stop = free,
    .behaviour = {.readable = unread_readable, .due = session_close},
};
