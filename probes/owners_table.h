/* probes/owners_table.h - all processes and the sockets that they were seen to hold.
 *
 * A process is the same one when its directory in /proc is (the kernel gives each a number of
 * its own) and is read again only when the number of its descriptors changed.  Not
 * thread-safe. */
#ifndef SOCKEYE_PROBES_OWNERS_TABLE_H
#define SOCKEYE_PROBES_OWNERS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/model/owner.h"
#include "probes/owners_about.h"
#include "probes/owners_fds.h"
#include "probes/proc_stat.h"

struct seen_process {
    pid_t pid;
    ino_t directory;      /* inode of /proc/PID/fd */
    size_t n_fds;         /* when it was read, 0: not known */
    uint64_t read_ns;     /* when its descriptors were read */
    bool whole;           /* they were read, all that may be */
    bool hidden;          /* they may not be read */
    uint64_t start_ticks; /* this and what follows: of processes with sockets only */
    uint32_t uid;
    char comm[PROCESS_COMM_BYTES];
    struct process_about about; /* read when somebody wants it */
    struct socket_fds sockets;
};

/* One descriptor of one process that is a socket. */
struct holding {
    uint32_t inode;
    uint32_t process; /* index */
    int32_t fd;
};

struct process_table {
    struct seen_process *processes; /* sorted by pid */
    size_t n_processes;
    struct holding *holdings; /* sorted by inode, process, descriptor: table_index() */
    size_t n_holdings;
    bool indexed;
    bool unlisted; /* foreign processes are not even listed */
};

void table_done(struct process_table *t);

/* List the processes anew.  Those that are new or changed are no longer `whole`. */
void table_list(struct process_table *t);

/* Read the descriptors of one process. */
void table_read(struct process_table *t, struct seen_process *p);

/* Find one socket in a process that is not read whole: socket_fds_seek(). */
bool table_seek(struct process_table *t, struct seen_process *p, uint32_t inode,
                int32_t window);

/* All that is not whole, or everything. */
void table_read_all(struct process_table *t, bool everything);

/* Bring the holdings up to date. */
void table_index(struct process_table *t);

/* The first holding of a socket at or behind a place; the holdings' end when there is none. */
const struct holding *table_find(const struct process_table *t, const struct holding *from,
                                 uint32_t inode);

/* Whether every process was read; whether some may not be. */
bool table_is_whole(const struct process_table *t);
bool table_hides(const struct process_table *t);

/* Whether a directory is that of the process we saw, and not of another one with its pid; then
 * its name and its user are brought up to date.  Below 0 it is the errno that there is none for. */
bool table_is_same(struct seen_process *p, int fd_directory);

/* By inode; what is equal stays in its order. */
void holdings_sort(struct holding *holdings, size_t n);

#endif
