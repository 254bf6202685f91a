/* core/net/call.h - socket calls that leave a record in the journal.
 *
 * Thin: each makes exactly the system call of its name, times it, and writes one struct call.
 * All return the call's result, or negative errno.  The engine's threads only.
 *
 * A call is timed by reading the clock before and behind it.  Where nothing but a few instructions
 * lies between calls, call_follow() spares the first reading: the record then says that a call
 * began when the one before it had ended, which is less than a microsecond early. */
#ifndef SOCKEYE_NET_CALL_H
#define SOCKEYE_NET_CALL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/addr.h"
#include "core/base/ring.h"

/* On whose behalf: where the record goes and which session or server it names. */
struct caller {
    struct ring *journal;
    uint64_t id;
};

/* Of the calling thread: the next call began at at_ns, a time of clock_now_ns() just read, and each
 * one behind it when the one before it ended.  0: each when the clock says so; so it is at first,
 * and must be again before anything is done that takes time. */
void call_follow(uint64_t at_ns);

int call_socket(const struct caller *c, int domain, int type, int protocol);
int call_bind(const struct caller *c, int fd, const struct sockname *n);
int call_listen(const struct caller *c, int fd, int backlog);
int call_connect(const struct caller *c, int fd, const struct sockname *n);
int call_accept4(const struct caller *c, int fd, int flags, struct sockname *ret_peer);
ssize_t call_send(const struct caller *c, int fd, const void *data, size_t len, int flags);
ssize_t call_recv(const struct caller *c, int fd, void *data, size_t size, int flags);
/* With the other end's address; with MSG_TRUNC call_recv() and call_recvfrom() return the whole datagram's length,
 * which may be more than size. */
ssize_t call_sendto(const struct caller *c, int fd, const void *data, size_t len, int flags,
                    const struct sockname *to);
ssize_t call_recvfrom(const struct caller *c, int fd, void *data, size_t size, int flags,
                      struct sockname *ret_from);
/* The same on a socket that tells, and is told, which address of ours a datagram is for or from
 * (IP_PKTINFO, IPV6_RECVPKTINFO): AF_UNSPEC where it was not told, or the kernel is to choose. */
ssize_t call_recvmsg(const struct caller *c, int fd, void *data, size_t size, int flags,
                     struct sockname *ret_from, struct addr *ret_ours);
ssize_t call_sendmsg(const struct caller *c, int fd, const void *data, size_t len, int flags,
                     const struct sockname *to, const struct addr *ours);
int call_shutdown(const struct caller *c, int fd, int how);
int call_fcntl_setfl(const struct caller *c, int fd, int flags);
int call_close(const struct caller *c, int fd);
int call_setsockopt(const struct caller *c, int fd, int level, int option, const void *value,
                    socklen_t len);
/* *len: the room in value, then the length that the kernel tells. */
int call_getsockopt(const struct caller *c, int fd, int level, int option, void *value,
                    socklen_t *len);
int call_setsockopt_int(const struct caller *c, int fd, int level, int option, int value);
int call_getsockopt_int(const struct caller *c, int fd, int level, int option, int *ret_value);
int call_getsockname(const struct caller *c, int fd, struct sockname *ret);

#endif
