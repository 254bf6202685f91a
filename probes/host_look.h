/* probes/host_look.h - the figures of our network namespace and its limits.  The contract is struct
 * probes in core/model/probing.h. */
#ifndef SOCKEYE_PROBES_HOST_LOOK_H
#define SOCKEYE_PROBES_HOST_LOOK_H

#include "core/model/host.h"

struct host_reading *host_look(void);

/* Pure, for tests: what a text says, as /proc/net/dev writes it. */
void host_parse_devices(const char *text, struct host_reading *to);

#endif
