/* core/services/half_close.c - greets, sends FIN at once, and goes on reading until the peer ends:
 * a peer that takes FIN for the end of the connection stops too early. */
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/services/farewell.h"
#include "core/services/service.h"

struct half_close {
    char *text;
    size_t len;
};

static const struct service_option options[] = {
    {"text", "TEXT", "Nothing more from here; go on.", "what it sends, with escapes"},
    {NULL, NULL, NULL, NULL},
};

static void half_stop(void *instance)
{
    struct half_close *h = instance;

    free(h->text);
    free(h);
}

static int half_start(const struct service_setup *setup, void **ret_instance, struct err *err)
{
    struct half_close *h = mem_new(1, sizeof(*h));
    int r = service_bytes(setup, "text", &h->text, &h->len, err);

    if (r < 0)
        half_stop(h);
    else
        *ret_instance = h;
    return r;
}

static void half_opened(struct session *s)
{
    const struct half_close *h = s->instance;

    session_send(s, h->text, h->len);
    session_half_close(s);
}

const struct service half_close_service = {
    .name = "half-close",
    .summary = "greets, sends FIN at once and goes on reading",
    .options = options,
    .start = half_start,
    .stop = half_stop,
    .behaviour = {.opened = half_opened, .readable = farewell_readable},
};
