/* The way to an address in full: rtnetlink(7), RTM_GETROUTE, RTM_GETLINK, RTM_GETNEIGH. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sys/time.h>

#include "probes/route.h"
#include "probes/route_parse.h"

#define BUFFER_BYTES 16384

typedef int take_message(const struct nlmsghdr *message, void *ctx);

struct asking {
    struct mnl_socket *nl;
    struct route_reading reading;
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
    return mnl_cb_run(a->buffer, (size_t)n, 1, mnl_socket_get_portid(a->nl), take,
                      &a->reading) < 0
               ? -errno
               : 0;
}

/* --- the route --------------------------------------------------------------------------- */

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

/* -ENETUNREACH is the answer of tables without a route, and of a rule that says so. */
static bool by_rule(struct asking *a, uint8_t protocol, const struct addr *to)
{
    struct nlmsghdr *message = mnl_nlmsg_put_header(a->buffer);
    struct route_rule rule = {.to = *to, .protocol = protocol};
    struct fib_rule_hdr *question;
    ssize_t n;

    message->nlmsg_type = RTM_GETRULE;
    message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    message->nlmsg_seq = 2;
    question = mnl_nlmsg_put_extra_header(message, sizeof(*question));
    question->family = to->family;
    if (mnl_socket_sendto(a->nl, message, message->nlmsg_len) < 0)
        return false;
    do {
        n = mnl_socket_recvfrom(a->nl, a->buffer, sizeof(a->buffer));
    } while (n > 0 && mnl_cb_run(a->buffer, (size_t)n, 2, mnl_socket_get_portid(a->nl),
                                 route_take_rule, &rule) > 0);
    return rule.found;
}

static void ask_route(struct asking *a, uint8_t protocol, const struct addr *to)
{
    struct nlmsghdr *message = mnl_nlmsg_put_header(a->buffer);
    size_t bytes = to->family == AF_INET ? 4 : 16;
    struct rtmsg *question;
    int r;

    a->reading.family = to->family;
    message->nlmsg_type = RTM_GETROUTE;
    question = mnl_nlmsg_put_extra_header(message, sizeof(*question));
    question->rtm_family = to->family;
    question->rtm_dst_len = (unsigned char)(8 * bytes);
    mnl_attr_put(message, RTA_DST, bytes, to->ip);
    if (to->scope)
        mnl_attr_put_u32(message, RTA_OIF, to->scope);
    route_put_port(message, protocol, to->port);
    r = ask(a, message, route_take_route);
    a->reading.facts->seen = true;
    a->reading.facts->error = r;
    if (r < 0)
        a->reading.facts->kind = (uint8_t)kind_of_error(r);
    if (r == -ENETUNREACH && by_rule(a, protocol, to))
        a->reading.facts->kind = ROUTE_UNREACHABLE;
}

/* --- its interface --------------------------------------------------------------------------- */

static void ask_link(struct asking *a)
{
    struct nlmsghdr *message = mnl_nlmsg_put_header(a->buffer);
    struct ifinfomsg *question;

    message->nlmsg_type = RTM_GETLINK;
    question = mnl_nlmsg_put_extra_header(message, sizeof(*question));
    question->ifi_index = (int)a->reading.index;
    ask(a, message, route_take_link);
}

/* --- its neighbour ------------------------------------------------------------------------------ */

static void ask_neighbour(struct asking *a)
{
    struct nlmsghdr *message = mnl_nlmsg_put_header(a->buffer);
    struct ndmsg *question;

    message->nlmsg_type = RTM_GETNEIGH;
    question = mnl_nlmsg_put_extra_header(message, sizeof(*question));
    question->ndm_family = a->neighbour.family;
    question->ndm_ifindex = (int)a->reading.index;
    mnl_attr_put(message, NDA_DST, a->neighbour.family == AF_INET ? 4 : 16, a->neighbour.ip);
    ask(a, message, route_take_neighbour);
}

void route_look(uint8_t protocol, const struct addr *to, struct route_facts *ret)
{
    struct route_facts facts = {0};
    struct timeval silence = {.tv_sec = 1};
    struct addr plain = addr_unmapped(to);
    struct asking a = {.nl = route_socket(), .reading.facts = &facts};

    *ret = facts;
    if (!a.nl || (plain.family != AF_INET && plain.family != AF_INET6))
        goto out;
    if (mnl_socket_bind(a.nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
        setsockopt(mnl_socket_get_fd(a.nl), SOL_SOCKET, SO_RCVTIMEO, &silence,
                   sizeof(silence)) < 0)
        goto out;
    ask_route(&a, protocol, &plain);
    if (a.reading.index)
        ask_link(&a);
    a.neighbour = facts.has_gateway ? facts.gateway : plain;
    if (a.reading.index && facts.kind == ROUTE_UNICAST)
        ask_neighbour(&a);
    *ret = facts;
out:
    if (a.nl)
        mnl_socket_close(a.nl);
}
