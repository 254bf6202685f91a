#include "core/wire/stream_store.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

#define FIRST_BYTES 4096
#define FIRST_RECORDS 16

void store_init(struct stream_store *s, size_t max_bytes)
{
    size_t most = STORE_CHUNKS_LEAST;

    while (most < max_bytes / STORE_BYTES_A_CHUNK)
        most *= 2;
    *s = (struct stream_store){.max_bytes = max_bytes ? max_bytes : 1, .max_chunks = most};
}

void store_done(struct stream_store *s)
{
    free(s->bytes);
    free(s->chunks);
    free(s->arrivals);
}

static struct stored_chunk *slot(const struct stream_store *s, uint64_t number)
{
    return &s->chunks[number & (s->room - 1)];
}

struct stored_chunk *store_get(const struct stream_store *s, uint64_t number)
{
    return number >= s->first && number < s->count ? slot(s, number) : NULL;
}

const uint8_t *store_bytes(const struct stream_store *s, const struct stored_chunk *c)
{
    return c->chunk.kind == CHUNK_BYTES ? s->bytes + c->at % s->size : NULL;
}

static void drop_first(struct stream_store *s)
{
    const struct stream_chunk *c = &slot(s, s->first++)->chunk;

    if (c->kind == CHUNK_BYTES)
        s->lost_bytes += c->len;
}

static void make_record(struct stream_store *s)
{
    struct stored_chunk *more;
    size_t room = s->room ? s->room * 2 : FIRST_RECORDS;

    if (s->room && s->count - s->first < s->room)
        return;
    if (s->room == s->max_chunks) {
        drop_first(s);
        return;
    }
    more = mem_new(room, sizeof(*more));
    for (uint64_t n = s->first; n < s->count; n++)
        more[n & (room - 1)] = *slot(s, n);
    free(s->chunks);
    s->chunks = more;
    s->room = room;
}

/* Before the first lap is over a place is what it is in the memory, so that this may grow. */
static void grow(struct stream_store *s, uint64_t end)
{
    size_t size = s->size ? s->size : FIRST_BYTES;

    while (size < end && size < s->max_bytes)
        size *= 2;
    if (size > s->max_bytes)
        size = s->max_bytes;
    /* With a NUL behind them: a sanitizer believes that regexec(3) reads up to one, also with
     * REG_STARTEND. */
    s->bytes = mem_resize(s->bytes, size + 1, 1);
    s->bytes[size] = '\0';
    s->size = size;
}

/* Room for len bytes in one piece from the head on. */
static void make_room(struct stream_store *s, size_t len)
{
    uint64_t end = s->head + len;

    if (!s->size || (end > s->size && s->size < s->max_bytes))
        grow(s, end);
    if (len > s->size - s->head % s->size)
        s->head += s->size - s->head % s->size;
    while (s->first < s->count && slot(s, s->first)->at + s->size < s->head + len)
        drop_first(s);
}

uint64_t store_add(struct stream_store *s, const struct stream_chunk *chunk,
                   const uint8_t *bytes, uint64_t other)
{
    size_t len = chunk->kind == CHUNK_BYTES ? (size_t)chunk->len : 0;

    make_record(s);
    if (chunk->kind == CHUNK_BYTES)
        make_room(s, len);
    if (len)
        memcpy(s->bytes + s->head % s->size, bytes, len);
    *slot(s, s->count) = (struct stored_chunk){.chunk = *chunk, .at = s->head, .other = other};
    s->head += len;
    return s->count++;
}

/* Where a direction was when a chunk had been read. */
static uint64_t reached(const struct stored_chunk *c, unsigned direction)
{
    return c->chunk.direction == direction ? c->chunk.offset + c->chunk.len : c->other;
}

uint64_t store_find(const struct stream_store *s, unsigned direction, uint64_t offset)
{
    uint64_t low = s->first, high = s->count;

    while (low < high) {
        uint64_t middle = low + (high - low) / 2;

        if (reached(slot(s, middle), direction) > offset)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* --- packets ---------------------------------------------------------------------------- */

static struct arrival *arrival_slot(const struct stream_store *s, uint64_t number)
{
    return &s->arrivals[number & (s->arrivals_room - 1)];
}

uint64_t store_arrive(struct stream_store *s, uint64_t packet)
{
    if (s->arrivals_count == s->arrivals_room && s->arrivals_room < s->max_chunks) {
        s->arrivals_room = s->arrivals_room ? s->arrivals_room * 2 : FIRST_RECORDS;
        s->arrivals = mem_resize(s->arrivals, s->arrivals_room, sizeof(*s->arrivals));
    }
    *arrival_slot(s, s->arrivals_count) =
        (struct arrival){.packet = packet, .chunk = STORE_NO_CHUNK};
    return s->arrivals_count++;
}

void store_became(struct stream_store *s, uint64_t arrival, uint64_t chunk)
{
    if (s->arrivals_count - arrival > s->arrivals_room)
        return;
    if (arrival_slot(s, arrival)->chunk == STORE_NO_CHUNK)
        arrival_slot(s, arrival)->chunk = chunk;
}

uint64_t store_before(const struct stream_store *s, uint64_t packet)
{
    uint64_t high = s->arrivals_count, oldest, low;

    low = oldest = high > s->arrivals_room ? high - s->arrivals_room : 0;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;

        if (arrival_slot(s, middle)->packet <= packet)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low > oldest; low--)
        if (arrival_slot(s, low - 1)->chunk != STORE_NO_CHUNK)
            return arrival_slot(s, low - 1)->chunk;
    return STORE_NO_CHUNK;
}
