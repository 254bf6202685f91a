/* core/net/actions.h - the commands that a session carries out. */
#ifndef SOCKEYE_NET_ACTIONS_H
#define SOCKEYE_NET_ACTIONS_H

#include <stdbool.h>

#include "core/model/command.h"
#include "core/net/call.h"
#include "core/net/net.h"

/* Carry out what a session is told, send, flood, set, tag, close and the like, and reply.  False when
 * the net has no such session; then there is no reply yet. */
bool act_on_session(struct net *net, const struct command *command);

/* The close of several sessions, of this net or of worker threads: its reply counts them. */
void act_close_several(struct net *net, const struct command *command);

/* Whether the close of several means this one; accepted: a server has, it was not opened by us. */
bool act_means(const struct command *command, uint64_t id, const char *tag, bool accepted);
/* Close one, which may not be there any more; there is no reply. */
void act_close_quietly(struct net *net, uint64_t id);

/* Carry out set and get on a socket, and reply. */
void act_on_option(struct net *net, const struct command *command, const struct caller *c,
                   int fd);

/* The same of what has no socket, which err says. */
void act_on_no_socket(struct net *net, const struct command *command, uint64_t id,
                      const struct err *err);

/* The reply to a command that means a session or server which is not there: one that VERB_CONNECT
 * or VERB_SERVE opens. */
void act_on_nothing(struct net *net, const struct command *command, enum verb opens);

#endif
