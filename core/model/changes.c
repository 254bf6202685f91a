/* The rows of the last look in an array, in the order in which they came, and a table of their
 * places by key.  Looks agree in most rows and in their order, so most rows are found where the
 * one before was, without the table. */
#include "core/model/changes.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/model/change_owners.h"

#define NOWHERE UINT32_MAX
#define TABLE_MIN 256

/* A row that was there at the last look.  While its place is free only `next` means anything. */
struct known {
    struct row row;
    uint64_t netns;      /* inode of its namespace */
    uint64_t changed_ns; /* when `change` happened */
    char *name;          /* of AF_UNIX; NULL: none */
    struct change_owner *owner;
    uint32_t seen; /* number of the look; 0: the place is free */
    uint32_t next; /* free place behind this one */
    uint32_t unread_bytes;
    bool has_unread;
    uint8_t change;
};

struct slot {
    uint32_t hash;
    uint32_t place; /* NOWHERE: empty */
};

struct changes {
    struct known *rows;
    size_t n_places, room; /* used or free */
    size_t n_rows;
    uint32_t free; /* first free place */
    struct slot *table;
    size_t n_slots; /* a power of two, more than half of them empty */
    struct change_owners owners;
    uint64_t opens;
    uint64_t netns; /* inode of the snapshot's first namespace */
    size_t n_found; /* rows of the last look that are also in this one */
    uint32_t look;  /* its number, never 0 */
    uint32_t guess;
    bool primed; /* there was a look to compare with */
};

struct changes *changes_new(void)
{
    struct changes *c = mem_new(1, sizeof(*c));

    c->room = TABLE_MIN;
    c->rows = mem_new(c->room, sizeof(*c->rows));
    changes_reset(c);
    return c;
}

static void clear_table(struct changes *c, size_t n_slots)
{
    c->table = mem_resize(c->table, n_slots, sizeof(*c->table));
    c->n_slots = n_slots;
    memset(c->table, 0xff, n_slots * sizeof(*c->table)); /* NOWHERE */
}

void changes_reset(struct changes *c)
{
    for (size_t i = 0; i < c->n_places; i++)
        if (c->rows[i].seen)
            free(c->rows[i].name);
    change_owners_done(&c->owners);
    c->n_places = c->n_rows = 0;
    c->free = NOWHERE;
    c->guess = 0;
    c->primed = false;
    clear_table(c, TABLE_MIN);
}

void changes_free(struct changes *c)
{
    if (!c)
        return;
    changes_reset(c);
    free(c->rows);
    free(c->table);
    free(c);
}

/* ---- keys ------------------------------------------------------------------------------ */

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 29;
}

static uint64_t mix_addr(uint64_t h, const struct addr *a)
{
    uint64_t ip[2];

    memcpy(ip, a->ip, sizeof(ip));
    h = mix(mix(h, ip[0]), ip[1]);
    return mix(h, (uint64_t)a->scope << 32 | (uint64_t)a->port << 16 | a->family);
}

/* A connection's addresses are its own; its inode comes with accept(2) and goes with close(2). */
static bool named_by_addresses(const struct row *row)
{
    return row->kind == KIND_TCP && row->peer.port;
}

static uint32_t hash_of(const struct row *row, uint64_t netns)
{
    uint64_t h = mix(netns, row->cookie);

    if (!row->cookie) {
        h = mix_addr(mix_addr(h, &row->local), &row->peer);
        h = mix(h, (uint64_t)row->kind << 32 | (named_by_addresses(row) ? 0 : row->inode));
    }
    return (uint32_t)(h ^ h >> 32);
}

static bool is_same(const struct known *k, const struct row *row, uint64_t netns)
{
    if (!k->seen || k->row.cookie != row->cookie || k->netns != netns)
        return false;
    return row->cookie || (k->row.kind == row->kind && addr_equal(&k->row.local, &row->local) &&
                           addr_equal(&k->row.peer, &row->peer) &&
                           (named_by_addresses(row) || k->row.inode == row->inode));
}

static size_t find_slot(const struct changes *c, const struct row *row, uint64_t netns,
                        uint32_t hash)
{
    size_t at = hash & (c->n_slots - 1);

    while (c->table[at].place != NOWHERE &&
           (c->table[at].hash != hash || !is_same(&c->rows[c->table[at].place], row, netns)))
        at = (at + 1) & (c->n_slots - 1);
    return at;
}

/* ---- places ---------------------------------------------------------------------------- */

