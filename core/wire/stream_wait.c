#include "core/wire/stream_wait.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

#define FIRST_RUNS 16

/* Bytes are only const to who looks at them. */
static void free_bytes(const struct stream_run *r)
{
    free((void *)(uintptr_t)r->bytes);
}

void wait_done(struct stream_wait *w)
{
    for (size_t i = 0; i < w->count; i++)
        free_bytes(wait_at(w, i));
    free(w->runs);
    *w = (struct stream_wait){0};
}

size_t wait_find(const struct stream_wait *w, uint64_t offset)
{
    size_t low = 0, high = w->count;

    /* What comes in order behind a hole is the usual case. */
    if (high && run_end(&w->runs[w->begin + high - 1]) <= offset)
        return high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (run_end(&w->runs[w->begin + middle]) > offset)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Room for one more at the end. */
static void make_room(struct stream_wait *w)
{
    if (w->begin + w->count < w->room)
        return;
    if (w->begin && w->begin >= w->room / 2) {
        memmove(w->runs, w->runs + w->begin, w->count * sizeof(*w->runs));
        w->begin = 0;
        return;
    }
    w->room = w->room ? w->room * 2 : FIRST_RUNS;
    w->runs = mem_resize(w->runs, w->room, sizeof(*w->runs));
}

void wait_insert(struct stream_wait *w, size_t index, const struct stream_run *run)
{
    struct stream_run *at;

    make_room(w);
    at = &w->runs[w->begin + index];
    memmove(at + 1, at, (w->count - index) * sizeof(*at));
    *at = *run;
    at->bytes = run->len ? mem_copy(run->bytes, run->len) : NULL;
    w->count++;
    w->bytes += run->len;
}

struct stream_run wait_take(struct stream_wait *w)
{
    struct stream_run run = w->runs[w->begin];

    w->bytes -= run.len;
    w->begin++;
    if (--w->count == 0)
        w->begin = 0;
    return run;
}
