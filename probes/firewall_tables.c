/* Whether there is an nftables table at all: NFT_MSG_GETTABLE, linux/netfilter/nf_tables.h.  Most
 * namespaces have none, and to ask nft(8) takes a hundred times as long. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/time.h>

#include "probes/firewall.h"

#define BUFFER_BYTES 16384

static int count_table(const struct nlmsghdr *message, void *ctx)
{
    int *n = ctx;

    if (message->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE))
        ++*n;
    return MNL_CB_OK;
}

static int converse(struct mnl_socket *nl)
{
    char buffer[BUFFER_BYTES] __attribute__((aligned(8)));
    struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
    struct timeval silence = {.tv_sec = 1};
    struct nfgenmsg *head;
    ssize_t n;
    int found = 0, r;

    message->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE;
    message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    message->nlmsg_seq = 1;
    head = mnl_nlmsg_put_extra_header(message, sizeof(*head));
    head->version = NFNETLINK_V0;
    if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
        setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof(silence)) <
            0 ||
        mnl_socket_sendto(nl, message, message->nlmsg_len) < 0)
        return -errno;
    do {
        n = mnl_socket_recvfrom(nl, buffer, sizeof(buffer));
        r = n < 0 ? -1
                  : mnl_cb_run(buffer, (size_t)n, 1, mnl_socket_get_portid(nl), count_table,
                               &found);
    } while (r > 0);
    return r < 0 ? -errno : found;
}

int firewall_count_tables(void)
{
    struct mnl_socket *nl = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
    int r;

    if (!nl)
        return errno == EPROTONOSUPPORT ? -ENOENT : -errno;
    r = converse(nl);
    mnl_socket_close(nl);
    return r == -EINVAL || r == -EOPNOTSUPP ? -ENOENT : r;
}
