#include "probes/revise.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "probes/rows_sort.h"

/* For questions; with the least distance of two revisions a fifth of a core at worst. */
#define QUESTIONS_NS (10 * CLOCK_MS_NS)

/* No row ever showed it, and none will: it ended without TIME_WAIT. */
static bool is_past(const struct touched_socket *socket)
{
    const struct touched_step *last = socket->n_steps && socket->n_steps <= TOUCHED_STEPS
                                          ? &socket->steps[socket->n_steps - 1]
                                          : NULL;

    return socket->destroyed && !socket->known && last && last->new_state == STATE_CLOSE &&
           last->old_state != STATE_FIN_WAIT1 && last->old_state != STATE_FIN_WAIT2 &&
           last->old_state != STATE_CLOSING;
}

static void look(struct diag *d, struct touched_socket *socket)
{
    const struct row key = {.kind = KIND_TCP,
                            .state = STATE_ESTABLISHED,
                            .local = socket->key.local,
                            .peer = socket->key.peer};
    struct diag_socket found;
    int rc;

    /* A link-local address is not whole without its interface, which events do not tell. */
    if (socket->looked || is_past(socket) || addr_is_link_local(&key.local) ||
        addr_is_link_local(&key.peer))
        return;
    rc = sock_diag_find(d, &key, 0, &found);
    socket->looked = rc == 0 || rc == -ENOENT;
    socket->found = rc == 0;
    if (rc != 0)
        return;
    socket->row = found.row;
    socket->waits = found.row.state == STATE_TIME_WAIT;
}

static bool look_at_all(struct diag *d, struct touched *t)
{
    uint64_t deadline_ns = clock_now_ns() + QUESTIONS_NS;
    struct touched_socket *socket, *next;

    HASH_ITER(hh, t->sockets, socket, next)
    {
        if (socket->fresh && socket->key.kind == KIND_TCP)
            look(d, socket);
        if (clock_now_ns() > deadline_ns)
            return false;
    }
    return true;
}

static int take_connecting(void *ctx, const struct diag_socket *found)
{
    struct touched_socket *socket = touched_add(ctx, &found->row);

    if (socket) {
        socket->fresh = socket->looked = socket->found = true;
        socket->row = found->row;
    }
    return 0;
}

/* The first event of a connection does not tell its port. */
static void look_at_connecting(struct diag *d, struct touched *t)
{
    struct diag_want want = {.kinds = KIND_BIT(KIND_TCP),
                             .states = UINT32_C(1) << STATE_SYN_SENT};
    struct diag_outcome outcome = {0};

    want.family = AF_INET;
    sock_diag_dump(d, &want, take_connecting, t, &outcome);
    want.family = AF_INET6;
    sock_diag_dump(d, &want, take_connecting, t, &outcome);
}

/* ---- the rows -------------------------------------------------------------------------- */

static bool is_wanted(const struct wish *w, const struct snapshot *s, const struct row *row)
{
    uint32_t family = row->local.family == AF_INET6 ? WISH_IPV6 : WISH_IPV4;

    return (!w->kinds || w->kinds & KIND_BIT(row->kind)) &&
           (!w->states || w->states & UINT32_C(1) << row->state) &&
           (!w->families || w->families & family) &&
           (!w->filter || filter_match(w->filter, s, row));
}

static void add_count(size_t *n, bool more)
{
    if (more)
        ++*n;
    else if (*n)
        --*n;
}

static void count(struct snapshot *s, const struct row *row, bool more)
{
    add_count(&s->n_total, more);
    add_count(&s->n_kinds[row->kind], more);
    if (row->kind == KIND_TCP)
        add_count(&s->n_states[row->state], more);
}

