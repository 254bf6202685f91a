/* Whatever segments come, and in whatever order: the bytes that a stream gives out are those that
 * were seen first at their place; each direction goes on without a hole that is not told; and when
 * all bytes came at least once, all of them are there.
 *
 * Input: one byte of options, one of where the sequence numbers begin, then segments of six bytes:
 * what it is, its place (two), its length, what it acknowledges (two). */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/wire/stream.h"

#define PLACES 4096 /* bytes of each direction */
#define HEADER 40

enum { LOSSLESS = 1, SMALL = 2 };                  /* options */
enum { SECOND = 1, CUT = 2, WRONG = 4, BARE = 8 }; /* a segment; CUT, BARE: not when LOSSLESS */

enum { UNSEEN, SEEN, SEEN_ALONE = 2 };

struct reference {
    uint8_t seen[PLACES], first[PLACES]; /* SEEN bits; the byte that was seen first */
};

static struct reference references[2];
static struct stream *stream;
static uint64_t number;
static uint32_t first_seq[2];
static bool lossless;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static uint8_t true_byte(unsigned direction, size_t at)
{
    return (uint8_t)(at * 7 + at / 256 + direction * 101);
}

static void add(unsigned direction, unsigned flags, uint32_t seq, uint32_t ack,
                const uint8_t *bytes, size_t len, size_t claimed)
{
    static uint8_t frame[HEADER + 256];
    static struct dissection d;
    struct packet packet = {.wall_ns = number};
    struct packet_note note = {.direction = (uint8_t)direction};
    struct packet_facts p = {.number = number++,
                             .packet = &packet,
                             .bytes = frame,
                             .captured = HEADER + len,
                             .dissection = &d,
                             .note = &note};

    if (len)
        memcpy(frame + HEADER, bytes, len);
    d.has_flow = d.has_tcp = true;
    d.payload_at = HEADER;
    d.payload_len = (uint32_t)len;
    d.payload_claimed = (uint32_t)claimed;
    d.tcp.seq = seq;
    d.tcp.ack = ack;
    d.tcp.flags = (uint16_t)flags;
    stream_add(stream, &p);
}

/* A segment of one byte may have been taken for a keep-alive. */
static void remember(struct reference *r, size_t at, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (len == 1) {
            r->seen[at + i] |= SEEN_ALONE;
        } else if (!(r->seen[at + i] & SEEN)) {
            r->seen[at + i] |= SEEN;
            r->first[at + i] = bytes[i];
        }
    }
}

static void add_segment(const uint8_t *in)
{
    unsigned what = in[0], direction = what & SECOND;
    size_t at = (size_t)(in[1] << 8 | in[2]) % PLACES, len = in[3];
    size_t acked = (size_t)(in[4] << 8 | in[5]) % (PLACES + 1), here;
    uint8_t bytes[256] = {0};

    if (len > PLACES - at)
        len = PLACES - at;
    if (what & BARE && !lossless)
        len = 0;
    here = what & CUT && !lossless ? len / 2 : len;
    for (size_t i = 0; i < here; i++)
        bytes[i] =
            (uint8_t)(true_byte(direction, at + i) ^ (what & WRONG && here > 1 ? 0x55 : 0));
    add(direction, lossless ? 0 : TCP_FLAG_ACK, first_seq[direction] + (uint32_t)at,
        first_seq[!direction] + (uint32_t)acked, bytes, here, len);
    remember(&references[direction], at, bytes, here);
}

static void check_bytes(const struct stream_chunk *c, const uint8_t *bytes)
{
    const struct reference *r = &references[c->direction];

    must(c->offset + c->len <= PLACES);
    for (size_t i = 0; i < c->len; i++) {
        size_t at = (size_t)c->offset + i;
        bool alone = r->seen[at] & SEEN_ALONE && bytes[i] == true_byte(c->direction, at);

        must(alone || (r->seen[at] & SEEN && bytes[i] == r->first[at]));
    }
}

static void check_found(const struct stream_chunk *c, uint64_t n)
{
    uint64_t found = 0;

    must(stream_chunk_at(stream, c->direction, c->offset, &found) && found == n);
    /* That of a gap may be one that only told of it. */
    if (c->kind == CHUNK_BYTES)
        must(!stream_chunk_of(stream, c->packet, &found) || found <= n);
    must(stream_chunk_before(stream, number, &found) || !lossless);
}

static void check(size_t max_bytes)
{
    uint64_t next[2] = {0}, kept = 0;
    bool has_next[2] = {stream_first(stream) == 0, stream_first(stream) == 0};

    for (uint64_t n = stream_first(stream); n < stream_count(stream); n++) {
        const struct stream_chunk *c = stream_chunk(stream, n);

        must(c && c->len > 0 && c->direction < 2 && c->packet < number);
        must(!has_next[c->direction] || c->offset == next[c->direction]);
        next[c->direction] = c->offset + c->len;
        has_next[c->direction] = true;
        must((c->kind == CHUNK_BYTES) == (stream_bytes(stream, n) != NULL));
        if (c->kind == CHUNK_BYTES) {
            check_bytes(c, stream_bytes(stream, n));
            kept += c->len;
        }
        must(!lossless || c->kind == CHUNK_BYTES);
        check_found(c, n);
    }
    must(kept <= max_bytes);
    must(!lossless || (next[0] == PLACES && next[1] == PLACES) || max_bytes < 2 * PLACES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t max_bytes;

    if (size < 2)
        return 0;
    lossless = data[0] & LOSSLESS;
    max_bytes = data[0] & SMALL ? 256U + data[0] : 1U << 20;
    /* Bytes that wait are bounded by it, too: less would be a loss. */
    if (lossless)
        max_bytes = 1U << 20;
    memset(references, 0, sizeof(references));
    number = 0;
    first_seq[0] = 0U - data[1] * 16U;
    first_seq[1] = data[1];
    stream = stream_new(max_bytes);
    add(FROM_FIRST, TCP_FLAG_SYN, first_seq[0] - 1, 0, NULL, 0, 0);
    add(FROM_SECOND, TCP_FLAG_SYN | TCP_FLAG_ACK, first_seq[1] - 1, first_seq[0], NULL, 0, 0);
    for (size_t at = 2; at + 6 <= size; at += 6)
        add_segment(data + at);
    for (unsigned i = 0; lossless && i < 2 * PLACES / 128; i++)
        add_segment((const uint8_t[6]){(uint8_t)(i & 1), (uint8_t)(i / 2 * 128 >> 8),
                                       (uint8_t)(i / 2 * 128), 128, 0, 0});
    stream_end(stream);
    check(max_bytes);
    stream_free(stream);
    return 0;
}