static void grow_table(struct changes *c)
{
    clear_table(c, 2 * c->n_slots);
    for (size_t i = 0; i < c->n_places; i++) {
        const struct known *k = &c->rows[i];
        uint32_t hash = k->seen ? hash_of(&k->row, k->netns) : 0;

        if (k->seen)
            c->table[find_slot(c, &k->row, k->netns, hash)] =
                (struct slot){.hash = hash, .place = (uint32_t)i};
    }
}

static uint32_t take_place(struct changes *c)
{
    uint32_t place = c->free;

    if (place != NOWHERE) {
        c->free = c->rows[place].next;
        return place;
    }
    if (c->n_places == c->room) {
        c->room *= 2;
        c->rows = mem_resize(c->rows, c->room, sizeof(*c->rows));
    }
    return (uint32_t)c->n_places++;
}

static struct known *add(struct changes *c, const struct row *row, uint64_t netns)
{
    uint32_t hash = hash_of(row, netns), place = take_place(c);

    c->rows[place] = (struct known){.row = *row, .netns = netns, .seen = c->look};
    if (2 * ++c->n_rows > c->n_slots)
        grow_table(c); /* takes the new row along */
    else
        c->table[find_slot(c, row, netns, hash)] = (struct slot){.hash = hash, .place = place};
    return &c->rows[place];
}

static void take_slot_out(struct changes *c, size_t hole)
{
    size_t mask = c->n_slots - 1;

    for (size_t at = (hole + 1) & mask; c->table[at].place != NOWHERE; at = (at + 1) & mask) {
        size_t home = c->table[at].hash & mask;

        if (((at - home) & mask) < ((at - hole) & mask))
            continue; /* its home is behind the hole */
        c->table[hole] = c->table[at];
        hole = at;
    }
    c->table[hole].place = NOWHERE;
}

static void forget(struct changes *c, uint32_t place)
{
    struct known *k = &c->rows[place];

    take_slot_out(c, find_slot(c, &k->row, k->netns, hash_of(&k->row, k->netns)));
    free(k->name);
    change_owners_drop(&c->owners, k->owner);
    *k = (struct known){.next = c->free};
    c->free = place;
    c->n_rows--;
}

static struct known *find(struct changes *c, const struct row *row, uint64_t netns)
{
    uint32_t place = c->guess;

    if (place >= c->n_places || !is_same(&c->rows[place], row, netns))
        place = c->table[find_slot(c, row, netns, hash_of(row, netns))].place;
    if (place == NOWHERE)
        return NULL;
    c->guess = place + 1;
    return &c->rows[place];
}

/* ---- changes --------------------------------------------------------------------------- */

void snapshot_change(struct snapshot *s, const struct change *change)
{
    size_t n = s->n_changes;

    if (n == CHANGES_MAX) {
        s->changes_dropped++;
        return;
    }
    if ((n & (n - 1)) == 0)
        s->changes = mem_resize(s->changes, n ? 2 * n : 1, sizeof(*s->changes));
    s->changes[s->n_changes++] = *change;
}

void snapshot_carry(struct snapshot *s, struct snapshot *untaken)
{
    struct snapshot both = {0};

    for (size_t i = 0; i < untaken->n_changes; i++)
        snapshot_change(&both, &untaken->changes[i]);
    for (size_t i = 0; i < s->n_changes; i++)
        snapshot_change(&both, &s->changes[i]);
    free(s->changes);
    s->changes = both.changes;
    s->n_changes = both.n_changes;
    s->changes_dropped += both.changes_dropped + untaken->changes_dropped;
    if (!s->host) {
        s->host = untaken->host;
        untaken->host = NULL;
    }
}

void change_set_unread(struct change *change, uint8_t last_state, uint32_t rqueue)
{
    bool has_fin = last_state == STATE_CLOSE_WAIT || last_state == STATE_LAST_ACK ||
                   last_state == STATE_CLOSING || last_state == STATE_TIME_WAIT;

    bool may_have_fin = !last_state && rqueue && change->row.kind <= KIND_MPTCP;

    change->has_unread = last_state != STATE_LISTEN && !may_have_fin;
    change->unread_bytes = has_fin && rqueue ? rqueue - 1 : rqueue;
}

/* A listener's queue holds connections, and of TIME_WAIT none is left. */
static bool tells_unread(const struct row *row)
{
    return row->state != STATE_LISTEN && row->state != STATE_TIME_WAIT &&
           row->rqueue != QUEUE_UNKNOWN;
}

static void tell(struct snapshot *s, const struct snapshot *names, const struct known *k,
                 enum row_change kind, uint8_t old_state)
{
    struct change change = {
        .at_ns = s->at_ns, .row = k->row, .kind = (uint8_t)kind, .old_state = old_state};

