/* probes/names.h - asks everybody who may know what a name stands for.
 *
 * The system's lookup and each source are asked side by side; whoever has not answered when the
 * time is over is reported as silent, and nothing waits longer. */
#ifndef SOCKEYE_PROBES_NAMES_H
#define SOCKEYE_PROBES_NAMES_H

#include "core/model/names.h"

/* Blocks for at most the wish's timeout; any thread.  A name that does not exist is a report, not
 * an error.  Returns 0 and the report, which is the caller's to free(), or negative errno with
 * err when the system's lookup could not even be started. */
int names_report(const struct names_wish *wish, struct name_report **ret, struct err *err);

#endif
