/* core/model/packet_index.h - what is known of each packet beside its bytes.
 *
 * Walks through the packet store in order, some packets at a time, decodes each once, and keeps
 * what its conversation makes of it as long as the store can keep the packet.  Packets that the
 * store lost before they were looked at are counted.  UI thread; reads no clock. */
#ifndef SOCKEYE_MODEL_PACKET_INDEX_H
#define SOCKEYE_MODEL_PACKET_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/ring.h"
#include "core/wire/conversation.h"
#include "core/wire/decode.h"
#include "core/wire/packet.h"

struct packet_entry {
    uint64_t number;  /* in the store */
    uint64_t wall_ns; /* as in its record */
    struct packet_note note;
    bool looked;   /* false: the store lost it unseen; the rest means nothing */
    bool has_flow; /* it has addresses, with or without a conversation */
    bool payload;  /* carries bytes above the transport header */
};

struct packet_index;

/* Remembers the newest `packets`: as many as the store has room for. */
struct packet_index *packet_index_new(size_t packets);
void packet_index_free(struct packet_index *x); /* NULL is a no-op */

/* Look at up to `budget` more packets.  Returns how many it went on, with lost ones; less than
 * there are when more is to be done: packet_index_next() < ring_head(). */
size_t packet_index_update(struct packet_index *x, const struct ring *store, size_t budget);

/* The first number that was not looked at yet. */
uint64_t packet_index_next(const struct packet_index *x);
/* Overwritten before they were looked at. */
uint64_t packet_index_missed(const struct packet_index *x);

/* NULL: not looked at yet, lost unseen, or too old.  Borrowed until the next update. */
const struct packet_entry *packet_index_entry(const struct packet_index *x, uint64_t number);
const struct packet_note *packet_index_note(const struct packet_index *x, uint64_t number);

/* As conversations_persist(); and what the socket sent since its last data were probes, too: the
 * kernel is asked some times a second, and the first probe comes sooner. */
void packet_index_persist(struct packet_index *x, const struct addr *local,
                          const struct addr *peer, bool persist);

/* Owned by the index. */
struct conversations *packet_index_conversations(const struct packet_index *x);
/* NULL: the packet has none, or it was forgotten. */
const struct conversation *packet_index_conversation(const struct packet_index *x,
                                                     uint64_t number);

/* The flow of a packet, from as few bytes as will do.  False when the store has lost it. */
bool packet_look(const struct ring *store, uint64_t number, struct packet *ret_packet,
                 struct dissection *ret);

#endif