    if (s->n_changes == CHANGES_MAX) {
        s->changes_dropped++;
        return;
    }
    row_local(names, &k->row, change.local);
    row_peer(names, &k->row, change.peer);
    change.row.name = change.row.detail = 0;
    change_owner_text(k->owner, change.owner);
    if (kind == CHANGE_GONE) {
        if (k->has_unread)
            change_set_unread(&change, old_state, k->unread_bytes);
        else if (tells_unread(&k->row))
            change_set_unread(&change, old_state, k->row.rqueue);
    }
    snapshot_change(s, &change);
}

static void tell_gone(struct snapshot *s, const struct known *k)
{
    struct snapshot names = {0};
    struct known last = *k;

    if (last.name)
        last.row.name = texts_add(&names.names, last.name, strlen(last.name));
    tell(s, &names, &last, CHANGE_GONE, k->row.state);
    texts_done(&names.names);
}

/* A state in which ActiveOpens or PassiveOpens have counted the connection. */
static bool is_opened(const struct row *row)
{
    return row->kind == KIND_TCP && row->peer.port && row->state != STATE_CLOSE &&
           row->state != STATE_LISTEN && row->state != STATE_NEW_SYN_RECV &&
           row->state != STATE_BOUND_INACTIVE;
}

static void mark(struct known *k, enum row_change change, uint64_t now_ns)
{
    /* What is new stays new for its time, whatever follows. */
    if (k->change == CHANGE_NEW && change == CHANGE_STATE)
        return;
    k->change = (uint8_t)change;
    k->changed_ns = now_ns;
}

static void learn_name(struct known *k, const struct snapshot *s)
{
    const char *name = texts_at(&s->names, k->row.name);

    if (k->name && strcmp(k->name, name) == 0)
        return;
    free(k->name);
    k->name = *name ? mem_copy(name, strlen(name)) : NULL;
}

static void take_row(struct changes *c, struct snapshot *s, struct row *row)
{
    uint64_t netns = row->netns < s->n_netns ? s->netns[row->netns].inode : 0;
    struct known *k = find(c, row, netns);
    bool is_new = !k, was_opened = k && is_opened(&k->row);
    uint8_t old_state = k ? k->row.state : 0;

    if (is_new) {
        k = add(c, row, netns);
    } else if (k->seen == c->look) { /* twice in a dump that was interrupted */
        row->change = k->change;
        return;
    }
    k->row = *row;
    k->seen = c->look;
    c->n_found++;
    if (row->name || k->name)
        learn_name(k, s);
    if (s->owned.n_owners && row->inode)
        k->owner = change_owners_learn(&c->owners, k->owner, s, row->inode);
    if (k->change && s->at_ns - k->changed_ns >= CHANGE_MARK_NS)
        k->change = CHANGE_NONE;
    if (c->primed && (is_new || old_state != row->state)) {
        mark(k, is_new ? CHANGE_NEW : CHANGE_STATE, s->at_ns);
        tell(s, s, k, is_new ? CHANGE_NEW : CHANGE_STATE, old_state);
    }
    c->opens += c->primed && !was_opened && is_opened(row);
    row->change = k->change;
}

static void drop_missing(struct changes *c, struct snapshot *s)
{
    for (size_t i = 0; i < c->n_places && c->n_found < c->n_rows; i++) {
        if (!c->rows[i].seen || c->rows[i].seen == c->look)
            continue;
        tell_gone(s, &c->rows[i]);
        forget(c, (uint32_t)i);
    }
}

void changes_look(struct changes *c, struct snapshot *s)
{
    assert(c->rows && c->table);
    if (!++c->look)
        c->look = 1;
    c->guess = 0;
    c->n_found = 0;
    c->netns = s->n_netns ? s->netns[0].inode : 0;
    for (size_t i = 0; i < s->n_rows; i++)
        take_row(c, s, &s->rows[i]);
    if (!s->err.code && !s->interrupted)
        drop_missing(c, s);
    c->primed = true;
}

static struct known *find_cookie(struct changes *c, uint64_t cookie)
{
    const struct row key = {.cookie = cookie};

    return cookie ? find(c, &key, c->netns) : NULL;
}

const struct row *changes_find(struct changes *c, uint64_t cookie)
{
    const struct known *k = find_cookie(c, cookie);

    return k ? &k->row : NULL;
}

bool changes_destroyed(struct changes *c, uint64_t cookie, uint32_t unread_bytes)
{
    struct known *k = find_cookie(c, cookie);

    if (!k)
        return false;
    k->unread_bytes = unread_bytes;
    k->has_unread = true;
    return true;
}

uint64_t changes_opens(const struct changes *c)
{
    return c->opens;
}
