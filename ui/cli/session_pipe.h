/* ui/cli/session_pipe.h - a session whose bytes go through a descriptor of ours.
 *
 * The engine owns the socket; what the peer sends is read from fd, what is written to fd goes to
 * the peer, and a shutdown(2) on either side becomes a FIN on the other.  Nothing is dropped: what
 * is not read stops the reading from the network. */
#ifndef SOCKEYE_CLI_SESSION_PIPE_H
#define SOCKEYE_CLI_SESSION_PIPE_H

#include <stdint.h>

#include "core/model/command.h"
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

#endif
