/* probes/revise.h - the newest rows corrected by what the kernel's events spoke of.
 *
 * Each connection that an event touched is asked for by one exact question: what its namespace
 * is, and what became of it, the answer tells.  The rest is as it was. */
#ifndef SOCKEYE_PROBES_REVISE_H
#define SOCKEYE_PROBES_REVISE_H

#include "core/model/probing.h"
#include "probes/sock_diag.h"
#include "probes/touched.h"

/* 0 and a new snapshot, the caller's, or NULL: nothing of ours changed.  -E2BIG: asking for so
 * many would cost more than a look at everything. */
int revise(struct diag *d, struct snapshot *s, const struct wish *wish, struct touched *t,
           struct snapshot **ret);

#endif
