/* probes/ping.h - ping(8): echo requests by one socket, and what becomes of each.  The contract is
 * struct probes in core/model/probing.h. */
#ifndef SOCKEYE_PROBES_PING_H
#define SOCKEYE_PROBES_PING_H

#include "core/model/probing.h"

int ping_open(const struct ping_settings *settings, struct ping **ret, struct err *err);
int ping_fd(const struct ping *p);
uint64_t ping_due_ns(const struct ping *p);
bool ping_raw(const struct ping *p);
bool ping_next(struct ping *p, struct ping_event *ret);
void ping_close(struct ping *p);

#endif
