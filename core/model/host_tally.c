#include "core/model/host_tally.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/base/mem.h"

struct destination {
    struct host_destination of; /* the hash is over both addresses */
    UT_hash_handle hh;
};

struct host_destinations {
    struct destination *all;
    uint8_t ports[(UINT16_MAX + 1) / 8]; /* a bit a port that is taken */
};

#define KEY_BYTES (2 * sizeof(struct addr))

void host_tally_begin(struct host_tally *t, uint16_t port_low, uint16_t port_high)
{
    *t = (struct host_tally){.port_low = port_low, .port_high = port_high};
    t->destinations = mem_new(1, sizeof(*t->destinations));
}

/* --- ports -------------------------------------------------------------------------------- */

static void count_port(struct host_tally *t, uint16_t port)
{
    uint8_t *byte = &t->destinations->ports[port / 8], bit = (uint8_t)(1U << port % 8);

    t->ports_taken += !(*byte & bit);
    *byte |= bit;
}

static void count_destination(struct host_tally *t, const struct row *row)
{
    struct host_destinations *all = t->destinations;
    struct host_destination key = {.local = addr_unmapped(&row->local),
                                   .peer = addr_unmapped(&row->peer)};
    struct destination *d = NULL;

    key.local.port = 0;
    HASH_FIND(hh, all->all, &key, KEY_BYTES, d);
    if (!d && HASH_COUNT(all->all) == HOST_DESTINATIONS) {
        t->destinations_left_out++;
        return;
    }
    if (!d) {
        d = mem_new(1, sizeof(*d));
        d->of = key;
        HASH_ADD(hh, all->all, of, KEY_BYTES, d);
    }
    if (++d->of.n > t->worst.n)
        t->worst = d->of;
}

static void count_ports(struct host_tally *t, const struct row *row)
{
    if (row->kind != KIND_TCP || !t->port_high || row->local.port < t->port_low ||
        row->local.port > t->port_high)
        return;
    count_port(t, row->local.port);
    if (row->state != STATE_LISTEN && row->peer.port)
        count_destination(t, row);
}

/* --- listeners ---------------------------------------------------------------------------- */

/* How full it is; a queue whose limit is 0 takes one (listen(2)). */
static bool is_fuller(const struct row *a, const struct row *b)
{
    return (uint64_t)a->rqueue * (b->wqueue + UINT64_C(1)) >
           (uint64_t)b->rqueue * (a->wqueue + UINT64_C(1));
}

static void count_listener(struct host_tally *t, const struct snapshot *s,
                           const struct row *row)
{
    size_t at = t->n_listeners;

    if (row->state != STATE_LISTEN || (KIND_BIT(row->kind) & KINDS_UNIX && !row->rqueue))
        return;
    while (at > 0 && is_fuller(row, &t->listeners[at - 1].row))
        at--;
    if (t->n_listeners == HOST_LISTENERS)
        t->listeners_left_out++;
    else
        t->n_listeners++;
    if (at == HOST_LISTENERS)
        return;
    memmove(&t->listeners[at + 1], &t->listeners[at],
            (t->n_listeners - at - 1) * sizeof(t->listeners[0]));
    t->listeners[at].row = *row;
    row_local(s, row, t->listeners[at].name);
}

/* --- all of it ---------------------------------------------------------------------------- */

void host_tally_add(struct host_tally *t, const struct snapshot *part)
{
    for (size_t i = 0; i < part->n_rows; i++) {
        const struct row *row = &part->rows[i];
        struct host_kind *kind = &t->kinds[row->kind];

        /* It is no more, and only shown. */
        if (row->change == CHANGE_GONE)
            continue;
        t->total++;
        kind->total++;
        kind->ipv4 += row->local.family == AF_INET;
        kind->ipv6 += row->local.family == AF_INET6;
        kind->states[row->state]++;
        count_listener(t, part, row);
        count_ports(t, row);
    }
}

void host_tally_end(struct host_tally *t)
{
    struct destination *d, *next;

    if (!t->destinations)
        return;
    d = t->destinations->all;
    HASH_CLEAR(hh, t->destinations->all);
    for (; d; d = next) {
        next = d->hh.next;
        free(d);
    }
    free(t->destinations);
    t->destinations = NULL;
}
