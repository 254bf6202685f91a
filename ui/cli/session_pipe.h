/* ui/cli/session_pipe.h - a session whose bytes go through a descriptor of ours.
 *
 * The engine owns the socket; what the peer sends comes by session_pipe_receive(), what
 * session_pipe_send() takes goes to the peer, and a shutdown(2) of fd becomes a FIN.  Nothing is dropped: what
 * is not read stops the reading from the network. */
#ifndef SOCKEYE_CLI_SESSION_PIPE_H
#define SOCKEYE_CLI_SESSION_PIPE_H

#include <stdint.h>
#include <sys/types.h>

#include "core/model/command.h"
#include "core/net/attach.h"
#include "core/net/engine.h"

struct session_pipe {
    struct engine *engine;
    uint64_t session_id;
    int fd;
};

/* Starts an engine and has it carry out a connect command.  Returns 0, or negative errno with err
 * and nothing left open. */
int session_pipe_open(struct session_pipe *p, struct command *connect, struct err *err);
void session_pipe_close(struct session_pipe *p);

/* Never wait.  Send returns how many bytes it took, at most ATTACH_UNIT_BYTES; receive, given room
 * for as many, how many came, 0 at the end.  Both -EAGAIN when fd is not ready, or another negative
 * errno. */
ssize_t session_pipe_send(struct session_pipe *p, const void *bytes, size_t len);
ssize_t session_pipe_receive(struct session_pipe *p, void *bytes);

#endif
