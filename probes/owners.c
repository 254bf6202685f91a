/* Owners of sockets by a walk over /proc/PID/fd: proc_pid_fd(5), proc_pid_stat(5).
 *
 * A walk reads every process and keeps all sockets it met, so that the next rows somebody
 * scrolls to are known already.  An entry is believed only while its process is the same one
 * (start time) and its descriptor still is that socket. */
#include "probes/owners.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "probes/grant.h"
#include "probes/proc_stat.h"

/* What a walk did not find is not looked for again before this. */
#define MISSED_NS CLOCK_SECOND_NS
/* Holders come and go by fork() and descriptor passing: count them anew after this. */
#define FRESH_NS (5 * CLOCK_SECOND_NS)
/* Walks take no more than one part in this of the time. */
#define WALK_SHARE 20

struct seen_process {
    pid_t pid;
    uint64_t start_ticks;
    char comm[PROCESS_COMM_BYTES];
};

/* One descriptor of one process that is a socket. */
struct holding {
    uint32_t inode;
    uint32_t process; /* index */
    int32_t fd;
};

/* As many as the system has open sockets: the kernel's limit on files is the cap. */
struct owners {
    struct seen_process *processes;
    struct holding *holdings; /* sorted by inode, process, descriptor */
    size_t n_processes, room_processes, n_holdings, room_holdings;
    uint32_t *missed; /* sorted; wanted, but not found by the last walk */
    size_t n_missed;
    bool walked, not_permitted;
    uint64_t walked_ns, walk_cost_ns;
};

struct owners *owners_new(void)
{
    return mem_new(1, sizeof(struct owners));
}

void owners_free(struct owners *o)
{
    if (!o)
        return;
    free(o->processes);
    free(o->holdings);
    free(o->missed);
    free(o);
}

/* "socket:[4242]" to 4242; 0 for all other files. */
static uint32_t socket_inode(int fd_directory, const char *name, int *ret_code)
{
    static const char prefix[] = "socket:[";
    char link[64];
    char *end;
    unsigned long inode;
    ssize_t n = readlinkat(fd_directory, name, link, sizeof(link) - 1);

    *ret_code = n < 0 ? -errno : 0;
    if (n < (ssize_t)sizeof(prefix) || memcmp(link, prefix, sizeof(prefix) - 1) != 0)
        return 0;
    link[n] = '\0';
    inode = strtoul(link + sizeof(prefix) - 1, &end, 10);
    return strcmp(end, "]") == 0 && inode <= UINT32_MAX ? (uint32_t)inode : 0;
}

/* Processes and descriptors vanish while we look; anything else keeps the truth from us. */
static bool kept_from_us(int code)
{
    return code < 0 && code != -ENOENT && code != -ESRCH;
}

static void add_holding(struct owners *o, uint32_t inode, size_t process, int fd)
{
    if (o->n_holdings == o->room_holdings) {
        o->room_holdings = o->room_holdings ? 2 * o->room_holdings : 256;
        o->holdings = mem_resize(o->holdings, o->room_holdings, sizeof(*o->holdings));
    }
    o->holdings[o->n_holdings++] =
        (struct holding){.inode = inode, .process = (uint32_t)process, .fd = fd};
}

static bool add_process(struct owners *o, pid_t pid)
{
    struct seen_process p = {.pid = pid};
    struct proc_stat stat;

    if (proc_stat_read(pid, &stat) < 0)
        return false;
    p.start_ticks = stat.start_ticks;
    text_clean(stat.comm, stat.comm_len, p.comm, sizeof(p.comm));
    if (o->n_processes == o->room_processes) {
        o->room_processes = o->room_processes ? 2 * o->room_processes : 64;
        o->processes = mem_resize(o->processes, o->room_processes, sizeof(*o->processes));
    }
    o->processes[o->n_processes++] = p;
    return true;
}

static void walk_process(struct owners *o, pid_t pid)
{
    size_t before = o->n_holdings;
    const struct dirent *entry;
    DIR *directory;
    int rc = grant_fd_directory(pid, &directory);

    if (rc < 0) {
        o->not_permitted |= kept_from_us(rc);
        return;
    }
    while ((entry = readdir(directory))) {
        uint32_t inode;

        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        inode = socket_inode(dirfd(directory), entry->d_name, &rc);
        o->not_permitted |= kept_from_us(rc);
        if (inode)
            add_holding(o, inode, o->n_processes, atoi(entry->d_name));
    }
    closedir(directory);
    /* Most processes hold no socket: only the others are worth reading their name. */
    if (o->n_holdings > before && !add_process(o, pid))
        o->n_holdings = before;
}

