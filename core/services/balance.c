/* core/services/balance.c - passes connections on to several backends in turn.
 *
 * A backend that cannot be reached is left out for a while and its connection goes to the next.
 * Only when all of them are out is a connection closed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/services/pair.h"

#define BACKENDS 64

struct backend {
    struct endpoint endpoint;
    uint64_t down_until_ns; /* 0: it is up, as far as is known */
    int code;               /* why it is down */
};

struct balance {
    size_t n_backends, next;
    uint64_t retry_ns, timeout_ns;
    struct backend backends[BACKENDS];
};

static const struct service_option options[] = {
    {"backend", "HOST:PORT,...", NULL, "where connections go, in turn"},
    {"retry", "SECONDS", "5", "how long one that could not be reached is left out"},
    {"connect-timeout", "SECONDS", "5", "for a backend to answer"},
    {NULL, NULL, NULL, NULL},
};

static int read_backends(struct balance *b, const char *list, struct err *err)
{
    char *text = mem_copy(list, strlen(list)), *rest = text, *one;
    int r = 0;

    while (r == 0 && (one = strsep(&rest, ",")) != NULL) {
        if (b->n_backends == BACKENDS)
            r = err_set(err, -EINVAL, "balance", list, "it takes %d backends at most",
                        BACKENDS);
        else
            r = pair_endpoint("balance", one, &b->backends[b->n_backends++].endpoint, err);
    }
    free(text);
    return r;
}

static int balance_start(const struct service_setup *setup, void **ret_instance,
                         struct err *err)
{
    const char *list = service_text(setup, "backend");
    struct balance *b;
    int r;

    if (!list)
        return err_set(err, -EINVAL, "balance", "", "--backend HOST:PORT,... is missing");
    b = mem_new(1, sizeof(*b));
    r = read_backends(b, list, err);
    if (r == 0)
        r = service_seconds(setup, "retry", &b->retry_ns, err);
    if (r == 0)
        r = service_seconds(setup, "connect-timeout", &b->timeout_ns, err);
    if (r < 0)
        free(b);
    else
        *ret_instance = b;
    return r;
}

/* The next one that is not left out; NULL when all are. */
static struct backend *choose(struct balance *b)
{
    uint64_t now = clock_now_ns();

    for (size_t i = 0; i < b->n_backends; i++) {
        struct backend *one = &b->backends[b->next++ % b->n_backends];

        if (one->down_until_ns <= now)
            return one;
    }
    return NULL;
}

static void leave_out(struct balance *b, size_t target, int code)
{
    b->backends[target].down_until_ns = clock_now_ns() + b->retry_ns;
    b->backends[target].code = code;
}

static void nobody_left(struct session *s)
{
    const struct balance *b = s->instance;
    char names[ERR_TEXT_BYTES] = "", text[ENDPOINT_TEXT_BYTES];
    struct err err;
    size_t used = 0;

    for (size_t i = 0; i < b->n_backends && used < sizeof(names); i++)
        used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s (%s)", i ? ", " : "",
                                 endpoint_format(&b->backends[i].endpoint, text),
                                 err_name(b->backends[i].code));
    err_set(&err, -EHOSTUNREACH, "balance", names, "no backend can be reached");
    session_fail_with(s, &err);
}

/* Every backend is tried once at most: one that was left out may be due again meanwhile. */
static void dial_next(struct pair *p)
{
    struct balance *b = p->near->instance;

    while (p->tries++ < b->n_backends) {
        struct backend *one = choose(b);
        struct err err;
        int r;

        if (!one)
            break;
        p->target = (size_t)(one - b->backends);
        r = pair_dial(p, &one->endpoint, b->timeout_ns, &err);
        if (r == 0)
            return;
        leave_out(b, p->target, r);
    }
    nobody_left(p->near);
}

static void refused(struct pair *p, const struct err *err)
{
    leave_out(p->near->instance, p->target, err->code);
    dial_next(p);
}

static void balance_opened(struct session *s)
{
    dial_next(pair_new(s, &shaping_none, refused));
}

const struct service balance_service = {
    .name = "balance",
    .summary = "passes connections on to several backends in turn",
    .options = options,
    .start = balance_start,
    .stop = free,
    .one_loop = true,
    .behaviour = {.opened = balance_opened, PAIR_NEAR},
};
