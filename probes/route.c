#include "probes/route.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "probes/grant.h"

/* Linux gives it to the loopback interface of each namespace. */
#define LOOPBACK_INDEX 1

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

void route_put_port(struct nlmsghdr *message, uint8_t protocol, uint16_t port)
{
    if (!protocol || !port)
        return;
    mnl_attr_put_u8(message, RTA_IP_PROTO, protocol);
    mnl_attr_put_u16(message, RTA_DPORT, htons(port));
}

struct way {
    uint32_t index; /* 0: unknown */
};

static int take_attribute(const struct nlattr *attribute, void *ctx)
{
    struct way *way = ctx;

    if (mnl_attr_get_type(attribute) == RTA_OIF &&
        mnl_attr_validate(attribute, MNL_TYPE_U32) >= 0)
        way->index = mnl_attr_get_u32(attribute);
    return MNL_CB_OK;
}

static int take_route(const struct nlmsghdr *message, void *ctx)
{
    const struct rtmsg *route = mnl_nlmsg_get_payload(message);
    struct way *way = ctx;

    if (message->nlmsg_type != RTM_NEWROUTE ||
        mnl_nlmsg_get_payload_len(message) < sizeof(*route))
        return MNL_CB_STOP;
    /* Whatever interface holds an address of our own, its traffic goes by loopback. */
    if (route->rtm_type == RTN_LOCAL)
        way->index = LOOPBACK_INDEX;
    else
        mnl_attr_parse(message, sizeof(*route), take_attribute, way);
    return MNL_CB_STOP;
}

static uint32_t ask(struct mnl_socket *nl, uint8_t protocol, const struct addr *addr)
{
    char buffer[8192] __attribute__((aligned(8))) = {0}; /* libmnl leaves padding as it is */
    struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
    size_t bytes = addr->family == AF_INET ? 4 : 16;
    struct timeval silence = {.tv_sec = 1};
    struct way way = {0};
    struct rtmsg *question;
    ssize_t n;

    message->nlmsg_type = RTM_GETROUTE;
    message->nlmsg_flags = NLM_F_REQUEST;
    message->nlmsg_seq = 1;
    question = mnl_nlmsg_put_extra_header(message, sizeof(*question));
    question->rtm_family = addr->family;
    question->rtm_dst_len = (unsigned char)(8 * bytes);
    mnl_attr_put(message, RTA_DST, bytes, addr->ip);
    route_put_port(message, protocol, addr->port);
    if (setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof(silence)) <
            0 ||
        mnl_socket_sendto(nl, message, message->nlmsg_len) < 0)
        return 0;
    n = mnl_socket_recvfrom(nl, buffer, sizeof(buffer));
    if (n > 0)
        mnl_cb_run(buffer, (size_t)n, 1, mnl_socket_get_portid(nl), take_route, &way);
    return way.index;
}

bool interface_to(uint8_t protocol, const struct addr *addr, char ret_name[16])
{
    struct addr plain = addr_unmapped(addr);
    struct mnl_socket *nl;
    uint32_t index = plain.scope;
    char name[IF_NAMESIZE];

    if (!index && (plain.family == AF_INET || plain.family == AF_INET6)) {
        nl = route_socket();
        if (!nl)
            return false;
        if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) == 0)
            index = ask(nl, protocol, &plain);
        mnl_socket_close(nl);
    }
    if (!index || !if_indextoname(index, name))
        return false;
    memcpy(ret_name, name, sizeof(name));
    return true;
}
