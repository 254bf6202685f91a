#include "core/wire/stream_side.h"

#include <stdlib.h>
#include <string.h>

int64_t side_ahead(const struct side *side, uint32_t seq)
{
    return (int32_t)(seq - side->next);
}

void side_start(struct side *side, uint32_t seq)
{
    if (side->started)
        return;
    side->started = true;
    side->next = seq;
}

/* --- giving chunks out ------------------------------------------------------------------ */

uint64_t side_add(struct side *side, struct stream_chunk c, const uint8_t *bytes)
{
    c.direction = side->direction;
    c.offset = side->offset;
    side->offset += c.len;
    side->next += (uint32_t)c.len;
    return store_add(side->store, &c, bytes, *side->other);
}

static void add_gap(struct side *side, uint64_t end, const struct sign *shown, bool cut)
{
    side_add(side,
             (struct stream_chunk){.packet = shown->packet,
                                   .wall_ns = shown->wall_ns,
                                   .len = end - side->offset,
                                   .kind = CHUNK_GAP,
                                   .cut = cut},
             NULL);
}

/* The run begins where the side stands. */
void side_add_run(struct side *side, const struct stream_run *run)
{
    uint64_t end = run_end(run), first = side->store->count;
    size_t done = 0;

    while (done < run->len) {
        size_t n = run->len - done;

        if (n > side->store->max_bytes)
            n = side->store->max_bytes;
        side_add(side,
                 (struct stream_chunk){.packet = run->packet,
                                       .wall_ns = run->wall_ns,
                                       .len = n,
                                       .kind = CHUNK_BYTES,
                                       .cut = run->missing && done + n == run->len,
                                       .disputed = run->disputed,
                                       .datagram = run->datagram},
                 run->bytes + done);
        done += n;
    }
    if (run->missing)
        add_gap(side, end, &(struct sign){0, run->packet, run->wall_ns}, true);
    store_became(side->store, run->arrival, first);
}

/* What waited for what has come. */
static void drain(struct side *side)
{
    const struct stream_run *first;

    while ((first = wait_at(&side->wait, 0)) && first->offset == side->offset) {
        struct stream_run run = wait_take(&side->wait);

        side_add_run(side, &run);
        free((void *)(uintptr_t)run.bytes);
    }
}

void side_skip_hole(struct side *side, uint64_t limit)
{
    const struct stream_run *first = wait_at(&side->wait, 0);
    struct sign shown = side->fin;

    if (first && first->offset < limit)
        limit = first->offset;
    if (side->acked.offset >= limit)
        shown = side->acked;
    else if (first && first->offset == limit)
        shown = (struct sign){.packet = first->packet, .wall_ns = first->wall_ns};
    add_gap(side, limit, &shown, false);
    drain(side);
}

void side_skip_holes(struct side *side, uint64_t limit)
{
    while (side->offset < limit)
        side_skip_hole(side, limit);
}

uint64_t side_acknowledged(const struct side *side)
{
    if (!side->wait.count && !side->has_fin && side->acked.offset == side->offset + 1)
        return side->offset;
    return side->acked.offset;
}

uint64_t side_end(const struct side *side)
{
    uint64_t end = side_acknowledged(side);
    size_t n = side->wait.count;

    if (n && run_end(wait_at(&side->wait, n - 1)) > end)
        end = run_end(wait_at(&side->wait, n - 1));
    return side->has_fin && side->fin.offset > end ? side->fin.offset : end;
}

uint64_t side_next_hole(const struct side *side)
{
    const struct stream_run *first = wait_at(&side->wait, 0);

    if (side->offset >= side_end(side))
        return UINT64_MAX;
    return first ? first->packet : side->acked.packet;
}

/* --- taking segments in ----------------------------------------------------------------- */

/* Mark what was given out and has other bytes at the same place. */
static void dispute_given(const struct side *side, uint64_t offset, const uint8_t *bytes,
                          uint64_t len)
{
    uint64_t done = 0;

    while (done < len) {
        struct stored_chunk *c =
            store_get(side->store, store_find(side->store, side->direction, offset + done));
        uint64_t skip, n;

        /* Older ones are lost, so that the first that is left may begin behind it. */
        if (!c || c->chunk.direction != side->direction || c->chunk.offset > offset + done)
            return;
        skip = offset + done - c->chunk.offset;
        n = c->chunk.len - skip < len - done ? c->chunk.len - skip : len - done;
        if (c->chunk.kind == CHUNK_BYTES &&
            memcmp(store_bytes(side->store, c) + skip, bytes + done, (size_t)n) != 0)
            c->chunk.disputed = true;
        done += n;
    }
}

static void dispute_waiting(struct stream_run *old, const struct stream_run *run)
{
    uint64_t from = old->offset > run->offset ? old->offset : run->offset;
    uint64_t old_end = old->offset + old->len, run_bytes_end = run->offset + run->len;
    uint64_t end = old_end < run_bytes_end ? old_end : run_bytes_end;

    if (from < end && memcmp(old->bytes + (from - old->offset),
                             run->bytes + (from - run->offset), (size_t)(end - from)) != 0)
        old->disputed = true;
}

/* The part of a run between two offsets. */
static struct stream_run part_of(const struct stream_run *run, uint64_t from, uint64_t end)
{
    struct stream_run part = *run;
    uint64_t skip = from - run->offset, n = end - from;

    part.offset = from;
    part.bytes = skip < run->len ? run->bytes + skip : NULL;
    part.len = skip < run->len ? run->len - (uint32_t)skip : 0;
    if (part.len > n)
        part.len = (uint32_t)n;
    part.missing = (uint32_t)n - part.len;
    return part;
}

/* Put it among those that wait, where none of them is already. */
static void queue(struct side *side, const struct stream_run *run)
{
    struct stream_wait *w = &side->wait;
    uint64_t at = run->offset, end = run_end(run);
    size_t i = wait_find(w, at);

    while (at < end) {
        struct stream_run *old = wait_at(w, i), part;
        uint64_t part_end = old && old->offset < end ? old->offset : end;

        if (part_end > at) {
            part = part_of(run, at, part_end);
            wait_insert(w, i++, &part);
            at = part_end;
        } else {
            dispute_waiting(old, run);
            at = run_end(old);
            i++;
        }
    }
}

/* The part of a run that is before the side's place was given out already. */
static void dispute_known(const struct side *side, const struct stream_run *run, uint64_t known)
{
    uint64_t from = known > side->offset ? known - side->offset : 0; /* before the beginning */
    uint64_t end = known < run->len ? known : run->len;

    if (from < end)
        dispute_given(side, side->offset + from - known, run->bytes + from, end - from);
}

/* delta: where it begins, seen from the side's place. */
void side_take(struct side *side, struct stream_run run, int64_t delta)
{
    uint64_t known = delta < 0 ? (uint64_t)-delta : 0;
    const struct stream_run *first = wait_at(&side->wait, 0);

    dispute_known(side, &run, known);
    if (known >= (uint64_t)run.len + run.missing)
        return;
    run.offset = 0;
    run = part_of(&run, known, run_end(&run));
    run.offset = side->offset + (delta > 0 ? (uint64_t)delta : 0);
    run.arrival = store_arrive(side->store, run.packet);
    if (run.offset == side->offset && (!first || first->offset >= run_end(&run)))
        side_add_run(side, &run);
    else
        queue(side, &run);
    drain(side);
    while (side->wait.bytes > side->max_waiting || side->wait.count > STREAM_WAITING_SEGMENTS)
        side_skip_hole(side, UINT64_MAX);
}
