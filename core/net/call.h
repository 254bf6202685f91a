/* core/net/call.h - socket calls that leave a record in the journal.
 *
 * Thin: each makes exactly the system call of its name, times it, and writes one struct call.
 * All return the call's result, or negative errno.  Engine thread only. */
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

int call_socket(const struct caller *c, int domain, int type, int protocol);
int call_bind(const struct caller *c, int fd, const struct addr *a);
int call_listen(const struct caller *c, int fd, int backlog);
int call_connect(const struct caller *c, int fd, const struct addr *a);
int call_accept4(const struct caller *c, int fd, int flags, struct addr *ret_peer);
ssize_t call_send(const struct caller *c, int fd, const void *data, size_t len, int flags);
ssize_t call_recv(const struct caller *c, int fd, void *data, size_t size, int flags);
int call_shutdown(const struct caller *c, int fd, int how);
int call_close(const struct caller *c, int fd);
int call_setsockopt(const struct caller *c, int fd, int level, int option, const void *value,
                    socklen_t len);
/* *len: the room in value, then the length that the kernel tells. */
int call_getsockopt(const struct caller *c, int fd, int level, int option, void *value,
                    socklen_t *len);
int call_setsockopt_int(const struct caller *c, int fd, int level, int option, int value);
int call_getsockopt_int(const struct caller *c, int fd, int level, int option, int *ret_value);
int call_getsockname(const struct caller *c, int fd, struct addr *ret);

#endif
