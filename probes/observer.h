/* probes/observer.h - the thread that looks at the host's sockets: sock_diag and owners made
 * into snapshots.  The contract is struct probes in core/model/probing.h. */
#ifndef SOCKEYE_PROBES_OBSERVER_H
#define SOCKEYE_PROBES_OBSERVER_H

#include "core/model/probing.h"

struct observer *observer_start(struct ring *events, struct bell *news);
void observer_wish(struct observer *o, struct wish *w);
struct mailbox *observer_snapshots(struct observer *o);
void observer_stop(struct observer *o);

/* How long it rests after a look that took so long; wished_ns 0: as it pleases.  A look may be dear
 * although few rows come of it: a filter and other namespaces take the kernel's time, too. */
uint64_t observer_interval_ns(uint64_t wished_ns, uint64_t cost_ns);

#endif
