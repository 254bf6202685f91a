/* When to look where: the answers come from the table of processes, checked; what it does not
 * know is read anew, as far as the time spent on it allows. */
#include "probes/owners.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "probes/grant.h"
#include "probes/owners_past.h"
#include "probes/owners_seek.h"
#include "probes/owners_table.h"
#include "probes/process.h"

/* Holders come and go by fork() and descriptor passing, and what was not found may be there by
 * now: the list of processes is looked at anew after this. */
#define FRESH_NS (2 * CLOCK_SECOND_NS)
/* So is everything, as a process can change a descriptor for another. */
#define WALK_NS (5 * CLOCK_SECOND_NS)
/* Looking for what is not known takes no more than one part in this of the time, looking for
 * changes of what is known one part in that. */
#define ASKED_SHARE 20
#define IDLE_SHARE 200
/* One kind of look and what it costs. */
struct looks {
    bool done;
    uint64_t at_ns, cost_ns; /* the last one */
};

/* As many as the system has open sockets: the kernel's limit on files is the cap. */
struct owners {
    struct process_table table;
    struct past_owners past;
    struct looks refreshes, walks; /* of what changed; of everything */
    uint32_t *missed;              /* sorted; wanted, but not found by the last walk */
    size_t n_missed;
};

struct owners *owners_new(void)
{
    return mem_new(1, sizeof(struct owners));
}

void owners_free(struct owners *o)
{
    if (!o)
        return;
    table_done(&o->table);
    past_owners_done(&o->past);
    free(o->missed);
    free(o);
}

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

static bool is_missed(const struct owners *o, uint32_t inode)
{
    return o->n_missed &&
           bsearch(&inode, o->missed, o->n_missed, sizeof(inode), by_number) != NULL;
}

/* One holding of a wanted inode, on its way to be an answer. */
struct want {
    const struct holding *holding;
    uint32_t next; /* of the same process, plus 1 */
    bool gone;     /* it is not so any more */
};

/* Every holding of the wanted inodes, in their order. */
struct wants {
    struct want *at;
    size_t n;
    uint32_t *firsts;  /* of each process of the table: a want, plus 1 */
    uint32_t *indexes; /* of each process of the table: its place in the answer, plus 1 */
};

static struct wants wants_of(const struct process_table *t, const struct ownership *wanted)
{
    struct wants w = {.at = mem_new(t->n_holdings, sizeof(*w.at)),
                      .firsts = mem_new(t->n_processes, sizeof(*w.firsts)),
                      .indexes = mem_new(t->n_processes, sizeof(*w.indexes))};
    const struct holding *h = t->holdings, *end = t->holdings + t->n_holdings;

    for (size_t i = 0; i < wanted->n_owners && h < end; i++) {
        uint32_t inode = wanted->owners[i].inode;

        for (h = table_find(t, h, inode); h < end && h->inode == inode; h++) {
            w.at[w.n] = (struct want){.holding = h, .next = w.firsts[h->process]};
            w.firsts[h->process] = (uint32_t)++w.n;
        }
    }
    return w;
}

static void wants_done(struct wants *w)
{
    free(w->at);
    free(w->firsts);
    free(w->indexes);
}

/* Ask anew for the descriptors of one process; *ret_inodes stand in the order of its wants. */
static bool ask_anew(const struct wants *w, uint32_t process, int directory,
                     struct guard_inode **ret_inodes)
{
    size_t n = 0;
    int32_t *fds;
    int rc;

    for (uint32_t i = w->firsts[process]; i; i = w->at[i - 1].next)
        n++;
    fds = mem_new(n, sizeof(*fds));
    *ret_inodes = mem_new(n, sizeof(**ret_inodes));
    n = 0;
    for (uint32_t i = w->firsts[process]; i; i = w->at[i - 1].next)
        fds[n++] = w->at[i - 1].holding->fd;
    rc = grant_fd_inodes(directory, fds, n, *ret_inodes);
    free(fds);
    return rc == 0;
}

/* Mark the holdings of one process that are not so any more.  What was read since is believed,
 * once it is known who the process is. */
