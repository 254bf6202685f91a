#include "probes/owners_past.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/base/mem.h"
#include "probes/owners.h"

#define BUCKET_BITS 16
/* A ring whose hand met so many that are still there is full. */
#define HAND_STEPS 16

struct past_key {
    uint64_t start_ticks;
    uint64_t pid;
};

struct past_process {
    struct past_key key;
    uint32_t uid;
    char comm[PROCESS_COMM_BYTES];
    char *command, *container; /* NULL: none */
    size_t n_sockets;
    uint32_t told_look, told_index; /* where it stands in the answer to that look */
    UT_hash_handle hh;
};

struct past_socket {
    uint64_t cookie; /* 0: free */
    struct past_process *process;
    int32_t fd;
    uint32_t next; /* of the bucket, plus 1 */
    uint32_t look; /* when its row was last there */
};

/* What is known of a process, from either source. */
struct past_facts {
    struct past_key key;
    uint32_t uid;
    const char *comm, *command, *container; /* the latter two: NULL or "" for none */
    int32_t fd;
};

static void drop_process(struct past_owners *past, struct past_process *p)
{
    HASH_DEL(past->processes, p);
    free(p->command);
    free(p->container);
    free(p);
}

void past_owners_done(struct past_owners *past)
{
    struct past_process *p, *next;

    HASH_ITER(hh, past->processes, p, next)
    drop_process(past, p);
    free(past->sockets);
    free(past->buckets);
    *past = (struct past_owners){0};
}

/* Cookies are given one after the other: spread them (Knuth's multiplication). */
static uint32_t *bucket_of(const struct past_owners *past, uint64_t cookie)
{
    return &past->buckets[cookie * UINT64_C(0x9e3779b97f4a7c15) >> (64 - BUCKET_BITS)];
}

static struct past_socket *find(const struct past_owners *past, uint64_t cookie)
{
    if (!past->buckets || !cookie)
        return NULL;
    for (uint32_t i = *bucket_of(past, cookie); i; i = past->sockets[i - 1].next)
        if (past->sockets[i - 1].cookie == cookie)
            return &past->sockets[i - 1];
    return NULL;
}

static void leave(struct past_owners *past, struct past_process *p)
{
    if (--p->n_sockets == 0)
        drop_process(past, p);
}

static void forget(struct past_owners *past, struct past_socket *s)
{
    uint32_t *link = bucket_of(past, s->cookie);

    while (&past->sockets[*link - 1] != s)
        link = &past->sockets[*link - 1].next;
    *link = s->next;
    leave(past, s->process);
    *s = (struct past_socket){0};
}

/* Room for one more: the oldest whose row is gone makes way.  NULL when all are still there. */
static struct past_socket *make_room(struct past_owners *past)
{
    if (!past->sockets) {
        past->sockets = mem_new(OWNERS_PAST, sizeof(*past->sockets));
        past->buckets = mem_new((size_t)1 << BUCKET_BITS, sizeof(*past->buckets));
    }
    if (past->n < OWNERS_PAST)
        return &past->sockets[past->n++];
    past->dropped++;
    for (int i = 0; i < HAND_STEPS; i++) {
        struct past_socket *s = &past->sockets[past->hand];

        past->hand = (past->hand + 1) % OWNERS_PAST;
        if (past->look - s->look > 1) {
            forget(past, s);
            return s;
        }
    }
    return NULL;
}

static char *copy_of(const char *text)
{
    return text && text[0] ? mem_copy(text, strlen(text)) : NULL;
}

static struct past_process *process_of(struct past_owners *past, const struct past_facts *facts)
{
    struct past_process *p;

    HASH_FIND(hh, past->processes, &facts->key, sizeof(facts->key), p);
    if (!p) {
        p = mem_new(1, sizeof(*p));
        p->key = facts->key;
        HASH_ADD(hh, past->processes, key, sizeof(p->key), p);
    }
    /* After execve(2) it has another name; the command line is often told later. */
    if (strcmp(p->comm, facts->comm) != 0 || (!p->command && facts->command)) {
        free(p->command);
        free(p->container);
        memcpy(p->comm, facts->comm, sizeof(p->comm));
        p->command = copy_of(facts->command);
        p->container = copy_of(facts->container);
    }
    p->uid = facts->uid;
    return p;
}

static void keep(struct past_owners *past, struct past_socket *s, uint64_t cookie,
                 const struct past_facts *facts)
{
    struct past_process *p, *before = s ? s->process : NULL;

    if (!s) {
        uint32_t *bucket;

        s = make_room(past);
        if (!s)
            return;
        bucket = bucket_of(past, cookie);
        s->cookie = cookie;
        s->next = *bucket;
        *bucket = (uint32_t)(s - past->sockets) + 1;
    }
    p = process_of(past, facts);
    s->look = past->look;
    s->fd = facts->fd;
    s->process = p;
    if (p == before)
        return;
    p->n_sockets++;
    if (before)
        leave(past, before);
}

