/* core/wire/stream_store.h - where a stream keeps its chunks and their bytes.
 *
 * Bytes stand in a ring that grows up to its bound, each chunk in one piece; the chunks' records
 * in another.  When one of them is full the oldest chunks go.  Only for core/wire/stream*.c. */
#ifndef SOCKEYE_WIRE_STREAM_STORE_H
#define SOCKEYE_WIRE_STREAM_STORE_H

#include "core/wire/stream.h"

/* One record is kept for so many bytes of the bound. */
#define STORE_BYTES_A_CHUNK 64
#define STORE_CHUNKS_LEAST 16
#define STORE_NO_CHUNK UINT64_MAX

struct stored_chunk {
    struct stream_chunk chunk;
    uint64_t at;    /* in the ring of bytes, counted on over its laps */
    uint64_t other; /* offset that the other direction had reached */
};

/* A packet that brought something, and the first chunk made of it. */
struct arrival {
    uint64_t packet, chunk;
};

struct stream_store {
    size_t max_bytes, max_chunks;
    uint8_t *bytes;
    size_t size;   /* of bytes */
    uint64_t head; /* where the next ones go, counted on over the laps */
    struct stored_chunk *chunks;
    size_t room; /* of chunks, a power of two */
    uint64_t first, count;
    uint64_t lost_bytes;
    struct arrival *arrivals; /* in the order in which packets came */
    size_t arrivals_room;
    uint64_t arrivals_count;
};

void store_init(struct stream_store *s, size_t max_bytes);
void store_done(struct stream_store *s);

/* len bytes that are not more than max_bytes; other: see struct stored_chunk.  Returns the
 * chunk's number. */
uint64_t store_add(struct stream_store *s, const struct stream_chunk *chunk,
                   const uint8_t *bytes, uint64_t other);
/* NULL: lost, or not there yet. */
struct stored_chunk *store_get(const struct stream_store *s, uint64_t number);
const uint8_t *store_bytes(const struct stream_store *s, const struct stored_chunk *c);
/* The first chunk, of either direction, at whose end this one's offset is beyond `offset`;
 * s->count: there is none. */
uint64_t store_find(const struct stream_store *s, unsigned direction, uint64_t offset);

/* A packet came that brings something.  Returns where it is noted. */
uint64_t store_arrive(struct stream_store *s, uint64_t packet);
/* A chunk was made of it; the first one counts. */
void store_became(struct stream_store *s, uint64_t arrival, uint64_t chunk);
/* The chunk of that packet, or of the last one before it that became one; else STORE_NO_CHUNK. */
uint64_t store_before(const struct stream_store *s, uint64_t packet);

#endif
