/* tests/unit/engine.h - an engine and the newest status of what it has: post commands, await their
 * replies and whatever else becomes true.  To be included behind cmocka.h. */
#ifndef TESTS_UNIT_ENGINE_H
#define TESTS_UNIT_ENGINE_H

#include <poll.h>
#include <stdlib.h>

#include "core/base/clock.h"
#include "core/model/journal.h"
#include "core/net/engine.h"

#define STATUSES 4096 /* ids beyond that overwrite older ones */
#define PATIENCE_NS (10 * CLOCK_SECOND_NS)

struct fixture {
    struct engine *engine;
    struct session_status sessions[STATUSES]; /* newest status by id */
    struct server_status servers[STATUSES];
    struct reply reply; /* the newest */
    size_t n_replies;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    *state = f;
    return engine_start(&f->engine);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    engine_stop(f->engine);
    free(f);
    return 0;
}

static void take(struct fixture *f, const struct event *ev)
{
    if (ev->kind == EVENT_SESSION)
        f->sessions[ev->session.id % STATUSES] = ev->session;
    else if (ev->kind == EVENT_SERVER)
        f->servers[ev->server.id % STATUSES] = ev->server;
    if (ev->kind != EVENT_REPLY)
        return;
    f->reply = ev->reply;
    f->n_replies++;
}

/* Read events until the condition holds. */
#define AWAIT(f, condition)                                                                    \
    do {                                                                                       \
        uint64_t until = clock_now_ns() + PATIENCE_NS;                                         \
        while (!(condition)) {                                                                 \
            if (clock_now_ns() > until)                                                        \
                fail_msg("never: %s", #condition);                                             \
            pump(f);                                                                           \
        }                                                                                      \
    } while (0)

static void pump(struct fixture *f)
{
    struct pollfd p = {.fd = queue_fd(engine_events(f->engine)), .events = POLLIN};
    struct event ev;

    poll(&p, 1, 100);
    while (queue_pop(engine_events(f->engine), &ev))
        take(f, &ev);
}

static struct reply command(struct fixture *f, const struct command *c)
{
    uint64_t id = engine_post(f->engine, c);

    assert_true(id > 0);
    AWAIT(f, f->reply.command_id == id);
    return f->reply;
}

static struct reply say(struct fixture *f, const char *line)
{
    struct command c;

    assert_int_equal(command_parse(line, &c, NULL), 0);
    return command(f, &c);
}

static uint64_t serve(struct fixture *f, const char *line)
{
    struct reply r = say(f, line);

    assert_int_equal(r.err.code, 0);
    AWAIT(f, f->servers[r.id].listening);
    return r.id;
}

static uint64_t accepted_by(const struct fixture *f, uint64_t server)
{
    for (size_t i = 0; i < STATUSES; i++)
        if (f->sessions[i].server_id == server && f->sessions[i].id)
            return f->sessions[i].id;
    return 0;
}

static bool journal_has(struct fixture *f, enum call_name name, int error)
{
    const struct ring *ring = engine_journal(f->engine);
    struct call call;

    for (uint64_t n = ring_tail(ring); n < ring_head(ring); n++)
        if (ring_get(ring, n, &call, NULL, 0, NULL) && call.name == name && call.error == error)
            return true;
    return false;
}

#endif
