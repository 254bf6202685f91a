#include <stdio.h>
#include <string.h>

#include "core/services/service.h"

/* One line a service: the file NAME.c defines NAME_service. */
#define SERVICES(X)                                                                            \
    X(echo)                                                                                    \
    X(http)                                                                                    \
    X(never_recv)

#define DECLARE(name) extern const struct service name##_service;
#define ADDRESS(name) &name##_service,

SERVICES(DECLARE)

static const struct service *const services[] = {SERVICES(ADDRESS)};

#define N_SERVICES (sizeof(services) / sizeof(services[0]))

const struct service *service_at(size_t i)
{
    return i < N_SERVICES ? services[i] : NULL;
}

const struct service *service_find(const char *name)
{
    for (size_t i = 0; i < N_SERVICES; i++)
        if (strcmp(services[i]->name, name) == 0)
            return services[i];
    return NULL;
}

void service_names(char *buf, size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < N_SERVICES && used < size; i++)
        used +=
            (size_t)snprintf(buf + used, size - used, "%s%s", i ? ", " : "", services[i]->name);
}
