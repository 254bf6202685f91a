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

#include "core/base/err.h"
#include "core/base/hash.h"
#include "core/model/command.h"
#include "core/model/event.h"
#include "core/model/transcript.h"
#include "core/net/io.h"
#include "core/net/net.h"

/* The send queue's bound; one scratch buffer always fits into an empty one. */
#define SESSION_QUEUE_BYTES (256U << 10)

struct session;
struct dialling;
struct feed;

/* What a session does.  Every function may be NULL. */
struct behaviour {
    void (*opened)(struct session *s);
    void (*readable)(struct session *s); /* NULL: it never reads */
    void (*drained)(struct session *s);  /* the send queue is empty again; session_produce() */
    void (*peer_closed)(struct session *s); /* FIN came; NULL: close when drained */
    void (*due)(struct session *s);         /* the time of session_wake_at() has come */
    void (*sent)(struct session *s, const void *bytes, size_t len); /* or queued to be */
    void (*closing)(struct session *s); /* last call: release s->data */
    bool lockstep;                      /* does not read while it owes bytes */
    bool prompt; /* does nothing between receiving and sending: struct watch */
    bool
        hasty; /* an error ends it also while reading is paused, and what was not read is lost */
    bool narrate; /* bytes and troubles go to the transcript */
};

/* What must be agreed with the peer of a connected socket before the session is open: a proxy's
 * tunnel, TLS. */
struct negotiation {
    const char *name; /* "proxy" */
    /* Go on as far as the socket lets it.  Returns 0 when all is agreed; -EAGAIN with the events
     * of epoll(7) to wait for; else negative errno with err. */
    int (*step)(struct session *s, void *state, uint32_t *ret_events, struct err *err);
    void (*drop)(void *state); /* NULL: nothing to release */
};

/* What only some sessions have; made when it is needed first. */
struct session_extras {
    struct timer idle; /* also how long an accepted one may negotiate */
    struct timer wake, again;
    uint64_t idle_timeout_ns; /* 0: none */
    uint64_t was_idle_ns;     /* it was closed for that; 0: it was not */
    struct phases phases;
    struct peer_credentials credentials;
    struct sockname
        far; /* of a datagram socket that is not connected: where what is sent goes */
    struct addr sender;        /* of the datagram received last */
    struct blocking *blocking; /* NULL: its calls do not wait */
};

struct session {
    /* What each turn of a session needs, together: of thousands each line of memory counts. */
    struct watch watch;
    const struct io *io;
    struct net *net;
    const struct behaviour *behaviour;
    struct tally *tally; /* its server's; NULL: none */
    uint64_t id, server_id;
    enum session_state state;
    uint32_t receive_bytes; /* the buffer of one recv(2) */
    bool producing;         /* by its behaviour, in drained() */
    bool reading_paused;    /* by its behaviour */
    bool unwatched;         /* out of the loop until reading goes on */
    bool half_close_wanted; /* FIN once the queue is empty */
    bool close_wanted;      /* close once the queue is empty */
    bool dirty;             /* stands in net->dirty_sessions */
    bool told;              /* a face has had its status */
    bool buried;            /* only waits for its end to be told */
    bool brief;             /* counted in hub->brief_sessions */
    uint64_t sent_bytes, received_bytes, sends, receives;
    uint64_t active_ns;            /* when a byte last came or went */
    size_t unit_bytes;             /* of the datagram received last: more than were taken */
    size_t queue_at, queue_len;    /* bytes queue_at .. queue_len wait */
    struct session_extras *extras; /* NULL: none; session_extras() makes them */
    struct feeding *feeding;       /* what it sends by itself (feeding.c); NULL: nothing */

