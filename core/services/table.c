#include <string.h>

#include "core/services/service.h"

/* One line a service: its file defines NAME_service.  The order is that of help. */
#define SERVICES(X)                                                                            \
    X(echo)                                                                                    \
    X(discard)                                                                                 \
    X(chargen)                                                                                 \
    X(daytime)                                                                                 \
    X(time_of_day)                                                                             \
    X(qotd)                                                                                    \
    X(hello)                                                                                   \
    X(thanks)                                                                                  \
    X(greet_then_read)                                                                         \
    X(upper)                                                                                   \
    X(reverse)                                                                                 \
    X(ack)                                                                                     \
    X(clock)                                                                                   \
    X(lookup)                                                                                  \
    X(message)                                                                                 \
    X(http)                                                                                    \
    X(relay)                                                                                   \
    X(balance)                                                                                 \
    X(proxy)                                                                                   \
    X(file_source)                                                                             \
    X(file_sink)                                                                               \
    X(never_recv)                                                                              \
    X(never_accept)                                                                            \
    X(slow_recv)                                                                               \
    X(trickle)                                                                                 \
    X(reset)                                                                                   \
    X(close_unread)                                                                            \
    X(half_close)                                                                              \
    X(truncate)                                                                                \
    X(garbage)                                                                                 \
    X(silent)

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
