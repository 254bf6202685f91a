/* core/net/worker.h - a thread that serves for a server: one connection, or all that a listening
 * socket of its own gives.
 *
 * It has a net of its own and shares nothing but the hub, the server's tally and its service's
 * instance.  What it is to do comes through its inbox. */
#ifndef SOCKEYE_NET_WORKER_H
#define SOCKEYE_NET_WORKER_H

#include "core/base/addr.h"
#include "core/net/net.h"
#include "core/net/server.h"

struct worker;

/* A thread for one accepted connection, which ends with it.  Returns 0, or negative errno: then
 * fd is closed.  It joins server->workers. */
int worker_serve_connection(struct server *server, int fd, const struct sockname *peer);
/* A thread that accepts on a listening socket, until the server is stopped.  Likewise. */
int worker_serve_listener(struct server *server, int fd);

/* Threads that have ended are joined and forgotten. */
void workers_reap(struct server *server);
/* There may be room for another session: those that accept look for it. */
void workers_look_for_room(struct server *server);
/* End all of them and wait for that. */
void workers_stop(struct server *server);

/* Hand a command over to the worker whose session it means, which replies.  Returns 0; -ENOENT when
 * none has it, -EAGAIN when that one's inbox is full. */
int worker_forward(struct hub *hub, const struct command *command);
/* Have the workers close those of their sessions that the close of several means.  Returns how many
 * will be; *ret_busy: how many will not, their inboxes are full. */
size_t worker_close_several(struct hub *hub, const struct command *command, size_t *ret_busy);
/* The hub's book of which worker has which session. */
void worker_enter_session(struct worker *w, uint64_t id);
void worker_tag_session(struct worker *w, uint64_t id, const char *tag);
void worker_leave_session(struct worker *w, uint64_t id);

#endif
