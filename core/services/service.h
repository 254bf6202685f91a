/* core/services/service.h - what a server does with its connections.
 *
 * Each service is one file that defines one struct service; table.c lists them. */
#ifndef SOCKEYE_SERVICES_SERVICE_H
#define SOCKEYE_SERVICES_SERVICE_H

#include <stddef.h>

#include "core/net/session.h"

struct service {
    const char *name;    /* "echo" */
    const char *summary; /* one sentence, for help and completion */
    struct behaviour behaviour;
};

extern const struct service echo_service, never_recv_service;

/* NULL when there is no such service. */
const struct service *service_find(const char *name);
/* By number; NULL behind the last. */
const struct service *service_at(size_t i);
/* "echo, never-recv": for messages. */
void service_names(char *buf, size_t size);

#endif
