/* probes/act/act.h - what changes a foreign socket or process, and only because somebody said so.
 *
 * Both check that what they meet is still what was meant: a socket by its cookie, a process by the
 * time it started.  Any thread; neither waits. */
#ifndef SOCKEYE_PROBES_ACT_H
#define SOCKEYE_PROBES_ACT_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/model/snapshot.h"

/* SOCK_DESTROY of linux/sock_diag.h: who waits in a call on the socket gets ECONNABORTED, the peer
 * of a TCP connection a reset.  where: its namespace; NULL: our own.  Negative errno with err:
 * -ENOENT it is gone, -EOPNOTSUPP this kernel or kind of socket knows no such thing, or the cookie is
 * not known, -EPERM. */
int act_destroy(const struct row *row, const struct netns *where, struct err *err);

/* Send a signal to the process that had this pid when start_ticks was read (proc_pid_stat(5)).
 * -ESRCH: it is gone. */
int act_signal(int32_t pid, uint64_t start_ticks, int signal, struct err *err);

#endif
