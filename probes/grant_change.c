/* The part of the grant that changes a socket of ours: bind(2), setsockopt(2), capabilities(7). */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "probes/grant.h"
#include "probes/guard/call.h"

static int ask(enum guard_op op, int fd, uint16_t kind, int value, const void *bytes,
               unsigned len)
{
    struct guard_call c = guard_call_of(op, kind, fd, 0);
    int rc;

    c.request.value = value;
    c.request.n_bytes = len;
    memcpy(c.request.bytes, bytes, len);
    rc = guard_ask(&c);
    errno = -rc;
    return rc < 0 ? -1 : 0;
}

static bool is_refused(int r)
{
    return r < 0 && (errno == EACCES || errno == EPERM) && guard_on();
}

int grant_bind(int fd, const void *name, unsigned len)
{
    const struct sockaddr *a = name;
    int r = bind(fd, a, len);

    if (!is_refused(r) || (a->sa_family != AF_INET && a->sa_family != AF_INET6) ||
        len > GUARD_REQUEST_BYTES)
        return r;
    return ask(GUARD_BIND, fd, 0, 0, name, len);
}

int grant_setsockopt(int fd, int level, int option, const void *value, unsigned len)
{
    int r = setsockopt(fd, level, option, value, len);

    /* A filter program is an address of ours: it needs no privilege, and would mean nothing there. */
    if (!is_refused(r) || !len || len > GUARD_REQUEST_BYTES || level < 0 || level > UINT16_MAX)
        return r;
    return ask(GUARD_SETSOCKOPT, fd, (uint16_t)level, option, value, len);
}
