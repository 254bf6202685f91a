#include "ui/cli/session_pipe.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ui/cli/cli.h"

int session_pipe_open(struct session_pipe *p, struct command *connect, struct err *err)
{
    struct reply reply;
    int pair[2], r;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return err_set(err, -errno, "socketpair", "", "%s", "");
    r = engine_start(&p->engine, err);
    if (r < 0) {
        close(pair[0]);
        close(pair[1]);
        return r;
    }
    p->fd = pair[0];
    connect->attach_fd = pair[1];
    cli_await_reply(p->engine, engine_post(p->engine, connect), &reply);
    if (reply.err.code) {
        session_pipe_close(p);
        if (err)
            *err = reply.err;
        return reply.err.code;
    }
    p->session_id = reply.id;
    return 0;
}

ssize_t session_pipe_send(struct session_pipe *p, const void *bytes, size_t len)
{
    struct unit_head head = {.direction = DIRECTION_SENT};
    size_t part = len < ATTACH_UNIT_BYTES ? len : ATTACH_UNIT_BYTES;
    struct iovec parts[] = {{&head, sizeof(head)}, {(void *)(uintptr_t)bytes, part}};
    struct msghdr m = {.msg_iov = parts, .msg_iovlen = 2};

    return sendmsg(p->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : (ssize_t)part;
}

ssize_t session_pipe_receive(struct session_pipe *p, void *bytes)
{
    struct unit_head head;
    struct iovec parts[] = {{&head, sizeof(head)}, {bytes, ATTACH_UNIT_BYTES}};
    struct msghdr m = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t n = recvmsg(p->fd, &m, MSG_DONTWAIT);

    if (n < 0)
        return -errno;
    return n < (ssize_t)sizeof(head) ? 0 : n - (ssize_t)sizeof(head);
}

void session_pipe_close(struct session_pipe *p)
{
    engine_stop(p->engine);
    close(p->fd);
}
