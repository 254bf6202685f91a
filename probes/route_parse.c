#include "probes/route_parse.h"

#include <libmnl/libmnl.h>
#include <linux/gen_stats.h>
#include <linux/if.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

static struct addr addr_of(const struct nlattr *attribute, uint8_t family)
{
    size_t bytes = family == AF_INET ? 4 : 16;

    if (mnl_attr_get_payload_len(attribute) < bytes)
        return (struct addr){0};
    return addr_make(family, mnl_attr_get_payload(attribute), 0);
}

/* --- the route --------------------------------------------------------------------------- */

static enum route_kind kind_of(uint8_t type)
{
    switch (type) {
    case RTN_LOCAL:
        return ROUTE_LOCAL;
    case RTN_UNICAST:
        return ROUTE_UNICAST;
    case RTN_BROADCAST:
    case RTN_ANYCAST:
        return ROUTE_BROADCAST;
    case RTN_MULTICAST:
        return ROUTE_MULTICAST;
    case RTN_BLACKHOLE:
        return ROUTE_BLACKHOLE;
    case RTN_UNREACHABLE:
        return ROUTE_UNREACHABLE;
    case RTN_PROHIBIT:
        return ROUTE_PROHIBIT;
    default:
        return ROUTE_UNKNOWN;
    }
}

static bool get_u32(const struct nlattr *attribute, uint32_t *ret)
{
    if (mnl_attr_validate(attribute, MNL_TYPE_U32) < 0)
        return false;
    *ret = mnl_attr_get_u32(attribute);
    return true;
}

static int take_metric(const struct nlattr *attribute, void *ctx)
{
    struct route_reading *r = ctx;

    if (mnl_attr_get_type(attribute) == RTAX_MTU)
        get_u32(attribute, &r->facts->path_mtu);
    return MNL_CB_OK;
}

static int take_route_attribute(const struct nlattr *attribute, void *ctx)
{
    struct route_reading *r = ctx;

    switch (mnl_attr_get_type(attribute)) {
    case RTA_OIF:
        get_u32(attribute, &r->index);
        break;
    case RTA_GATEWAY:
        r->facts->gateway = addr_of(attribute, r->family);
        r->facts->has_gateway = r->facts->gateway.family != AF_UNSPEC;
        break;
    case RTA_PREFSRC:
        r->facts->source = addr_of(attribute, r->family);
        break;
    case RTA_METRICS:
        mnl_attr_parse_nested(attribute, take_metric, r);
        break;
    default:
        break;
    }
    return MNL_CB_OK;
}

int route_take_route(const struct nlmsghdr *message, void *ctx)
{
    const struct rtmsg *route = mnl_nlmsg_get_payload(message);
    struct route_reading *r = ctx;

    if (message->nlmsg_type != RTM_NEWROUTE ||
        mnl_nlmsg_get_payload_len(message) < sizeof(*route))
        return MNL_CB_STOP;
    r->facts->kind = (uint8_t)kind_of(route->rtm_type);
    mnl_attr_parse(message, sizeof(*route), take_route_attribute, r);
    return MNL_CB_STOP;
}

/* --- its next hops --------------------------------------------------------------------------- */

/* Linux gives it to the loopback interface of each namespace. */
#define LOOPBACK_INDEX 1

static int take_gateway(const struct nlattr *attribute, void *ctx)
{
    struct route_hops *h = ctx;

    if (mnl_attr_get_type(attribute) == RTA_GATEWAY)
        h->hop[h->n].gateway = addr_of(attribute, h->family);
    return MNL_CB_OK;
}

/* rtnetlink(7): struct rtnexthop, each with attributes of its own behind it. */
static void take_several(const struct nlattr *attribute, struct route_hops *h)
{
    const uint8_t *at = mnl_attr_get_payload(attribute);
    size_t left = mnl_attr_get_payload_len(attribute), len;
    struct rtnexthop hop;

    for (h->n = 0; left >= sizeof(hop) && h->n < ROUTE_INTERFACES; h->n++) {
        memcpy(&hop, at, sizeof(hop));
        len = ((size_t)hop.rtnh_len + RTNH_ALIGNTO - 1) / RTNH_ALIGNTO * RTNH_ALIGNTO;
        if (hop.rtnh_len < sizeof(hop) || hop.rtnh_len > left)
            break;
        h->hop[h->n].index = (uint32_t)hop.rtnh_ifindex;
        h->hop[h->n].gateway = (struct addr){0};
        mnl_attr_parse_payload(at + sizeof(hop), hop.rtnh_len - sizeof(hop), take_gateway, h);
        at += len;
        left -= len < left ? len : left;
    }
}

static int take_hops(const struct nlattr *attribute, void *ctx)
{
    struct route_hops *h = ctx;

    switch (mnl_attr_get_type(attribute)) {
    case RTA_OIF:
        if (!h->n)
            h->n = get_u32(attribute, &h->hop[0].index);
        break;
    case RTA_GATEWAY:
        h->hop[0].gateway = addr_of(attribute, h->family);
        break;
    case RTA_MULTIPATH:
        take_several(attribute, h);
        break;
    default:
        break;
    }
    return MNL_CB_OK;
}

