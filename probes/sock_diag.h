/* probes/sock_diag.h - the kernel's own list of sockets, over NETLINK_SOCK_DIAG.
 *
 * sock_diag(7), linux/inet_diag.h.  One dump a family and protocol, filtered by state in the
 * kernel; one exact question for a single socket.  Not thread-safe: the observer owns it. */
#ifndef SOCKEYE_PROBES_SOCK_DIAG_H
#define SOCKEYE_PROBES_SOCK_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/model/snapshot.h"

struct nlmsghdr;
struct sock_diag;

int sock_diag_open(struct sock_diag **ret, struct err *err);
void sock_diag_close(struct sock_diag *d);

struct dump_outcome {
    bool interrupted; /* NLM_F_DUMP_INTR was set */
    size_t malformed; /* messages too short to believe, left out */
};

/* Every socket of family (AF_INET, AF_INET6) and protocol (IPPROTO_TCP) in one of the states
 * (bits 1 << enum socket_state).  Calls row() for each.  Returns 0, or negative errno with
 * err: -ENOENT and -EINVAL mean that this kernel has no module for it. */
int sock_diag_dump(struct sock_diag *d, int family, uint8_t protocol, uint32_t states,
                   void (*row)(void *ctx, const struct row *row), void *ctx,
                   struct dump_outcome *ret, struct err *err);

/* One socket, found by its addresses and checked by its cookie (0: any).  -ENOENT when there
 * is none, or another one has its addresses now. */
int sock_diag_lookup(struct sock_diag *d, const struct row *key, struct socket_portrait *ret,
                     struct err *err);

/* The same without a walk through the kernel's tables, in microseconds: what only that finds
 * (bound only, members of a SO_REUSEPORT group, bound to a device) is -ENOENT here. */
int sock_diag_find(struct sock_diag *d, const struct row *key, struct socket_portrait *ret,
                   struct err *err);

/* The next message of a datagram, or NULL: at its end (*left is 0), or where the length of a
 * message does not fit.  *at is aligned as a struct nlmsghdr is. */
const struct nlmsghdr *sock_diag_next(const uint8_t **at, size_t *left);

/* The parsers behind both; pure, for tests and fuzzing.  -EBADMSG: too short to believe. */
int sock_diag_parse_row(const struct nlmsghdr *message, struct row *ret);
int sock_diag_parse_portrait(const struct nlmsghdr *message, struct socket_portrait *ret);

#endif
