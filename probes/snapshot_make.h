/* probes/snapshot_make.h - one look at the host's sockets: dump, filter, sort, owners, detail.
 *
 * Not thread-safe: what the looker holds (a netlink socket, the owners it knows) belongs to
 * the thread that looks. */
#ifndef SOCKEYE_PROBES_SNAPSHOT_MAKE_H
#define SOCKEYE_PROBES_SNAPSHOT_MAKE_H

#include "core/model/probing.h"

struct looker;

struct looker *looker_new(void);
void looker_free(struct looker *l);

/* Never NULL; what could not be seen is told by err of the snapshot.  The caller owns it. */
struct snapshot *snapshot_make(struct looker *l, const struct wish *wish);

#endif
