/* core/net/feeding.c - what a session sends by itself: a feed's bytes, whenever nothing else is
 * queued and the socket takes more. */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "core/base/mem.h"
#include "core/net/feed.h"
#include "core/net/session_internal.h"

struct feeding {
    struct session *session;
    struct feed *feed;
    struct timer due;  /* its next bytes have a time */
    struct watch file; /* or come from a descriptor; fd -1: they do not */
    bool waiting;      /* for one of the two */
    bool held;         /* by the session's behaviour */
    bool hurries;      /* it is not waited for */
};

bool session_feeds(const struct session *s)
{
    return s->feeding && !s->feeding->waiting && !s->feeding->held;
}

bool session_feeds_for_ever(const struct session *s)
{
    return s->feeding && feed_endless(s->feeding->feed);
}

static void go_on(struct feeding *f)
{
    loop_remove(f->session->net->loop, &f->file);
    f->file.fd = -1;
    f->waiting = false;
    session_update_interest(f->session);
}

static void its_time(struct timer *t)
{
    go_on(t->owner);
}

static void file_ready(struct watch *w, uint32_t events)
{
    (void)events;
    go_on(w->owner);
}

static void wait_for(struct feeding *f, const struct feed_wait *wait)
{
    f->waiting = true;
    if (wait->fd < 0) {
        loop_timer_set(f->session->net->loop, &f->due, wait->at_ns);
        return;
    }
    f->file.fd = wait->fd;
    f->file.events = EPOLLIN;
    /* EPERM: what cannot be waited for, such as /dev/zero, is always ready.  Not in this call:
     * whoever asks the feed does not ask again at once. */
    if (loop_add(f->session->net->loop, &f->file) < 0) {
        f->file.fd = -1;
        loop_timer_set(f->session->net->loop, &f->due, loop_now(f->session->net->loop));
    }
}

bool session_feed(struct session *s, struct feed *f)
{
    struct feeding *feeding;

    if (s->feeding || session_ended(s))
        return false;
    feeding = mem_new(1, sizeof(*feeding));
    feeding->session = s;
    feeding->feed = f;
    feeding->due = (struct timer){.fire = its_time, .owner = feeding};
    feeding->file = (struct watch){.fd = -1, .ready = file_ready, .owner = feeding};
    s->feeding = feeding;
    session_touch(s, true);
    session_update_interest(s);
    return true;
}

void session_drop_feed(struct session *s)
{
    struct feeding *f = s->feeding;

    if (!f)
        return;
    s->feeding = NULL;
    loop_timer_cancel(s->net->loop, &f->due);
    loop_remove(s->net->loop, &f->file);
    feed_free(f->feed);
    free(f);
    session_touch(s, true);
}

bool session_stop_feed(struct session *s)
{
    if (!s->feeding)
        return false;
    session_drop_feed(s);
    if (s->queue_len == s->queue_at && s->state >= SESSION_OPEN)
        session_after_drain(s);
    if (!session_ended(s))
        session_update_interest(s);
    return true;
}

void session_hurry_feed(struct session *s)
{
    if (!s->feeding)
        return;
    s->feeding->hurries = true;
    if (s->feeding->waiting)
        session_stop_feed(s);
}

void session_hold_feed(struct session *s, bool held)
{
    if (s->feeding)
        s->feeding->held = held;
    session_update_interest(s);
}

void session_feed_once(struct session *s)
{
    struct feed_wait wait;
    struct err err;
    ssize_t n = feed_next(s->feeding->feed, loop_now(s->net->loop), s->io->boundaries,
                          s->net->scratch, NET_SCRATCH_BYTES, &wait, &err);

    if (n >= 0) {
        session_put(s, s->net->scratch, (size_t)n);
    } else if (n == -EAGAIN && !s->feeding->hurries) {
        wait_for(s->feeding, &wait);
    } else if (n == -EAGAIN || n == -ENODATA) {
        session_drop_feed(s);
        session_note(s, "all is sent");
        session_after_drain(s);
    } else {
        session_fail_with(s, &err);
    }
}
