/* probes/diag_bytecode.h - the part of a filter that the kernel can apply while it dumps.
 *
 * INET_DIAG_REQ_BYTECODE of linux/inet_diag.h, for dumps of the Internet families.  Ports,
 * addresses, devices, marks and control groups are told apart there; what else a filter asks
 * is let through, so that the rows that arrive are a superset: whoever gets them matches them
 * again.  One thing the kernel knows better than a row: whether a port was asked for, so that
 * of `autobound` nothing is left but what the kernel chose. */
#ifndef SOCKEYE_PROBES_DIAG_BYTECODE_H
#define SOCKEYE_PROBES_DIAG_BYTECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/model/filter.h"

/* Room for any filter. */
#define DIAG_BYTECODE_BYTES 32768

struct diag_bytecode_reach {
    /* CAP_NET_ADMIN, without which the kernel refuses (EPERM) to look at marks. */
    bool privileged;
    /* The index of a device's name in the namespace that is asked: if_nametoindex() in our own;
     * NULL: names are let through. */
    unsigned (*device)(const char *name);
};

/* Compile f into buf, which is aligned for uint32_t.  Returns the length; 0: there is nothing
 * worth sending, or it does not fit.  Kernels that lack a code refuse it with EINVAL; then the
 * dump goes without. */
size_t diag_bytecode(const struct filter *f, const struct diag_bytecode_reach *reach,
                     uint8_t *buf, size_t size);

#endif
