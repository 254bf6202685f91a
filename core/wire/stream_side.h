/* core/wire/stream_side.h - one direction of a stream: runs of bytes in, chunks out.
 *
 * Knows sequence numbers but no packets.  Only for core/wire/stream*.c. */
#ifndef SOCKEYE_WIRE_STREAM_SIDE_H
#define SOCKEYE_WIRE_STREAM_SIDE_H

#include "core/wire/stream_store.h"
#include "core/wire/stream_wait.h"

/* What tells that bytes up to an offset were sent. */
struct sign {
    uint64_t offset, packet, wall_ns;
};

/* One direction.  Places are offsets in it, counted on over the sequence numbers' end. */
struct side {
    bool started;  /* next is known */
    bool has_fin;  /* fin is: where the bytes end */
    bool has_hint; /* hint is: the other side had acknowledged it before anything was seen */
    uint8_t direction; /* FROM_FIRST or FROM_SECOND */
    uint32_t next;     /* sequence number of the next byte to be given out */
    uint32_t hint;     /* a sequence number, too */
    uint64_t offset;   /* of the next byte to be given out */
    struct sign acked, fin;
    struct stream_wait wait;
    size_t max_waiting;         /* bytes */
    struct stream_store *store; /* of both directions */
    const uint64_t *other;      /* the other's offset */
};

/* The first byte's number is known from here on. */
void side_start(struct side *side, uint32_t seq);
/* Where a sequence number is, seen from the next byte to be given out; negative: before it. */
int64_t side_ahead(const struct side *side, uint32_t seq);

/* What a packet brought; its first byte is `delta` ahead. */
void side_take(struct side *side, struct stream_run run, int64_t delta);

/* Give out a chunk, or a run, where the side stands.  side_add() returns the chunk's number. */
uint64_t side_add(struct side *side, struct stream_chunk c, const uint8_t *bytes);
void side_add_run(struct side *side, const struct stream_run *run);

/* Declare the first hole a gap, or all of them, up to limit; what waits behind is given out. */
void side_skip_hole(struct side *side, uint64_t limit);
void side_skip_holes(struct side *side, uint64_t limit);

/* Where the bytes end that the other side has acknowledged; a last one that nothing else tells of
 * is a FIN that was not captured. */
uint64_t side_acknowledged(const struct side *side);
/* Where all bytes end, as far as anything tells. */
uint64_t side_end(const struct side *side);
/* The packet that tells of its next hole; UINT64_MAX: there is none. */
uint64_t side_next_hole(const struct side *side);

#endif
