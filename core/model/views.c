#include "core/model/views_internal.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

static const struct {
    const char *name, *title;
    bool owners;
    uint32_t parts;
} kinds_of_views[VIEW_COUNT] = {
    [VIEW_LIST] = {"list", "every socket, a line each", false, 0},
    [VIEW_TREE] = {"tree", "processes, their sockets below each", true, 0},
    [VIEW_LISTENERS] = {"listeners",
                        "accept queues, waiting/limit in Send-Q; their clients below", false,
                        DETAIL_MEMINFO},
    [VIEW_ENDS] = {"ends", "connections, both ends on one line where both are here", false, 0},
    [VIEW_STATES] = {"states", "how many sockets are in each state, and what waits in them",
                     false, 0},
    [VIEW_PROCESSES] = {"processes",
                        "how many sockets each process has, and what waits in them", true, 0},
    [VIEW_GONE] = {"gone", "sockets that are no more, the newest first", false, 0},
};

const char *view_name(enum socket_view which)
{
    return kinds_of_views[which].name;
}

const char *view_title(enum socket_view which)
{
    return kinds_of_views[which].title;
}

bool view_parse(const char *name, enum socket_view *ret)
{
    for (int i = 0; i < VIEW_COUNT; i++)
        if (strcmp(name, kinds_of_views[i].name) == 0) {
            *ret = (enum socket_view)i;
            return true;
        }
    return false;
}

bool view_needs_owners(enum socket_view which)
{
    return kinds_of_views[which].owners;
}

bool view_has_lines(enum socket_view which)
{
    return which != VIEW_LIST && which != VIEW_GONE;
}

uint32_t view_parts(enum socket_view which)
{
    return kinds_of_views[which].parts;
}

uint64_t view_hash(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 29;
}

uint64_t view_hash_addr(uint64_t hash, const struct addr *a)
{
    for (size_t i = 0; i < sizeof(a->number) / sizeof(a->number[0]); i++)
        hash = view_hash(hash, a->number[i]);
    return view_hash(hash, (uint64_t)a->scope << 32 | (uint64_t)a->port << 8 | a->family);
}

bool row_not_accepted(const struct row *row)
{
    static const uint32_t accepting = KIND_BIT(KIND_TCP) | KIND_BIT(KIND_MPTCP) |
                                      KIND_BIT(KIND_SCTP) | KIND_BIT(KIND_DCCP) | KINDS_UNIX |
                                      KINDS_VSOCK;

    return !row->inode && accepting & KIND_BIT(row->kind) &&
           (row->state == STATE_ESTABLISHED || row->state == STATE_CLOSE_WAIT);
}

/* --- grouping --------------------------------------------------------------------------- */

/* A row goes into none, one or several groups.  Groups that may come into being are slots;
 * those that got a row become groups. */
struct grouping {
    const struct snapshot *s;
    struct view_group *slots;
    size_t n_slots;
    const uint32_t *listeners; /* by row: view_match_listeners() */
    /* Call put() with each slot of a row. */
    void (*each)(struct grouping *g, uint32_t row);
    void (*put)(struct grouping *g, uint32_t slot, uint32_t row);
    uint32_t *group_of; /* by slot, once they are ordered */
    struct view *v;
};

static void count_row(struct grouping *g, uint32_t slot, uint32_t index)
{
    struct view_group *group = &g->slots[slot];
    const struct row *row = &g->s->rows[index];

    group->n_lines++;
    if (row->change == CHANGE_GONE)
        return;
    group->n++;
    group->waiting += row_not_accepted(row);
    if (row->state == STATE_LISTEN)
        return;
    group->rqueue_bytes += row->rqueue == QUEUE_UNKNOWN ? 0 : row->rqueue;
    group->wqueue_bytes += row->wqueue == QUEUE_UNKNOWN ? 0 : row->wqueue;
}

static void place_row(struct grouping *g, uint32_t slot, uint32_t row)
{
    uint32_t at = g->group_of[slot];
    struct view_group *group = &g->v->groups[at];

    g->v->lines[group->line + 1 + group->n_lines++] =
        (struct view_line){.row = row, .other = VIEW_NO_ROW, .group = at};
}

/* Takes the slots that were given a row, and listeners in any case. */
static size_t used_slots(const struct grouping *g, uint32_t *used)
{
    size_t n = 0;

    for (size_t i = 0; i < g->n_slots; i++)
        if (g->slots[i].n_lines || g->slots[i].kind == GROUP_LISTENER)
            used[n++] = (uint32_t)i;
    return n;
}

