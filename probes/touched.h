/* probes/touched.h - the sockets of which the kernel's events spoke since the last snapshot.
 *
 * Tracepoints are of every network namespace and carry no cookie: they say where to look again,
 * and when what happened.  Whether a socket is one of ours a look or the destroy groups tell.
 * Bounded; one thread. */
#ifndef SOCKEYE_PROBES_TOUCHED_H
#define SOCKEYE_PROBES_TOUCHED_H

#include "core/base/hash.h"
#include "core/model/changes.h"
#include "core/model/kernel_event.h"

#define TOUCHED_MAX 65536
#define TOUCHED_STEPS 6
#define TOUCHED_PEERS 1024 /* of connections that are being made: more share their counts */

/* A connection or listener of TCP is known by its addresses, others also by their cookie. */
struct touched_key {
    struct addr local, peer; /* without scope */
    uint64_t cookie, kind;
};

struct touched_step {
    uint64_t at_ns;
    uint8_t old_state, new_state;
};

struct touched_socket {
    struct touched_key key;
    size_t n_steps; /* the first TOUCHED_STEPS of them are there */
    struct touched_step steps[TOUCHED_STEPS];
    uint64_t last_ns; /* of the newest event */
    bool destroyed;   /* and then: */
    bool known;       /* a row had its cookie */
    uint64_t cookie, destroyed_ns;
    uint32_t unread_bytes;
    bool fresh;  /* an event came since the last snapshot, and then: */
    bool looked; /* somebody asked for it, and found it or not: */
    bool found;
    struct row row;
    bool waits; /* a row in TIME_WAIT took its addresses over */
    bool told;  /* a change of this snapshot tells what happened */
    UT_hash_handle hh;
};

struct touched {
    struct touched_socket *sockets; /* uthash: in the order in which they came */
    bool fresh;                     /* one of them is, or: */
    /* SYNs that were sent from a port that the event did not tell, and whose connection no later
     * one told; by peer, so that those of other namespaces do not take the place of ours. */
    size_t n_connecting;
    uint16_t connecting[TOUCHED_PEERS];
    uint64_t ports[65536 / 64];           /* local ones: a quick no */
    struct touched_socket *closed[65536]; /* the connection of a port that closed last */
    uint64_t graves[16384]; /* cookies of rows that were told as gone, the newest */
};

/* All zero is empty, which touched_new() gives. */
struct touched *touched_new(void);
void touched_free(struct touched *t);

/* Take an event.  `known` is the row that has its cookie (changes_find()), or NULL. */
void touched_event(struct touched *t, const struct kernel_event *e, const struct row *known);

/* The one with the row's addresses; NULL: no event spoke of it. */
struct touched_socket *touched_find(struct touched *t, const struct row *row);
/* That, made when there is none; NULL when there are TOUCHED_MAX. */
struct touched_socket *touched_add(struct touched *t, const struct row *row);

/* A snapshot tells of all of them now: none is fresh any more.  Those that were destroyed and
 * those whose events are all older are forgotten; the others stay for what is still to come. */
void touched_clear(struct touched *t, uint64_t before_ns);

/* The changes of s, after changes_look(), step by step as the kernel told them, with those of
 * sockets that no look saw.  Returns how many TCP connections were among these. */
size_t touched_tell(struct touched *t, struct snapshot *s, struct changes *c);

#endif
