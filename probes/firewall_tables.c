/* Whether there is an nftables table at all: NFT_MSG_GETTABLE, linux/netfilter/nf_tables.h.  Most
 * namespaces have none, and to ask nft(8) takes a hundred times as long. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "probes/firewall.h"
#include "probes/grant.h"

#define BUFFER_BYTES 16384

static int count_table(const struct nlmsghdr *message, void *ctx)
{
    int *n = ctx;

    if (message->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE))
        ++*n;
    return MNL_CB_OK;
}

static int converse(const struct grant_netlink *nl)
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
    if (setsockopt(nl->fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof(silence)) < 0 ||
        send(nl->fd, message, message->nlmsg_len, MSG_NOSIGNAL) < 0)
        return -errno;
    do {
        n = grant_netlink_receive(nl, buffer, sizeof(buffer));
        if (n < 0)
            return (int)n;
        r = n ? mnl_cb_run(buffer, (size_t)n, 1, nl->port, count_table, &found) : 1;
    } while (r > 0);
    return r < 0 ? -errno : found;
}

int firewall_count_tables(void)
{
    struct grant_netlink nl;
    int r = grant_netlink(-1, GUARD_NETFILTER, &nl, NULL);

    if (r == 0) {
        r = converse(&nl);
        grant_netlink_close(&nl);
    }
    return r == -EPROTONOSUPPORT || r == -EINVAL || r == -EOPNOTSUPP ? -ENOENT : r;
}