/* Lines of the groups themselves; with rows there is room below each. */
static void place_groups(struct grouping *g, const uint32_t *order, bool rows)
{
    struct view *v = g->v;

    v->groups = mem_new(v->n_groups, sizeof(*v->groups));
    g->group_of = mem_new(g->n_slots, sizeof(*g->group_of));
    for (size_t i = 0; i < v->n_groups; i++) {
        struct view_group *group = &v->groups[i];

        *group = g->slots[order[i]];
        group->line = (uint32_t)v->n_lines;
        g->group_of[order[i]] = (uint32_t)i;
        v->n_lines += 1 + (rows ? group->n_lines : 0);
        group->n_lines = 0;
    }
    v->lines = mem_new(v->n_lines, sizeof(*v->lines));
    for (size_t i = 0; i < v->n_groups; i++)
        v->lines[v->groups[i].line] = (struct view_line){
            .row = v->groups[i].row, .other = VIEW_NO_ROW, .group = (uint32_t)i, .head = true};
}

static void each_row(struct grouping *g)
{
    for (size_t i = 0; i < g->s->n_rows; i++)
        g->each(g, (uint32_t)i);
}

static void group(struct grouping *g, int (*compare)(const void *, const void *, void *),
                  bool rows)
{
    uint32_t *order = mem_new(g->n_slots, sizeof(*order));

    g->put = count_row;
    each_row(g);
    g->v->n_groups = used_slots(g, order);
    if (compare)
        qsort_r(order, g->v->n_groups, sizeof(*order), compare, g);
    place_groups(g, order, rows);
    g->put = place_row;
    if (rows)
        each_row(g);
    free(order);
    free(g->group_of);
    free(g->slots);
}

/* --- by process ------------------------------------------------------------------------- */

/* The processes have the first slots, these the ones behind them. */
static const enum group_kind without_process[] = {GROUP_NOT_PERMITTED, GROUP_NO_PROCESS,
                                                  GROUP_NOT_ASKED};
#define N_WITHOUT (sizeof(without_process) / sizeof(without_process[0]))

static void put_without(struct grouping *g, enum group_kind kind, uint32_t row)
{
    for (size_t i = 0; i < N_WITHOUT; i++)
        if (without_process[i] == kind)
            g->put(g, (uint32_t)(g->s->owned.n_processes + i), row);
}

/* A socket stands below every process that holds it. */
static void put_by_process(struct grouping *g, uint32_t index)
{
    const struct ownership *owned = &g->s->owned;
    const struct row *row = &g->s->rows[index];
    const struct owner *o = row->inode ? ownership_find(owned, row->inode) : NULL;
    uint32_t last = UINT32_MAX;

    if (!row->inode || row_of_kernel(row) || (o && (o->past || o->knowledge == OWNER_NONE))) {
        put_without(g, GROUP_NO_PROCESS, index);
    } else if (!o || o->knowledge == OWNER_NOT_ASKED) {
        put_without(g, GROUP_NOT_ASKED, index);
    } else if (o->knowledge == OWNER_NOT_PERMITTED || !o->n) {
        put_without(g, GROUP_NOT_PERMITTED, index);
    } else {
        for (uint32_t i = 0; i < o->n; i++) {
            uint32_t process = owned->holders[o->first + i].process;

            if (process != last)
                g->put(g, process, index);
            last = process;
        }
    }
}

static void make_process_slots(struct grouping *g)
{
    const struct ownership *owned = &g->s->owned;

    g->n_slots = owned->n_processes + N_WITHOUT;
    g->slots = mem_new(g->n_slots, sizeof(*g->slots));
    for (size_t i = 0; i < g->n_slots; i++) {
        struct view_group *slot = &g->slots[i];

        slot->row = VIEW_NO_ROW;
        slot->process = (uint32_t)i;
        if (i < owned->n_processes) {
            const struct process *p = &owned->processes[i];

            slot->kind = GROUP_PROCESS;
            slot->key = view_hash(view_hash(VIEW_HASH_START, p->start_ticks),
                                  (uint64_t)(uint32_t)p->pid + 16);
        } else {
            slot->kind = (uint8_t)without_process[i - owned->n_processes];
            slot->key = slot->kind;
        }
    }
}

static int by_name(const void *a, const void *b, void *ctx)
{
    const struct grouping *g = ctx;
    const struct view_group *x = &g->slots[*(const uint32_t *)a];
    const struct view_group *y = &g->slots[*(const uint32_t *)b];
    const struct process *p, *q;
    int order = x->kind - y->kind;

    if (order || x->kind != GROUP_PROCESS)
        return order;
    p = &g->s->owned.processes[x->process];
    q = &g->s->owned.processes[y->process];
    order = strcmp(p->comm, q->comm);
    return order ? order : (p->pid > q->pid) - (p->pid < q->pid);
}