static bool facts_of_owned(const struct ownership *owned, uint32_t inode,
                           struct past_facts *ret)
{
    const struct owner *owner = ownership_find(owned, inode);
    const struct process *p;

    if (!owner || !owner->n)
        return false;
    p = owner_process(owned, owner, 0);
    *ret = (struct past_facts){.key = {p->start_ticks, (uint64_t)p->pid},
                               .uid = p->uid,
                               .comm = p->comm,
                               .command = texts_at(&owned->texts, p->command),
                               .container = texts_at(&owned->texts, p->container),
                               .fd = owner_fd(owned, owner, 0)};
    return true;
}

static bool facts_of_table(const struct process_table *t, uint32_t inode,
                           struct past_facts *ret)
{
    const struct holding *h = table_find(t, NULL, inode);
    const struct seen_process *p;

    if (h == t->holdings + t->n_holdings || h->inode != inode)
        return false;
    p = &t->processes[h->process];
    *ret = (struct past_facts){.key = {p->start_ticks, (uint64_t)p->pid},
                               .uid = p->uid,
                               .comm = p->comm,
                               .command = p->about.command,
                               .container = p->about.container,
                               .fd = h->fd};
    return true;
}

void past_owners_note(struct past_owners *past, const struct row *rows, size_t n,
                      const struct ownership *owned, const struct process_table *table)
{
    past->look++;
    for (size_t i = 0; i < n; i++) {
        struct past_socket *s = find(past, rows[i].cookie);
        struct past_facts facts;

        if (s)
            s->look = past->look;
        if (rows[i].cookie && rows[i].inode &&
            (facts_of_owned(owned, rows[i].inode, &facts) ||
             (!s && facts_of_table(table, rows[i].inode, &facts))))
            keep(past, s, rows[i].cookie, &facts);
    }
}

static uint32_t tell_process(const struct past_owners *past, struct past_process *p,
                             struct ownership *owned)
{
    struct process *told;

    if (p->told_look == past->look)
        return p->told_index;
    p->told_look = past->look;
    p->told_index = (uint32_t)owned->n_processes;
    owned->processes =
        mem_resize(owned->processes, owned->n_processes + 1, sizeof(*owned->processes));
    told = &owned->processes[owned->n_processes++];
    *told = (struct process){
        .pid = (int32_t)p->key.pid, .start_ticks = p->key.start_ticks, .uid = p->uid};
    memcpy(told->comm, p->comm, sizeof(told->comm));
    if (p->command)
        told->command = texts_add(&owned->texts, p->command, strlen(p->command));
    if (p->container)
        told->container = texts_add(&owned->texts, p->container, strlen(p->container));
    return p->told_index;
}

static bool lost_its_owner(const struct ownership *owned, const struct row *row)
{
    const struct owner *owner = row->inode ? ownership_find(owned, row->inode) : NULL;

    return !row->inode || (owner && owner->knowledge == OWNER_NONE);
}

static int by_cookie(const void *a, const void *b)
{
    const struct past_owner *x = a, *y = b;

    return x->cookie < y->cookie ? -1 : x->cookie > y->cookie;
}

void past_owners_tell(struct past_owners *past, const struct row *rows, size_t n,
                      struct ownership *owned)
{
    size_t room = 0;

    owned->n_forgotten = past->dropped;
    for (size_t i = 0; i < n; i++) {
        struct past_socket *s =
            lost_its_owner(owned, &rows[i]) ? find(past, rows[i].cookie) : NULL;

        if (!s)
            continue;
        if (owned->n_past == room) {
            room = room ? 2 * room : 16;
            owned->past = mem_resize(owned->past, room, sizeof(*owned->past));
            owned->holders =
                mem_resize(owned->holders, owned->n_holders + room, sizeof(*owned->holders));
        }
        owned->past[owned->n_past++] =
            (struct past_owner){.cookie = s->cookie,
                                .owner = {.inode = rows[i].inode,
                                          .knowledge = OWNER_KNOWN,
                                          .past = true,
                                          .first = (uint32_t)owned->n_holders,
                                          .n = 1}};
        owned->holders[owned->n_holders++] =
            (struct holder){tell_process(past, s->process, owned), s->fd};
    }
    if (owned->n_past)
        qsort(owned->past, owned->n_past, sizeof(*owned->past), by_cookie);
}
