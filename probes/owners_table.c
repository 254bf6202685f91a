#include "probes/owners_table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "probes/grant.h"

static void process_done(struct seen_process *p)
{
    process_about_done(&p->about);
    free(p->sockets.at);
}

void table_done(struct process_table *t)
{
    for (size_t i = 0; i < t->n_processes; i++)
        process_done(&t->processes[i]);
    free(t->processes);
    free(t->holdings);
    *t = (struct process_table){0};
}

static bool vanished(int code)
{
    return code == -ENOENT || code == -ESRCH;
}

/* Since Linux 6.2 the size of /proc/PID/fd is the number of descriptors. */
static bool sizes_are_told(void)
{
    struct stat st;

    /* Our own directory is not empty: whoever lists /proc has it open. */
    return stat("/proc/self/fd", &st) == 0 && st.st_size > 0;
}

static size_t count_by_hand(pid_t pid)
{
    struct numbers numbers;
    int32_t fd;
    size_t n = 0;
    int directory;

    if (grant_fd_directory(pid, &directory) < 0)
        return 0;
    numbers_start(&numbers, directory);
    while (numbers_next(&numbers, &fd) > 0)
        n++;
    close(directory);
    return n;
}

/* What is known of a process goes over from the list before; *at moves on with the pids. */
static struct seen_process carried_over(struct process_table *before, size_t *at, pid_t pid)
{
    struct seen_process p = {.pid = pid};

    while (*at < before->n_processes && before->processes[*at].pid < pid)
        process_done(&before->processes[(*at)++]);
    if (*at < before->n_processes && before->processes[*at].pid == pid)
        p = before->processes[(*at)++];
    return p;
}

static void note(struct seen_process *p, const struct stat *st, bool sizes)
{
    size_t n_fds = sizes ? (size_t)st->st_size : count_by_hand(p->pid);

    if (p->directory != st->st_ino || p->n_fds != n_fds)
        p->whole = false;
    p->directory = st->st_ino;
    p->n_fds = n_fds;
    /* Threads of the kernel, for one: there is nothing to be hidden. */
    if (sizes && !n_fds) {
        p->sockets.n = 0;
        p->whole = true;
        p->hidden = false;
    }
}

static void list_into(struct process_table *t, struct process_table *before, int proc)
{
    struct numbers numbers;
    bool sizes = sizes_are_told();
    size_t room = before->n_processes + 64, at = 0;
    int32_t pid;
    int rc;

    t->processes = mem_new(room, sizeof(*t->processes));
    numbers_start(&numbers, proc);
    /* The kernel lists processes by rising pid. */
    while ((rc = numbers_next(&numbers, &pid)) > 0) {
        struct stat st;
        char path[24];

        snprintf(path, sizeof(path), "%d/fd", (int)pid);
        if (fstatat(proc, path, &st, 0) < 0) {
            t->unlisted |= !vanished(-errno);
            continue;
        }
        if (t->n_processes == room) {
            room *= 2;
            t->processes = mem_resize(t->processes, room, sizeof(*t->processes));
        }
        t->processes[t->n_processes] = carried_over(before, &at, pid);
        note(&t->processes[t->n_processes++], &st, sizes);
    }
    t->unlisted |= rc < 0;
    carried_over(before, &at, INT32_MAX);
}

void table_list(struct process_table *t)
{
    struct process_table before = *t;
    int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    *t = (struct process_table){0};
    /* With hidepid=2 foreign processes are not even listed; process 1 always exists. */
    t->unlisted = proc < 0 || faccessat(proc, "1", F_OK, 0) < 0;
    if (proc >= 0) {
        list_into(t, &before, proc);
        close(proc);
        free(before.processes);
        free(before.holdings);
    } else {
        table_done(&before);
    }
}

/* Take over who a process is, but only the same one where `known`: another is -ESRCH. */
static int identify(struct seen_process *p, int fd_directory, bool known)
{
    struct proc_stat line;
    char comm[PROCESS_COMM_BYTES];
    int r = proc_stat_read(fd_directory, &line);

    if (r == 0 && known && line.start_ticks != p->start_ticks)
        r = -ESRCH;
    if (r < 0)
        return r;
    text_clean(line.comm, line.comm_len, comm, sizeof(comm));
    /* After execve(2) it is the same process, but has another command line. */
    if (line.start_ticks != p->start_ticks || strcmp(comm, p->comm) != 0)
        process_about_done(&p->about);
    memcpy(p->comm, comm, sizeof(p->comm));
    p->start_ticks = line.start_ticks;
    p->uid = line.uid;
    return 0;
}

