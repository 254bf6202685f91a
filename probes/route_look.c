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
    struct route_hops hops;
    struct addr neighbour;
    char buffer[BUFFER_BYTES] __attribute__((aligned(8)));
};

/* The request is in the buffer; its first answer goes to take().  Returns 0 or negative errno. */
static int ask(struct asking *a, struct nlmsghdr *message, take_message *take, void *ctx)
{
    ssize_t n;

    message->nlmsg_flags = NLM_F_REQUEST;
    message->nlmsg_seq = 1;
    if (mnl_socket_sendto(a->nl, message, message->nlmsg_len) < 0)
        return -errno;
    n = mnl_socket_recvfrom(a->nl, a->buffer, sizeof(a->buffer));
    if (n < 0)
        return -errno;
    return mnl_cb_run(a->buffer, (size_t)n, 1, mnl_socket_get_portid(a->nl), take, ctx) < 0
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
static bool by_rule(struct asking *a, const struct route_question *q)
{
    struct nlmsghdr *message = mnl_nlmsg_put_header(a->buffer);
    struct route_rule rule = {.question = q};
    struct fib_rule_hdr *question;
    ssize_t n;

    message->nlmsg_type = RTM_GETRULE;
    message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    message->nlmsg_seq = 2;
    question = mnl_nlmsg_put_extra_header(message, sizeof(*question));
    question->family = q->to.family;
    if (mnl_socket_sendto(a->nl, message, message->nlmsg_len) < 0)
        return false;
    do {
        n = mnl_socket_recvfrom(a->nl, a->buffer, sizeof(a->buffer));
    } while (n > 0 && mnl_cb_run(a->buffer, (size_t)n, 2, mnl_socket_get_portid(a->nl),
                                 route_take_rule, &rule) > 0);
    return rule.found;
}

static bool is_own(struct asking *a, const struct addr *address)
{
    struct route_question to_it = {.to = *address};
    struct route_hops hops = {.family = address->family};

    to_it.to.port = 0;
    return ask(a, route_put_question(a->buffer, &to_it, 0), route_take_hops, &hops) == 0 &&
           hops.n == 1 && hops.local;
}

/* From an address that is not its own any more the kernel looks for no route. */
static int ask_kernel(struct asking *a, const struct route_question *question)
{
    struct route_question to_there = *question;
    int r = ask(a, route_put_question(a->buffer, question, 0), route_take_route, &a->reading);

    if (r == 0 || question->from.family == AF_UNSPEC || is_own(a, &question->from))
        return r;
    to_there.from = (struct addr){0};
    return ask(a, route_put_question(a->buffer, &to_there, 0), route_take_route, &a->reading);
}

static void ask_route(struct asking *a, const struct route_question *question)
{
    int r;

    a->reading.family = question->to.family;
    r = ask_kernel(a, question);
    a->reading.facts->seen = true;
    a->reading.facts->error = r;
    if (r < 0)
        a->reading.facts->kind = (uint8_t)kind_of_error(r);
    if (r == -ENETUNREACH && by_rule(a, question))
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
    ask(a, message, route_take_link, &a->reading);
}

/* --- its queue ---------------------------------------------------------------------------------- */

/* A dump: asked for one alone the kernel tells everybody who listens, and not who asked. */
static void ask_queue(struct asking *a)
{
    struct nlmsghdr *message = mnl_nlmsg_put_header(a->buffer);
    ssize_t n;

    message->nlmsg_type = RTM_GETQDISC;
    message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    message->nlmsg_seq = 3;
    mnl_nlmsg_put_extra_header(message, sizeof(struct tcmsg));
    if (mnl_socket_sendto(a->nl, message, message->nlmsg_len) < 0)
        return;
    do {
        n = mnl_socket_recvfrom(a->nl, a->buffer, sizeof(a->buffer));
    } while (n > 0 && mnl_cb_run(a->buffer, (size_t)n, 3, mnl_socket_get_portid(a->nl),
                                 route_take_queue, &a->reading) > 0);
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
    ask(a, message, route_take_neighbour, &a->reading);
}

/* Which of several next hops a packet takes is the kernel's choice at the time; one of them that does
 * not answer is what matters. */
static void look_at_hops(struct asking *a, const struct route_question *question)
{
    struct route_facts *facts = a->reading.facts, chosen = *facts;
    uint32_t chosen_index = a->reading.index;

    a->hops.family = question->to.family;
    if (ask(a, route_put_question(a->buffer, question, RTM_F_FIB_MATCH), route_take_hops,
            &a->hops) < 0 ||
        a->hops.n < 2)
        return;
    chosen.shared = true;
    for (size_t i = 0; i < a->hops.n && facts->neighbour < NEIGHBOUR_INCOMPLETE; i++) {
        if (a->hops.hop[i].gateway.family == AF_UNSPEC)
            continue;
        *facts = chosen;
        facts->neighbour = NEIGHBOUR_UNKNOWN;
        facts->gateway = a->neighbour = a->hops.hop[i].gateway;
        a->reading.index = a->hops.hop[i].index;
        ask_link(a);
        ask_neighbour(a);
    }
    facts->shared = true;
    if (facts->neighbour >= NEIGHBOUR_INCOMPLETE)
        return;
    *facts = chosen;
    a->reading.index = chosen_index;
}

void route_look(const struct route_question *question, struct route_facts *ret)
{
    struct route_question plain = *question;
    struct route_facts facts = {0};
    struct timeval silence = {.tv_sec = 1};
    struct asking a = {.nl = route_socket(), .reading.facts = &facts};

    *ret = facts;
    plain.to = addr_unmapped(&plain.to);
    plain.from = addr_unmapped(&plain.from);
    if (!a.nl || (plain.to.family != AF_INET && plain.to.family != AF_INET6))
        goto out;
    if (mnl_socket_bind(a.nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
        setsockopt(mnl_socket_get_fd(a.nl), SOL_SOCKET, SO_RCVTIMEO, &silence,
                   sizeof(silence)) < 0)
        goto out;
    ask_route(&a, &plain);
    if (a.reading.index) {
        ask_link(&a);
        ask_queue(&a);
    }
    a.neighbour = facts.has_gateway ? facts.gateway : plain.to;
    if (a.reading.index && facts.kind == ROUTE_UNICAST)
        ask_neighbour(&a);
    if (facts.kind == ROUTE_UNICAST && facts.has_gateway)
        look_at_hops(&a, &plain);
    *ret = facts;
out:
    if (a.nl)
        mnl_socket_close(a.nl);
}