int route_take_hops(const struct nlmsghdr *message, void *ctx)
{
    const struct rtmsg *route = mnl_nlmsg_get_payload(message);
    struct route_hops *h = ctx;

    if (message->nlmsg_type != RTM_NEWROUTE ||
        mnl_nlmsg_get_payload_len(message) < sizeof(*route))
        return MNL_CB_STOP;
    h->n = 0;
    h->local = route->rtm_type == RTN_LOCAL;
    /* Whatever interface holds an address of our own, its traffic goes by loopback. */
    if (h->local) {
        h->hop[0].index = LOOPBACK_INDEX;
        h->n = 1;
        return MNL_CB_STOP;
    }
    mnl_attr_parse(message, sizeof(*route), take_hops, h);
    return MNL_CB_STOP;
}

/* --- its interface --------------------------------------------------------------------------- */

static int take_link_attribute(const struct nlattr *attribute, void *ctx)
{
    struct route_reading *r = ctx;

    if (mnl_attr_get_type(attribute) == IFLA_LINK_NETNSID)
        r->facts->to_netns = true;
    else if (mnl_attr_get_type(attribute) == IFLA_MTU)
        r->facts->has_mtu = get_u32(attribute, &r->facts->mtu);
    else if (mnl_attr_get_type(attribute) == IFLA_IFNAME &&
             mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) >= 0)
        snprintf(r->facts->interface, sizeof(r->facts->interface), "%s",
                 mnl_attr_get_str(attribute));
    return MNL_CB_OK;
}

int route_take_link(const struct nlmsghdr *message, void *ctx)
{
    const struct ifinfomsg *link = mnl_nlmsg_get_payload(message);
    struct route_reading *r = ctx;

    if (message->nlmsg_type != RTM_NEWLINK ||
        mnl_nlmsg_get_payload_len(message) < sizeof(*link))
        return MNL_CB_STOP;
    r->facts->up = link->ifi_flags & IFF_UP;
    r->facts->carrier = link->ifi_flags & IFF_LOWER_UP;
    r->facts->loopback = link->ifi_flags & IFF_LOOPBACK;
    mnl_attr_parse(message, sizeof(*link), take_link_attribute, r);
    return MNL_CB_STOP;
}

/* --- its neighbour --------------------------------------------------------------------------- */

static int take_mac(const struct nlattr *attribute, void *ctx)
{
    struct route_reading *r = ctx;

    if (mnl_attr_get_type(attribute) == NDA_LLADDR &&
        mnl_attr_get_payload_len(attribute) == sizeof(r->facts->mac)) {
        memcpy(r->facts->mac, mnl_attr_get_payload(attribute), sizeof(r->facts->mac));
        r->facts->has_mac = true;
    }
    return MNL_CB_OK;
}

int route_take_neighbour(const struct nlmsghdr *message, void *ctx)
{
    const struct ndmsg *neighbour = mnl_nlmsg_get_payload(message);
    struct route_reading *r = ctx;

    if (message->nlmsg_type != RTM_NEWNEIGH ||
        mnl_nlmsg_get_payload_len(message) < sizeof(*neighbour))
        return MNL_CB_STOP;
    if (neighbour->ndm_state & NUD_FAILED)
        r->facts->neighbour = NEIGHBOUR_FAILED;
    else if (neighbour->ndm_state & NUD_INCOMPLETE)
        r->facts->neighbour = NEIGHBOUR_INCOMPLETE;
    else if (neighbour->ndm_state)
        r->facts->neighbour = NEIGHBOUR_REACHABLE;
    if (r->facts->neighbour == NEIGHBOUR_REACHABLE)
        mnl_attr_parse(message, sizeof(*neighbour), take_mac, r);
    return MNL_CB_STOP;
}

/* --- its queue --------------------------------------------------------------------------------- */

/* gen_stats.h; a kernel may tell less, or more. */
static int take_queue_numbers(const struct nlattr *attribute, void *ctx)
{
    struct route_reading *r = ctx;
    struct gnet_stats_queue numbers;

    if (mnl_attr_get_type(attribute) != TCA_STATS_QUEUE ||
        mnl_attr_get_payload_len(attribute) < sizeof(numbers))
        return MNL_CB_OK;
    memcpy(&numbers, mnl_attr_get_payload(attribute), sizeof(numbers));
    r->facts->queue.seen = true;
    r->facts->queue.backlog_bytes = numbers.backlog;
    r->facts->queue.dropped_pkts = numbers.drops;
    return MNL_CB_OK;
}

static int take_queue_attribute(const struct nlattr *attribute, void *ctx)
{
    struct route_reading *r = ctx;

    if (mnl_attr_get_type(attribute) == TCA_KIND &&
        mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) >= 0)
        snprintf(r->facts->queue.kind, sizeof(r->facts->queue.kind), "%s",
                 mnl_attr_get_str(attribute));
    else if (mnl_attr_get_type(attribute) == TCA_STATS2)
        mnl_attr_parse_nested(attribute, take_queue_numbers, r);
    return MNL_CB_OK;
}

int route_take_queue(const struct nlmsghdr *message, void *ctx)
{
    const struct tcmsg *queue = mnl_nlmsg_get_payload(message);
    const struct route_reading *r = ctx;

    if (message->nlmsg_type == RTM_NEWQDISC &&
        mnl_nlmsg_get_payload_len(message) >= sizeof(*queue) &&
        (uint32_t)queue->tcm_ifindex == r->index && queue->tcm_parent == TC_H_ROOT)
        mnl_attr_parse(message, sizeof(*queue), take_queue_attribute, ctx);
    return MNL_CB_OK;
}