static void check_process(struct process_table *t, uint32_t process, struct wants *w,
                          uint64_t since_ns)
{
    struct seen_process *p = &t->processes[process];
    bool believed = p->whole && p->read_ns >= since_ns, same, told = false;
    struct guard_inode *inodes = NULL;
    int directory = -1, rc;
    size_t n = 0;

    if (believed && p->about.read)
        return;
    rc = grant_fd_directory(p->pid, &directory);
    same = table_is_same(p, rc < 0 ? rc : directory);
    if (same && !believed)
        told = ask_anew(w, process, directory, &inodes);
    for (uint32_t i = w->firsts[process]; i; i = w->at[i - 1].next, n++) {
        const struct holding *h = w->at[i - 1].holding;

        w->at[i - 1].gone =
            !same ||
            (!believed && (!told || inodes[n].code < 0 || inodes[n].inode != h->inode));
        p->whole &= !w->at[i - 1].gone;
    }
    free(inodes);
    if (same && !p->about.read)
        process_about_read(directory, &p->about);
    if (!same) {
        p->sockets.n = 0;
        t->indexed = false;
    }
    if (directory >= 0)
        close(directory);
}

/* prlimit(2) tells it of our own processes only, the file of everybody's. */
static uint32_t fd_limit_of(pid_t pid)
{
    struct rlimit limit;
    uint32_t told;

    if (prlimit(pid, RLIMIT_NOFILE, NULL, &limit) < 0)
        return process_fd_limit(pid, &told) ? told : 0;
    return limit.rlim_cur < UINT32_MAX ? (uint32_t)limit.rlim_cur : UINT32_MAX;
}

/* The place in the answer of a process that was seen. */
static uint32_t give_process(const struct seen_process *p, uint32_t *index,
                             struct ownership *ret)
{
    struct process *given = &ret->processes[ret->n_processes];
    const struct process_about *about = &p->about;

    if (*index)
        return *index - 1;
    *given = (struct process){.pid = p->pid,
                              .start_ticks = p->start_ticks,
                              .uid = p->uid,
                              .fds = (uint32_t)p->n_fds,
                              .fd_limit = fd_limit_of(p->pid)};
    memcpy(given->comm, p->comm, sizeof(given->comm));
    if (about->command)
        given->command = texts_add(&ret->texts, about->command, strlen(about->command));
    if (about->container)
        given->container = texts_add(&ret->texts, about->container, strlen(about->container));
    *index = (uint32_t)++ret->n_processes;
    return *index - 1;
}

static void fill_holders(const struct process_table *t, struct wants *w, struct ownership *ret)
{
    size_t at = 0;

    free(ret->holders);
    free(ret->processes);
    texts_clear(&ret->texts);
    ret->holders = mem_new(w->n, sizeof(*ret->holders));
    ret->processes =
        mem_new(w->n < t->n_processes ? w->n : t->n_processes, sizeof(*ret->processes));
    ret->n_holders = ret->n_processes = 0;
    for (size_t i = 0; i < ret->n_owners; i++) {
        struct owner *owner = &ret->owners[i];

        *owner = (struct owner){.inode = owner->inode, .first = (uint32_t)ret->n_holders};
        for (; at < w->n && w->at[at].holding->inode == owner->inode; at++) {
            const struct holding *h = w->at[at].holding;

            if (w->at[at].gone && t->processes[h->process].hidden)
                owner->knowledge = OWNER_NOT_PERMITTED;
            else if (!w->at[at].gone)
                ret->holders[ret->n_holders++] = (struct holder){
                    give_process(&t->processes[h->process], &w->indexes[h->process], ret),
                    h->fd};
        }
        owner->n = (uint32_t)ret->n_holders - owner->first;
    }
}

struct tally {
    size_t known, missed, open; /* open: nobody looked yet, or no longer true */
};

static struct tally judge(const struct owners *o, struct ownership *ret)
{
    bool hides = table_hides(&o->table);
    bool incomplete = !table_is_whole(&o->table);
    struct tally tally = {0};

    ret->hides = hides;
    for (size_t i = 0; i < ret->n_owners; i++) {
        struct owner *owner = &ret->owners[i];

        if (owner->n) {
            owner->knowledge = OWNER_KNOWN;
            owner->incomplete = incomplete;
            tally.known++;
        } else if (is_missed(o, owner->inode)) {
            owner->knowledge = hides ? OWNER_NOT_PERMITTED : OWNER_NONE;
            tally.missed++;
        } else {
            tally.open++;
        }
    }
    return tally;
}

/* Fill ret for its inodes from what is known; nothing that was read before since_ns is believed
 * unchecked. */
static struct tally answer(struct owners *o, uint64_t since_ns, struct ownership *ret)
{
    struct process_table *t = &o->table;
    struct wants w;

    table_index(t);
    w = wants_of(t, ret);
    for (uint32_t i = 0; i < t->n_processes; i++)
        if (w.firsts[i])
            check_process(t, i, &w, since_ns);
    fill_holders(t, &w, ret);
    wants_done(&w);
    return judge(o, ret);
}

