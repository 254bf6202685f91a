/* core/services/never_recv.c - accepts and never calls recv(2).
 *
 * Its Recv-Q fills, its window closes, and the peer's Send-Q can only grow: the simplest stall
 * there is.  It learns nothing of the peer's FIN either and stays in CLOSE_WAIT. */
#include "core/services/service.h"

const struct service never_recv_service = {
    .name = "never-recv",
    .summary = "accepts connections and never reads: buffers fill up",
    .behaviour = {.readable = NULL},
};