bool table_is_same(struct seen_process *p, int fd_directory)
{
    int rc = fd_directory < 0 ? fd_directory : identify(p, fd_directory, true);

    p->hidden = rc < 0 && !vanished(rc);
    return rc == 0;
}

static int read_directory(struct seen_process *p, int directory)
{
    int rc = grant_fds_read(directory, p->n_fds, &p->sockets);

    /* Most processes hold no socket: only the others are worth reading their name. */
    process_about_done(&p->about);
    if (p->sockets.n) {
        int r = identify(p, directory, false);

        if (r < 0) {
            p->sockets.n = 0;
            rc = r;
        }
    }
    return rc;
}

void table_read(struct process_table *t, struct seen_process *p)
{
    int directory, rc;

    t->indexed = false;
    p->sockets.n = 0;
    p->read_ns = clock_now_ns();
    p->whole = true;
    rc = grant_fd_directory(p->pid, &directory);
    if (rc == 0) {
        rc = read_directory(p, directory);
        close(directory);
    }
    p->hidden = rc < 0 && !vanished(rc);
}

bool table_seek(struct process_table *t, struct seen_process *p, uint32_t inode, int32_t window)
{
    struct socket_fd found;
    bool is_found;
    int directory;

    if (grant_fd_directory(p->pid, &directory) < 0)
        return false;
    is_found = grant_fds_seek(directory, p->n_fds, inode, window, &found) &&
               identify(p, directory, p->sockets.n > 0) == 0;
    if (is_found) {
        t->indexed = false;
        socket_fds_add(&p->sockets, found);
    }
    close(directory);
    return is_found;
}

void table_read_all(struct process_table *t, bool everything)
{
    for (size_t i = 0; i < t->n_processes; i++)
        if (everything ? t->processes[i].n_fds || t->processes[i].hidden
                       : !t->processes[i].whole)
            table_read(t, &t->processes[i]);
}

bool table_is_whole(const struct process_table *t)
{
    for (size_t i = 0; i < t->n_processes; i++)
        if (!t->processes[i].whole)
            return false;
    return true;
}

bool table_hides(const struct process_table *t)
{
    for (size_t i = 0; i < t->n_processes; i++)
        if (t->processes[i].hidden)
            return true;
    return t->unlisted;
}

#define DIGIT_BITS 11
#define DIGIT_VALUES (1 << DIGIT_BITS)

/* One digit of a radix sort, lowest first. */
static void sort_by_digit(const struct holding *from, struct holding *to, size_t n,
                          unsigned shift)
{
    size_t starts[DIGIT_VALUES] = {0}, sum = 0;

    for (size_t i = 0; i < n; i++)
        starts[from[i].inode >> shift & (DIGIT_VALUES - 1)]++;
    for (size_t i = 0; i < DIGIT_VALUES; i++) {
        size_t count = starts[i];

        starts[i] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++)
        to[starts[from[i].inode >> shift & (DIGIT_VALUES - 1)]++] = from[i];
}

void holdings_sort(struct holding *holdings, size_t n)
{
    struct holding *other = mem_new(n, sizeof(*other));

    sort_by_digit(holdings, other, n, 0);
    sort_by_digit(other, holdings, n, DIGIT_BITS);
    sort_by_digit(holdings, other, n, 2 * DIGIT_BITS);
    if (n)
        memcpy(holdings, other, n * sizeof(*holdings));
    free(other);
}

void table_index(struct process_table *t)
{
    size_t n = 0;

    if (t->indexed)
        return;
    for (size_t i = 0; i < t->n_processes; i++)
        n += t->processes[i].sockets.n;
    t->holdings = mem_resize(t->holdings, n, sizeof(*t->holdings));
    t->n_holdings = 0;
    for (size_t i = 0; i < t->n_processes; i++) {
        const struct socket_fds *sockets = &t->processes[i].sockets;

        for (size_t j = 0; j < sockets->n; j++)
            t->holdings[t->n_holdings++] = (struct holding){
                .inode = sockets->at[j].inode, .process = (uint32_t)i, .fd = sockets->at[j].fd};
    }
    holdings_sort(t->holdings, n);
    t->indexed = true;
}

const struct holding *table_find(const struct process_table *t, const struct holding *from,
                                 uint32_t inode)
{
    size_t low = from ? (size_t)(from - t->holdings) : 0, high = t->n_holdings, step = 1;

    /* What is asked for in order is near. */
    while (low + step < high && t->holdings[low + step].inode < inode) {
        low += step;
        step *= 2;
    }
    if (low + step < high)
        high = low + step;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (t->holdings[middle].inode < inode)
            low = middle + 1;
        else
            high = middle;
    }
    return t->holdings + low;
}
