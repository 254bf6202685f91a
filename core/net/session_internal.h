/* core/net/session_internal.h - between session.c and dial.c only. */
#ifndef SOCKEYE_NET_SESSION_INTERNAL_H
#define SOCKEYE_NET_SESSION_INTERNAL_H

#include "core/net/call.h"
#include "core/net/session.h"

struct caller session_caller(const struct session *s);
struct session *session_new(struct net *net, const struct behaviour *behaviour);

/* Its status is to be told: at the end of this turn when urgent, else at the next tick. */
void session_touch(struct session *s, bool urgent);
void session_set_state(struct session *s, enum session_state state);

/* Ask the kernel for the socket's cookie (SO_COOKIE). */
void session_learn_cookie(struct session *s);
/* It is connected: tell, and let its behaviour begin. */
void session_opened(struct session *s);
/* Close the descriptor; the session may get another one. */
void session_close_fd(struct session *s);
void session_fail_with(struct session *s, const struct err *err);
/* End it with an error: operation and reason as in struct err. */
void session_fail(struct session *s, const char *operation, int code, const char *reason);

const struct endpoint *dial_endpoint(const struct session *s);
/* The socket became writable, or failed, while connecting. */
void dial_finished(struct session *s);
/* Stop waiting for names and the timeout. */
void dial_stop(struct session *s);

#endif
