/* A socket that is there: its rows twice, and its packets meanwhile. */
#include "core/base/clock.h"
#include "core/why/gather_internal.h"

void gather_socket(struct gathering *g)
{
    const struct why_wish *w = g->wish;
    struct row own = {.local = w->local, .peer = w->peer};
    uint64_t wait_ns = w->wait_ns ? w->wait_ns : WHY_WAIT_NS;

    gather_watch_begin(g, w->protocol, w->local.port, &w->peer, 1);
    gather_rows(g, w->protocol, w->local.port, &own);
    gather_sleep_until(g, clock_now_ns() + wait_ns);
    gather_watch_end(g);
}
