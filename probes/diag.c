/* Questions to NETLINK_SOCK_DIAG and the reading of its answers: sock_diag(7), netlink(7). */
#include "probes/diag.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "probes/grant.h"

/* The kernel fills datagrams of up to 32 KiB once it has seen that the reader has room. */
#define BUFFER_BYTES (64U << 10)
/* Nothing from the kernel for this long is a failure. */
#define SILENCE_S 2
/* No host has so many sockets: an answer that goes on behind it never ends. */
#define DATAGRAMS_MAX (4U << 20)
/* Of an answer that nobody wants to the end so much is read all the same: then the socket can be
 * asked again. */
#define DATAGRAMS_UNWANTED 4

struct diag_channel {
    struct grant_netlink nl;
    uint32_t sequence;
    /* An answer was left unread: the kernel may still be dumping into this socket. */
    bool soiled;
};

struct diag {
    struct diag_channel full;   /* by every right that we have */
    struct diag_channel direct; /* what needs none takes the shorter way */
    bool has_direct;
    int netns_fd; /* own; -1: our own namespace */
    char *buffer;
};

static int set_up(struct grant_netlink *nl)
{
    struct timeval silence = {.tv_sec = SILENCE_S};
    int rc;

    if (setsockopt(nl->fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof(silence)) == 0)
        return 0;
    rc = -errno;
    grant_netlink_close(nl);
    return rc;
}

static int open_full(int netns_fd, struct grant_netlink *ret, struct err *err)
{
    int rc = grant_netlink(netns_fd, GUARD_SOCK_DIAG, ret, err);

    if (rc < 0)
        return rc;
    rc = set_up(ret);
    return rc < 0 ? err_set(err, rc, "sock_diag", "socket", "cannot set up the netlink socket")
                  : 0;
}

static int open_direct(struct grant_netlink *ret)
{
    int rc = grant_netlink_direct(GUARD_SOCK_DIAG, ret);

    return rc < 0 ? rc : set_up(ret);
}

int diag_open(int netns_fd, struct diag **ret, struct err *err)
{
    struct grant_netlink nl;
    int fd = -1, rc;

    if (netns_fd >= 0) {
        fd = fcntl(netns_fd, F_DUPFD_CLOEXEC, 0);
        if (fd < 0)
            return err_set(err, -errno, "sock_diag", "namespace", "%s", "");
    }
    rc = open_full(fd, &nl, err);
    if (rc < 0) {
        if (fd >= 0)
            close(fd);
        return rc;
    }
    *ret = mem_new(1, sizeof(**ret));
    (*ret)->full.nl = nl;
    (*ret)->has_direct = fd < 0 && open_direct(&(*ret)->direct.nl) == 0;
    (*ret)->netns_fd = fd;
    (*ret)->buffer = mem_new(BUFFER_BYTES, 1);
    return 0;
}

void diag_close(struct diag *d)
{
    if (!d)
        return;
    grant_netlink_close(&d->full.nl);
    if (d->has_direct)
        grant_netlink_close(&d->direct.nl);
    if (d->netns_fd >= 0)
        close(d->netns_fd);
    free(d->buffer);
    free(d);
}

/* netdevice(7): any socket knows the interfaces of its namespace. */
size_t diag_interface(const struct diag *d, uint32_t index, char buf[DIAG_INTERFACE_BYTES])
{
    struct ifreq question = {.ifr_ifindex = (int)index};

    if (ioctl(d->full.nl.device_fd, SIOCGIFNAME, &question) < 0)
        return (size_t)snprintf(buf, DIAG_INTERFACE_BYTES, "if%u", index);
    return text_clean(question.ifr_name, strnlen(question.ifr_name, sizeof(question.ifr_name)),
                      buf, DIAG_INTERFACE_BYTES);
}

static int renew(const struct diag *d, struct diag_channel *c)
{
    struct grant_netlink nl;
    int rc = c == &d->direct ? open_direct(&nl) : open_full(d->netns_fd, &nl, NULL);

    if (rc < 0)
        return rc;
    grant_netlink_close(&c->nl);
    c->nl = nl;
    c->soiled = false;
    return 0;
}

/* The pieces of a message, none of them copied. */
struct pieces {
    struct iovec iov[8];
    size_t n, bytes;
};

static void add_piece(struct pieces *p, const void *bytes, size_t len)
{
    static const uint8_t zeros[4];
    size_t padding = -len & 3U;

    p->iov[p->n++] = (struct iovec){.iov_base = (void *)(uintptr_t)bytes, .iov_len = len};
    if (padding)
        p->iov[p->n++] =
            (struct iovec){.iov_base = (void *)(uintptr_t)zeros, .iov_len = padding};
    p->bytes += len + padding;
}

static uint16_t type_of(const struct diag_question *q)
{
    return q->type ? q->type : SOCK_DIAG_BY_FAMILY;
}

