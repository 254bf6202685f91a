#include "probes/owners_seek.h"

#include <stdlib.h>

#include "core/base/mem.h"

/* So many descriptors are read in about 2 ms: then the answer is complete. */
#define SMALL_HOST 768
/* Searching a process that has fewer is not worth it. */
#define SMALL_PROCESS 192
/* How far from where the search of a process came closest. */
#define NEAR 32
#define FAR 512

/* What is looked for, and where. */
struct quest {
    struct process_table *t;
    struct seen_process **unread; /* fewest descriptors first */
    size_t n_unread;
    uint32_t wanted[SEEK_INODES];
    size_t n_wanted;
};

static int by_descriptors(const void *a, const void *b)
{
    const struct seen_process *x = *(struct seen_process *const *)a;
    const struct seen_process *y = *(struct seen_process *const *)b;

    if (x->n_fds != y->n_fds)
        return x->n_fds < y->n_fds ? -1 : 1;
    return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static bool holds(const struct seen_process *p, uint32_t inode)
{
    for (size_t i = 0; i < p->sockets.n; i++)
        if (p->sockets.at[i].inode == inode)
            return true;
    return false;
}

static void strike_out(struct quest *q, size_t i)
{
    q->wanted[i] = q->wanted[--q->n_wanted];
}

static void read_whole(struct quest *q, struct seen_process *p)
{
    if (!p->whole)
        table_read(q->t, p);
    for (size_t i = q->n_wanted; i-- > 0;)
        if (holds(p, q->wanted[i]))
            strike_out(q, i);
}

static void seek_in(struct quest *q, struct seen_process *p, int32_t window)
{
    for (size_t i = q->n_wanted; i-- > 0;)
        if (table_seek(q->t, p, q->wanted[i], window))
            strike_out(q, i);
}

/* The processes that hold many are searched first: it is quick, and a socket is more likely
 * there than anywhere else. */
static void run(struct quest *q)
{
    size_t small = 0;

    while (small < q->n_unread && q->unread[small]->n_fds < SMALL_PROCESS)
        small++;
    for (size_t i = q->n_unread; i-- > small && q->n_wanted;)
        seek_in(q, q->unread[i], NEAR);
    for (size_t i = 0; i < small && q->n_wanted; i++)
        read_whole(q, q->unread[i]);
    for (size_t i = q->n_unread; i-- > small && q->n_wanted;)
        seek_in(q, q->unread[i], FAR);
    for (size_t i = small; i < q->n_unread && q->n_wanted; i++)
        read_whole(q, q->unread[i]);
}

void owners_seek(struct process_table *t, const struct ownership *wanted)
{
    struct quest q = {.t = t};
    size_t n_fds = 0;

    table_list(t);
    q.unread = mem_new(t->n_processes, sizeof(struct seen_process *));
    for (size_t i = 0; i < t->n_processes; i++) {
        if (!t->processes[i].whole)
            q.unread[q.n_unread++] = &t->processes[i];
        n_fds += t->processes[i].whole ? 0 : t->processes[i].n_fds;
    }
    if (q.n_unread)
        qsort(q.unread, q.n_unread, sizeof(struct seen_process *), by_descriptors);
    for (size_t i = 0; i < wanted->n_owners && q.n_wanted < SEEK_INODES; i++)
        if (wanted->owners[i].knowledge != OWNER_KNOWN)
            q.wanted[q.n_wanted++] = wanted->owners[i].inode;
    if (n_fds <= SMALL_HOST)
        for (size_t i = 0; i < q.n_unread; i++)
            read_whole(&q, q.unread[i]);
    else
        run(&q);
    free(q.unread);
}
