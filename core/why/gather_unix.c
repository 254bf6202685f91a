/* AF_UNIX: a path or an abstract name.  unix(7). */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/why/gather_internal.h"

static int type_of(enum endpoint_scheme scheme)
{
    return scheme == ENDPOINT_UNIX_DGRAM       ? SOCK_DGRAM
           : scheme == ENDPOINT_UNIX_SEQPACKET ? SOCK_SEQPACKET
                                               : SOCK_STREAM;
}

void gather_unix(struct gathering *g)
{
    struct attempt *a = evidence_attempt(g->e);
    struct sockname name = sockname_from_path(g->wish->endpoint.path);
    int fd =
        socket(AF_UNIX, type_of(g->wish->endpoint.scheme) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    a->call = g->wish->subject == WHY_BIND ? "bind" : "connect";
    a->began_ns = clock_now_ns();
    if (fd < 0) {
        a->call = "socket";
        a->error = -errno;
        return;
    }
    if (connect(fd, (struct sockaddr *)&name.sa, name.len) < 0)
        a->error = -errno;
    a->elapsed_ns = clock_now_ns() - a->began_ns;
    gather_keep(g, fd);
    evidence_say(g->e, a->call, a->began_ns, "%s: %s", g->wish->endpoint.path,
                 a->error ? strerrordesc_np(-a->error) : "done");
}
