/* core/wire/stream_wait.h - segments of one direction that wait for those before them.
 *
 * Runs stand in the order of their offsets and never overlap.  Only for core/wire/stream*.c. */
#ifndef SOCKEYE_WIRE_STREAM_WAIT_H
#define SOCKEYE_WIRE_STREAM_WAIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a packet brought: bytes, and behind them those that snaplen kept. */
struct stream_run {
    uint64_t offset; /* of the first byte in its direction */
    uint64_t packet, wall_ns, arrival;
    const uint8_t *bytes;
    uint32_t len, missing;
    bool disputed, datagram;
};

static inline uint64_t run_end(const struct stream_run *r)
{
    return r->offset + r->len + r->missing;
}

/* All zero: nothing waits. */
struct stream_wait {
    struct stream_run *runs; /* [begin, begin + count); their bytes are copies of our own */
    size_t begin, count, room;
    size_t bytes;
};

void wait_done(struct stream_wait *w);

static inline struct stream_run *wait_at(const struct stream_wait *w, size_t index)
{
    return index < w->count ? &w->runs[w->begin + index] : NULL;
}

/* The first run that ends behind offset; count: none does. */
size_t wait_find(const struct stream_wait *w, uint64_t offset);
/* Before the run with that index; it must not overlap its neighbours.  The bytes are copied. */
void wait_insert(struct stream_wait *w, size_t index, const struct stream_run *run);
/* The first one, whose bytes are the caller's to free(). */
struct stream_run wait_take(struct stream_wait *w);

#endif
