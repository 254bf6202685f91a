/* probes/sock_diag.h - the kernel's own lists of sockets of every kind, over NETLINK_SOCK_DIAG.
 *
 * One dump a family and protocol, filtered in the kernel; one exact question for a single
 * socket.  Not thread-safe: who looks owns it. */
#ifndef SOCKEYE_PROBES_SOCK_DIAG_H
#define SOCKEYE_PROBES_SOCK_DIAG_H

#include "probes/diag_socket.h"

/* The lists that can be asked for, in the order in which ss(8) prints them. */
#define SOCK_DIAG_TABLES 11
struct sock_diag_table {
    uint32_t kinds; /* those that are in it */
    bool internet;  /* has a list for IPv4 and one for IPv6 */
};
extern const struct sock_diag_table sock_diag_tables[SOCK_DIAG_TABLES];

/* Every socket of the list that want->kinds names (and of KINDS_INET want->family), in one of
 * its states, of one of its kinds.  take() is called for each and ends the dump by a negative
 * errno.  diag_is_unavailable() of the answer: this kernel cannot tell.  *ret is added to. */
int sock_diag_dump(struct diag *d, const struct diag_want *want,
                   int (*take)(void *ctx, const struct diag_socket *socket), void *ctx,
                   struct diag_outcome *ret);

/* One socket with the parts asked for, found by its addresses (or inode) and checked by its
 * cookie (0: any).  -ENOENT when there is none, or another one has its addresses now;
 * -EPROTONOSUPPORT when this kernel cannot tell.
 * ret is filled as by a parser. */
int sock_diag_lookup(struct diag *d, const struct row *key, uint32_t parts,
                     struct diag_socket *ret, struct err *err);

/* The same by one exact question and no walk, of TCP, UDP and UDP-Lite: sockets that are only
 * bound, that share a port or are bound to a device are not found. */
int sock_diag_find(struct diag *d, const struct row *key, uint32_t parts,
                   struct diag_socket *ret);

/* The family of the list that has sockets of that kind; NULL: sock_diag has none. */
struct sock_diag_family {
    uint32_t kinds;
    diag_dump_question *question;
    diag_parse *parse;
};
const struct sock_diag_family *sock_diag_family(uint32_t kinds);

#endif
