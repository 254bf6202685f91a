/* The way to an address in full: rtnetlink(7), RTM_GETROUTE, RTM_GETLINK, RTM_GETNEIGH. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "probes/route.h"

#define BUFFER_BYTES 16384

typedef int take_message(const struct nlmsghdr *message, void *ctx);

struct asking {
    struct mnl_socket *nl;
    struct route_facts *facts;
    uint8_t family; /* of what is asked for */
    uint32_t index; /* of the interface; 0: unknown */
    struct addr neighbour;
    char buffer[BUFFER_BYTES] __attribute__((aligned(8)));
};

/* The request is in the buffer; its first answer goes to take().  Returns 0 or negative errno. */
static int ask(struct asking *a, struct nlmsghdr *message, take_message *take)
{
    ssize_t n;

    message->nlmsg_flags = NLM_F_REQUEST;
    message->nlmsg_seq = 1;
    if (mnl_socket_sendto(a->nl, message, message->nlmsg_len) < 0)
        return -errno;
    n = mnl_socket_recvfrom(a->nl, a->buffer, sizeof(a->buffer));
    if (n < 0)
        return -errno;
    return mnl_cb_run(a->buffer, (size_t)n, 1, mnl_socket_get_portid(a->nl), take, a) < 0
               ? -errno
               : 0;
}

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
    struct asking *a = ctx;

    if (mnl_attr_get_type(attribute) == RTAX_MTU)
        get_u32(attribute, &a->facts->path_mtu);
    return MNL_CB_OK;
}

static int take_route_attribute(const struct nlattr *attribute, void *ctx)
{
    struct asking *a = ctx;

    switch (mnl_attr_get_type(attribute)) {
    case RTA_OIF:
        get_u32(attribute, &a->index);
        break;
    case RTA_GATEWAY:
        a->facts->has_gateway = true;
        a->facts->gateway = addr_of(attribute, a->family);
        break;
    case RTA_PREFSRC:
        a->facts->source = addr_of(attribute, a->family);
        break;
    case RTA_METRICS:
        mnl_attr_parse_nested(attribute, take_metric, a);
        break;
    default:
        break;
    }
    return MNL_CB_OK;
}

static int take_route(const struct nlmsghdr *message, void *ctx)
{
    const struct rtmsg *route = mnl_nlmsg_get_payload(message);
    struct asking *a = ctx;

    if (message->nlmsg_type != RTM_NEWROUTE ||
        mnl_nlmsg_get_payload_len(message) < sizeof(*route))
        return MNL_CB_STOP;
    a->facts->kind = (uint8_t)kind_of(route->rtm_type);
    mnl_attr_parse(message, sizeof(*route), take_route_attribute, a);
    return MNL_CB_STOP;
}

/* The errors of fib lookups: ip-route(8), "types". */
static enum route_kind kind_of_error(int error)
{
    switch (error) {
    case -EINVAL:
        return ROUTE_BLACKHOLE;
    case -EHOSTUNREACH:
        return ROUTE_UNREACHABLE;
    case -EACCES:
        return ROUTE_PROHIBIT;
    case -ENETUNREACH:
        return ROUTE_NONE;
    default:
        return ROUTE_UNKNOWN;
    }
}

static void ask_route(struct asking *a, const struct addr *to)
{
    struct nlmsghdr *message = mnl_nlmsg_put_header(a->buffer);
    size_t bytes = to->family == AF_INET ? 4 : 16;
    struct rtmsg *question;
    int r;

    a->family = to->family;
    message->nlmsg_type = RTM_GETROUTE;
    question = mnl_nlmsg_put_extra_header(message, sizeof(*question));
    question->rtm_family = to->family;
    question->rtm_dst_len = (unsigned char)(8 * bytes);
    mnl_attr_put(message, RTA_DST, bytes, to->ip);
    if (to->scope)
        mnl_attr_put_u32(message, RTA_OIF, to->scope);
    r = ask(a, message, take_route);
    a->facts->seen = true;
    a->facts->error = r;
    if (r < 0)
        a->facts->kind = (uint8_t)kind_of_error(r);
}

/* --- its interface --------------------------------------------------------------------------- */

