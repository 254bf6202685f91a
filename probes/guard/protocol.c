/* What an operation takes is a table; what a few of them need beyond it is checked behind. */
#include "probes/guard/protocol.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "core/model/kernel_event.h"

#define PORTS_PRIVILEGED 1024
#define OPTION_BYTES 1024
/* No search goes further from where it came closest. */
#define WINDOW_MAX 65536
#define SIGNAL_MAX 64
#define TRACES 16

const char *const guard_proc_file_names[GUARD_PROC_FILES] = {
    [GUARD_PROC_STAT] = "stat",       [GUARD_PROC_STATUS] = "status",
    [GUARD_PROC_CMDLINE] = "cmdline", [GUARD_PROC_CGROUP] = "cgroup",
    [GUARD_PROC_LIMITS] = "limits",   [GUARD_PROC_WCHAN] = "wchan",
    [GUARD_PROC_MAPS] = "maps",
};

const char *const guard_net_file_names[GUARD_NET_FILES] = {
    "snmp", "netstat", "snmp6", "sockstat", "dev", "ip_tables_names", "ip6_tables_names",
};

enum { NO, MAYBE, ALWAYS };

/* What an operation takes beside its number. */
static const struct rule {
    uint8_t fds;    /* one descriptor: NO, MAYBE, ALWAYS */
    uint8_t pid;    /* MAYBE: when there is no descriptor */
    uint16_t kinds; /* kind is below it; 0: as the operation says */
    uint16_t unit;  /* bytes come in multiples of it; 0: there are none */
    uint16_t bytes_max;
} rules[GUARD_OPS] = {
    [GUARD_FD_DIRECTORY] = {.pid = ALWAYS, .kinds = 1},
    [GUARD_FD_SOCKETS] = {.fds = ALWAYS, .kinds = 1},
    [GUARD_FD_INODES] = {.fds = ALWAYS,
                         .kinds = 1,
                         .unit = 4,
                         .bytes_max = GUARD_REQUEST_BYTES},
    [GUARD_FD_SEEK] = {.fds = ALWAYS,
                       .kinds = 1,
                       .unit = sizeof(struct guard_seek),
                       .bytes_max = sizeof(struct guard_seek)},
    [GUARD_PROC_FILE] = {.fds = MAYBE, .pid = MAYBE, .kinds = GUARD_PROC_FILES},
    [GUARD_NET_FILE] = {.fds = MAYBE, .kinds = GUARD_NET_FILES},
    [GUARD_NETNS_LIST] = {.kinds = 1},
    [GUARD_NETNS_OPEN] = {.pid = ALWAYS, .kinds = 1},
    [GUARD_SOCKET] = {.fds = MAYBE, .kinds = GUARD_SOCKETS},
    [GUARD_NETLINK] = {.fds = MAYBE, .kinds = GUARD_NETLINKS},
    [GUARD_TRACE_OPEN] = {.kinds = 1},
    [GUARD_TRACE_TURN] = {.kinds = KERNEL_EVENT_KINDS},
    [GUARD_TRACE_FORMAT] = {.kinds = KERNEL_EVENT_KINDS},
    [GUARD_TRACE_CLOSE] = {.kinds = 1},
    [GUARD_BIND] = {.fds = ALWAYS,
                    .kinds = 1,
                    .unit = 1,
                    .bytes_max = sizeof(struct sockaddr_in6)},
    [GUARD_SETSOCKOPT] = {.fds = ALWAYS, .unit = 1, .bytes_max = OPTION_BYTES},
    [GUARD_RULES] = {.fds = MAYBE, .kinds = GUARD_RULE_PROGRAMS},
    [GUARD_SIGNAL] = {.pid = ALWAYS, .kinds = 1},
};

static bool fits(uint8_t how, bool there)
{
    return how == MAYBE || (how == ALWAYS) == there;
}

static bool keeps_rule(const struct guard_request *q, size_t n_fds)
{
    const struct rule *r = &rules[q->op];

    if (n_fds > 1 || !fits(r->fds, n_fds == 1))
        return false;
    /* Either names the process, and just one of them. */
    if (r->pid == MAYBE ? (n_fds == 1) == (q->pid != 0) : !fits(r->pid, q->pid != 0))
        return false;
    if (q->pid < 0 || (r->kinds && q->kind >= r->kinds) || q->n_bytes > r->bytes_max)
        return false;
    return r->unit ? q->n_bytes && q->n_bytes % r->unit == 0 : q->n_bytes == 0;
}

