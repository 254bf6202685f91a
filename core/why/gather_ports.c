/* How the local ports are taken from which the kernel chooses: ip(7), ip_local_port_range. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/why/gather_internal.h"

enum { TAKEN = 1, HELD = 2, TO_PEER = 4 }; /* HELD: by more than TIME_WAIT */

struct counting {
    const struct addr *peer;
    uint16_t low, high;
    uint8_t ports[UINT16_MAX + 1];
};

static bool take_part(void *ctx, const struct snapshot *s)
{
    struct counting *c = ctx;

    for (size_t i = 0; i < s->n_rows; i++) {
        const struct row *row = &s->rows[i];
        struct addr peer = addr_unmapped(&row->peer);

        if (row->local.port < c->low || row->local.port > c->high)
            continue;
        c->ports[row->local.port] |= TAKEN;
        if (row->state != STATE_TIME_WAIT)
            c->ports[row->local.port] |= HELD;
        if (addr_equal(&peer, c->peer))
            c->ports[row->local.port] |= TO_PEER;
    }
    return true;
}

static struct wish *wish_for(uint8_t protocol, uint16_t low, uint16_t high)
{
    struct wish *w = mem_new(1, sizeof(*w));
    char text[64];

    snprintf(text, sizeof(text), "sport >= :%u and sport <= :%u", low, high);
    if (filter_parse(text, &w->filter, NULL) < 0)
        w->filter = NULL;
    w->kinds = protocol == IPPROTO_UDP ? KIND_BIT(KIND_UDP) | KIND_BIT(KIND_UDPLITE)
                                       : KIND_BIT(KIND_TCP);
    return w;
}

void gather_ports(struct gathering *g, uint8_t protocol, const struct addr *peer)
{
    const struct limit_facts *limits = &g->e->surroundings.limits;
    struct port_use *use = &g->e->ports;
    struct addr plain = addr_unmapped(peer);
    uint64_t now = clock_now_ns();
    struct counting *c;
    struct wish *w;

    if (!limits->has_port_range || use->seen)
        return;
    c = mem_new(1, sizeof(*c));
    c->peer = &plain;
    use->low = c->low = limits->port_low;
    use->high = c->high = limits->port_high;
    w = wish_for(protocol, c->low, c->high);
    use->seen = g->probes->sockets_list(w, take_part, c, NULL) == 0;
    wish_free(w);
    for (unsigned port = c->low; use->seen && port <= c->high; port++) {
        use->taken += (c->ports[port] & TAKEN) != 0;
        use->to_peer += (c->ports[port] & TO_PEER) != 0;
        use->time_wait += (c->ports[port] & (TAKEN | HELD)) == TAKEN;
    }
    free(c);
    if (use->seen)
        evidence_say(g->e, "sock_diag", now,
                     "of the %d local ports %u-%u %u are taken, %u to this peer, %u by TIME_WAIT "
                     "alone",
                     use->high - use->low + 1, use->low, use->high, use->taken, use->to_peer,
                     use->time_wait);
}
