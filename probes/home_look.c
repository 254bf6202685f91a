/* The interface that has an address of this host: getifaddrs(3). */
#include <errno.h>
#include <ifaddrs.h>
#include <linux/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "probes/route.h"

static void take(const struct ifaddrs *i, struct route_facts *facts)
{
    snprintf(facts->interface, sizeof(facts->interface), "%s", i->ifa_name);
    facts->up = i->ifa_flags & IFF_UP;
    facts->carrier = i->ifa_flags & IFF_LOWER_UP;
    facts->loopback = i->ifa_flags & IFF_LOOPBACK;
}

static bool has(const struct ifaddrs *i, const struct addr *wanted)
{
    struct addr a;

    if (!i->ifa_addr || i->ifa_addr->sa_family != wanted->family)
        return false;
    a = addr_from_sockaddr(i->ifa_addr);
    return addr_same_ip(&a, wanted);
}

void home_look(const struct addr *local, struct route_facts *ret)
{
    struct addr wanted = addr_unmapped(local);
    struct route_facts facts = {.error = -EADDRNOTAVAIL}, down = facts;
    struct ifaddrs *list;

    *ret = (struct route_facts){0};
    if ((wanted.family != AF_INET && wanted.family != AF_INET6) || getifaddrs(&list) < 0)
        return;
    for (const struct ifaddrs *i = list; i && facts.error; i = i->ifa_next) {
        if (has(i, &wanted)) {
            facts.error = 0;
            take(i, &facts);
        } else if (!down.interface[0] && !(i->ifa_flags & (IFF_UP | IFF_LOOPBACK))) {
            take(i, &down);
        }
    }
    freeifaddrs(list);
    /* The whole of 127.0.0.0/8 is ours, though only one address of it is told. */
    if (facts.error && addr_is_loopback(&wanted))
        return;
    *ret = facts.error ? down : facts;
    ret->seen = true;
}