static int by_count(const void *a, const void *b, void *ctx)
{
    const struct grouping *g = ctx;
    const struct view_group *x = &g->slots[*(const uint32_t *)a];
    const struct view_group *y = &g->slots[*(const uint32_t *)b];

    if (x->kind == GROUP_PROCESS && y->kind == GROUP_PROCESS && x->n != y->n)
        return x->n < y->n ? 1 : -1;
    return by_name(a, b, ctx);
}

static void make_by_process(struct grouping *g, bool rows)
{
    make_process_slots(g);
    g->each = put_by_process;
    group(g, rows ? by_name : by_count, rows);
}

/* --- by state --------------------------------------------------------------------------- */

static void put_by_state(struct grouping *g, uint32_t index)
{
    const struct row *row = &g->s->rows[index];

    if (row->kind < KIND_COUNT && row->state < STATE_COUNT)
        g->put(g, (uint32_t)row->kind * STATE_COUNT + row->state, index);
}

static void make_states(struct grouping *g)
{
    g->n_slots = KIND_COUNT * STATE_COUNT;
    g->slots = mem_new(g->n_slots, sizeof(*g->slots));
    for (size_t i = 0; i < g->n_slots; i++)
        g->slots[i] = (struct view_group){.key = i + 1,
                                          .row = VIEW_NO_ROW,
                                          .kind = GROUP_STATE,
                                          .socket_kind = (uint8_t)(i / STATE_COUNT),
                                          .state = (uint8_t)(i % STATE_COUNT)};
    g->each = put_by_state;
    group(g, NULL, false);
}

/* --- by listener ------------------------------------------------------------------------ */

static void put_by_listener(struct grouping *g, uint32_t index)
{
    if (g->listeners[index] != VIEW_NO_ROW)
        g->put(g, g->listeners[index], index);
}

/* What waits at an AF_UNIX listener has no rows: only its queue tells. */
static void count_waiting(struct view_group *group, const struct row *listener)
{
    if (KINDS_UNIX & KIND_BIT(listener->kind) && listener->rqueue != QUEUE_UNKNOWN) {
        group->n += listener->rqueue;
        group->waiting += listener->rqueue;
    }
}

static uint64_t listener_key(const struct row *row)
{
    uint64_t hash = view_hash(VIEW_HASH_START, row->cookie);

    if (!row->cookie)
        hash = view_hash_addr(view_hash(hash, row->inode), &row->local);
    return hash ? hash : 1;
}

/* A slot a row: only those of listeners are used. */
static void make_listeners(struct grouping *g)
{
    uint32_t *listeners = view_match_listeners(g->s);

    g->listeners = listeners;
    g->n_slots = g->s->n_rows;
    g->slots = mem_new(g->n_slots, sizeof(*g->slots));
    for (size_t i = 0; i < g->n_slots; i++) {
        bool listens = g->s->rows[i].state == STATE_LISTEN;

        g->slots[i].kind = listens ? GROUP_LISTENER : GROUP_STATE;
        g->slots[i].row = (uint32_t)i;
        if (!listens)
            continue;
        g->slots[i].key = listener_key(&g->s->rows[i]);
        count_waiting(&g->slots[i], &g->s->rows[i]);
    }
    g->each = put_by_listener;
    group(g, NULL, true);
    free(listeners);
}

/* --- everything ------------------------------------------------------------------------- */

struct view *view_make(const struct snapshot *s, enum socket_view which)
{
    struct grouping g = {.s = s};

    if (which >= VIEW_COUNT || !view_has_lines(which))
        return NULL;
    g.v = mem_new(1, sizeof(*g.v));
    g.v->which = which;
    if (which == VIEW_ENDS)
        view_make_ends(s, g.v);
    else if (which == VIEW_LISTENERS)
        make_listeners(&g);
    else if (which == VIEW_STATES)
        make_states(&g);
    else
        make_by_process(&g, which == VIEW_TREE);
    return g.v;
}

void view_free(struct view *v)
{
    if (!v)
        return;
    free(v->lines);
    free(v->groups);
    free(v);
}

size_t view_find_row(const struct view *v, uint32_t row, size_t from)
{
    for (size_t i = 0; i < v->n_lines; i++) {
        size_t at = from + i < v->n_lines ? from + i : (from + i) % v->n_lines;

        if (v->lines[at].row == row || v->lines[at].other == row)
            return at;
    }
    return v->n_lines;
}
