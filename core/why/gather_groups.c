/* Who would get a datagram to a multicast group. */
#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/why/gather_internal.h"

static bool is_group(const struct addr *a)
{
    /* RFC 5771: 224.0.0.0/4; RFC 4291, 2.7: ff00::/8 */
    return a->family == AF_INET ? (a->ip[0] & 0xf0) == 0xe0
                                : a->family == AF_INET6 && a->ip[0] == 0xff;
}

void gather_groups(struct gathering *g, const struct attempt *a)
{
    struct group_facts *f = &g->e->surroundings.group;
    char group[ADDR_TEXT_BYTES];
    struct addr to = addr_unmapped(&a->to);

    if (!is_group(&to) || g->wish->endpoint.scheme != ENDPOINT_UDP)
        return;
    g->probes->groups_look(&to, a->route.interface, f);
    if (!f->seen) {
        evidence_unseen(g->e, "multicast groups", NULL, "/proc/net/igmp cannot be read");
        return;
    }
    addr_format_ip(&to, group);
    evidence_say(g->e, "/proc/net/igmp", clock_now_ns(),
                 "%s has %u members on %s, %u on other interfaces, %u in other namespaces%s%s",
                 group, f->members, a->route.interface[0] ? a->route.interface : "?",
                 f->members_elsewhere, f->other_members, f->other_netns[0] ? ": " : "",
                 f->other_netns);
}
