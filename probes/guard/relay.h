/* probes/guard/relay.h - the helper's half of a conversation between the program and the kernel.
 *
 * The kernel answers a dump by the rights of who reads it (netlink_capable()), so the helper does: a
 * question comes in by a socket pair, is looked at, and goes to the kernel; what the kernel says goes
 * out as it came, one datagram each.  Where the program does not read, the kernel is not read. */
#ifndef SOCKEYE_PROBES_GUARD_RELAY_H
#define SOCKEYE_PROBES_GUARD_RELAY_H

#include <poll.h>
#include <stdbool.h>

#include "probes/grant.h"

struct relay {
    struct grant_netlink kernel;
    enum guard_netlink kind;
    int program;  /* our end of the pair; -1: this one is free */
    size_t waits; /* bytes of a datagram that the program had no room for; 0: none */
    bool unsent;  /* there is such a datagram */
    char *buffer;
};

/* *ret_fd: the program's end.  0 or negative errno. */
int relay_open(struct relay *r, const struct grant_netlink *kernel, enum guard_netlink kind,
               int *ret_fd);
void relay_close(struct relay *r);

/* What it waits for, and what to do when that came; it closes itself at the end. */
void relay_watch(const struct relay *r, struct pollfd fds[2]);
void relay_turn(struct relay *r, const struct pollfd fds[2]);

#endif
