#include "core/model/lookups.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/queue.h"
#include "core/base/thread.h"
#include "core/model/probing.h"

/* What threads hand over; shared with them, freed by whoever leaves last. */
struct desk {
    atomic_int holders;
    struct queue *answers; /* of struct answer, room for one of each thread */
};

struct answer {
    uint64_t id;
    struct name_report *report; /* NULL: err says why */
    struct err err;
};

struct errand {
    const struct probes *probes;
    struct desk *desk;
    uint64_t id;
    struct names_wish wish;
};

struct lookups {
    const struct probes *probes;
    struct desk *desk;
    uint64_t next_id;
    size_t n, running; /* running: threads, also those that were given up */
    uint64_t forgotten, changes;
    struct lookup list[LOOKUPS_KEPT]; /* oldest first */
};

static void leave(struct desk *desk)
{
    struct answer a;

    if (atomic_fetch_sub(&desk->holders, 1) > 1)
        return;
    while (queue_pop(desk->answers, &a))
        free(a.report);
    queue_free(desk->answers);
    free(desk);
}

static void *run(void *arg)
{
    struct errand *e = arg;
    struct answer a = {.id = e->id};

    if (e->probes->names_report(&e->wish, &a.report, &a.err) < 0)
        a.report = NULL;
    /* There is room: it was made for as many as may run. */
    if (!queue_push(e->desk->answers, &a))
        free(a.report);
    leave(e->desk);
    free(e);
    return NULL;
}

struct lookups *lookups_new(const struct probes *probes)
{
    struct lookups *l = mem_new(1, sizeof(*l));

    l->probes = probes;
    l->desk = mem_new(1, sizeof(*l->desk));
    atomic_init(&l->desk->holders, 1);
    l->desk->answers = queue_new(LOOKUPS_AT_ONCE, sizeof(struct answer));
    l->next_id = 1;
    return l;
}

void lookups_free(struct lookups *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < l->n; i++)
        free(l->list[i].report);
    leave(l->desk);
    free(l);
}

/* --- asking ------------------------------------------------------------------------------- */

static struct lookup *new_lookup(struct lookups *l)
{
    if (l->n == LOOKUPS_KEPT) {
        free(l->list[0].report);
        memmove(l->list, l->list + 1, (LOOKUPS_KEPT - 1) * sizeof(l->list[0]));
        l->n--;
        l->forgotten++;
    }
    l->list[l->n] = (struct lookup){.id = l->next_id++, .asked_ns = clock_now_ns()};
    return &l->list[l->n++];
}

static void changed(struct lookups *l, struct lookup *lookup)
{
    lookup->changed = ++l->changes;
}

static void name(struct lookup *lookup)
{
    const struct names_wish *w = &lookup->wish;
    bool v6 = strchr(w->name, ':') != NULL;

    if (w->has_port)
        snprintf(lookup->target, sizeof(lookup->target), v6 ? "[%s]:%u" : "%s:%u", w->name,
                 w->port);
    else
        snprintf(lookup->target, sizeof(lookup->target), "%s", w->name);
}

static int start(struct lookups *l, const struct lookup *lookup)
{
    struct errand *e = mem_new(1, sizeof(*e));
    pthread_t thread;
    int r;

    *e = (struct errand){
        .probes = l->probes, .desk = l->desk, .id = lookup->id, .wish = lookup->wish};
    atomic_fetch_add(&l->desk->holders, 1);
    r = thread_start(&thread, "names", run, e);
    if (r < 0) {
        atomic_fetch_sub(&l->desk->holders, 1);
        free(e);
        return r;
    }
    pthread_detach(thread);
    l->running++;
    return 0;
}

int lookups_ask(struct lookups *l, const struct names_wish *wish, struct err *err)
{
    struct lookup *lookup;
    int r;

    if (l->running == LOOKUPS_AT_ONCE)
        return err_set(err, -EAGAIN, "resolve", wish->name,
                       "%d names are being looked up already", LOOKUPS_AT_ONCE);
    lookup = new_lookup(l);
    changed(l, lookup);
    lookup->wish = *wish;
    name(lookup);
    r = start(l, lookup);
    if (r == 0)
        return 0;
    lookup->state = LOOKUP_FAILED;
    err_set(&lookup->err, r, "resolve", wish->name, "no thread could be started for it");
    if (err)
        *err = lookup->err;
    return r;
}

bool lookups_give_up(struct lookups *l)
{
    for (size_t i = l->n; i > 0; i--)
        if (l->list[i - 1].state == LOOKUP_RUNNING) {
            l->list[i - 1].state = LOOKUP_GIVEN_UP;
            changed(l, &l->list[i - 1]);
            return true;
        }
    return false;
}

bool lookups_busy(const struct lookups *l)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->list[i].state == LOOKUP_RUNNING)
            return true;
    return false;
}

/* --- answers ------------------------------------------------------------------------------ */

static void take(struct lookups *l, struct answer *a)
{
    l->running--;
    for (size_t i = 0; i < l->n; i++) {
        struct lookup *lookup = &l->list[i];

        if (lookup->id != a->id || lookup->state != LOOKUP_RUNNING)
            continue;
        lookup->state = a->report ? LOOKUP_DONE : LOOKUP_FAILED;
        lookup->report = a->report;
        lookup->err = a->err;
        changed(l, lookup);
        return;
    }
    free(a->report); /* given up, or forgotten */
}

int lookups_fd(const struct lookups *l)
{
    return queue_fd(l->desk->answers);
}

bool lookups_take(struct lookups *l)
{
    struct answer a;
    bool any = false;

    while (queue_pop(l->desk->answers, &a)) {
        take(l, &a);
        any = true;
    }
    return any;
}

void lookups_show(struct lookups *l, const struct lookup *lookup)
{
    struct lookup *to = NULL;

    for (size_t i = 0; i < l->n && !to; i++)
        to = l->list[i].id == lookup->id ? &l->list[i] : NULL;
    if (!to)
        to = new_lookup(l);
    free(to->report);
    *to = *lookup;
    changed(l, to);
}

const struct lookup *lookups_at(const struct lookups *l, size_t i)
{
    return i < l->n ? &l->list[l->n - 1 - i] : NULL;
}

uint64_t lookups_changes(const struct lookups *l)
{
    return l->changes;
}

uint64_t lookups_forgotten(const struct lookups *l)
{
    return l->forgotten;
}
