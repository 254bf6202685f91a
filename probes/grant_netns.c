/* The part of the grant that enters network namespaces: setns(2), network_namespaces(7).
 *
 * Without a sandbox a thread of its own goes there: the caller's stays where it is, whatever fails.
 * In one, nobody goes: while the errand runs, its thread remembers where it is meant to be, and what
 * is made for it there is made by the helper. */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/thread.h"
#include "probes/grant.h"
#include "probes/grant_words.h"
#include "probes/guard/call.h"
#include "probes/guard/plumbing.h"

/* The kernel counts about 2 KiB for each event of a destroyed socket: a look at many sockets must not
 * lose any. */
#define DESTROYS_BYTES (16 << 20)

/* Where the errand of this thread is meant to be; -1: where it is. */
static _Thread_local int meant = -1;

int grant_meant(void)
{
    return meant;
}

struct visit {
    int netns_fd;
    int error; /* of setns(2), negative errno */
    grant_errand *work;
    void *ctx;
};

static void *run(void *arg)
{
    struct visit *v = arg;

    if (setns(v->netns_fd, CLONE_NEWNET) < 0)
        v->error = -errno;
    else
        v->work(v->ctx);
    return NULL;
}

/* That it may be entered is found out first, as the errand itself could only fail. */
static int imagine(struct visit *v)
{
    struct guard_call c = guard_call_of(GUARD_SOCKET, GUARD_DATAGRAM, v->netns_fd, 1);
    int before = meant, rc = guard_ask(&c);

    if (rc < 0)
        return rc;
    close(c.fds[0]);
    meant = v->netns_fd;
    v->work(v->ctx);
    meant = before;
    return 0;
}

static int go(struct visit *v)
{
    pthread_t thread;
    int rc = thread_start(&thread, "netns", run, v);

    if (rc == 0)
        rc = -pthread_join(thread, NULL);
    return rc < 0 ? rc : v->error;
}

int grant_inside(int netns_fd, grant_errand *work, void *ctx, struct err *err)
{
    struct visit v = {.netns_fd = netns_fd, .work = work, .ctx = ctx};
    char command[ERR_TEXT_BYTES];
    int rc;

    if (netns_fd < 0) {
        work(ctx);
        return 0;
    }
    rc = guard_on() ? imagine(&v) : go(&v);
    if (rc == 0 || guard_say(rc, "setns", err))
        return rc;
    if (rc != -EPERM)
        return err_set(err, rc, "setns", "namespace", "%s",
                       rc == -EAGAIN ? "cannot start a thread" : "it is gone");
    err_set(err, rc, "setns", "", "entering a network namespace needs CAP_SYS_ADMIN");
    grant_setcap("cap_sys_admin,cap_net_admin,cap_sys_ptrace", command, sizeof(command));
    err_hint(err, "%s", command);
    return rc;
}

/* ---- what is made there ---------------------------------------------------------------------- */

static const struct {
    int domain, type, protocol;
} sockets[GUARD_SOCKETS] = {
    [GUARD_PACKET_RAW] = {AF_PACKET, SOCK_RAW, 0},
    [GUARD_PACKET_DGRAM] = {AF_PACKET, SOCK_DGRAM, 0},
    [GUARD_ECHO] = {AF_INET, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_ICMP},
    [GUARD_ECHO6] = {AF_INET6, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_ICMPV6},
    [GUARD_ROUTE] = {AF_NETLINK, SOCK_RAW, NETLINK_ROUTE},
    [GUARD_DATAGRAM] = {AF_INET, SOCK_DGRAM, 0},
    [GUARD_DESTROYS] = {AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK, NETLINK_SOCK_DIAG},
};

/* Which of them a sandboxed program cannot make by itself, or not as good. */
static bool is_privileged(enum guard_socket kind)
{
    return kind != GUARD_ROUTE && kind != GUARD_DATAGRAM;
}

