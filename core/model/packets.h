/* core/model/packets.h - the packets of one flow, found in the packet store.
 *
 * The store keeps bytes as they came; this list remembers the numbers of those that a pick
 * matches.  It grows as the store does, and starts over when the pick changes.  UI thread. */
#ifndef SOCKEYE_MODEL_PACKETS_H
#define SOCKEYE_MODEL_PACKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/ring.h"
#include "core/wire/decode.h"
#include "core/wire/flow.h"
#include "core/wire/packet.h"

struct packet_ref {
    uint64_t number;   /* in the store */
    uint8_t direction; /* enum flow_direction */
    bool payload;      /* carries bytes above the transport header */
};

struct packet_list {
    bool picking; /* false: every packet */
    struct flow_pick pick;
    uint64_t next;    /* first number not looked at yet */
    uint64_t missed;  /* overwritten before they were looked at */
    uint64_t dropped; /* were in the list until the store overwrote them */
    bool has_first;
    uint64_t first_wall_ns; /* of the first that was in the list, kept when it is lost */
    size_t count, room;
    struct packet_ref *refs; /* by number */
};

/* Start over with a pick; NULL takes every packet. */
void packet_list_pick(struct packet_list *l, const struct flow_pick *pick);
/* Look at what came since; drop what the store has lost.  True when the list changed. */
bool packet_list_update(struct packet_list *l, const struct ring *store);
void packet_list_done(struct packet_list *l);

/* The newest with payload, else the newest; false when the list is empty. */
bool packet_list_newest(const struct packet_list *l, uint64_t *ret_number);
/* Index of a packet number in the list, or of the next one behind it; count: none. */
size_t packet_list_find(const struct packet_list *l, uint64_t number);

/* A packet with its dissection, read for display. */
struct packet_view {
    struct packet packet;
    struct dissection dissection;
    size_t captured;
    uint8_t bytes[PACKET_BYTES_MAX];
};

/* False when the store has overwritten it. */
bool packet_view_read(struct packet_view *v, const struct ring *store, uint64_t number,
                      unsigned what);

#endif
