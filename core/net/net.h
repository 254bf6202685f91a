/* core/net/net.h - what the sessions and servers of one engine share.  Engine thread only. */
#ifndef SOCKEYE_NET_NET_H
#define SOCKEYE_NET_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/ring.h"
#include "core/net/loop.h"

/* One read's worth of bytes: as much as a socket gives at once without a second copy. */
#define NET_SCRATCH_BYTES (64U << 10)

/* Sessions that began and ended between two tellings and are told of all the same. */
#define NET_BRIEF_SESSIONS 64

/* Bytes of a server's sessions, counted where they move. */
struct traffic {
    uint64_t sent_bytes, received_bytes;
    bool changed; /* they or anything else in the server's status, since it was told */
};

struct session;
struct server;

struct net {
    struct loop *loop;
    struct ring *journal, *transcript;
    uint64_t next_id;               /* sessions and servers share one numbering */
    struct session *sessions;       /* uthash by id */
    struct server *servers;         /* uthash by id */
    struct session *dirty_sessions; /* their status changed since it was told */
    struct attachment *attachments; /* utlist */
    struct session *dead_sessions;  /* freed at the end of the turn */
    void (*ended)(struct net *net, const struct session *s); /* the engine's books */
    unsigned brief_sessions; /* ended unheard of since all was told */
    bool urgent;             /* tell at the end of this turn, not at the next tick */
    uint8_t scratch[NET_SCRATCH_BYTES];
    uint8_t answer[NET_SCRATCH_BYTES]; /* a service's, to a datagram */
};

#endif