    uint8_t *queue;  /* NULL while nothing waits */
    struct tls *tls; /* of tls_io; NULL: none */
    char tag[COMMAND_TAG_BYTES + 1];
    uint64_t ordinal; /* among those of one command, from 1; 0: it is alone */
    void *data;       /* the behaviour's */
    void *instance;   /* of its server's service; NULL: none */
    enum endpoint_scheme scheme;
    uint32_t negotiating_for; /* the events that a negotiation waits for */
    struct addr local, peer;
    uint64_t cookie, opened_ns, changed_ns;
    uint64_t messages;               /* counted by its behaviour */
    struct negotiating *negotiating; /* NULL: nothing is left to be agreed */
    uint64_t linger_ns;              /* its idle timeout once all is sent; 0: as before */
    struct dialling *dialling;       /* outgoing only: endpoint, addresses left, timeout */
    struct err *err;                 /* NULL: none */
    struct session *prev, *next;     /* in dirty_sessions */
    struct session *next_dead;
    UT_hash_handle hh;
};

/* Begin to connect; what becomes of it is told by its status.  Returns the session, which has
 * failed already where its settings make no sense, and else is not connected yet. */
struct session *session_dial(struct net *net, const struct endpoint *endpoint,
                             const struct connect_settings *settings,
                             const struct behaviour *behaviour, void *data);

/* What an accepted session has of its server. */
struct acceptance {
    uint64_t server_id;
    enum endpoint_scheme scheme;
    struct tally *tally;
    const struct behaviour *behaviour;
    void *instance;
    uint64_t idle_timeout_ns;
    const struct io *io;
    struct addr local, peer;
};

/* Take over an accepted socket, which the session owns from here on.  Whoever accepted it may add
 * what must be negotiated, then calls session_begin(). */
struct session *session_accepted(struct net *net, int fd, const struct acceptance *a);

/* Before session_begin(): to be agreed first, in the order in which they are added, two at most.
 * The session owns the state. */
void session_negotiate(struct session *s, const struct negotiation *how, void *state);
/* Its socket is connected: negotiate, then open it. */
void session_begin(struct session *s);

/* Read once into the shared scratch buffer, valid until the next read of any session.  Returns
 * the bytes read, 0 of an empty datagram; -1 when there are none now, or when the session has
 * ended (its state tells). */
ssize_t session_receive(struct session *s, const uint8_t **ret_bytes);

/* Send or queue; returns how many bytes were taken: all that fit below SESSION_QUEUE_BYTES; where
 * the socket keeps boundaries all of them or none. */
size_t session_send(struct session *s, const void *bytes, size_t len);
/* One more message, of whatever the behaviour frames, came or went whole. */
void session_count_message(struct session *s);

/* Bytes still wait for the socket to take them. */
bool session_owes(const struct session *s);

/* Room in the send queue. */
size_t session_room(const struct session *s);

/* Send what the feed gives, as fast as the socket takes it, behind what is queued; the session owns
 * the feed.  A half-close waits for its end, unless it has none.  False when there is one already:
 * then f is still the caller's. */
bool session_feed(struct session *s, struct feed *f);
/* Send no more of it; false when there is none. */
bool session_stop_feed(struct session *s);
/* Wait for nothing any more: at its next pause it ends. */
void session_hurry_feed(struct session *s);
/* Do not take from it for a while. */
void session_hold_feed(struct session *s, bool held);

/* From here on drained() is called once a turn while the socket takes bytes and nothing is queued:
 * for a behaviour that has more to send than the queue holds.  Ends with a half-close. */
void session_produce(struct session *s, bool producing);

/* Never NULL. */
struct session_extras *session_extras(struct session *s);

/* Call its behaviour's due() at that time, once; 0: not any more. */
void session_wake_at(struct session *s, uint64_t at_ns);
/* The time that it was last given and that has not come; 0: none. */
uint64_t session_wakes_at(const struct session *s);

void session_pause_reading(struct session *s, bool paused);
void session_half_close(struct session *s);    /* FIN behind everything queued */
void session_close(struct session *s);         /* now */
void session_close_drained(struct session *s); /* behind everything queued */
/* Now, with RST instead of FIN; AF_UNIX knows no RST, its peers see a close. */
void session_reset(struct session *s);
/* Now, for a reason. */
void session_fail_with(struct session *s, const struct err *err);

/* A peer_closed() that leaves closing to somebody else: until then the socket shows CLOSE_WAIT. */
void session_stay_open(struct session *s);

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
