/* What a look saw is a difference, "established, then gone"; what the kernel said is each step
 * of it.  The look knows whose socket it was, the events when and in which order. */
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "probes/touched.h"

static uint64_t *grave_of(struct touched *t, uint64_t cookie)
{
    uint64_t hash = cookie * UINT64_C(0x9e3779b97f4a7c15);

    return &t->graves[hash >> 50]; /* 14 bits */
}

static size_t steps_of(const struct touched_socket *socket)
{
    return socket->n_steps < TOUCHED_STEPS ? socket->n_steps : TOUCHED_STEPS;
}

struct telling {
    struct snapshot *s; /* only its changes are looked at */
    struct change next; /* what the next line says, but for its kind, states and time */

    uint8_t state; /* reached so far; 0: not there yet */
};

/* One step to a state. */
static void tell_step(struct telling *t, uint8_t state, uint64_t at_ns, bool by_event)
{
    t->next.kind = t->state ? CHANGE_STATE : CHANGE_NEW;
    t->next.old_state = t->state;
    t->next.row.state = state;
    t->next.at_ns = at_ns;
    t->next.by_event = by_event;
    snapshot_change(t->s, &t->next);
    t->state = state;
}

/* The steps that come behind what was told before.  Returns when it was closed; 0: not told. */
static uint64_t tell_steps(struct telling *t, const struct touched_socket *socket)
{
    size_t i = 0, n = steps_of(socket);
    uint64_t closed_ns = 0;

    while (t->state && i < n && socket->steps[i].old_state != t->state)
        i++;
    for (; i < n; i++) {
        const struct touched_step *step = &socket->steps[i];

        if (step->new_state == STATE_CLOSE || !step->new_state)
            closed_ns = step->at_ns;
        else if (step->new_state != t->state)
            tell_step(t, step->new_state, step->at_ns, true);
    }
    return closed_ns;
}

static void tell_end(struct telling *t, const struct touched_socket *socket, uint64_t at_ns)
{
    t->next.kind = CHANGE_GONE;
    t->next.old_state = t->state;
    t->next.row.state = t->state ? t->state : STATE_CLOSE;
    t->next.at_ns = at_ns;
    if (socket->destroyed)
        change_set_unread(&t->next, t->state, socket->unread_bytes);
    snapshot_change(t->s, &t->next);
}

static void tell_change(struct snapshot *out, const struct change *change,
                        struct touched_socket *socket)
{
    struct telling t = {.s = out, .next = *change};
    uint64_t at_ns;

    socket->told = true;
    socket->waits = change->kind != CHANGE_GONE && change->row.state == STATE_TIME_WAIT;
    t.state = change->kind == CHANGE_NEW ? 0 : change->old_state;
    at_ns = tell_steps(&t, socket);
    if (change->kind == CHANGE_GONE) {
        if (!at_ns)
            at_ns = socket->destroyed ? socket->destroyed_ns : change->at_ns;
        t.next.by_event = at_ns != change->at_ns;
        tell_end(&t, socket, at_ns);
    } else if (t.state != change->row.state) {
        /* TIME_WAIT has no event of its own. */
        tell_step(&t, change->row.state, at_ns ? at_ns : change->at_ns, at_ns != 0);
    }
}

/* It came and went, or only went, without a look at it between. */
static void tell_unseen(struct snapshot *out, struct touched_socket *socket)
{
    struct telling t = {.s = out, .next = {.by_event = true, .no_look = true}};
    struct row *row = &t.next.row;
    uint64_t closed_ns;

    *row = (struct row){.cookie = socket->cookie,
                        .local = socket->key.local,
                        .peer = socket->key.peer,
                        .kind = (uint8_t)socket->key.kind,
                        .uid = UID_UNKNOWN};
    row_local(NULL, row, t.next.local);
    row_peer(NULL, row, t.next.peer);
    closed_ns = tell_steps(&t, socket);
    tell_end(&t, socket, closed_ns ? closed_ns : socket->destroyed_ns);
}

static int by_time(const void *a, const void *b)
{
    const struct change *const *x = a, *const *y = b;

    if ((*x)->at_ns != (*y)->at_ns)
        return (*x)->at_ns < (*y)->at_ns ? -1 : 1;
    return *x < *y ? -1 : *x > *y;
}

static void sort_by_time(struct snapshot *s)
{
    size_t n = s->n_changes;
    const struct change **order = mem_new(n + 1, sizeof(const struct change *));
    struct snapshot sorted = {0};

    for (size_t i = 0; i < n; i++)
        order[i] = &s->changes[i];
    qsort(order, n, sizeof(const struct change *), by_time);
    for (size_t i = 0; i < n; i++)
        snapshot_change(&sorted, order[i]);
    free(order);
    free(s->changes);
    s->changes = sorted.changes;
}

static bool is_buried(struct touched *t, uint64_t cookie)
{
    return *grave_of(t, cookie) == cookie;
}

static size_t tell_all_unseen(struct touched *t, struct snapshot *out, struct changes *c)
{
    struct touched_socket *socket, *next;
    size_t n = 0;

    HASH_ITER(hh, t->sockets, socket, next)
    {
        if (!socket->destroyed || socket->told || socket->known || !socket->cookie ||
            socket->waits || is_buried(t, socket->cookie) || changes_find(c, socket->cookie))
            continue;
        tell_unseen(out, socket);
        *grave_of(t, socket->cookie) = socket->cookie;
        n += socket->key.kind == KIND_TCP && socket->key.peer.port;
    }
    return n;
}

size_t touched_tell(struct touched *t, struct snapshot *s, struct changes *c)
{
    struct snapshot out = {.changes_dropped = s->changes_dropped};
    size_t n_unseen;

    for (size_t i = 0; i < s->n_changes; i++) {
        const struct change *change = &s->changes[i];
        struct touched_socket *socket =
            change->row.netns == 0 ? touched_find(t, &change->row) : NULL;

        if (change->kind == CHANGE_GONE && change->row.cookie)
            *grave_of(t, change->row.cookie) = change->row.cookie;
        if (socket)
            tell_change(&out, change, socket);
        else
            snapshot_change(&out, change);
    }
    n_unseen = tell_all_unseen(t, &out, c);
    free(s->changes);
    s->changes = out.changes;
    s->n_changes = out.n_changes;
    s->changes_dropped = out.changes_dropped;
    sort_by_time(s);
    return n_unseen;
}