int grant_socket(enum guard_socket kind, int *ret_fd)
{
    int fd, bytes = DESTROYS_BYTES;

    if (guard_on() && (meant >= 0 || is_privileged(kind))) {
        struct guard_call c = guard_call_of(GUARD_SOCKET, (uint16_t)kind, meant, 1);
        int rc = guard_ask(&c);

        if (rc == 0)
            *ret_fd = c.fds[0];
        return rc;
    }
    fd =
        socket(sockets[kind].domain, sockets[kind].type | SOCK_CLOEXEC, sockets[kind].protocol);
    if (fd < 0)
        return -errno;
    /* The larger one needs CAP_NET_ADMIN; without it net.core.rmem_max is the limit. */
    if (kind == GUARD_DESTROYS &&
        setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
    *ret_fd = fd;
    return 0;
}

static int number_of(const char *name)
{
    for (int i = 0; i < GUARD_NET_FILES; i++)
        if (strcmp(guard_net_file_names[i], name) == 0)
            return i;
    return -1;
}

int grant_net_file(const char *name, int *ret_fd)
{
    int number = number_of(name), fd, code;
    char path[64];

    snprintf(path, sizeof(path), "/proc/thread-self/net/%s", name);
    fd = meant < 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    code = fd < 0 ? -errno : 0;
    if (guard_on() && number >= 0 && (meant >= 0 || code == -EACCES || code == -EPERM)) {
        struct guard_call c = guard_call_of(GUARD_NET_FILE, (uint16_t)number, meant, 1);

        code = guard_ask(&c);
        fd = code == 0 ? c.fds[0] : -1;
    }
    if (fd < 0)
        return code;
    *ret_fd = fd;
    return 0;
}

/* ---- conversations --------------------------------------------------------------------------- */

static const int protocols[GUARD_NETLINKS] = {
    [GUARD_SOCK_DIAG] = NETLINK_SOCK_DIAG,
    [GUARD_NETFILTER] = NETLINK_NETFILTER,
};

struct opening {
    enum guard_netlink kind;
    struct grant_netlink *ret;
    int code;
};

static void open_here(void *ctx)
{
    struct opening *o = ctx;
    struct sockaddr_nl name = {.nl_family = AF_NETLINK};
    socklen_t len = sizeof(name);
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocols[o->kind]);

    o->code = 0;
    if (fd < 0 || bind(fd, (const struct sockaddr *)&name, sizeof(name)) < 0 ||
        getsockname(fd, (struct sockaddr *)&name, &len) < 0)
        o->code = -errno;
    if (o->code == 0)
        *o->ret = (struct grant_netlink){.fd = fd, .device_fd = fd, .port = name.nl_pid};
    else if (fd >= 0)
        close(fd);
}

static int ask_netlink(int netns_fd, enum guard_netlink kind, struct grant_netlink *ret)
{
    struct guard_call c =
        guard_call_of(GUARD_NETLINK, (uint16_t)kind, netns_fd >= 0 ? netns_fd : meant, 2);
    struct grant_netlink n = {.fd = -1};
    int rc;

    c.bytes = (uint8_t *)n.plumbing;
    c.size = sizeof(n.plumbing);
    rc = guard_ask(&c);
    if (rc < 0)
        return rc;
    n.fd = c.fds[0];
    n.device_fd = c.fds[1];
    n.port = (uint32_t)c.value;
    plumbing_add(n.plumbing[0]);
    plumbing_add(n.plumbing[1]);
    *ret = n;
    return 0;
}

int grant_netlink(int netns_fd, enum guard_netlink kind, struct grant_netlink *ret,
                  struct err *err)
{
    struct opening o = {.kind = kind, .ret = ret};
    int rc;

    if (guard_on()) {
        o.code = ask_netlink(netns_fd, kind, ret);
        if (o.code == 0 || guard_say(o.code, "netlink", err))
            return o.code;
    } else {
        rc = grant_inside(netns_fd, open_here, &o, err);
        if (rc < 0)
            return rc;
    }
    if (o.code < 0)
        err_set(err, o.code, "netlink", netns_fd < 0 ? "socket" : "namespace",
                "cannot open a netlink socket to the kernel's tables");
    return o.code;
}

int grant_netlink_direct(enum guard_netlink kind, struct grant_netlink *ret)
{
    struct opening o = {.kind = kind, .ret = ret};

    if (!guard_on() || meant >= 0)
        return -EOPNOTSUPP;
    open_here(&o);
    return o.code;
}

void grant_netlink_close(struct grant_netlink *n)
{
    if (n->device_fd >= 0 && n->device_fd != n->fd)
        close(n->device_fd);
    if (n->fd >= 0)
        close(n->fd);
    plumbing_remove(n->plumbing[0]);
    plumbing_remove(n->plumbing[1]);
    n->fd = n->device_fd = -1;
}

ssize_t grant_netlink_receive(const struct grant_netlink *n, void *buffer, size_t size)
{
    bool relayed = n->device_fd != n->fd;
    struct sockaddr_nl from = {0};
    struct iovec iov = {.iov_base = buffer, .iov_len = size};
    struct msghdr m = {
        .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1};
    ssize_t got = recvmsg(n->fd, &m, 0);
    int code;

    if (got < 0)
        return -errno;
    if (!relayed && (m.msg_namelen != sizeof(from) || from.nl_pid != 0))
        return 0;
    if (m.msg_flags & MSG_TRUNC)
        return -EMSGSIZE;
    if (!relayed || got >= (ssize_t)sizeof(struct nlmsghdr))
        return got;
    if (got != (ssize_t)sizeof(code))
        return -EPIPE;
    memcpy(&code, buffer, sizeof(code));
    return code < 0 ? code : -EBADMSG;
}
