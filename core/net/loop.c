#include "core/net/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/net/call.h"

#define EVENTS_PER_TURN 256

struct loop {
    int epoll_fd;
    bool stopped;
    uint64_t now_ns;
    size_t n_timers, room;
    struct timer **timers; /* a binary heap by at_ns; slot is the index + 1 */
    int n_events, next_event;
    struct epoll_event events[EVENTS_PER_TURN];
    void (*after)(void *owner);
    void *after_owner;
};

int loop_new(struct loop **ret)
{
    struct loop *l;
    int fd = epoll_create1(EPOLL_CLOEXEC);

    if (fd < 0)
        return -errno;
    l = mem_new(1, sizeof(*l));
    l->epoll_fd = fd;
    l->now_ns = clock_now_ns();
    *ret = l;
    return 0;
}

void loop_free(struct loop *l)
{
    if (!l)
        return;
    close(l->epoll_fd);
    free(l->timers);
    free(l);
}

int loop_add(struct loop *l, struct watch *w)
{
    struct epoll_event ev = {.events = w->events, .data.ptr = w};

    return epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, w->fd, &ev) < 0 ? -errno : 0;
}

void loop_change(struct loop *l, struct watch *w, uint32_t events)
{
    struct epoll_event ev = {.events = events, .data.ptr = w};

    if (w->events == events)
        return;
    w->events = events;
    epoll_ctl(l->epoll_fd, EPOLL_CTL_MOD, w->fd, &ev);
}

void loop_remove(struct loop *l, struct watch *w)
{
    if (w->fd < 0)
        return;
    epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
    /* What this turn still has to tell about it must not be told. */
    for (int i = l->next_event; i < l->n_events; i++)
        if (l->events[i].data.ptr == w)
            l->events[i].data.ptr = NULL;
}

static void heap_put(struct loop *l, size_t at, struct timer *t)
{
    l->timers[at] = t;
    t->slot = at + 1;
}

static void heap_up(struct loop *l, size_t at)
{
    struct timer *t = l->timers[at];

    while (at > 0 && l->timers[(at - 1) / 2]->at_ns > t->at_ns) {
        heap_put(l, at, l->timers[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    heap_put(l, at, t);
}

static void heap_down(struct loop *l, size_t at)
{
    struct timer *t = l->timers[at];
    size_t child;

    while ((child = 2 * at + 1) < l->n_timers) {
        if (child + 1 < l->n_timers && l->timers[child + 1]->at_ns < l->timers[child]->at_ns)
            child++;
        if (l->timers[child]->at_ns >= t->at_ns)
            break;
        heap_put(l, at, l->timers[child]);
        at = child;
    }
    heap_put(l, at, t);
}

void loop_timer_set(struct loop *l, struct timer *t, uint64_t at_ns)
{
    t->at_ns = at_ns;
    if (!t->slot) {
        if (l->n_timers == l->room) {
            l->room = l->room ? 2 * l->room : 16;
            l->timers = mem_resize(l->timers, l->room, sizeof(struct timer *));
        }
        heap_put(l, l->n_timers++, t);
    }
    heap_up(l, t->slot - 1);
    heap_down(l, t->slot - 1);
}

void loop_timer_cancel(struct loop *l, struct timer *t)
{
    size_t at = t->slot - 1;
    struct timer *last;

    if (!t->slot)
        return;
    t->slot = 0;
    last = l->timers[--l->n_timers];
    if (last == t)
        return;
    heap_put(l, at, last);
    heap_up(l, at);
    heap_down(l, last->slot - 1);
}

void loop_after_turn(struct loop *l, void (*after)(void *owner), void *owner)
{
    l->after = after;
    l->after_owner = owner;
}

uint64_t loop_now(const struct loop *l)
{
    return l->now_ns;
}

/* Milliseconds for epoll_wait, rounded up: a timer must not be found not yet due. */
static int wait_ms(const struct loop *l)
{
    uint64_t now, ms;

    if (!l->n_timers)
        return -1;
    now = clock_now_ns();
    if (l->timers[0]->at_ns <= now)
        return 0;
    ms = (l->timers[0]->at_ns - now + CLOCK_MS_NS - 1) / CLOCK_MS_NS;
    return ms > 60000 ? 60000 : (int)ms;
}

static void fire_timers(struct loop *l)
{
    /* A timer that sets itself anew for now waits for the next turn. */
    size_t budget = l->n_timers;

    while (budget-- && l->n_timers && l->timers[0]->at_ns <= l->now_ns) {
        struct timer *t = l->timers[0];

        loop_timer_cancel(l, t);
        t->fire(t);
    }
}

static void tell_events(struct loop *l)
{
    call_follow(l->now_ns);
    for (l->next_event = 0; l->next_event < l->n_events;) {
        struct epoll_event *ev = &l->events[l->next_event++];
        struct watch *w = ev->data.ptr;

        if (!w)
            continue;
        if (!w->prompt)
            call_follow(0);
        w->ready(w, ev->events);
    }
    call_follow(0);
    l->n_events = 0;
}

static int turn(struct loop *l)
{
    int n = epoll_wait(l->epoll_fd, l->events, EVENTS_PER_TURN, wait_ms(l));

    if (n < 0 && errno != EINTR)
        return -errno;
    l->n_events = n < 0 ? 0 : n;
    l->now_ns = clock_now_ns();
    tell_events(l);
    fire_timers(l);
    if (l->after)
        l->after(l->after_owner);
    return 0;
}

int loop_run(struct loop *l)
{
    int r = 0;

    l->stopped = false;
    while (!l->stopped && r == 0)
        r = turn(l);
    return r;
}

void loop_stop(struct loop *l)
{
    l->stopped = true;
}
