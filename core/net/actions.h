/* core/net/actions.h - the commands that a session carries out. */
#ifndef SOCKEYE_NET_ACTIONS_H
#define SOCKEYE_NET_ACTIONS_H

#include <stdbool.h>

#include "core/model/command.h"
#include "core/net/call.h"
#include "core/net/net.h"

/* Carry out send, message, flood, set, get, half-close and close, and reply.  False when the net has no such
 * session; then there is no reply yet. */
bool act_on_session(struct net *net, const struct command *command);

/* Carry out set and get on a socket, and reply. */
void act_on_option(struct net *net, const struct command *command, const struct caller *c,
                   int fd);

/* The reply to a command that means a session or server ("session") which is not there. */
void act_on_nothing(struct net *net, const struct command *command, const char *what);

#endif
