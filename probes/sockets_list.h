/* probes/sockets_list.h - one look at the host's sockets, handed over part by part.  The contract
 * is struct probes in core/model/probing.h. */
#ifndef SOCKEYE_PROBES_SOCKETS_LIST_H
#define SOCKEYE_PROBES_SOCKETS_LIST_H

#include "core/model/probing.h"

#define SOCKETS_LIST_PART 4096 /* rows at most in a part */

/* The last part is always handed over, though it may be empty.  Any thread.  Returns 0, or what
 * err of the last part says when not one socket could be asked for. */
int sockets_list(const struct wish *wish, bool (*part)(void *ctx, const struct snapshot *part),
                 void *ctx, struct err *err);

#endif
