/* probes/protocols.h - which kinds have no socket in this network namespace: what the kernel counts in
 * /proc/net/protocols.  To find that there is none by a walk of its tables is dearer. */
#ifndef SOCKEYE_PROBES_PROTOCOLS_H
#define SOCKEYE_PROBES_PROTOCOLS_H

#include <stdbool.h>
#include <stdint.h>

/* The kinds, as KIND_BIT(), that protocols_empty() may tell. */
extern const uint32_t protocols_counted;

/* Those of them without any socket.  What cannot be known is not among them: nor is MPTCP before
 * Linux 6.6, which counts not all of its sockets, or none. */
uint32_t protocols_empty(void);

/* The same of the text of the file.  Pure. */
uint32_t protocols_empty_in(const char *text, bool counts_mptcp);

#endif
