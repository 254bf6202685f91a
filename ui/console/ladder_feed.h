/* ui/console/ladder_feed.h - a ladder of what the focus did, that grows with the model.
 *
 * Packets come from the packet list, calls from the journal by their session's address, states
 * from what the kernel told of the focus.  It starts over when the list does. */
#ifndef SOCKEYE_CONSOLE_LADDER_FEED_H
#define SOCKEYE_CONSOLE_LADDER_FEED_H

#include "core/model/model.h"
#include "core/wire/ladder.h"

#define LADDER_FEED_WAITING 64 /* calls whose socket has no address yet */

struct ladder_feed {
    struct ladder *ladder;
    uint64_t begun; /* how often it started over */
    struct packet_view *view;
    /* What it is a ladder of. */
    bool picking;
    struct flow_pick pick;
    char filter[256];
    uint64_t list_next; /* of the list, when it was last looked at */
    /* How far it is. */
    uint64_t next_packet, next_call, next_state;
    uint64_t newest_wall_ns; /* of the packets */
    size_t n_waiting;
    uint64_t waiting[LADDER_FEED_WAITING];
};

void ladder_feed_init(struct ladder_feed *f);
void ladder_feed_done(struct ladder_feed *f);

/* Take some of what is new; true when there is more. */
bool ladder_feed_update(struct ladder_feed *f, const struct model *m);

/* The local address of the focus; false: it has none, or there is no focus. */
bool ladder_feed_local(const struct model *m, struct addr *ret);

/* The packets of a folded step one by one, at most LADDER_OPENED of them, into a ladder of
 * their own, from packet *next on; true when there are more. */
#define LADDER_OPENED 512
bool ladder_feed_open(struct ladder_feed *f, const struct model *m,
                      const struct ladder_step *fold, uint64_t *next, struct ladder *to);

#endif
