/* SOCK_DESTROY of linux/sock_diag.h.  The kernel finds the socket by its addresses as it would for
 * a packet, then compares the cookie: one that took the same addresses meanwhile is not hit. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "probes/act/act.h"
#include "probes/grant.h"
#include "probes/grant_words.h"
#include "probes/netns.h"

#define KINDS_CLOSABLE (KIND_BIT(KIND_TCP) | KIND_BIT(KIND_UDP) | KIND_BIT(KIND_UDPLITE))
/* The kernel answers while it is asked; this is for one that never does. */
#define SILENCE_S 2

struct request {
    struct nlmsghdr header;
    struct inet_diag_req_v2 body;
};

static struct request request_for(const struct row *row)
{
    struct request r = {
        .header = {.nlmsg_len = sizeof(r),
                   .nlmsg_type = SOCK_DESTROY,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
                   .nlmsg_seq = 1},
        .body = {.sdiag_family = row->local.family,
                 .sdiag_protocol = kind_ip_protocol((enum socket_kind)row->kind),
                 .idiag_states = UINT32_MAX},
    };
    struct inet_diag_sockid *id = &r.body.id;

    id->idiag_sport = htons(row->local.port);
    id->idiag_dport = htons(row->peer.port);
    id->idiag_if = row->interface          ? row->interface
                   : row->local.scope != 0 ? row->local.scope
                                           : row->peer.scope;
    memcpy(id->idiag_src, row->local.ip, sizeof(id->idiag_src));
    memcpy(id->idiag_dst, row->peer.ip, sizeof(id->idiag_dst));
    id->idiag_cookie[0] = (uint32_t)row->cookie;
    id->idiag_cookie[1] = (uint32_t)(row->cookie >> 32);
    return r;
}

/* The kernel's word: 0, what it refused with, or why there is none. */
static int answer(const struct grant_netlink *nl)
{
    _Alignas(struct nlmsghdr) uint8_t buffer[512];
    ssize_t n = grant_netlink_receive(nl, buffer, sizeof(buffer));
    struct nlmsghdr header;
    int code;

    if (n < 0)
        return n == -EAGAIN ? -ETIMEDOUT : (int)n;
    if ((size_t)n < NLMSG_LENGTH(sizeof(code)))
        return -EBADMSG;
    memcpy(&header, buffer, sizeof(header));
    memcpy(&code, buffer + NLMSG_HDRLEN, sizeof(code));
    return header.nlmsg_type == NLMSG_ERROR && code <= 0 ? code : -EBADMSG;
}

static int ask(const struct grant_netlink *nl, const struct row *row)
{
    static const struct timeval silence = {.tv_sec = SILENCE_S};
    struct request r = request_for(row);

    if (setsockopt(nl->fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof(silence)) < 0 ||
        send(nl->fd, &r, sizeof(r), MSG_NOSIGNAL) < 0)
        return -errno;
    return answer(nl);
}

static const char *reason_of(int code)
{
    switch (code) {
    case -ENOENT:
        return "it is gone, or the kernel finds another socket by its addresses";
    case -EPERM:
        return "closing sockets of others needs CAP_NET_ADMIN in their namespace";
    case -EOPNOTSUPP:
        return "this kernel cannot close sockets (CONFIG_INET_DIAG_DESTROY)";
    default:
        return "the kernel refused it";
    }
}

/* Why there is no use in asking; NULL: there is. */
static const char *hopeless(const struct row *row)
{
    if (!(KINDS_CLOSABLE & KIND_BIT(row->kind)))
        return "the kernel closes TCP and UDP sockets only";
    if (!row->cookie)
        return "its cookie is not known, so that another one could be hit";
    return NULL;
}

static int open_in(const struct netns *where, struct grant_netlink *ret, struct err *err)
{
    int netns_fd = -1;
    int rc = where ? netns_open(where, &netns_fd, err) : 0;

    if (rc >= 0)
        rc = grant_netlink(netns_fd, GUARD_SOCK_DIAG, ret, err);
    if (netns_fd >= 0)
        close(netns_fd);
    return rc;
}

int act_destroy(const struct row *row, const struct netns *where, struct err *err)
{
    char local[ADDR_TEXT_BYTES], peer[ADDR_TEXT_BYTES], input[2 * ADDR_TEXT_BYTES + 8];
    char command[ERR_TEXT_BYTES];
    const char *why = hopeless(row);
    struct grant_netlink nl;
    int rc;

    snprintf(input, sizeof(input), "%s > %s", addr_format(&row->local, local),
             addr_format(&row->peer, peer));
    if (why)
        return err_set(err, -EOPNOTSUPP, "SOCK_DESTROY", input, "%s", why);
    rc = open_in(where, &nl, err);
    if (rc < 0)
        return rc;
    rc = ask(&nl, row);
    grant_netlink_close(&nl);
    if (rc == 0)
        return 0;
    err_set(err, rc, "SOCK_DESTROY", input, "%s", reason_of(rc));
    if (rc == -EPERM) {
        grant_setcap("cap_net_admin", command, sizeof(command));
        err_hint(err, "%s", command);
    }
    return rc;
}