static bool is_due(const struct looks *l, uint64_t least_ns, uint64_t share)
{
    uint64_t age_ns = clock_now_ns() - l->at_ns;

    return !l->done || (age_ns >= least_ns && age_ns >= share * l->cost_ns);
}

static void note_look(struct looks *l, uint64_t began_ns)
{
    *l = (struct looks){.done = true, .at_ns = began_ns, .cost_ns = clock_now_ns() - began_ns};
}

/* Look at the list of processes, and read those that changed. */
static void refresh(struct owners *o)
{
    uint64_t began_ns = clock_now_ns();

    table_list(&o->table);
    table_read_all(&o->table, false);
    table_index(&o->table);
    note_look(&o->refreshes, began_ns);
}

/* Everything was just read: what was not found is not there. */
static void note_walk(struct owners *o, uint64_t began_ns, const struct ownership *wanted)
{
    const struct process_table *t = &o->table;
    const struct holding *h = t->holdings, *end = h + t->n_holdings;

    note_look(&o->walks, began_ns);
    /* It stands for a refresh, but one alone costs less. */
    o->refreshes.done = true;
    o->refreshes.at_ns = began_ns;
    o->missed = mem_resize(o->missed, wanted->n_owners, sizeof(*o->missed));
    o->n_missed = 0;
    for (size_t i = 0; i < wanted->n_owners; i++) {
        h = table_find(t, h, wanted->owners[i].inode);
        if (h == end || h->inode != wanted->owners[i].inode)
            o->missed[o->n_missed++] = wanted->owners[i].inode;
    }
}

static void walk(struct owners *o, const struct ownership *wanted)
{
    uint64_t began_ns = clock_now_ns();

    table_list(&o->table);
    table_read_all(&o->table, true);
    table_index(&o->table);
    note_walk(o, began_ns, wanted);
}

/* The first look for a few: it need not be a walk. */
static void seek(struct owners *o, const struct ownership *wanted)
{
    uint64_t began_ns = clock_now_ns();

    owners_seek(&o->table, wanted);
    table_index(&o->table);
    if (table_is_whole(&o->table))
        note_walk(o, began_ns, wanted);
}

/* The wanted inodes by number, each once, without 0. */
static struct ownership wanted_of(const uint32_t *inodes, size_t n)
{
    struct ownership wanted = {.owners = mem_new(n, sizeof(*wanted.owners))};
    struct holding *sorted = mem_new(n, sizeof(*sorted));

    for (size_t i = 0; i < n; i++)
        sorted[i].inode = inodes[i];
    holdings_sort(sorted, n);
    for (size_t i = 0; i < n; i++)
        if (sorted[i].inode && (!i || sorted[i - 1].inode != sorted[i].inode))
            wanted.owners[wanted.n_owners++].inode = sorted[i].inode;
    free(sorted);
    return wanted;
}

/* What is due anyhow, before the answer: it would otherwise be given, and checked, twice. */
static void keep_fresh(struct owners *o, const struct ownership *wanted)
{
    if (!o->walks.done)
        return;
    if (is_due(&o->walks, WALK_NS, IDLE_SHARE))
        walk(o, wanted);
    else if (is_due(&o->refreshes, FRESH_NS, ASKED_SHARE))
        refresh(o);
}

static void lookup(struct owners *o, uint64_t since_ns, struct ownership *ret)
{
    struct tally tally;

    keep_fresh(o, ret);
    tally = answer(o, since_ns, ret);
    if (!o->walks.done && tally.open && ret->n_owners <= SEEK_INODES) {
        seek(o, ret);
        answer(o, since_ns, ret);
        return;
    }
    if (o->walks.done && tally.open && is_due(&o->refreshes, 0, ASKED_SHARE)) {
        refresh(o);
        tally = answer(o, since_ns, ret);
    }
    if ((tally.open || !o->walks.done) && is_due(&o->walks, 0, ASKED_SHARE)) {
        walk(o, ret);
        answer(o, since_ns, ret);
    }
}

void owners_lookup(struct owners *o, const uint32_t *inodes, size_t n, struct ownership *ret)
{
    uint64_t since_ns = clock_now_ns();

    *ret = wanted_of(inodes, n);
    /* A readlink(2) for each of very many is as dear as to read everything. */
    if (ret->n_owners > OWNERS_CHECKED)
        since_ns = 0;
    if (ret->n_owners)
        lookup(o, since_ns, ret);
}

void owners_recall(struct owners *o, const struct row *rows, size_t n, struct ownership *owned)
{
    table_index(&o->table);
    past_owners_note(&o->past, rows, n, owned, &o->table);
    past_owners_tell(&o->past, rows, n, owned);
}
