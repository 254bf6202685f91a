/* core/net/attempts.h - from addresses to one connected socket: Happy Eyeballs (RFC 8305).
 *
 * The addresses are tried in the resolver's order.  One that answers neither way within
 * ATTEMPT_DELAY_NS gets company by the next; the first that connects wins and the others are
 * closed.  Between dial.c and attempts.c only. */
#ifndef SOCKEYE_NET_ATTEMPTS_H
#define SOCKEYE_NET_ATTEMPTS_H

#include "core/base/clock.h"
#include "core/net/resolve.h"
#include "core/net/session.h"

/* RFC 8305, 5: the Connection Attempt Delay. */
#define ATTEMPT_DELAY_NS (250 * CLOCK_MS_NS)

struct attempt {
    struct watch watch; /* fd -1: not running */
    struct session *session;
    struct addr peer;
};

struct attempts {
    struct answer addresses;
    size_t next;    /* the address to try next */
    size_t running; /* sockets that are connecting */
    struct timer delay;
    struct attempt each[RESOLVE_ADDRESSES]; /* by address */
};

/* Begin with a->addresses.  Ends in one call of dial_won() or session_fail_with(), maybe
 * before it returns. */
void attempts_start(struct session *s, struct attempts *a);
/* Close all sockets that are still connecting. */
void attempts_stop(struct session *s, struct attempts *a);

/* A socket is connected, or bound and ready where datagrams need no connection; not watched. */
void dial_won(struct session *s, int fd, const struct addr *peer);
/* False where connect(2) is called: everywhere but for datagrams to and from anybody. */
bool dial_unconnected(const struct session *s, const struct addr *peer);

#endif
