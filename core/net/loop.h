/* core/net/loop.h - one thread's wait: file descriptors, timers and signals (epoll(7)).
 *
 * A turn waits, reads the clock once, calls the watches that are ready, then the timers that
 * are due.  Callbacks never block and may add or remove any watch or timer, their own too. */
#ifndef SOCKEYE_NET_LOOP_H
#define SOCKEYE_NET_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;

/* Embedded in whatever owns the fd, which must outlive it in the loop. */
struct watch {
    int fd;
    uint32_t events; /* EPOLLIN, ...; changed by loop_change() only */
    bool prompt;     /* ready() does little but socket calls: they follow each other (call.h) */
    void (*ready)(struct watch *w, uint32_t events);
    void *owner;
};

/* Embedded likewise; zero-initialised means not set. */
struct timer {
    uint64_t at_ns;
    size_t slot; /* place in the loop's heap + 1; 0: not set */
    void (*fire)(struct timer *t);
    void *owner;
};

/* Returns 0 or negative errno. */
int loop_new(struct loop **ret);
void loop_free(struct loop *l); /* NULL is a no-op; watches and timers stay their owners' */

/* Returns 0 or negative errno. */
int loop_add(struct loop *l, struct watch *w);
/* Only asks the kernel when the events differ. */
void loop_change(struct loop *l, struct watch *w, uint32_t events);
/* Safe for a watch that was never added (fd -1); its callback is not called any more. */
void loop_remove(struct loop *l, struct watch *w);

/* Set, or move, a timer to fire at a time of clock_now_ns(). */
void loop_timer_set(struct loop *l, struct timer *t, uint64_t at_ns);
void loop_timer_cancel(struct loop *l, struct timer *t);

/* Called after each turn, before the next wait; NULL: none. */
void loop_after_turn(struct loop *l, void (*after)(void *owner), void *owner);

/* The time the current turn began, ns monotonic. */
uint64_t loop_now(const struct loop *l);

/* Turns until loop_stop(); returns 0, or negative errno when waiting itself fails. */
int loop_run(struct loop *l);
void loop_stop(struct loop *l); /* the thread of the loop only */

#endif
