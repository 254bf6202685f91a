/* probes/guard/wire.h - datagrams with descriptors over a unix(7) socket: cmsg(3), SCM_RIGHTS. */
#ifndef SOCKEYE_PROBES_GUARD_WIRE_H
#define SOCKEYE_PROBES_GUARD_WIRE_H

#include <stddef.h>
#include <sys/types.h>

#include "probes/guard/protocol.h"

/* 0 or negative errno; flags as of send(2). */
int wire_send(int fd, const void *bytes, size_t len, const int *fds, size_t n_fds, int flags);

/* The length of a datagram, 0 at the end of the connection, or negative errno: -EBADMSG when it does
 * not fit or brought more descriptors than GUARD_FDS.  The descriptors are the caller's, close-on-exec;
 * on failure none is left open. */
ssize_t wire_receive(int fd, void *bytes, size_t size, int fds[GUARD_FDS], size_t *ret_n_fds,
                     int flags);

void wire_close_all(int *fds, size_t n);

#endif
