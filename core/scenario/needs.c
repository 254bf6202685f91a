#include "core/scenario/needs.h"

#include <netinet/in.h>
#include <unistd.h>

const char *scenario_lacks(const struct scenario *s, const struct probes *probes,
                           bool no_capture)
{
    const struct in6_addr loopback = IN6ADDR_LOOPBACK_INIT;
    struct addr at = addr_make(AF_INET6, &loopback, 0);
    struct route_facts home = {0};

    if (s->needs & NEED_ROOT && geteuid() != 0)
        return "it needs root";
    if (s->needs & NEED_CAPTURE && no_capture)
        return "it needs packets, and --no-capture is given";
    if (!(s->needs & NEED_IPV6))
        return NULL;
    probes->home_look(&at, &home);
    return home.error ? "it needs IPv6: ::1 is no address of this host" : NULL;
}