/* Ports that everybody may have need no help. */
static bool is_privileged_name(const uint8_t *bytes, size_t len)
{
    struct sockaddr_in6 six;
    struct sockaddr_in four;
    uint16_t port = 0;

    if (len == sizeof(four)) {
        memcpy(&four, bytes, len);
        port = four.sin_family == AF_INET ? ntohs(four.sin_port) : 0;
    } else if (len == sizeof(six)) {
        memcpy(&six, bytes, len);
        port = six.sin6_family == AF_INET6 ? ntohs(six.sin6_port) : 0;
    }
    return port > 0 && port < PORTS_PRIVILEGED;
}

static bool has_window(const struct guard_request *q)
{
    struct guard_seek seek;

    memcpy(&seek, q->bytes, sizeof(seek));
    return seek.inode && seek.window >= 0 && seek.window <= WINDOW_MAX;
}

static bool makes_sense(const struct guard_request *q)
{
    switch (q->op) {
    case GUARD_FD_SOCKETS:
        return q->amount <= INT32_MAX;
    case GUARD_FD_SEEK:
        return q->amount <= INT32_MAX && has_window(q);
    case GUARD_TRACE_TURN:
        return q->amount <= 1 && q->value >= 0 && q->value < TRACES;
    case GUARD_TRACE_FORMAT:
    case GUARD_TRACE_CLOSE:
        return q->value >= 0 && q->value < TRACES;
    case GUARD_BIND:
        return is_privileged_name(q->bytes, q->n_bytes);
    case GUARD_SETSOCKOPT:
        return q->value > 0;
    case GUARD_SIGNAL:
        return q->value > 0 && q->value <= SIGNAL_MAX && q->pid > 1;
    default:
        return true;
    }
}

int guard_request_check(const struct guard_request *q, size_t len, size_t n_fds)
{
    if (len < GUARD_REQUEST_HEAD || q->magic != GUARD_MAGIC ||
        q->n_bytes > GUARD_REQUEST_BYTES || len != GUARD_REQUEST_HEAD + q->n_bytes)
        return -EBADMSG;
    if (q->op >= GUARD_OPS)
        return -ENOSYS;
    return keeps_rule(q, n_fds) && makes_sense(q) ? 0 : -EINVAL;
}

enum guard_channel guard_channel_of(enum guard_op op)
{
    switch (op) {
    case GUARD_TRACE_OPEN:
    case GUARD_TRACE_TURN:
    case GUARD_TRACE_FORMAT:
    case GUARD_TRACE_CLOSE:
        return GUARD_SLOW;
    default:
        return GUARD_QUICK;
    }
}

int guard_answer_check(const struct guard_answer *a, size_t len)
{
    if (len < GUARD_ANSWER_HEAD || a->magic != GUARD_MAGIC || a->n_bytes > GUARD_ANSWER_BYTES ||
        len != GUARD_ANSWER_HEAD + a->n_bytes || a->code > 0 || a->more > 1)
        return -EBADMSG;
    return 0;
}

int guard_netlink_check(enum guard_netlink to, const void *bytes, size_t len)
{
    struct nlmsghdr h;

    if (len < sizeof(h))
        return -EBADMSG;
    memcpy(&h, bytes, sizeof(h));
    /* Just one message: what stood behind it would not have been looked at. */
    if (h.nlmsg_len != len || (h.nlmsg_flags & ~(NLM_F_REQUEST | NLM_F_ACK | NLM_F_DUMP)))
        return -EBADMSG;
    switch (h.nlmsg_type) {
    case SOCK_DIAG_BY_FAMILY:
    case TCPDIAG_GETSOCK:
    case SOCK_DESTROY:
        return to == GUARD_SOCK_DIAG ? 0 : -EPERM;
    case NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE:
    case NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET:
        return to == GUARD_NETFILTER ? 0 : -EPERM;
    default:
        return -EPERM;
    }
}
