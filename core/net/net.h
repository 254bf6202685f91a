/* core/net/net.h - what the sessions and servers of one thread share.
 *
 * The engine has one; a server that runs on several threads has one more for each (worker.h).
 * What all of them share is the hub. */
#ifndef SOCKEYE_NET_NET_H
#define SOCKEYE_NET_NET_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>

#include "core/base/bell.h"
#include "core/base/queue.h"
#include "core/base/ring.h"
#include "core/model/command.h"
#include "core/model/event.h"
#include "core/net/loop.h"

/* One read's worth of bytes: as much as a socket gives at once without a second copy. */
#define NET_SCRATCH_BYTES (64U << 10)

/* Of all sessions that ended before a face heard of them, so many wait to be told of. */
#define NET_BRIEF_SESSIONS 64

/* What a server's threads count where it happens. */
struct tally {
    atomic_ullong accepted, accept_errors, denied, datagrams, lost_datagrams;
    atomic_ullong untold_sessions; /* came and went while too many did to tell of each */
    atomic_ullong sent_bytes, received_bytes, messages;
    atomic_uint open_sessions;
    atomic_uint waiting;   /* listening sockets that accept no more until a session ends */
    atomic_int last_error; /* negative errno: why accepting failed last; 0: it never did */
    atomic_bool changed;   /* any of it, since it was told */
    int wake_fd;           /* an eventfd of the server's thread */
};

/* By any thread. */
struct hub {
    struct ring *journal, *transcript;
    struct queue *events;        /* struct event */
    struct mailbox *options;     /* struct option_values: the newest that were asked for */
    struct bell news;            /* journal or transcript grew */
    atomic_bool watches_traffic; /* a face wants the counts of accepted sessions, too */
    atomic_ullong next_id;       /* sessions and servers share one numbering */
    atomic_uint brief_sessions;  /* ended unheard of, and wait to be told */
    pthread_mutex_t book_lock;
    struct entry *book; /* uthash: which worker has a session (worker.c) */
};

/* Bytes of one server that its tally does not have yet. */
struct traffic {
    struct tally *tally; /* NULL: there are none */
    uint64_t sent_bytes, received_bytes;
};

struct session;
struct server;
struct waiting_reply;
struct worker;

struct net {
    struct hub *hub;
    struct worker *worker; /* whose net it is; NULL: the engine's */
    struct loop *loop;
    struct ring *journal, *transcript; /* the hub's */
    struct session *sessions;          /* uthash by id */
    struct server *servers;            /* uthash by id */
    struct session *dirty_sessions;    /* their status changed since it was told */
    struct attachment *attachments;    /* utlist */
    struct exchange *exchanges;        /* utlist */
    struct session *dead_sessions;     /* freed at the end of the turn */
    struct waiting_reply *replies;     /* utlist; found the queue of events full */
    struct timer tell_timer;
    struct traffic traffic; /* of this turn; net_count() */
    bool urgent;            /* tell at the end of this turn, not at the next tick */
    uint64_t journal_told, transcript_told; /* the rings' heads when the bell last rang */
    void (*told)(struct net *net);          /* there was room to tell; NULL: nobody asks */
    void (*emptied)(struct net *net);       /* a session was forgotten; NULL: nobody asks */
    uint8_t scratch[NET_SCRATCH_BYTES];
    uint8_t answer[NET_SCRATCH_BYTES]; /* a service's, to a datagram */
};

/* Returns 0 or negative errno. */
int net_open(struct net *net, struct hub *hub);
/* Close and release everything in it, told or not. */
void net_close(struct net *net);

/* The reply to a command: told in its turn, whatever the queue holds. */
void net_reply(struct net *net, const struct command *command, uint64_t id,
               const struct err *err, const char *text);
/* True when no reply waits any more. */
bool net_push_replies(struct net *net);
/* Tell what changed, as far as the queue takes it. */
void net_tell(struct net *net);

/* Bytes that the sessions of a server moved.  They reach the tally, which other threads add to also
 * and which is dear for that, at the end of the turn. */
void net_count(struct net *net, struct tally *tally, uint64_t sent_bytes,
               uint64_t received_bytes);

static inline void tally_add(atomic_ullong *count, uint64_t n)
{
    atomic_fetch_add(count, n);
}

static inline uint64_t tally_get(const atomic_ullong *count)
{
    return atomic_load(count);
}

/* Behind the change.  Only the first one after a telling writes, and wakes the server's thread. */
static inline void tally_changed(struct tally *t)
{
    if (!atomic_load(&t->changed) && !atomic_exchange(&t->changed, true))
        eventfd_write(t->wake_fd, 1);
}

#endif
