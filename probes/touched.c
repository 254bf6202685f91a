#include "probes/touched.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

struct touched *touched_new(void)
{
    return mem_new(1, sizeof(struct touched));
}

void touched_free(struct touched *t)
{
    if (!t)
        return;
    touched_clear(t, UINT64_MAX);
    free(t);
}

static struct addr without_scope(const struct addr *a)
{
    struct addr b = *a;

    b.scope = 0;
    return b;
}

static struct touched_key key_of(const struct row *row)
{
    return (struct touched_key){.local = without_scope(&row->local),
                                .peer = without_scope(&row->peer),
                                .cookie = row->kind == KIND_TCP ? 0 : row->cookie,
                                .kind = row->kind};
}

struct touched_socket *touched_find(struct touched *t, const struct row *row)
{
    struct touched_socket *found = NULL;
    struct touched_key key;

    if (!(t->ports[row->local.port / 64] >> (row->local.port % 64) & 1))
        return NULL;
    key = key_of(row);
    HASH_FIND(hh, t->sockets, &key, sizeof(key), found);
    return found;
}

struct touched_socket *touched_add(struct touched *t, const struct row *row)
{
    struct touched_socket *socket = touched_find(t, row);

    if (socket || HASH_COUNT(t->sockets) >= TOUCHED_MAX)
        return socket;
    socket = mem_new(1, sizeof(*socket));
    socket->key = key_of(row);
    HASH_ADD(hh, t->sockets, key, sizeof(socket->key), socket);
    t->ports[row->local.port / 64] |= UINT64_C(1) << (row->local.port % 64);
    return socket;
}

static void drop(struct touched *t, struct touched_socket *socket)
{
    uint16_t port = socket->key.local.port;

    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): what is freed has left */
    HASH_DEL(t->sockets, socket);
    if (t->closed[port] == socket)
        t->closed[port] = NULL;
    free(socket);
}

void touched_clear(struct touched *t, uint64_t before_ns)
{
    struct touched_socket *socket, *next;

    memset(t->ports, 0, sizeof(t->ports));
    HASH_ITER(hh, t->sockets, socket, next)
    {
        uint16_t port = socket->key.local.port;

        if (!socket->destroyed && socket->last_ns >= before_ns && before_ns != UINT64_MAX) {
            socket->fresh = socket->looked = socket->found = socket->told = false;
            t->ports[port / 64] |= UINT64_C(1) << (port % 64);
            continue;
        }
        drop(t, socket);
    }
    memset(t->connecting, 0, sizeof(t->connecting));
    t->n_connecting = 0;
    t->fresh = false;
}

static uint16_t *connecting_to(struct touched *t, const struct addr *peer)
{
    uint32_t hash = peer->port;

    for (size_t i = 0; i < sizeof(peer->ip); i++)
        hash = hash * 31 + peer->ip[i];
    return &t->connecting[hash % TOUCHED_PEERS];
}

static void connecting_began(struct touched *t, const struct addr *peer)
{
    uint16_t *n = connecting_to(t, peer);

    if (*n == UINT16_MAX)
        return;
    ++*n;
    t->n_connecting++;
    t->fresh = true;
}

/* Its port is known from here on. */
static void connecting_ended(struct touched *t, const struct addr *peer)
{
    uint16_t *n = connecting_to(t, peer);

    if (!*n)
        return;
    --*n;
    t->n_connecting--;
}

static void touch(struct touched *t, struct touched_socket *socket,
                  const struct kernel_event *e)
{
    socket->last_ns = e->at_ns;
    socket->looked = socket->found = false;
    socket->fresh = t->fresh = true;
}

static void take_state(struct touched *t, const struct kernel_event *e, const struct row *row)
{
    struct touched_socket *socket;

    if (e->old_state == STATE_SYN_SENT)
        connecting_ended(t, &e->peer);
    if (!e->local.port) {
        if (e->new_state == STATE_SYN_SENT)
            connecting_began(t, &e->peer);
        return;
    }
    socket = touched_add(t, row);
    if (!socket)
        return;
    touch(t, socket, e);
    if (socket->n_steps < TOUCHED_STEPS)
        socket->steps[socket->n_steps] = (struct touched_step){
            .at_ns = e->at_ns, .old_state = e->old_state, .new_state = e->new_state};
    socket->n_steps++;
    if (e->new_state == STATE_CLOSE && e->peer.port)
        t->closed[e->local.port] = socket;
}

/* A connection that was reset by its own side has lost its addresses but for a port: it is the
 * last of this port that closed. */
static struct touched_socket *find_closed(const struct touched *t, const struct row *row)
{
    struct touched_socket *socket = t->closed[row->local.port];

    return socket && !socket->destroyed && addr_same_ip(&socket->key.peer, &row->peer) ? socket
                                                                                       : NULL;
}

static void take_destroyed(struct touched *t, const struct kernel_event *e,
                           const struct row *row, bool known)
{
    struct touched_socket *socket = NULL;

    if (!known && row->kind == KIND_TCP && !row->peer.port)
        socket = find_closed(t, row);
    if (!socket)
        socket = touched_add(t, row);
    if (!socket)
        return;
    touch(t, socket, e);
    socket->destroyed = true;
    socket->known = known;
    socket->cookie = e->cookie;
    socket->destroyed_ns = e->at_ns;
    socket->unread_bytes = e->unread_bytes;
}

void touched_event(struct touched *t, const struct kernel_event *e, const struct row *known)
{
    struct row row = {.local = e->local, .peer = e->peer, .cookie = e->cookie};

    if (e->protocol == IPPROTO_TCP)
        row.kind = KIND_TCP;
    else if (e->protocol == IPPROTO_UDP)
        row.kind = KIND_UDP;
    else
        return;
    if (e->kind == KERNEL_SET_STATE)
        take_state(t, e, &row);
    else if (e->kind == KERNEL_DESTROYED)
        take_destroyed(t, e, known ? known : &row, known != NULL);
}
