/* core/net/blocking.h - a session whose socket blocks: its recv(2) and send(2) wait in threads of
 * their own, as in a program that has nothing else to do, and the session shows for how long. */
#ifndef SOCKEYE_NET_BLOCKING_H
#define SOCKEYE_NET_BLOCKING_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/net/session.h"

/* Switch an open session over.  Returns 0; -ENOTCONN, -EOPNOTSUPP for TLS, or what starting its
 * threads gave, with err.  On one that blocks already it does nothing. */
int blocking_begin(struct session *s, struct err *err);

/* Switch it back: calls that wait are interrupted, what they had done by then is taken, or kept until
 * the session wants it. */
void blocking_end(struct session *s);

/* The same at the session's end: whatever they bring is dropped. */
void blocking_drop(struct session *s);

bool blocking_is_on(const struct session *s);

/* What the session waits for now: asked by session_update_interest(). */
void blocking_want(struct session *s, bool reads, bool owes);

/* Since when recv(2) and send(2) have been waiting, ns monotonic; 0: not at all. */
void blocking_waits(const struct session *s, uint64_t *ret_recv_ns, uint64_t *ret_send_ns);

#endif
