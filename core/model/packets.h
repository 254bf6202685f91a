/* core/model/packets.h - the packets of one flow, found in the packet store.
 *
 * The store keeps bytes as they came; this list remembers the numbers of those that a pick and
 * a filter let through.  It follows the packet index, and starts over when the pick changes.
 * UI thread. */
#ifndef SOCKEYE_MODEL_PACKETS_H
#define SOCKEYE_MODEL_PACKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/ring.h"
#include "core/model/packet_index.h"
#include "core/model/packet_join.h"
#include "core/wire/decode.h"
#include "core/wire/flow.h"
#include "core/wire/packet.h"

struct packet_ref {
    uint64_t number;   /* in the store */
    uint8_t direction; /* enum flow_direction */
    bool payload;      /* carries bytes above the transport header */
};

/* Whether a packet is wanted that the pick lets through. */
typedef bool (*packet_wanted)(void *ctx, uint64_t number);

struct packet_list {
    bool picking; /* false: every packet */
    struct flow_pick pick;
    packet_wanted wanted; /* NULL: all that the pick lets through */
    void *wanted_ctx;
    uint64_t next;    /* first number not looked at yet */
    uint64_t missed;  /* overwritten before they were looked at */
    uint64_t hidden;  /* the pick let them through, but they were not wanted */
    uint64_t dropped; /* were in the list until the store overwrote them */
    bool has_first;
    uint64_t first_wall_ns; /* of the first that was in the list, kept when it is lost */
    size_t count, room;
    struct packet_ref *refs; /* by number */
};

/* Start over with a pick; NULL takes every packet. */
void packet_list_pick(struct packet_list *l, const struct flow_pick *pick);
/* Start over with the same pick, and what wanted() says of its packets; NULL: all of them. */
void packet_list_filter(struct packet_list *l, packet_wanted wanted, void *ctx);

/* What a packet costs of a budget: nearly nothing, when it has to be decoded, and when it is
 * held against a filter. */
enum { LIST_COST = 1, LIST_COST_DECODE = 8, LIST_COST_WANTED = 30 };

/* Look at what the index has looked at since, as far as the budget reaches; drop what the
 * store has lost.  True when the list changed.  It is behind while next is before
 * packet_index_next(). */
bool packet_list_update(struct packet_list *l, const struct packet_index *index,
                        const struct ring *store, size_t budget);
void packet_list_done(struct packet_list *l);

/* The newest with payload, else the newest; false when the list is empty. */
bool packet_list_newest(const struct packet_list *l, uint64_t *ret_number);
/* Index of a packet number in the list, or of the next one behind it; count: none. */
size_t packet_list_find(const struct packet_list *l, uint64_t number);

/* Whether a packet of the list is one that is looked for. */
typedef bool (*packet_fits)(const void *ctx, uint64_t number);
/* The next packet of the list behind `from`, or the last before it, that fits; false: none. */
bool packet_list_seek(const struct packet_list *l, uint64_t from, bool backward,
                      packet_fits fits, const void *ctx, uint64_t *ret_number);

/* A packet with its dissection, read for display. */
struct packet_view {
    struct packet packet;
    struct dissection dissection;
    struct joined_packet joined; /* with FACTS_OWNERS */
    size_t captured;
    uint8_t bytes[PACKET_BYTES_MAX];
};

/* False when the store has overwritten it. */
bool packet_view_read(struct packet_view *v, const struct ring *store, uint64_t number,
                      unsigned what);

#endif
