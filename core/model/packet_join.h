/* core/model/packet_join.h - whose socket a packet came from, and whose it goes to.
 *
 * A packet carries no cookie: what is known of it are its addresses and its time.  Sessions of
 * ours told their addresses themselves, and from when to when: what matches them is certain.
 * Everything else is a row of the newest snapshot, or a socket that is no more, with the same
 * addresses: the same numbers may have been another socket's at that time, so it is a guess and
 * says so.  Only sockets of our own namespace count, where the capture is.
 *
 * Tables are made anew when what they were made of has changed and somebody asks.  UI thread. */
#ifndef SOCKEYE_MODEL_PACKET_JOIN_H
#define SOCKEYE_MODEL_PACKET_JOIN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/model/event.h"
#include "core/model/gone.h"
#include "core/model/snapshot.h"
#include "core/wire/packet_facts.h"

/* A packet may come so long after its socket was closed: the rest of TIME_WAIT. */
#define JOIN_AFTER_NS (60 * UINT64_C(1000000000))
/* Two threads' clocks told when the socket began. */
#define JOIN_BEFORE_NS (100 * UINT64_C(1000000))

/* What there is to join with; borrowed until the next call. */
struct join_sources {
    const struct session_status *sessions;
    size_t n_sessions;
    const struct server_status *servers;
    size_t n_servers;
    const struct snapshot *snapshot; /* NULL: none yet */
    const struct gone *gone;
    uint64_t changes;                 /* grows with each change of sessions and servers */
    uint64_t start_ns, start_wall_ns; /* the same moment by both clocks */
};

enum join_kind {
    JOIN_NONE,
    JOIN_SESSION,  /* of ours: session_id; row when the snapshot has it */
    JOIN_ROW,      /* of the snapshot */
    JOIN_LISTENER, /* the row that the packet was for: no connection's is there */
    JOIN_GONE,     /* of a socket that is no more */
};

/* One end of a packet.  The texts of owner stand in it. */
struct joined_end {
    enum join_kind kind;
    uint64_t session_id; /* JOIN_SESSION */
    bool has_row;
    struct row row;
    struct packet_owner owner; /* socket, session, process; all NULL of JOIN_NONE */
    char socket[160], session[48], process[96];
};

/* Of its source and its destination.  Not to be copied: owner points into it. */
struct joined_packet {
    struct joined_end ends[2];
};

struct packet_join;

struct packet_join *packet_join_new(void);
void packet_join_free(struct packet_join *j); /* NULL is a no-op */

/* Who was at both ends of a packet of this flow at that time. */
void packet_join(struct packet_join *j, const struct join_sources *from,
                 const struct flow *flow, uint64_t wall_ns, struct joined_packet *ret);

#endif
