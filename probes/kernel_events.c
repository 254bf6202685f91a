#include "probes/kernel_events.h"

#include <stdlib.h>

#include "core/base/mem.h"
#include "probes/destroy_events.h"
#include "probes/tracing.h"

struct kernel_events {
    struct ring *ring;
    struct bell *news;
    struct tracing *tracing;
    struct destroy_events *destroyed;
    bool drops;
    struct kernel_events_status status;
    /* While it reads.  What was destroyed is kept back: it was read first, so that the
     * tracepoints that stand behind it have said what led to it. */
    struct kernel_event *destroyed_events;
    size_t n_destroyed, room;
    void (*event)(void *ctx, const struct kernel_event *e);
    void *ctx;
};

struct kernel_events *kernel_events_open(struct ring *ring, struct bell *news)
{
    struct kernel_events *k = mem_new(1, sizeof(*k));

    k->ring = ring;
    k->news = news;
    k->destroyed = destroy_events_open(&k->status);
    k->tracing = tracing_open(&k->status);
    return k;
}

void kernel_events_close(struct kernel_events *k)
{
    if (!k)
        return;
    tracing_close(k->tracing);
    destroy_events_close(k->destroyed);
    free(k->destroyed_events);
    free(k);
}

void kernel_events_drops(struct kernel_events *k, bool wanted)
{
    if (wanted == k->drops)
        return;
    k->drops = wanted;
    tracing_drops(k->tracing, wanted, &k->status);
}

void kernel_events_fds(const struct kernel_events *k, struct pollfd fds[KERNEL_EVENTS_FDS])
{
    fds[0] = (struct pollfd){.fd = tracing_fd(k->tracing), .events = POLLIN};
    fds[1] = (struct pollfd){.fd = destroy_events_fd(k->destroyed), .events = POLLIN};
}

static void take(void *ctx, const struct kernel_event *e)
{
    struct kernel_events *k = ctx;

    ring_put(k->ring, e, NULL, 0);
    k->status.seen++;
    k->event(k->ctx, e);
}

static void keep_back(void *ctx, const struct kernel_event *e)
{
    struct kernel_events *k = ctx;

    if (k->n_destroyed == k->room) {
        k->room = k->room ? 2 * k->room : 64;
        k->destroyed_events =
            mem_resize(k->destroyed_events, k->room, sizeof(*k->destroyed_events));
    }
    k->destroyed_events[k->n_destroyed++] = *e;
}

bool kernel_events_read(struct kernel_events *k,
                        void (*event)(void *ctx, const struct kernel_event *e), void *ctx)
{
    uint64_t seen = k->status.seen, lost = k->status.lost;

    k->event = event;
    k->ctx = ctx;
    k->n_destroyed = 0;
    k->status.lost += destroy_events_read(k->destroyed, keep_back, k);
    tracing_read(k->tracing, take, k, &k->status);
    for (size_t i = 0; i < k->n_destroyed; i++)
        take(k, &k->destroyed_events[i]);
    if (k->news && (k->status.seen != seen || k->status.lost != lost))
        bell_ring(k->news);
    return k->status.lost != lost;
}

const struct kernel_events_status *kernel_events_status(const struct kernel_events *k)
{
    return &k->status;
}

static void pass_over(void *ctx, const struct kernel_event *e)
{
    (void)ctx;
    (void)e;
}

struct kernel_events *kernel_events_watch(struct ring *ring, bool drops)
{
    struct kernel_events *k = kernel_events_open(ring, NULL);

    kernel_events_drops(k, drops);
    return k;
}

void kernel_events_gather(struct kernel_events *k)
{
    kernel_events_read(k, pass_over, NULL);
}
