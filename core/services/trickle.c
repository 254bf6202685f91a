/* core/services/trickle.c - sends a text one byte at a time, long apart, then closes: the reader
 * that takes one recv(2) for one message gets only its beginning. */
#include <stdlib.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/services/farewell.h"
#include "core/services/service.h"

struct trickle {
    char *text;
    size_t len;
    uint64_t interval_ns;
};

static const struct service_option options[] = {
    {"text", "TEXT", "This text comes one byte at a time.", "what it sends, with escapes"},
    {"interval", "SECONDS", "1", "from one byte to the next"},
    {NULL, NULL, NULL, NULL},
};

static void trickle_stop(void *instance)
{
    struct trickle *t = instance;

    free(t->text);
    free(t);
}

static int trickle_start(const struct service_setup *setup, void **ret_instance,
                         struct err *err)
{
    struct trickle *t = mem_new(1, sizeof(*t));
    int r = service_seconds(setup, "interval", &t->interval_ns, err);

    if (r == 0)
        r = service_bytes(setup, "text", &t->text, &t->len, err);
    if (r < 0)
        trickle_stop(t);
    else
        *ret_instance = t;
    return r;
}

static void trickle_next(struct session *s)
{
    const struct trickle *t = s->instance;

    /* A byte that the peer does not take yet comes first. */
    if (!s->queue && s->sent_bytes < t->len)
        session_send(s, t->text + s->sent_bytes, 1);
    if (session_ended(s))
        return;
    if (s->sent_bytes + (s->queue != NULL) < t->len)
        session_wake_at(s, clock_now_ns() + t->interval_ns);
    else
        session_close_drained(s);
}

const struct service trickle_service = {
    .name = "trickle",
    .summary = "sends a text one byte at a time, long apart, and closes",
    .options = options,
    .start = trickle_start,
    .stop = trickle_stop,
    .behaviour = {.opened = trickle_next,
                  .readable = farewell_readable,
                  .due = trickle_next,
                  .peer_closed = session_stay_open},
};
