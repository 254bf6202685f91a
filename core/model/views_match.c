/* core/model/views_match.c - which rows belong together: the ends of a connection, a listener
 * and what was accepted from it.
 *
 * By addresses within one namespace, for the kernel tells no more: of listeners that share an
 * address (SO_REUSEPORT) the first in order gets the connections of all. */
#include "core/model/views_internal.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

/* Rows by a hash: heads of chains that run through `next`. */
struct chains {
    uint32_t *heads, *next;
    size_t mask;
};

static struct chains chains_new(size_t n_rows)
{
    struct chains c = {.mask = 15};

    while (c.mask < n_rows)
        c.mask = 2 * c.mask + 1;
    c.heads = mem_new(c.mask + 1, sizeof(*c.heads));
    c.next = mem_new(n_rows, sizeof(*c.next));
    memset(c.heads, 0xff, (c.mask + 1) * sizeof(*c.heads));
    return c;
}

static void chains_free(struct chains *c)
{
    free(c->heads);
    free(c->next);
}

static void chains_add(struct chains *c, uint64_t hash, uint32_t row)
{
    uint32_t *head = &c->heads[hash & c->mask];

    c->next[row] = *head;
    *head = row;
}

static bool is_unix(const struct row *row)
{
    return KINDS_UNIX & KIND_BIT(row->kind);
}

bool row_is_connected(const struct row *row)
{
    if (row->state == STATE_LISTEN || row->state == STATE_BOUND_INACTIVE)
        return false;
    /* Whom others send datagrams to is ESTABLISHED without a peer. */
    if (is_unix(row))
        return row->peer.number[0] != 0 ||
               (row->state == STATE_ESTABLISHED && row->kind != KIND_UNIX_DGRAM);
    if (KINDS_VSOCK & KIND_BIT(row->kind))
        return row->state != STATE_CLOSE;
    /* The port of a raw socket is its protocol. */
    return KINDS_INET & KIND_BIT(row->kind) && !addr_is_any(&row->peer) &&
           (row->peer.port || row->kind == KIND_RAW || row->kind == KIND_ICMP);
}

/* --- both ends -------------------------------------------------------------------------- */

static uint64_t hash_ends(const struct row *row, const struct addr *local,
                          const struct addr *peer)
{
    uint64_t hash = view_hash(VIEW_HASH_START, (uint64_t)row->netns << 8 | row->kind);

    return view_hash_addr(view_hash_addr(hash, local), peer);
}

static uint64_t hash_inode(const struct row *row, uint32_t inode)
{
    return view_hash(view_hash(VIEW_HASH_START, (uint64_t)row->netns << 8 | 255), inode);
}

static void index_ends(const struct snapshot *s, struct chains *c)
{
    /* Backwards, so that chains have the order of the rows. */
    for (size_t i = s->n_rows; i > 0; i--) {
        const struct row *row = &s->rows[i - 1];
        struct addr local = addr_unmapped(&row->local), peer = addr_unmapped(&row->peer);

        if (is_unix(row))
            chains_add(c, hash_inode(row, row->local.number[0]), (uint32_t)(i - 1));
        else if (row_is_connected(row))
            chains_add(c, hash_ends(row, &local, &peer), (uint32_t)(i - 1));
    }
}

/* Datagrams of many sockets go to one that may itself be connected to none. */
static bool unix_ends_meet(const struct row *a, const struct row *b)
{
    return a->kind == b->kind && b->local.number[0] == a->peer.number[0] &&
           (a->kind == KIND_UNIX_DGRAM || b->peer.number[0] == a->local.number[0]);
}

static bool ends_meet(const struct row *a, const struct row *b)
{
    struct addr a_local, a_peer, b_local, b_peer;

    if (a->netns != b->netns || a->kind != b->kind)
        return false;
    if (is_unix(a))
        return unix_ends_meet(a, b);
    a_local = addr_unmapped(&a->local);
    a_peer = addr_unmapped(&a->peer);
    b_local = addr_unmapped(&b->local);
    b_peer = addr_unmapped(&b->peer);
    return addr_equal(&a_local, &b_peer) && addr_equal(&a_peer, &b_local);
}

