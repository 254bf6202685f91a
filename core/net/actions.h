/* core/net/actions.h - the commands that a session carries out. */
#ifndef SOCKEYE_NET_ACTIONS_H
#define SOCKEYE_NET_ACTIONS_H

#include <stdbool.h>

#include "core/model/command.h"
#include "core/net/net.h"

/* Carry out send, send-hex, send-file, repeat, flood, half-close, tag and the close of one session,
 * and reply.  False when the net has no such
 * session; then there is no reply yet. */
bool act_on_session(struct net *net, const struct command *command);

/* The close of several sessions of this net: its reply counts them. */
void act_close_several(struct net *net, const struct command *command);

/* The reply to a command that means a session or server ("session") which is not there. */
void act_on_nothing(struct net *net, const struct command *command, const char *what);

#endif
