/* core/net/session_internal.h - between the files that make up a session: session.c, sending.c,
 * feeding.c, negotiate.c, dial.c, io.c; and server.c, which makes some. */
#ifndef SOCKEYE_NET_SESSION_INTERNAL_H
#define SOCKEYE_NET_SESSION_INTERNAL_H

#include "core/net/call.h"
#include "core/net/session.h"

struct caller session_caller(const struct session *s);
struct session *session_new(struct net *net, const struct behaviour *behaviour);

/* Its status is to be told: at the end of this turn when urgent, else at the next tick. */
void session_touch(struct session *s, bool urgent);
void session_set_state(struct session *s, enum session_state state);
/* It wants what has come. */
bool session_reads(const struct session *s);
/* The loop looks at its socket no more, until session_update_interest(). */
void session_unwatch(struct session *s);
/* Ask the loop for what it waits for now. */
void session_update_interest(struct session *s);
void session_count(struct session *s, uint64_t sent_bytes, uint64_t received_bytes);
void session_narrate(struct session *s, enum direction direction, const void *bytes,
                     size_t len);
/* It is open: its behaviour begins. */
void session_open(struct session *s);
/* It is over; `state` says how. */
void session_end(struct session *s, enum session_state state);

/* feeding.c: it has something to give now; send of it; it is over. */
bool session_feeds(const struct session *s);
void session_feed_once(struct session *s);
void session_drop_feed(struct session *s);
bool session_feeds_for_ever(const struct session *s);

/* sending.c: send or queue whatever its state is; as session_send().  Nothing is left to be sent. */
size_t session_put(struct session *s, const void *bytes, size_t len);
void session_after_drain(struct session *s);
/* The socket takes bytes again; FIN now; close behind what is queued. */
void session_writable(struct session *s);
void session_shut_down(struct session *s);
/* Tell what was said before it was open. */
void session_narrate_queue(struct session *s);
/* A call on the socket failed: so has the session, unless it was only about one datagram. */
void session_transfer_failed(struct session *s, const char *operation, int code);

/* negotiate.c: the socket is ready for the next step; release what is left. */
void session_go_on_negotiating(struct session *s);
void session_drop_negotiations(struct session *s);
const char *session_negotiation_name(const struct session *s);

/* A session of its server has ended, or was not begun: another may be waiting for its place. */
void session_leave_server(struct tally *tally);

/* Ask the kernel for a socket's cookie (SO_COOKIE): the session's from now on. */
void session_learn_cookie(struct session *s, int fd);
/* How an endpoint's socket is made, and how its bytes go in and out. */
int session_socket_type(enum endpoint_scheme scheme);
const struct io *session_io(enum endpoint_scheme scheme);
/* Close its descriptor and forget what was agreed on it; the session may get another one. */
void session_abandon_socket(struct session *s);
/* End it with an error: operation and reason as in struct err. */
void session_fail(struct session *s, const char *operation, int code, const char *reason);

const struct endpoint *dial_endpoint(const struct session *s);
const struct connect_settings *dial_settings(const struct session *s);
void dial_status(const struct session *s, struct session_status *ret);
struct attempts *dial_attempts(struct session *s);
/* It is open: the time it may take is over. */
void dial_opened(struct session *s);
/* It failed: true when it begins anew. */
bool dial_try_again(struct session *s, const struct err *err);
/* Stop whatever goes on. */
void dial_stop(struct session *s);

#endif
