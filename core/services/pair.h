/* core/services/pair.h - a session that was accepted and one that is dialled for it: what comes in
 * at one goes out at the other.
 *
 * The accepted one is not read before the dialled one is open.  FIN goes through behind the bytes
 * in front of it, and so does RST; whoever does not read stops the other end's reading. */
#ifndef SOCKEYE_SERVICES_PAIR_H
#define SOCKEYE_SERVICES_PAIR_H

#include "core/services/lane.h"
#include "core/services/service.h"

struct pair {
    struct session *near, *far; /* accepted, dialled; NULL: ended, or not there yet */
    /* It could not be dialled, or failed before it was open: dial another one with pair_dial(), or
     * end p->near with this reason. */
    void (*refused)(struct pair *p, const struct err *err);
    size_t target, tries; /* whoever dials counts here */
    struct lane to_near, to_far;
    bool open;      /* far is */
    unsigned holds; /* the sessions that are there, and who is at work on it */
};

/* For services: the behaviour of what is accepted, but for opened. */
#define PAIR_NEAR                                                                              \
    .readable = pair_readable, .drained = pair_drained, .peer_closed = pair_peer_closed,       \
    .due = pair_due, .closing = pair_closing, .hasty = true

void pair_readable(struct session *s);
void pair_drained(struct session *s);
void pair_peer_closed(struct session *s);
void pair_due(struct session *s);
void pair_closing(struct session *s);

/* For opened: make s, just accepted, one end of a pair.  The shaping lives as long as the service's
 * instance.  It ends with its sessions. */
struct pair *pair_new(struct session *s, const struct shaping *shaping,
                      void (*refused)(struct pair *p, const struct err *err));
/* Dial the other end, which is not open yet when this returns.  Returns 0, or negative errno with
 * err when it cannot even be tried: refused() is not called then. */
int pair_dial(struct pair *p, const struct endpoint *to, uint64_t timeout_ns, struct err *err);

/* One endpoint of an option: host and port or a path, of streams.  Returns 0 or -EINVAL with err. */
int pair_endpoint(const char *service, const char *text, struct endpoint *ret, struct err *err);

/* Nothing is late, slow or damaged. */
extern const struct shaping shaping_none;

#endif
