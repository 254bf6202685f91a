#include "core/base/privileged.h"

#include <sys/socket.h>

static int plain_bind(int fd, const void *name, unsigned len)
{
    return bind(fd, name, len);
}

static const struct privileged_calls plain = {plain_bind, setsockopt};
static const struct privileged_calls *calls = &plain;

void privileged_by(const struct privileged_calls *other)
{
    calls = other;
}

int privileged_bind(int fd, const void *name, unsigned len)
{
    return calls->bind(fd, name, len);
}

int privileged_setsockopt(int fd, int level, int option, const void *value, unsigned len)
{
    return calls->setsockopt(fd, level, option, value, len);
}
