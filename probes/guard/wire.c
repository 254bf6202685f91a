#include "probes/guard/wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Room for more than may come, so that too many are seen and closed rather than cut off. */
#define FDS_SEEN 8

void wire_close_all(int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++)
        close(fds[i]);
}

int wire_send(int fd, const void *bytes, size_t len, const int *fds, size_t n_fds, int flags)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(GUARD_FDS * sizeof(int))] = {0};
    struct iovec iov = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = len};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
    ssize_t n;

    if (n_fds > GUARD_FDS)
        return -EINVAL;
    if (n_fds) {
        struct cmsghdr *c = (struct cmsghdr *)(void *)control;

        m.msg_control = control;
        m.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
        memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
    }
    do
        n = sendmsg(fd, &m, flags | MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : (size_t)n == len ? 0 : -EMSGSIZE;
}

/* Everything that came, up to FDS_SEEN. */
static size_t take_fds(struct msghdr *m, int fds[FDS_SEEN])
{
    size_t n = 0;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        size_t here =
            c->cmsg_len >= CMSG_LEN(0) ? (c->cmsg_len - CMSG_LEN(0)) / sizeof(int) : 0;

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        if (here > FDS_SEEN - n)
            here = FDS_SEEN - n;
        memcpy(fds + n, CMSG_DATA(c), here * sizeof(int));
        n += here;
    }
    return n;
}

ssize_t wire_receive(int fd, void *bytes, size_t size, int fds[GUARD_FDS], size_t *ret_n_fds,
                     int flags)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(FDS_SEEN * sizeof(int))];
    struct iovec iov = {.iov_base = bytes, .iov_len = size};
    struct msghdr m = {.msg_iov = &iov,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = sizeof(control)};
    int seen[FDS_SEEN];
    size_t n_seen;
    ssize_t n;

    do
        n = recvmsg(fd, &m, flags | MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    n_seen = take_fds(&m, seen);
    if (n_seen > GUARD_FDS || (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
        wire_close_all(seen, n_seen);
        return -EBADMSG;
    }
    memcpy(fds, seen, n_seen * sizeof(int));
    *ret_n_fds = n_seen;
    return n;
}
