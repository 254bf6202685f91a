/* probes/destroy_events.h - sock_diag's multicast groups: each TCP and UDP socket of this
 * network namespace at the moment when it is no more, with its cookie and what nobody read.
 *
 * Anybody may listen.  linux/sock_diag.h, enum sknetlink_groups.  One thread. */
#ifndef SOCKEYE_PROBES_DESTROY_EVENTS_H
#define SOCKEYE_PROBES_DESTROY_EVENTS_H

#include "core/model/kernel_event.h"

struct nlmsghdr;
struct destroy_events;

/* NULL when there is none: status says why. */
struct destroy_events *destroy_events_open(struct kernel_events_status *status);
void destroy_events_close(struct destroy_events *d); /* NULL is a no-op */

int destroy_events_fd(const struct destroy_events *d); /* -1 for NULL */

/* What came since.  Returns how often some were lost for want of room: a look at everything is
 * needed then. */
uint64_t destroy_events_read(struct destroy_events *d,
                             void (*event)(void *ctx, const struct kernel_event *e), void *ctx);

/* One message; pure.  -EBADMSG: too short to believe, -ENOMSG: of another kind. */
int destroy_events_parse(const struct nlmsghdr *message, struct kernel_event *ret);

#endif