static int take_link_attribute(const struct nlattr *attribute, void *ctx)
{
    struct asking *a = ctx;

    if (mnl_attr_get_type(attribute) == IFLA_LINK_NETNSID)
        a->facts->to_netns = true;
    else if (mnl_attr_get_type(attribute) == IFLA_MTU)
        a->facts->has_mtu = get_u32(attribute, &a->facts->mtu);
    else if (mnl_attr_get_type(attribute) == IFLA_IFNAME &&
             mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) >= 0)
        snprintf(a->facts->interface, sizeof(a->facts->interface), "%s",
                 mnl_attr_get_str(attribute));
    return MNL_CB_OK;
}

static int take_link(const struct nlmsghdr *message, void *ctx)
{
    const struct ifinfomsg *link = mnl_nlmsg_get_payload(message);
    struct asking *a = ctx;

    if (message->nlmsg_type != RTM_NEWLINK ||
        mnl_nlmsg_get_payload_len(message) < sizeof(*link))
        return MNL_CB_STOP;
    a->facts->up = link->ifi_flags & IFF_UP;
    a->facts->carrier = link->ifi_flags & IFF_LOWER_UP;
    a->facts->loopback = link->ifi_flags & IFF_LOOPBACK;
    mnl_attr_parse(message, sizeof(*link), take_link_attribute, a);
    return MNL_CB_STOP;
}

static void ask_link(struct asking *a)
{
    struct nlmsghdr *message = mnl_nlmsg_put_header(a->buffer);
    struct ifinfomsg *question;

    message->nlmsg_type = RTM_GETLINK;
    question = mnl_nlmsg_put_extra_header(message, sizeof(*question));
    question->ifi_index = (int)a->index;
    ask(a, message, take_link);
}

/* --- its neighbour ------------------------------------------------------------------------------ */

static int take_mac(const struct nlattr *attribute, void *ctx)
{
    struct asking *a = ctx;

    if (mnl_attr_get_type(attribute) == NDA_LLADDR &&
        mnl_attr_get_payload_len(attribute) == sizeof(a->facts->mac)) {
        memcpy(a->facts->mac, mnl_attr_get_payload(attribute), sizeof(a->facts->mac));
        a->facts->has_mac = true;
    }
    return MNL_CB_OK;
}

static int take_neighbour(const struct nlmsghdr *message, void *ctx)
{
    const struct ndmsg *neighbour = mnl_nlmsg_get_payload(message);
    struct asking *a = ctx;

    if (message->nlmsg_type != RTM_NEWNEIGH ||
        mnl_nlmsg_get_payload_len(message) < sizeof(*neighbour))
        return MNL_CB_STOP;
    if (neighbour->ndm_state & NUD_FAILED)
        a->facts->neighbour = NEIGHBOUR_FAILED;
    else if (neighbour->ndm_state & NUD_INCOMPLETE)
        a->facts->neighbour = NEIGHBOUR_INCOMPLETE;
    else if (neighbour->ndm_state)
        a->facts->neighbour = NEIGHBOUR_REACHABLE;
    if (a->facts->neighbour == NEIGHBOUR_REACHABLE)
        mnl_attr_parse(message, sizeof(*neighbour), take_mac, a);
    return MNL_CB_STOP;
}

static void ask_neighbour(struct asking *a)
{
    struct nlmsghdr *message = mnl_nlmsg_put_header(a->buffer);
    struct ndmsg *question;

    message->nlmsg_type = RTM_GETNEIGH;
    question = mnl_nlmsg_put_extra_header(message, sizeof(*question));
    question->ndm_family = a->neighbour.family;
    question->ndm_ifindex = (int)a->index;
    mnl_attr_put(message, NDA_DST, a->neighbour.family == AF_INET ? 4 : 16, a->neighbour.ip);
    ask(a, message, take_neighbour);
}

void route_look(const struct addr *to, struct route_facts *ret)
{
    struct route_facts facts = {0};
    struct timeval silence = {.tv_sec = 1};
    struct addr plain = addr_unmapped(to);
    struct asking a = {.nl = route_socket(), .facts = &facts};

    *ret = facts;
    if (!a.nl || (plain.family != AF_INET && plain.family != AF_INET6))
        goto out;
    if (mnl_socket_bind(a.nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
        setsockopt(mnl_socket_get_fd(a.nl), SOL_SOCKET, SO_RCVTIMEO, &silence,
                   sizeof(silence)) < 0)
        goto out;
    ask_route(&a, &plain);
    if (a.index)
        ask_link(&a);
    a.neighbour = facts.has_gateway ? facts.gateway : plain;
    if (a.index && facts.kind == ROUTE_UNICAST)
        ask_neighbour(&a);
    *ret = facts;
out:
    if (a.nl)
        mnl_socket_close(a.nl);
}
