/* probes/opens.h - how many TCP connections this network namespace has opened: the kernel's
 * counters, /proc/net/snmp (RFC 4022: tcpActiveOpens, tcpPassiveOpens). */
#ifndef SOCKEYE_PROBES_OPENS_H
#define SOCKEYE_PROBES_OPENS_H

#include <stdbool.h>
#include <stdint.h>

/* Active and passive ones since boot, modulo 2^32 as the kernel counts on some.  False: cannot be
 * read. */
bool opens_read(uint32_t *ret);

/* The same of the file's text; pure. */
bool opens_parse(const char *text, uint32_t *ret);

#endif