static int by_inode(const void *a, const void *b)
{
    const struct holding *x = a, *y = b;

    if (x->inode != y->inode)
        return x->inode < y->inode ? -1 : 1;
    if (x->process != y->process)
        return x->process < y->process ? -1 : 1;
    return x->fd < y->fd ? -1 : x->fd > y->fd;
}

static void walk(struct owners *o)
{
    const struct dirent *entry;
    DIR *proc = opendir("/proc");

    o->walked_ns = clock_now_ns();
    o->n_processes = o->n_holdings = 0;
    /* With hidepid=2 foreign processes are not even listed; process 1 always exists. */
    o->not_permitted = !proc || access("/proc/1", F_OK) < 0;
    while (proc && (entry = readdir(proc)))
        if (isdigit((unsigned char)entry->d_name[0]))
            walk_process(o, atoi(entry->d_name));
    if (proc)
        closedir(proc);
    if (o->n_holdings)
        qsort(o->holdings, o->n_holdings, sizeof(*o->holdings), by_inode);
    o->walked = true;
    o->walk_cost_ns = clock_now_ns() - o->walked_ns;
}

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

static const struct holding *find_holding(const struct owners *o, uint32_t inode)
{
    size_t low = 0, high = o->n_holdings;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (o->holdings[middle].inode < inode)
            low = middle + 1;
        else
            high = middle;
    }
    return low < o->n_holdings && o->holdings[low].inode == inode ? &o->holdings[low] : NULL;
}

static bool is_missed(const struct owners *o, uint32_t inode)
{
    return o->n_missed &&
           bsearch(&inode, o->missed, o->n_missed, sizeof(inode), by_number) != NULL;
}

/* One holding of a wanted inode, on its way to be an answer. */
struct want {
    const struct holding *holding;
    bool gone; /* it is not so any more */
};

static int by_process(const void *a, const void *b)
{
    const struct want *x = a, *y = b;

    if (x->holding->process != y->holding->process)
        return x->holding->process < y->holding->process ? -1 : 1;
    return x->holding < y->holding ? -1 : x->holding > y->holding;
}

static bool same_process(const struct seen_process *p)
{
    struct proc_stat stat;

    return proc_stat_read(p->pid, &stat) == 0 && stat.start_ticks == p->start_ticks;
}

/* Mark the holdings that are not so any more; wants are sorted by process, so that each
 * process is opened once. */
static void verify(const struct owners *o, struct want *wants, size_t n)
{
    DIR *directory = NULL;
    uint32_t opened = UINT32_MAX;

    for (size_t i = 0; i < n; i++) {
        const struct holding *h = wants[i].holding;
        const struct seen_process *p = &o->processes[h->process];
        char name[16];
        int rc;

        if (h->process != opened) {
            if (directory)
                closedir(directory);
            opened = h->process;
            if (!same_process(p) || grant_fd_directory(p->pid, &directory) < 0)
                directory = NULL;
        }
        snprintf(name, sizeof(name), "%d", (int)h->fd);
        wants[i].gone = !directory || socket_inode(dirfd(directory), name, &rc) != h->inode;
    }
    if (directory)
        closedir(directory);
}

/* Back into the order of holdings: by inode, then process. */
static int by_holding(const void *a, const void *b)
{
    const struct want *x = a, *y = b;

    return x->holding < y->holding ? -1 : x->holding > y->holding;
}

struct tally {
    size_t known, missed, open; /* open: nobody looked yet, or no longer true */
};

/* The index in ret of a process that was seen; `indexes` says where each is, plus 1. */
static uint32_t give_process(const struct owners *o, uint32_t seen, uint32_t *indexes,
                             struct ownership *ret)
{
    const struct seen_process *p = &o->processes[seen];
    struct process *given = &ret->processes[ret->n_processes];

    if (indexes[seen])
        return indexes[seen] - 1;
    given->pid = p->pid;
    given->start_ticks = p->start_ticks;
    memcpy(given->comm, p->comm, sizeof(given->comm));
    indexes[seen] = (uint32_t)++ret->n_processes;
    return indexes[seen] - 1;
}

