#include "probes/guard/relay.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/mem.h"

#define BUFFER_BYTES (64U << 10)
/* Then the others have their turn. */
#define DATAGRAMS 16

int relay_open(struct relay *r, const struct grant_netlink *kernel, enum guard_netlink kind,
               int *ret_fd)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return -errno;
    *r = (struct relay){.kernel = *kernel,
                        .kind = kind,
                        .program = pair[0],
                        .buffer = mem_new(BUFFER_BYTES, 1)};
    *ret_fd = pair[1];
    return 0;
}

void relay_close(struct relay *r)
{
    close(r->program);
    grant_netlink_close(&r->kernel);
    free(r->buffer);
    *r = (struct relay){.program = -1};
}

void relay_watch(const struct relay *r, struct pollfd fds[2])
{
    /* While a datagram waits, a further question waits too. */
    fds[0] = (struct pollfd){.fd = r->program, .events = r->unsent ? POLLOUT : POLLIN};
    fds[1] = (struct pollfd){.fd = r->unsent ? -1 : r->kernel.fd, .events = POLLIN};
}

/* Of the program: 1 there may be more, 0 not now, negative errno: it is over. */
static int take_question(struct relay *r)
{
    static const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    ssize_t n = recv(r->program, r->buffer, BUFFER_BYTES, MSG_DONTWAIT | MSG_TRUNC);
    int rc;

    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    if (n == 0)
        return -EPIPE;
    rc = n > BUFFER_BYTES ? -EBADMSG : guard_netlink_check(r->kind, r->buffer, (size_t)n);
    if (rc == 0 && sendto(r->kernel.fd, r->buffer, (size_t)n, MSG_DONTWAIT,
                          (const struct sockaddr *)&kernel, sizeof(kernel)) < 0)
        rc = -errno;
    /* What the kernel does not take is said in place of an answer. */
    if (rc < 0)
        rc = send(r->program, &rc, sizeof(rc), MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
    return rc < 0 ? rc : 1;
}

static int hand_over(struct relay *r)
{
    if (send(r->program, r->buffer, r->waits, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
        r->unsent = errno == EAGAIN || errno == EINTR;
        return r->unsent ? 0 : -errno;
    }
    r->unsent = false;
    return 1;
}

/* Of the kernel: the same. */
static int take_answer(struct relay *r)
{
    struct sockaddr_nl from = {0};
    struct iovec iov = {.iov_base = r->buffer, .iov_len = BUFFER_BYTES};
    struct msghdr m = {
        .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1};
    ssize_t n = recvmsg(r->kernel.fd, &m, MSG_DONTWAIT);
    int code = n < 0 ? -errno : m.msg_flags & MSG_TRUNC ? -EMSGSIZE : 0;

    if (code == -EAGAIN || code == -EINTR)
        return 0;
    if (code == 0 && (m.msg_namelen != sizeof(from) || from.nl_pid != 0))
        return 1; /* another process's */
    r->waits = (size_t)n;
    if (code < 0) {
        *(int *)(void *)r->buffer = code;
        r->waits = sizeof(code);
    }
    return hand_over(r);
}

void relay_turn(struct relay *r, const struct pollfd fds[2])
{
    int rc = 0;

    if (fds[0].revents)
        rc = r->unsent ? hand_over(r) : take_question(r);
    for (int i = 0; rc >= 0 && !r->unsent && i < DATAGRAMS; i++) {
        rc = take_answer(r);
        if (rc == 0)
            break;
    }
    if (rc < 0)
        relay_close(r);
}
