#include "probes/route.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "probes/grant.h"
#include "probes/route_parse.h"

struct mnl_socket *route_socket(void)
{
    struct mnl_socket *nl;
    int fd;

    if (grant_socket(GUARD_ROUTE, &fd) < 0)
        return NULL;
    nl = mnl_socket_fdopen(fd);
    if (!nl)
        close(fd);
    return nl;
}

/* From an address of another family nothing goes there. */
static bool is_from(const struct route_question *q)
{
    return q->from.family == q->to.family && !addr_is_any(&q->from);
}

struct nlmsghdr *route_put_question(void *buffer, const struct route_question *q,
                                    uint32_t flags)
{
    struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
    size_t bytes = q->to.family == AF_INET ? 4 : 16;
    uint32_t device = q->to.scope ? q->to.scope : q->device;
    struct rtmsg *question;

    message->nlmsg_type = RTM_GETROUTE;
    message->nlmsg_flags = NLM_F_REQUEST;
    message->nlmsg_seq = 1;
    question = mnl_nlmsg_put_extra_header(message, sizeof(*question));
    question->rtm_family = q->to.family;
    question->rtm_dst_len = (unsigned char)(8 * bytes);
    question->rtm_flags = flags;
    mnl_attr_put(message, RTA_DST, bytes, q->to.ip);
    if (is_from(q))
        mnl_attr_put(message, RTA_SRC, bytes, q->from.ip);
    if (device)
        mnl_attr_put_u32(message, RTA_OIF, device);
    if (q->mark)
        mnl_attr_put_u32(message, RTA_MARK, q->mark);
    if (!q->protocol || !q->to.port)
        return message;
    mnl_attr_put_u8(message, RTA_IP_PROTO, q->protocol);
    mnl_attr_put_u16(message, RTA_DPORT, htons(q->to.port));
    if (is_from(q) && q->from.port)
        mnl_attr_put_u16(message, RTA_SPORT, htons(q->from.port));
    return message;
}

static void ask(struct mnl_socket *nl, const struct route_question *question, uint32_t flags,
                struct route_hops *ret)
{
    char buffer[8192] __attribute__((aligned(8))) = {0}; /* libmnl leaves padding as it is */
    struct nlmsghdr *message = route_put_question(buffer, question, flags);
    struct timeval silence = {.tv_sec = 1};
    ssize_t n;

    if (setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof(silence)) <
            0 ||
        mnl_socket_sendto(nl, message, message->nlmsg_len) < 0)
        return;
    n = mnl_socket_recvfrom(nl, buffer, sizeof(buffer));
    if (n > 0)
        mnl_cb_run(buffer, (size_t)n, 1, mnl_socket_get_portid(nl), route_take_hops, ret);
}

/* flags: RTM_F_FIB_MATCH: the route with all of its next hops, else the one that is taken. */
static size_t find_interfaces(const struct route_question *question, uint32_t flags,
                              char ret_names[][16])
{
    struct route_question plain = *question;
    struct route_hops hops = {0};
    char name[IF_NAMESIZE];
    struct mnl_socket *nl;
    size_t n = 0;

    plain.to = addr_unmapped(&plain.to);
    plain.from = addr_unmapped(&plain.from);
    hops.family = plain.to.family;
    if (plain.to.scope) {
        hops.hop[0].index = plain.to.scope;
        hops.n = 1;
    } else if (plain.to.family == AF_INET || plain.to.family == AF_INET6) {
        nl = route_socket();
        if (!nl)
            return 0;
        if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) == 0)
            ask(nl, &plain, flags, &hops);
        /* From an address that is not its own the kernel looks for no route. */
        plain.from = (struct addr){0};
        if (!hops.n)
            ask(nl, &plain, flags, &hops);
        mnl_socket_close(nl);
    }
    for (size_t i = 0; i < hops.n; i++)
        if (if_indextoname(hops.hop[i].index, name))
            memcpy(ret_names[n++], name, sizeof(name));
    return n;
}

bool interface_to(const struct route_question *question, char ret_name[16])
{
    char names[ROUTE_INTERFACES][16];

    if (!find_interfaces(question, 0, names))
        return false;
    memcpy(ret_name, names[0], sizeof(names[0]));
    return true;
}

size_t interfaces_to(const struct route_question *question,
                     char ret_names[ROUTE_INTERFACES][16])
{
    return find_interfaces(question, RTM_F_FIB_MATCH, ret_names);
}