/* Every holding of the wanted inodes; the caller frees. */
static struct want *wants_of(const struct owners *o, const struct ownership *wanted,
                             size_t *ret_n)
{
    struct want *wants = mem_new(o->n_holdings, sizeof(*wants));
    size_t n = 0;

    for (size_t i = 0; i < wanted->n_owners; i++) {
        const struct holding *h = find_holding(o, wanted->owners[i].inode);
        const struct holding *end = o->holdings + o->n_holdings;

        for (; h && h < end && h->inode == wanted->owners[i].inode; h++)
            wants[n++] = (struct want){.holding = h};
    }
    *ret_n = n;
    return wants;
}

static void fill_holders(const struct owners *o, const struct want *wants, size_t n,
                         struct ownership *ret)
{
    uint32_t *indexes = mem_new(o->n_processes, sizeof(*indexes));
    size_t at = 0;

    ret->holders = mem_resize(ret->holders, n, sizeof(*ret->holders));
    ret->processes = mem_resize(ret->processes, o->n_processes, sizeof(*ret->processes));
    memset(ret->processes, 0, o->n_processes * sizeof(*ret->processes));
    ret->n_holders = ret->n_processes = 0;
    for (size_t i = 0; i < ret->n_owners; i++) {
        struct owner *owner = &ret->owners[i];

        *owner = (struct owner){.inode = owner->inode, .first = (uint32_t)ret->n_holders};
        for (; at < n && wants[at].holding->inode == owner->inode; at++)
            if (!wants[at].gone)
                ret->holders[ret->n_holders++] =
                    (struct holder){give_process(o, wants[at].holding->process, indexes, ret),
                                    wants[at].holding->fd};
        owner->n = (uint32_t)ret->n_holders - owner->first;
    }
    free(indexes);
}

/* Fill ret for its inodes from what is known, believing nothing unchecked. */
static struct tally answer(const struct owners *o, struct ownership *ret)
{
    struct tally tally = {0};
    size_t n;
    struct want *wants = wants_of(o, ret, &n);

    qsort(wants, n, sizeof(*wants), by_process);
    verify(o, wants, n);
    qsort(wants, n, sizeof(*wants), by_holding);
    fill_holders(o, wants, n, ret);
    free(wants);
    for (size_t i = 0; i < ret->n_owners; i++) {
        struct owner *owner = &ret->owners[i];

        if (owner->n) {
            owner->knowledge = OWNER_KNOWN;
            tally.known++;
        } else if (is_missed(o, owner->inode)) {
            owner->knowledge = o->not_permitted ? OWNER_NOT_PERMITTED : OWNER_NONE;
            tally.missed++;
        } else {
            tally.open++;
        }
    }
    return tally;
}

static void remember_missed(struct owners *o, const struct ownership *wanted)
{
    o->missed = mem_resize(o->missed, wanted->n_owners, sizeof(*o->missed));
    o->n_missed = 0;
    for (size_t i = 0; i < wanted->n_owners; i++)
        if (!find_holding(o, wanted->owners[i].inode))
            o->missed[o->n_missed++] = wanted->owners[i].inode;
}

static bool walk_is_due(const struct owners *o, const struct tally *tally)
{
    uint64_t age_ns = clock_now_ns() - o->walked_ns;

    if (!o->walked)
        return true;
    if (age_ns < WALK_SHARE * o->walk_cost_ns)
        return false;
    return tally->open || (tally->missed && age_ns >= MISSED_NS) ||
           (tally->known && age_ns >= FRESH_NS);
}

static size_t sorted_inodes(const uint32_t *inodes, size_t n, struct owner *ret)
{
    uint32_t *sorted = mem_copy(inodes, n * sizeof(*inodes));
    size_t kept = 0;

    if (n)
        qsort(sorted, n, sizeof(*sorted), by_number);
    for (size_t i = 0; i < n; i++)
        if (sorted[i] && (!kept || ret[kept - 1].inode != sorted[i]))
            ret[kept++] = (struct owner){.inode = sorted[i]};
    free(sorted);
    return kept;
}

void owners_lookup(struct owners *o, const uint32_t *inodes, size_t n, struct ownership *ret)
{
    struct tally tally;

    *ret = (struct ownership){.owners = mem_new(n, sizeof(*ret->owners))};
    ret->n_owners = sorted_inodes(inodes, n, ret->owners);
    tally = answer(o, ret);
    if (ret->n_owners && walk_is_due(o, &tally)) {
        walk(o);
        remember_missed(o, ret);
        answer(o, ret);
    }
}
