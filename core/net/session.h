/* core/net/session.h - one socket of ours: dialled by us, or accepted by one of our servers.
 *
 * What it does with bytes is its behaviour: a service's, the console's (transcript) or that of
 * an attached descriptor (core/net/attach.h).  Sending never waits: what the kernel does not
 * take is queued up to a bound, and whoever owes more stops reading until it has drained. */
#ifndef SOCKEYE_NET_SESSION_H
#define SOCKEYE_NET_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <uthash.h>

#include "core/base/err.h"
#include "core/model/event.h"
#include "core/model/transcript.h"
#include "core/net/net.h"

/* The send queue's bound; one scratch buffer always fits into an empty one. */
#define SESSION_QUEUE_BYTES (256U << 10)

struct session;
struct dialling;

/* What a session does.  Every function may be NULL. */
struct behaviour {
    void (*opened)(struct session *s);
    void (*readable)(struct session *s);    /* NULL: it never reads */
    void (*drained)(struct session *s);     /* the send queue is empty again */
    void (*peer_closed)(struct session *s); /* FIN came; NULL: close when drained */
    void (*closing)(struct session *s);     /* last call: release s->data */
    bool lockstep;                          /* does not read while it owes bytes */
    bool narrate;                           /* bytes and troubles go to the transcript */
};

struct session {
    struct watch watch;
    struct net *net;
    uint64_t id, server_id;
    const struct behaviour *behaviour;
    void *data; /* the behaviour's */
    enum session_state state;
    struct addr local, peer;
    uint64_t cookie, opened_ns, changed_ns, sent_bytes, received_bytes;
    uint8_t *queue;             /* NULL while nothing waits */
    size_t queue_at, queue_len; /* bytes queue_at .. queue_len wait */
    uint64_t flood_left;        /* pattern bytes still to be made; UINT64_MAX: no end */
    bool flooding;
    bool reading_paused;         /* by its behaviour */
    bool unwatched;              /* out of the loop until reading goes on */
    bool half_close_wanted;      /* FIN once the queue is empty */
    bool close_wanted;           /* close once the queue is empty */
    bool dirty;                  /* stands in net->dirty_sessions */
    bool told;                   /* a face has had its status */
    bool buried;                 /* only waits for its end to be told */
    struct traffic *traffic;     /* its server's; NULL: none */
    struct dialling *dialling;   /* outgoing only: endpoint, addresses left, timeout */
    struct err *err;             /* NULL: none */
    struct session *prev, *next; /* in dirty_sessions */
    struct session *next_dead;
    UT_hash_handle hh;
};

/* Begin to connect; what becomes of it is told by its status.  Returns the session. */
struct session *session_dial(struct net *net, const struct endpoint *endpoint,
                             uint64_t timeout_ns, const struct behaviour *behaviour,
                             void *data);

/* Take over an accepted socket, which the session owns from here on. */
struct session *session_accepted(struct net *net, int fd, uint64_t server_id,
                                 struct traffic *traffic, const struct addr *local,
                                 const struct addr *peer, const struct behaviour *behaviour);

/* Read once into the shared scratch buffer, valid until the next read of any session.  Returns
 * the bytes read; 0 when there are none now, or the session has ended (its state tells). */
size_t session_receive(struct session *s, const uint8_t **ret_bytes);

/* Send or queue; returns how many bytes were taken: all that fit below SESSION_QUEUE_BYTES. */
size_t session_send(struct session *s, const void *bytes, size_t len);

/* Room in the send queue. */
size_t session_room(const struct session *s);

/* Send a pattern of n bytes as fast as the socket takes it; UINT64_MAX: until closed; 0 stops.
 */
void session_flood(struct session *s, uint64_t n);

void session_pause_reading(struct session *s, bool paused);
void session_half_close(struct session *s); /* FIN behind everything queued */
void session_close(struct session *s);      /* now */

/* False once it is closed or failed, or FIN is on its way.  While it is still connecting, what
 * is sent waits in the queue. */
bool session_can_send(const struct session *s);
bool session_ended(const struct session *s);

/* Add to the transcript a sentence of ours. */
void session_note(struct session *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void session_status(const struct session *s, struct session_status *ret);

/* At the end of a turn: free the sessions that ended during it, but for those whose end is still to
 * be told; session_heard() frees them. */
void session_bury(struct net *net);
void session_heard(struct session *s);

/* The console's: bytes go to the transcript. */
extern const struct behaviour transcript_behaviour;
/* Bytes are read, counted and dropped. */
extern const struct behaviour quiet_behaviour;

#endif
