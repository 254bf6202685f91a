/* core/model/host_internal.h - what the files of the host's figures share; nobody else includes
 * it. */
#ifndef SOCKEYE_MODEL_HOST_INTERNAL_H
#define SOCKEYE_MODEL_HOST_INTERNAL_H

#include "core/model/host.h"

/* One number that was read, by its name; false: it is not there. */
bool host_number(const struct host_reading *r, const char *name, uint64_t *ret);

/* host_figures.c: all of the newest look; what it was before stands in h. */
void host_judge(struct host *h, const struct host_reading *r, struct host_look *now);

/* The newest look; NULL: none.  The oldest of the last HOST_RECENT_NS before at_ns. */
const struct host_look *host_newest(const struct host *h);
const struct host_look *host_recent(const struct host *h, uint64_t at_ns);

#endif
