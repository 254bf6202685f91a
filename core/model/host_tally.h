/* core/model/host_tally.h - the sockets of a host, counted: by kind and state, listeners by what
 * waits in them, local ports by where their connections go.
 *
 * Rows come part by part, so that ten million need no more memory than a few thousand.  Plain
 * data between begin and end of one thread. */
#ifndef SOCKEYE_MODEL_HOST_TALLY_H
#define SOCKEYE_MODEL_HOST_TALLY_H

#include "core/model/snapshot.h"

#define HOST_LISTENERS 64
/* Ends of connections that are counted by; a host that runs out of ports has few. */
#define HOST_DESTINATIONS 4096

struct host_kind {
    size_t total, ipv4, ipv6, states[STATE_COUNT];
};

struct host_listener {
    struct row row; /* rqueue: connections that wait, wqueue: how many may */
    char name[ROW_END_BYTES];
};

/* Where connections go that need a local port each: the kernel gives none twice to the same one. */
struct host_destination {
    struct addr local, peer; /* local without a port */
    size_t n;
};

struct host_destinations; /* its own, while it counts */

struct host_tally {
    size_t total;
    struct host_kind kinds[KIND_COUNT];
    /* The fullest first.  Of those of AF_UNIX only where something waits. */
    size_t n_listeners, listeners_left_out;
    struct host_listener listeners[HOST_LISTENERS];
    uint16_t port_low, port_high;  /* ip_local_port_range; 0, 0: not known, ports not counted */
    size_t ports_taken;            /* of the range, by TCP sockets */
    struct host_destination worst; /* n 0: there is none */
    size_t destinations_left_out;  /* connections to more than HOST_DESTINATIONS */
    struct host_destinations *destinations;
};

void host_tally_begin(struct host_tally *t, uint16_t port_low, uint16_t port_high);
void host_tally_add(struct host_tally *t, const struct snapshot *part);
void host_tally_end(struct host_tally *t);

#endif
