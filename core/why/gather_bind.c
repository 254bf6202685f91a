/* bind(2) as servers do it, without listening; closed at once. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/privileged.h"
#include "core/base/text.h"
#include "core/why/gather_internal.h"

static void fail(struct attempt *a, const char *call, int error)
{
    a->call = call;
    a->error = -error;
}

static int reuse_address(int fd)
{
    int on = 1;

    return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
}

/* net.ipv6.bindv6only decides over a socket that says nothing of it: ipv6(7). */
static bool takes_v6_only(int fd, int family)
{
    int on = 0;
    socklen_t len = sizeof(on);

    return family == AF_INET6 && getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, &len) == 0 &&
           on;
}

static void do_bind(const struct gathering *g, struct attempt *a, bool datagram)
{
    struct sockname at = sockname_from_addr(&a->to);
    int fd = socket(a->to.family, (datagram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);

    a->call = "bind";
    a->in_call = true;
    a->from = a->to;
    if (fd < 0) {
        fail(a, "socket", errno);
        return;
    }
    a->v6only = takes_v6_only(fd, a->to.family);
    if (!datagram && !g->wish->no_reuseaddr && reuse_address(fd) < 0)
        fail(a, "setsockopt", errno);
    else if (privileged_bind(fd, &at.sa, at.len) < 0)
        fail(a, "bind", errno);
    close(fd);
}

static void say_bind(struct gathering *g, const struct attempt *a, bool datagram)
{
    char at[ADDR_TEXT_BYTES];
    const char *how = datagram                ? ""
                      : g->wish->no_reuseaddr ? " without SO_REUSEADDR"
                                              : " with SO_REUSEADDR";

    addr_format(&a->to, at);
    if (a->error)
        evidence_failed(evidence_say(g->e, a->call, a->began_ns, "%s%s: %s (%s)", at, how,
                                     strerrordesc_np(-a->error), err_name(a->error)),
                        a->error);
    else
        evidence_say(g->e, a->call, a->began_ns, "%s%s: done", at, how);
}

void gather_bind(struct gathering *g)
{
    bool datagram = g->wish->endpoint.scheme == ENDPOINT_UDP;
    struct addr addresses[EVIDENCE_ATTEMPTS];
    size_t n = gather_addresses(g, addresses, EVIDENCE_ATTEMPTS);

    for (size_t i = 0; i < n; i++) {
        struct attempt *a = evidence_attempt(g->e);

        a->to = addresses[i];
        a->began_ns = clock_now_ns();
        g->probes->route_look(&(struct route_question){.to = a->to}, &a->route);
        do_bind(g, a, datagram);
        a->elapsed_ns = clock_now_ns() - a->began_ns;
        say_bind(g, a, datagram);
        if (a->error == -EADDRNOTAVAIL)
            g->probes->home_look(&a->to, &g->e->home);
    }
    if (n && g->e->attempts[n - 1].error == -EADDRINUSE && !g->wish->endpoint.port)
        gather_ports(g, datagram ? IPPROTO_UDP : IPPROTO_TCP, &addresses[n - 1]);
    else if (n)
        gather_rows(g, datagram ? IPPROTO_UDP : IPPROTO_TCP, g->wish->endpoint.port, NULL);
}
