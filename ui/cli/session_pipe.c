#include "ui/cli/session_pipe.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ui/cli/cli.h"

int session_pipe_open(struct session_pipe *p, struct command *connect, struct err *err)
{
    struct reply reply;
    int pair[2], r;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return err_set(err, -errno, "socketpair", "", "%s", "");
    r = engine_start(&p->engine);
    if (r < 0) {
        close(pair[0]);
        close(pair[1]);
        return err_set(err, r, "start", "", "%s", "");
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

void session_pipe_close(struct session_pipe *p)
{
    engine_stop(p->engine);
    close(p->fd);
}