/* The row of the other end, that is not on another line yet. */
static uint32_t other_end(const struct snapshot *s, const struct chains *c, const bool *taken,
                          uint32_t index)
{
    const struct row *row = &s->rows[index];
    struct addr local = addr_unmapped(&row->local), peer = addr_unmapped(&row->peer);
    uint64_t hash =
        is_unix(row) ? hash_inode(row, row->peer.number[0]) : hash_ends(row, &peer, &local);

    for (uint32_t i = c->heads[hash & c->mask]; i != VIEW_NO_ROW; i = c->next[i])
        if (i != index && !taken[i] && ends_meet(row, &s->rows[i]))
            return i;
    return VIEW_NO_ROW;
}

void view_make_ends(const struct snapshot *s, struct view *v)
{
    struct chains c = chains_new(s->n_rows);
    bool *taken = mem_new(s->n_rows, sizeof(*taken));

    index_ends(s, &c);
    v->lines = mem_new(s->n_rows, sizeof(*v->lines));
    for (size_t i = 0; i < s->n_rows; i++) {
        uint32_t other;

        if (taken[i] || !row_is_connected(&s->rows[i]))
            continue;
        other = other_end(s, &c, taken, (uint32_t)i);
        /* A server of datagrams stays to be the other end of its next client. */
        if (other != VIEW_NO_ROW && (!is_unix(&s->rows[i]) || s->rows[other].peer.number[0] ==
                                                                  s->rows[i].local.number[0]))
            taken[i] = taken[other] = true;
        v->lines[v->n_lines++] = (struct view_line){.row = (uint32_t)i, .other = other};
    }
    chains_free(&c);
    free(taken);
}

/* --- listeners -------------------------------------------------------------------------- */

static uint32_t port_of(const struct row *row)
{
    return KINDS_VSOCK & KIND_BIT(row->kind) ? row->local.number[1] : row->local.port;
}

/* What a listener and its connections have in common. */
static uint64_t hash_listener(const struct snapshot *s, const struct row *row)
{
    uint64_t hash = view_hash(VIEW_HASH_START, (uint64_t)row->netns << 8 | row->kind);

    if (!is_unix(row))
        return view_hash(hash, port_of(row));
    for (const char *at = texts_at(&s->names, row->name); *at; at++)
        hash = view_hash(hash, (unsigned char)*at);
    return hash;
}

/* How well a listener fits a connection; 0: not at all.  As the kernel chooses: the exact
 * address, any of the family, any of both (compute_score() of its inet_hashtables.c). */
static int fit(const struct snapshot *s, const struct row *listener, const struct row *row)
{
    struct addr wanted, got;

    if (listener->netns != row->netns || listener->kind != row->kind)
        return 0;
    if (is_unix(row))
        return strcmp(texts_at(&s->names, listener->name), texts_at(&s->names, row->name)) == 0;
    if (port_of(listener) != port_of(row) ||
        (listener->interface && listener->interface != row->interface))
        return 0;
    if (KINDS_VSOCK & KIND_BIT(row->kind))
        return listener->local.number[0] == UINT32_MAX ||
               listener->local.number[0] == row->local.number[0];
    wanted = addr_unmapped(&listener->local);
    got = addr_unmapped(&row->local);
    if (addr_same_ip(&wanted, &got) && wanted.family == got.family)
        return 3;
    if (!addr_is_any(&wanted))
        return 0;
    if (wanted.family == got.family)
        return 2;
    return wanted.family == AF_INET6 && !listener->v6only;
}

static bool was_accepted(const struct row *row)
{
    if (row->state == STATE_LISTEN || row->state == STATE_CLOSE ||
        row->state == STATE_BOUND_INACTIVE || row->state == STATE_SYN_SENT)
        return false;
    return is_unix(row) ? row->name != 0 : true;
}

uint32_t *view_match_listeners(const struct snapshot *s)
{
    struct chains c = chains_new(s->n_rows);
    uint32_t *listeners = mem_new(s->n_rows, sizeof(*listeners));

    for (size_t i = s->n_rows; i > 0; i--)
        if (s->rows[i - 1].state == STATE_LISTEN)
            chains_add(&c, hash_listener(s, &s->rows[i - 1]), (uint32_t)(i - 1));
    for (size_t i = 0; i < s->n_rows; i++) {
        const struct row *row = &s->rows[i];
        int best = 0;

        listeners[i] = VIEW_NO_ROW;
        if (!was_accepted(row))
            continue;
        for (uint32_t at = c.heads[hash_listener(s, row) & c.mask]; at != VIEW_NO_ROW;
             at = c.next[at]) {
            int fits = fit(s, &s->rows[at], row);

            if (fits > best) {
                best = fits;
                listeners[i] = at;
            }
        }
    }
    chains_free(&c);
    return listeners;
}
