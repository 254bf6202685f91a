/* core/wire/stream.h - the bytes of one conversation put back in order, both directions.
 *
 * Segments may be added in any order and more than once.  A chunk is a run of bytes of one
 * direction that one packet brought; chunks stand in the order in which their bytes could be
 * read.  Where two segments disagree the first that was seen counts.  A gap is a chunk
 * without bytes: its bytes were acknowledged or overtaken but never captured.  Of datagrams
 * each is a chunk.  SYN and FIN take a sequence number and no byte; the byte of a keep-alive is
 * none (RFC 9293, 3.4 and 3.8.4).  A stream whose beginning was not captured begins with the first
 * segment that was; what comes from before it is left out.
 *
 * Pure; one owner; bounded: max_bytes, a chunk for each 64 of them, and of what waits for segments
 * before it STREAM_WAITING_BYTES and _SEGMENTS a direction.  The oldest chunks go first and are
 * counted; what would have to wait longer is given out behind a gap. */
#ifndef SOCKEYE_WIRE_STREAM_H
#define SOCKEYE_WIRE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/wire/packet_facts.h"

#define STREAM_BYTES_USUAL (16U << 20)
#define STREAM_WAITING_BYTES (4U << 20) /* or max_bytes, if that is less */
#define STREAM_WAITING_SEGMENTS 8192

enum stream_chunk_kind { CHUNK_BYTES, CHUNK_GAP };

struct stream_chunk {
    uint64_t packet;   /* number of the packet that brought it; of a gap: that showed it */
    uint64_t wall_ns;  /* of that packet */
    uint64_t offset;   /* of its first byte in its direction; 0: the first after SYN, or seen */
    uint64_t len;      /* bytes; of a gap: missing ones */
    uint8_t kind;      /* enum stream_chunk_kind */
    uint8_t direction; /* FROM_FIRST or FROM_SECOND */
    bool cut;          /* snaplen kept the rest of it: a gap follows, which is `cut` as well */
    bool disputed;     /* another segment had other bytes for the same place */
    bool datagram;     /* with its end something ends; else bytes go on in the next chunk */
};

struct stream;

struct stream *stream_new(size_t max_bytes);
void stream_free(struct stream *s); /* NULL is a no-op */

/* The next packet, with a number that grows, dissection and note.  The first one's conversation
 * is the stream's; packets of another one, as of a later connection between the same ports, and
 * packets without a note are left out.  True when chunks came. */
bool stream_add(struct stream *s, const struct packet_facts *p);
/* No more will come: what still waits behind a gap is given out. */
void stream_end(struct stream *s);

/* CONVERSATION_NONE before the first packet. */
uint32_t stream_conversation(const struct stream *s);
/* Bytes of a direction that wait for segments before them. */
size_t stream_waiting_bytes(const struct stream *s, unsigned direction);

/* Chunks are numbered from 0; those before stream_first() are lost to the bound. */
uint64_t stream_first(const struct stream *s);
uint64_t stream_count(const struct stream *s);
/* NULL when it is lost or not there yet.  Valid until the next stream_add(). */
const struct stream_chunk *stream_chunk(const struct stream *s, uint64_t number);
/* Its bytes, chunk->len of them; NULL for a gap. */
const uint8_t *stream_bytes(const struct stream *s, uint64_t number);
/* The (first) chunk that a packet brought; false: none. */
bool stream_chunk_of(const struct stream *s, uint64_t packet, uint64_t *ret_number);
/* The same, or else that of the last packet before it that brought one: where a packet without
 * bytes of its own stands in the stream. */
bool stream_chunk_before(const struct stream *s, uint64_t packet, uint64_t *ret_number);
/* The chunk of a direction that has the byte, or the gap, at offset. */
bool stream_chunk_at(const struct stream *s, unsigned direction, uint64_t offset,
                     uint64_t *ret_number);
/* Bytes of chunks that were lost to the bound. */
uint64_t stream_lost_bytes(const struct stream *s);

#endif
