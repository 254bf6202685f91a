/* core/wire/stream.h - the bytes of one conversation put back in order, both directions.
 *
 * Segments may be added in any order and more than once.  A chunk is a run of bytes of one
 * direction that one packet brought; chunks stand in the order in which their bytes could be
 * read.  Where two segments disagree the first that was seen counts.  A gap is a chunk
 * without bytes: its bytes were acknowledged or overtaken but never captured.  Of datagrams
 * each is a chunk.  Pure; one owner; bounded by max_bytes, the oldest chunks go first and are
 * counted. */
#ifndef SOCKEYE_WIRE_STREAM_H
#define SOCKEYE_WIRE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/wire/packet_facts.h"

#define STREAM_BYTES_USUAL (16U << 20)

enum stream_chunk_kind { CHUNK_BYTES, CHUNK_GAP };

struct stream_chunk {
    uint64_t packet;   /* number of the packet that brought it; of a gap: that showed it */
    uint64_t wall_ns;  /* of that packet */
    uint64_t offset;   /* of its first byte in its direction; 0: the first after SYN, or seen */
    uint64_t len;      /* bytes; of a gap: missing ones */
    uint8_t kind;      /* enum stream_chunk_kind */
    uint8_t direction; /* FROM_FIRST or FROM_SECOND */
    bool cut;          /* snaplen kept the rest of it: a gap follows */
    bool disputed;     /* another segment had other bytes for the same place */
};

struct stream;

struct stream *stream_new(size_t max_bytes);
void stream_free(struct stream *s); /* NULL is a no-op */

/* The next packet of the conversation, with dissection and note.  True when chunks came. */
bool stream_add(struct stream *s, const struct packet_facts *p);
/* No more will come: what still waits behind a gap is given out. */
void stream_end(struct stream *s);

/* Chunks are numbered from 0; those before stream_first() are lost to the bound. */
uint64_t stream_first(const struct stream *s);
uint64_t stream_count(const struct stream *s);
/* NULL when it is lost or not there yet.  Valid until the next stream_add(). */
const struct stream_chunk *stream_chunk(const struct stream *s, uint64_t number);
/* Its bytes, chunk->len of them; NULL for a gap. */
const uint8_t *stream_bytes(const struct stream *s, uint64_t number);
/* The chunk that a packet brought; false: none. */
bool stream_chunk_of(const struct stream *s, uint64_t packet, uint64_t *ret_number);
/* Bytes of chunks that were lost to the bound. */
uint64_t stream_lost_bytes(const struct stream *s);

#endif
