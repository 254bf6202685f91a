/* probes/protocols.h - whether a protocol has any socket in this network namespace: what the kernel
 * counts in /proc/net/protocols. */
#ifndef SOCKEYE_PROBES_PROTOCOLS_H
#define SOCKEYE_PROBES_PROTOCOLS_H

#include <stdbool.h>

/* No MPTCP socket has a token or listens: a walk of the kernel's tables of them, which costs more than
 * one of all TCP on a small host, would find none.  False also where that cannot be known: kernels
 * before 6.6 count not all of them, or none. */
bool protocols_no_mptcp(void);

/* The text of the file says that there is the protocol, and no socket of it.  Pure. */
bool protocols_unused(const char *text, const char *name);

#endif