static int ask(struct diag_channel *c, const struct diag_question *q)
{
    struct nlmsghdr header = {.nlmsg_type = type_of(q),
                              .nlmsg_flags =
                                  (uint16_t)(NLM_F_REQUEST | (q->dump ? NLM_F_DUMP : 0))};
    struct nlattr protocol = {.nla_len = sizeof(protocol) + sizeof(q->protocol),
                              .nla_type = INET_DIAG_REQ_PROTOCOL};
    struct nlattr program = {.nla_len = (uint16_t)(sizeof(program) + q->program_bytes),
                             .nla_type = INET_DIAG_REQ_BYTECODE};
    struct pieces p = {.n = 0};
    struct msghdr m = {.msg_iov = p.iov};

    if (q->program_bytes > UINT16_MAX - sizeof(program))
        return -EMSGSIZE;
    add_piece(&p, &header, sizeof(header));
    add_piece(&p, q->body, q->body_bytes);
    if (q->protocol) {
        add_piece(&p, &protocol, sizeof(protocol));
        add_piece(&p, &q->protocol, sizeof(q->protocol));
    }
    if (q->program_bytes) {
        add_piece(&p, &program, sizeof(program));
        add_piece(&p, q->program, q->program_bytes);
    }
    header.nlmsg_len = (uint32_t)p.bytes;
    header.nlmsg_seq = ++c->sequence;
    m.msg_iovlen = p.n;
    return sendmsg(c->nl.fd, &m, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* One datagram of the kernel.  Datagrams of other processes may arrive too: skipped. */
static int receive(const struct diag_channel *c, char *buffer, size_t *ret_len)
{
    uint64_t deadline_ns = clock_now_ns() + SILENCE_S * CLOCK_SECOND_NS;

    do {
        ssize_t n = grant_netlink_receive(&c->nl, buffer, BUFFER_BYTES);

        if (n == 0 || n == -EINTR)
            continue;
        if (n < 0)
            return n == -EAGAIN ? -ETIMEDOUT : (int)n;
        *ret_len = (size_t)n;
        return 0;
    } while (clock_now_ns() < deadline_ns);
    return -ETIMEDOUT;
}

struct answer {
    int (*message)(void *ctx, const struct nlmsghdr *message);
    void *ctx;
    bool dump; /* ends with NLMSG_DONE, else with its first message */
    struct diag_outcome *outcome;
    const struct diag_channel *in;
    uint16_t type; /* of the messages, as of the question */
    bool clean;    /* read to its end: nothing more will come */
    int stopped;   /* what message() ended it with; 0: it did not */
};

/* The number that NLMSG_ERROR and NLMSG_DONE begin with: 0 or negative errno.  A dump that
 * fails on its way says so only in NLMSG_DONE. */
static int closing_code(const struct nlmsghdr *message)
{
    int code = 0;

    if (message->nlmsg_len < NLMSG_LENGTH(sizeof(code)))
        return message->nlmsg_type == NLMSG_DONE ? 0 : -EBADMSG;
    memcpy(&code, (const uint8_t *)message + NLMSG_HDRLEN, sizeof(code));
    return code > 0 ? -EBADMSG : code;
}

/* 1: more will come; else the answer's end: 0 or negative errno. */
static int take_socket(struct answer *a, const struct nlmsghdr *message)
{
    int rc = a->stopped ? 0 : a->message(a->ctx, message);

    if (rc == -EBADMSG)
        a->outcome->malformed++;
    else if (rc < 0)
        a->stopped = rc;
    a->clean = !a->dump;
    return a->dump;
}

/* The same. */
static int take_message(struct answer *a, const struct nlmsghdr *message)
{
    if (message->nlmsg_seq != a->in->sequence || message->nlmsg_pid != a->in->nl.port)
        return 1;
    a->outcome->interrupted |= (message->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
    switch (message->nlmsg_type) {
    case NLMSG_DONE:
    case NLMSG_ERROR:
        a->clean = true;
        return closing_code(message);
    case NLMSG_OVERRUN:
        return -ENOBUFS;
    default:
        return message->nlmsg_type == a->type ? take_socket(a, message) : 1;
    }
}

/* The same, of a whole datagram. */
static int take_datagram(struct answer *a, const char *datagram, size_t len)
{
    const uint8_t *at = (const uint8_t *)datagram;
    const struct nlmsghdr *message;
    int rc = 1;

    while (rc > 0 && (message = diag_next_message(&at, &len)))
        rc = take_message(a, message);
    if (rc > 0 && len)
        a->outcome->malformed++;
    return rc;
}

int diag_ask(struct diag *d, const struct diag_question *question,
             int (*message)(void *ctx, const struct nlmsghdr *message), void *ctx,
             struct diag_outcome *ret)
{
    struct diag_channel *c = d->has_direct && !question->privileged ? &d->direct : &d->full;
    struct answer a = {.message = message,
                       .ctx = ctx,
                       .dump = question->dump,
                       .outcome = ret,
                       .in = c,
                       .type = type_of(question)};
    size_t len = 0, n = 0, unwanted = 0;
    int rc = c->soiled ? renew(d, c) : 0;

    if (rc == 0)
        rc = ask(c, question);
    if (rc < 0)
        return rc;
    do {
        rc = n++ < DATAGRAMS_MAX ? receive(c, d->buffer, &len) : -EOVERFLOW;
        if (rc == 0)
            rc = take_datagram(&a, d->buffer, len);
    } while (rc > 0 && !(a.stopped && unwanted++ == DATAGRAMS_UNWANTED));
    c->soiled = !a.clean;
    return a.stopped ? a.stopped : rc;
}

bool diag_is_unavailable(int code)
{
    switch (code) {
    case -ENOENT:
    case -EINVAL:
    case -EPROTONOSUPPORT:
    case -EAFNOSUPPORT:
    case -EOPNOTSUPP:
        return true;
    default:
        return false;
    }
}

const char *diag_why(int code)
{
    if (diag_is_unavailable(code))
        return "this kernel has no diagnosis for that kind of socket (a module *_diag)";
    switch (code) {
    case -ETIMEDOUT:
        return "the kernel did not finish its answer";
    case -EMSGSIZE:
        return "a part of the answer was too long to read";
    case -ENOBUFS:
        return "a part of the answer was lost for want of memory";
    case -EBADMSG:
        return "the kernel's answer cannot be understood";
    case -EOVERFLOW:
        return "there are more sockets than can be listed";
    case -EPIPE: /* of the relay to the kernel: a netlink socket knows no such error */
        return "the privileged helper has ended";
    default:
        return "the kernel refused the question";
    }
}
