/* probes/guard/helper.h - the privileged helper: a process of its own, made before anything foreign
 * was read.
 *
 * It keeps the capabilities of HELPER_CAPABILITIES that the program was started with, has no terminal,
 * no file of the program and nothing open but the connection; it reads no packet, no configuration and
 * no name, only numbers of its protocol.  It ends when the connection does, however the program ended,
 * and takes away what it made. */
#ifndef SOCKEYE_PROBES_GUARD_HELPER_H
#define SOCKEYE_PROBES_GUARD_HELPER_H

#include <linux/capability.h>
#include <stdint.h>

#include "probes/guard/protocol.h"

#define HELPER_BIT(cap) (UINT64_C(1) << (cap))
/* Sockets and their marks; ports below 1024; who holds a socket and in which namespace; setns(2) and a
 * tracefs of our own; files of other users in /proc and tracefs; signals. */
#define HELPER_CAPABILITIES                                                                    \
    (HELPER_BIT(CAP_NET_RAW) | HELPER_BIT(CAP_NET_ADMIN) | HELPER_BIT(CAP_NET_BIND_SERVICE) |  \
     HELPER_BIT(CAP_SYS_PTRACE) | HELPER_BIT(CAP_SYS_ADMIN) |                                  \
     HELPER_BIT(CAP_DAC_READ_SEARCH) | HELPER_BIT(CAP_DAC_OVERRIDE) | HELPER_BIT(CAP_KILL))

/* Make it: ret_fds are the connections, *ret_pid the helper.  0 or negative errno.  While there is but
 * one thread. */
int helper_start(int ret_fds[GUARD_CHANNELS], int *ret_pid);

#endif
