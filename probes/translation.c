#include "probes/translation.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "core/base/share.h"
#include "probes/grant.h"

#define BUFFER_BYTES 8192
#define COUNT_BYTES 32
/* To ask the kernel would load its module: whoever has no entry needs none. */
#define COUNT_FILE "/proc/sys/net/netfilter/nf_conntrack_count"

static bool keeps_track(void)
{
    char *text;
    size_t len;
    bool any;

    if (share_read_path(COUNT_FILE, COUNT_BYTES, &text, &len, NULL) < 0)
        return false;
    any = strtoul(text, NULL, 10) > 0;
    free(text);
    return any;
}

/* --- the question --------------------------------------------------------------------------- */

static void put_tuple(struct nlmsghdr *message, uint8_t protocol, const struct addr *from,
                      const struct addr *to)
{
    struct nlattr *tuple = mnl_attr_nest_start(message, CTA_TUPLE_ORIG), *part;
    bool v4 = from->family == AF_INET;
    size_t bytes = v4 ? 4 : 16;

    part = mnl_attr_nest_start(message, CTA_TUPLE_IP);
    mnl_attr_put(message, v4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, bytes, from->ip);
    mnl_attr_put(message, v4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, bytes, to->ip);
    mnl_attr_nest_end(message, part);
    part = mnl_attr_nest_start(message, CTA_TUPLE_PROTO);
    mnl_attr_put_u8(message, CTA_PROTO_NUM, protocol);
    mnl_attr_put_u16(message, CTA_PROTO_SRC_PORT, htons(from->port));
    mnl_attr_put_u16(message, CTA_PROTO_DST_PORT, htons(to->port));
    mnl_attr_nest_end(message, part);
    mnl_attr_nest_end(message, tuple);
}

static void put_question(char *buffer, uint8_t protocol, const struct addr *local,
                         const struct addr *peer)
{
    struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
    struct nfgenmsg *head;

    message->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET;
    message->nlmsg_flags = NLM_F_REQUEST;
    message->nlmsg_seq = 1;
    head = mnl_nlmsg_put_extra_header(message, sizeof(*head));
    head->nfgen_family = local->family;
    head->version = NFNETLINK_V0;
    put_tuple(message, protocol, local, peer);
}

/* --- the answer ------------------------------------------------------------------------------- */

/* The two ends of the replies. */
struct replies {
    struct addr source, destination;
};

static void set_address(struct addr *a, const struct nlattr *attribute)
{
    uint16_t len = mnl_attr_get_payload_len(attribute), port = a->port;

    if (len == 4 || len == 16)
        *a = addr_make(len == 4 ? AF_INET : AF_INET6, mnl_attr_get_payload(attribute), port);
}

static int take_address(const struct nlattr *attribute, void *ctx)
{
    struct replies *r = ctx;

    switch (mnl_attr_get_type(attribute)) {
    case CTA_IP_V4_SRC:
    case CTA_IP_V6_SRC:
        set_address(&r->source, attribute);
        break;
    case CTA_IP_V4_DST:
    case CTA_IP_V6_DST:
        set_address(&r->destination, attribute);
        break;
    default:
        break;
    }
    return MNL_CB_OK;
}

static int take_port(const struct nlattr *attribute, void *ctx)
{
    struct replies *r = ctx;
    uint16_t type = mnl_attr_get_type(attribute);

    if ((type != CTA_PROTO_SRC_PORT && type != CTA_PROTO_DST_PORT) ||
        mnl_attr_validate(attribute, MNL_TYPE_U16) < 0)
        return MNL_CB_OK;
    (type == CTA_PROTO_SRC_PORT ? &r->source : &r->destination)->port =
        ntohs(mnl_attr_get_u16(attribute));
    return MNL_CB_OK;
}

static int take_tuple_part(const struct nlattr *attribute, void *ctx)
{
    if (mnl_attr_get_type(attribute) == CTA_TUPLE_IP)
        mnl_attr_parse_nested(attribute, take_address, ctx);
    else if (mnl_attr_get_type(attribute) == CTA_TUPLE_PROTO)
        mnl_attr_parse_nested(attribute, take_port, ctx);
    return MNL_CB_OK;
}

/* The one who answers us is the source of the replies. */
static int take_entry(const struct nlattr *attribute, void *ctx)
{
    if (mnl_attr_get_type(attribute) == CTA_TUPLE_REPLY)
        mnl_attr_parse_nested(attribute, take_tuple_part, ctx);
    return MNL_CB_OK;
}

int translation_parse(const void *bytes, size_t len, const struct addr *peer,
                      struct translation_facts *ret)
{
    const struct nlmsghdr *message = bytes;
    struct replies replies = {0};

    /* libmnl compares lengths as signed numbers, and reads up to the next multiple of four. */
    if (len > INT32_MAX || !mnl_nlmsg_ok(message, (int)len) || message->nlmsg_len > len ||
        (message->nlmsg_len + (size_t)3) / 4 * 4 > len ||
        message->nlmsg_type != (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW) ||
        mnl_nlmsg_get_payload_len(message) < sizeof(struct nfgenmsg))
        return -EBADMSG;
    mnl_attr_parse(message, sizeof(struct nfgenmsg), take_entry, &replies);
    if (replies.source.family == AF_UNSPEC)
        return -EBADMSG;
    *ret = (struct translation_facts){.seen = true,
                                      .translated = !addr_equal(&replies.source, peer),
                                      .real_peer = replies.source,
                                      .real_local = replies.destination};
    return 0;
}

/* What the kernel says when there is no entry, or nobody may ask. */
static int error_of(const void *bytes, size_t len)
{
    const struct nlmsghdr *message = bytes;
    const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);

    if (len < sizeof(*message) + sizeof(*error) || message->nlmsg_type != NLMSG_ERROR)
        return 0;
    return error->error;
}

static int converse(const struct grant_netlink *nl, char *buffer, const struct addr *peer,
                    struct translation_facts *ret)
{
    struct timeval silence = {.tv_sec = 1};
    const struct nlmsghdr *question = (const struct nlmsghdr *)(const void *)buffer;
    ssize_t n;
    int r;

    if (setsockopt(nl->fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof(silence)) < 0 ||
        send(nl->fd, question, question->nlmsg_len, MSG_NOSIGNAL) < 0)
        return -errno;
    n = grant_netlink_receive(nl, buffer, BUFFER_BYTES);
    if (n < 0)
        return (int)n;
    r = error_of(buffer, (size_t)n);
    return r < 0 ? r : translation_parse(buffer, (size_t)n, peer, ret);
}

int translation_look(uint8_t protocol, const struct addr *local, const struct addr *peer,
                     struct translation_facts *ret, struct err *err)
{
    char buffer[BUFFER_BYTES] __attribute__((aligned(8))) = {0};
    struct addr from = addr_unmapped(local), to = addr_unmapped(peer);
    struct grant_netlink nl;
    int r;

    if ((from.family != AF_INET && from.family != AF_INET6) || !keeps_track())
        return err_set(err, -ENOENT, "conntrack", "",
                       "nothing here keeps track of connections");
    r = grant_netlink(-1, GUARD_NETFILTER, &nl, err);
    if (r < 0)
        return r;
    put_question(buffer, protocol, &from, &to);
    r = converse(&nl, buffer, &to, ret);
    grant_netlink_close(&nl);
    if (r == -EPERM)
        err_hint(err, "run it as root");
    return r < 0 ? err_set(err, r, "conntrack", "", "the entry of the flow is not to be had")
                 : 0;
}
