/* A socket that is there: its rows twice, and its packets meanwhile. */
#include <string.h>

#include "core/base/clock.h"
#include "core/why/gather_internal.h"

/* The peer, where it was left open, is that of the row. */
static struct addr peer_of(const struct gathering *g)
{
    for (size_t i = 0; i < g->e->n_sightings; i++)
        if (g->e->sightings[i].role == ROLE_OURS)
            return g->e->sightings[i].row.peer;
    return g->wish->peer;
}

void gather_socket(struct gathering *g)
{
    const struct why_wish *w = g->wish;
    struct row own = {.local = w->local, .peer = w->peer};
    uint64_t wait_ns = w->wait_ns ? w->wait_ns : WHY_WAIT_NS;
    struct firewall_question question = {
        .protocol = w->protocol, .local = w->local, .established = true};
    struct addr peer;

    gather_rows(g, w->protocol, w->local.port, &own);
    peer = peer_of(g);
    question.remote = peer;
    g->probes->route_look(&peer, &g->e->route);
    memcpy(question.interface, g->e->route.interface, sizeof(question.interface));
    question.remote_is_here = g->e->route.kind == ROUTE_LOCAL;
    gather_watch_begin(g, w->protocol, w->local.port, &peer, 1);
    gather_surroundings_before(g, &question);
    gather_watch_ready(g);
    gather_sleep_until(g, g->rows_ns + wait_ns);
    g->acted_ns = clock_now_ns();
    gather_rows_again(g, w->protocol, w->local.port);
    gather_surroundings_after(g, &question);
    gather_watch_wire(g, &w->local, &peer, w->protocol, &g->e->wire);
    gather_watch_end(g);
}
