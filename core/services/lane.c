#include "core/services/lane.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/services/farewell.h"

/* The rate is kept over this time: less would be many timers, more would be jerky. */
#define SLICE_NS (20 * CLOCK_MS_NS)
/* How long RST waits for a destination that does not take what is in front of it. */
#define RESET_WAIT_NS CLOCK_SECOND_NS

/* What came in one read. */
struct piece {
    struct piece *prev, *next;
    uint64_t due_ns;
    size_t at, len; /* bytes at .. len are still held */
    uint8_t bytes[];
};

static void forget(struct lane *l, struct piece *p)
{
    DL_DELETE(l->pieces, p);
    l->n_pieces--;
    l->held_bytes -= p->len - p->at;
    free(p);
}

void lane_drop(struct lane *l)
{
    l->to = NULL;
    while (l->pieces)
        forget(l, l->pieces);
}

bool lane_full(const struct lane *l)
{
    return l->held_bytes >= LANE_BYTES || l->n_pieces >= LANE_PIECES;
}

/* ---- out ------------------------------------------------------------------------------ */

static void part(struct lane *l)
{
    l->parting = true;
    farewell(l->to);
}

static void end_destination(struct lane *l)
{
    if (l->end == LANE_FIN)
        session_half_close(l->to);
    else if (l->end == LANE_CLOSE && !l->parting)
        part(l);
    else if (l->end == LANE_RESET && !l->to->queue)
        session_reset(l->to);
}

/* How many bytes the rate lets go now; 0: none, and the destination is woken in time. */
static size_t allowed(struct lane *l, size_t len, uint64_t now)
{
    uint64_t rate = l->shaping->bytes_per_second, slice;

    if (!rate)
        return len;
    if (l->free_at_ns > now) {
        session_wake_at(l->to, l->free_at_ns);
        return 0;
    }
    /* A timer that came late may be made up for, an idle time may not. */
    if (l->free_at_ns + SLICE_NS < now)
        l->free_at_ns = now - SLICE_NS;
    slice = rate / (CLOCK_SECOND_NS / SLICE_NS);
    slice = slice ? slice : 1;
    return len < slice ? len : (size_t)slice;
}

/* True when it went on: more may follow. */
static bool run_piece(struct lane *l, struct piece *p)
{
    uint64_t now = clock_now_ns();
    size_t n;

    if (p->due_ns > now) {
        session_wake_at(l->to, p->due_ns);
        return false;
    }
    n = allowed(l, p->len - p->at, now);
    if (!n || session_room(l->to) < n)
        return false;
    if (session_can_send(l->to))
        session_send(l->to, p->bytes + p->at, n);
    if (!l->to)
        return false; /* sending ended it, and dropped what was held */
    p->at += n;
    l->held_bytes -= n;
    if (l->shaping->bytes_per_second)
        l->free_at_ns += (n * CLOCK_SECOND_NS) / l->shaping->bytes_per_second;
    if (p->at == p->len)
        forget(l, p);
    return true;
}

static void wait_to_reset(struct lane *l)
{
    l->parting = true;
    session_wake_at(l->to, clock_now_ns() + RESET_WAIT_NS);
}

void lane_run(struct lane *l)
{
    while (l->to && l->pieces && run_piece(l, l->pieces))
        continue;
    if (l->to && !l->pieces && l->end != LANE_OPEN)
        end_destination(l);
    if (l->to && l->to->queue && l->end == LANE_RESET && !l->parting)
        wait_to_reset(l);
}

void lane_due(struct lane *l)
{
    if (l->parting && l->end == LANE_RESET)
        session_reset(l->to);
    else if (l->parting)
        farewell_due(l->to);
    else
        lane_run(l);
}

/* ---- in ------------------------------------------------------------------------------- */

static void corrupt(const struct lane *l, uint8_t *bytes, size_t len)
{
    uint64_t every = l->shaping->corrupt_every;

    if (!every)
        return;
    for (uint64_t at = every - 1 - l->taken_bytes % every; at < len; at += every)
        bytes[at] ^= l->flips;
}

static void hold(struct lane *l, const uint8_t *bytes, size_t len)
{
    struct piece *p = mem_new(1, sizeof(*p) + len);

    p->len = len;
    p->due_ns = l->shaping->latency_ns ? clock_now_ns() + l->shaping->latency_ns : 0;
    memcpy(p->bytes, bytes, len);
    corrupt(l, p->bytes, len);
    l->taken_bytes += len;
    DL_APPEND(l->pieces, p);
    l->n_pieces++;
    l->held_bytes += len;
}

void lane_take(struct lane *l, const uint8_t *bytes, size_t len)
{
    const struct shaping *shaping = l->shaping;
    uint64_t limit = shaping->cut_after_bytes < shaping->reset_after_bytes
                         ? shaping->cut_after_bytes
                         : shaping->reset_after_bytes;
    bool last = limit - l->taken_bytes <= len;

    if (!l->to || l->shut)
        return;
    if (last)
        len = (size_t)(limit - l->taken_bytes);
    if (len)
        hold(l, bytes, len);
    if (last) {
        l->shut = true;
        l->end = limit == shaping->cut_after_bytes ? LANE_CLOSE : LANE_RESET;
    }
    lane_run(l);
}

void lane_finish(struct lane *l, enum lane_end end)
{
    if (end > l->end)
        l->end = end;
    lane_run(l);
}
