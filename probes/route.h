/* probes/route.h - which way traffic leaves this host: rtnetlink(7). */
#ifndef SOCKEYE_PROBES_ROUTE_H
#define SOCKEYE_PROBES_ROUTE_H

#include <stdbool.h>

#include "core/base/addr.h"

/* The interface that traffic to addr leaves by; false when unknown.  Any thread. */
bool interface_to(const struct addr *addr, char ret_name[16]);

#endif
