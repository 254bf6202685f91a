/* probes/proc_net.h - sockets as /proc/PID/net tells them: proc_pid_net(5).
 *
 * For kinds that NETLINK_SOCK_DIAG of this kernel cannot tell.  The files say less: no cookie
 * (0), no device, no backlog of a listener, not whether a wildcard IPv6 socket takes IPv4 (it is
 * said to), of AF_UNIX neither queues nor the peer. */
#ifndef SOCKEYE_PROBES_PROC_NET_H
#define SOCKEYE_PROBES_PROC_NET_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/model/snapshot.h"

/* The sockets of one kind in one of the states (bits 1 << enum socket_state; 0: all) and
 * families (WISH_IPV4, WISH_IPV6; 0: both) in the network namespace of a process (0: of the
 * calling thread).  Calls row() for each; its name is that of an AF_UNIX socket, cleaned, "" if
 * it has none, NULL for other kinds.  Returns how many lines made no sense, or negative errno
 * with err: -ENOENT when this kernel has no such file, -EOPNOTSUPP for a kind that never has
 * one. */
int proc_net_list(int32_t pid, enum socket_kind kind, uint32_t families, uint32_t states,
                  void (*row)(void *ctx, struct row *row, const char *name), void *ctx,
                  struct err *err);

/* One line, without its end.  Pure; 0 or -EBADMSG. */

/* Of tcp, udp, udplite, raw, icmp and the same with 6: family says which.  *ret_bucket is the
 * number that the line begins with. */
int proc_net_parse_ip(const char *line, size_t len, enum socket_kind kind, int family,
                      struct row *ret, uint32_t *ret_bucket);
/* The name is the rest of the line: ret_name points into it. */
int proc_net_parse_unix(const char *line, size_t len, struct row *ret, const char **ret_name,
                        size_t *ret_name_len);
int proc_net_parse_packet(const char *line, size_t len, struct row *ret);
int proc_net_parse_netlink(const char *line, size_t len, struct row *ret);

#endif
