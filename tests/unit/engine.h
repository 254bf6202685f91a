/* tests/unit/engine.h - an engine in a test's hand: commands go in, what it tells is kept.
 *
 * To be included behind cmocka.h, once. */
#ifndef TESTS_UNIT_ENGINE_H
#define TESTS_UNIT_ENGINE_H

#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/model/journal.h"
#include "core/model/transcript.h"
#include "core/net/engine.h"

#define PATIENCE_NS (20 * CLOCK_SECOND_NS)
#define STATUSES 4096 /* ids beyond that overwrite older ones */

struct fixture {
    struct engine *engine;
    struct session_status sessions[STATUSES]; /* newest status by id */
    struct server_status servers[STATUSES];
    struct reply reply; /* the newest */
    size_t n_replies;
};

static inline int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    *state = f;
    return engine_start(&f->engine, NULL);
}

static inline int tear_down(void **state)
{
    struct fixture *f = *state;

    engine_stop(f->engine);
    free(f);
    return 0;
}

static inline void take(struct fixture *f, const struct event *ev)
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

static inline void pump(struct fixture *f)
{
    struct pollfd p = {.fd = queue_fd(engine_events(f->engine)), .events = POLLIN};
    struct event ev;

    poll(&p, 1, 20);
    while (queue_pop(engine_events(f->engine), &ev))
        take(f, &ev);
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

static inline struct reply command(struct fixture *f, const struct command *c)
{
    uint64_t id = engine_post(f->engine, c);

    assert_true(id > 0);
    AWAIT(f, f->reply.command_id == id);
    return f->reply;
}

static inline struct reply say(struct fixture *f, const char *line)
{
    struct command c;

    assert_int_equal(command_parse(line, &c, NULL), 0);
    return command(f, &c);
}

static inline uint64_t serve(struct fixture *f, const char *line)
{
    struct reply r = say(f, line);

    assert_int_equal(r.err.code, 0);
    AWAIT(f, f->servers[r.id].listening);
    return r.id;
}

static inline uint64_t accepted_by(const struct fixture *f, uint64_t server)
{
    for (size_t i = 0; i < STATUSES; i++)
        if (f->sessions[i].server_id == server && f->sessions[i].id)
            return f->sessions[i].id;
    return 0;
}

static inline bool journal_has(struct fixture *f, enum call_name name, int error)
{
    const struct ring *ring = engine_journal(f->engine);
    struct call call;

    for (uint64_t n = ring_tail(ring); n < ring_head(ring); n++)
        if (ring_get(ring, n, &call, NULL, 0, NULL) && call.name == name && call.error == error)
            return true;
    return false;
}

/* Each call of this name that the journal holds. */
static inline size_t calls_made(const struct fixture *f, enum call_name name,
                                void (*each)(const struct call *call, void *owner), void *owner)
{
    const struct ring *ring = engine_journal(f->engine);
    struct call call;
    size_t n = 0;

    for (uint64_t at = ring_tail(ring); at < ring_head(ring); at++) {
        if (!ring_get(ring, at, &call, NULL, 0, NULL) || call.name != name)
            continue;
        if (each)
            each(&call, owner);
        n++;
    }
    return n;
}

/* A word in one of the sentences that the transcript holds about a session. */
static inline bool was_noted(const struct fixture *f, uint64_t id, const char *word)
{
    const struct ring *ring = engine_transcript(f->engine);

    for (uint64_t n = ring_tail(ring); n < ring_head(ring); n++) {
        struct passage p;
        char text[600] = "";
        size_t len = 0;

        if (ring_get(ring, n, &p, text, sizeof(text) - 1, &len) && p.session_id == id &&
            p.direction == DIRECTION_NOTE && strstr(text, word))
            return true;
    }
    return false;
}

static inline size_t count_entries(const char *folder)
{
    DIR *d = opendir(folder);
    size_t n = 0;

    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

/* Of this process. */
static inline size_t open_descriptors(void)
{
    return count_entries("/proc/self/fd");
}

static inline size_t running_threads(void)
{
    return count_entries("/proc/self/task");
}

#endif
