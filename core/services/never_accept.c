/* core/services/never_accept.c - listens and never calls accept(2).
 *
 * The kernel completes connections until the backlog is full; later ones get no answer to their
 * SYN, and time out. */
#include "core/services/service.h"

const struct service never_accept_service = {
    .name = "never-accept",
    .summary = "listens and never accepts: connections wait in the backlog (--backlog N)",
    .never_accepts = true,
};