/* Whether the row is no more, as far as the answer tells. */
static bool is_gone(const struct touched_socket *socket, const struct row *row)
{
    bool is_it = socket->destroyed && socket->cookie == row->cookie;

    if (row->kind != KIND_TCP)
        return is_it;
    if (!socket->looked)
        return false;
    if (socket->found)
        /* Others may be bound to the same address, but a connection's are its own. */
        return socket->row.cookie != row->cookie && (is_it || row->peer.port);
    return is_it || row->state != STATE_BOUND_INACTIVE;
}

/* False when the row is to go. */
static bool correct(struct snapshot *s, const struct wish *wish, struct touched_socket *socket,
                    struct row *row)
{
    struct row now = socket->row;

    if (is_gone(socket, row)) {
        count(s, row, false);
        return false;
    }
    if (!socket->found || now.cookie != row->cookie)
        return true;
    socket->found = false; /* it has its row */
    now.detail = row->detail;
    now.name = row->name;
    count(s, row, false);
    count(s, &now, true);
    *row = now;
    return is_wanted(wish, s, row);
}

static void correct_all(struct snapshot *s, const struct wish *wish, struct touched *t)
{
    size_t kept = 0;

    for (size_t i = 0; i < s->n_rows; i++) {
        struct row row = s->rows[i];
        struct touched_socket *socket = row.netns == 0 ? touched_find(t, &row) : NULL;

        if (row.change == CHANGE_GONE) /* only shown as such */
            continue;
        if (!socket || !socket->fresh || correct(s, wish, socket, &row))
            s->rows[kept++] = row;
    }
    s->n_rows = kept;
}

static void append_new(struct snapshot *s, const struct wish *wish, struct touched *t)
{
    struct touched_socket *socket, *next;
    size_t room = s->n_rows;

    HASH_ITER(hh, t->sockets, socket, next)
    {
        if (!socket->found)
            continue;
        count(s, &socket->row, true);
        if (!is_wanted(wish, s, &socket->row))
            continue;
        if (s->n_rows == room) {
            room = room + room / 8 + 64;
            s->rows = mem_resize(s->rows, room, sizeof(*s->rows));
        }
        s->rows[s->n_rows++] = socket->row;
    }
}

static void correct_selected(struct snapshot *s, struct touched *t)
{
    struct row *row = &s->selected.row;
    struct touched_socket *socket =
        s->has_selected && !s->selected.gone ? touched_find(t, row) : NULL;

    if (!socket || !socket->looked)
        return;
    if (socket->found && socket->row.cookie == row->cookie)
        *row = socket->row;
    else if (is_gone(socket, row))
        s->selected =
            (struct socket_portrait){.row = *row, .at_ns = clock_now_ns(), .gone = true};
}

/* Events of other namespaces leave nothing behind here. */
static bool is_affected(const struct snapshot *s, struct touched *t)
{
    struct touched_socket *socket, *next;

    HASH_ITER(hh, t->sockets, socket, next)
    {
        if (socket->fresh && (socket->found || socket->destroyed))
            return true;
    }
    for (size_t i = 0; i < s->n_rows; i++) {
        socket = s->rows[i].netns == 0 ? touched_find(t, &s->rows[i]) : NULL;
        if (socket && socket->fresh)
            return true;
    }
    return false;
}

int revise(struct diag *d, struct snapshot *s, const struct wish *wish, struct touched *t,
           struct snapshot **ret)
{
    const struct cookie_set ours = cookie_set_of(wish);
    struct snapshot *revised;
    uint64_t began_ns = clock_now_ns();

    if (!look_at_all(d, t))
        return -E2BIG;
    if (t->n_connecting)
        look_at_connecting(d, t);
    if (!is_affected(s, t)) {
        *ret = NULL;
        return 0;
    }
    revised = snapshot_revise(s);
    revised->at_ns = began_ns;
    correct_selected(revised, t);
    correct_all(revised, wish, t);
    append_new(revised, wish, t);
    rows_sort(revised, wish, &ours);
    revised->cost_ns = clock_now_ns() - began_ns;
    *ret = revised;
    return 0;
}
