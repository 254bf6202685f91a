/* core/model/owner.h - which processes hold which sockets.
 *
 * A socket has an inode; a process holds it by one or more descriptors; a socket can have many
 * holders (fork(2), SCM_RIGHTS).  Made by whoever looked, then never changed. */
#ifndef SOCKEYE_MODEL_OWNER_H
#define SOCKEYE_MODEL_OWNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/texts.h"

enum owner_knowledge {
    OWNER_NOT_ASKED,     /* nobody looked yet */
    OWNER_NONE,          /* inode 0, or no process holds it */
    OWNER_NOT_PERMITTED, /* some processes could not be looked into */
    OWNER_KNOWN,
};

#define PROCESS_COMM_BYTES 64

struct process {
    uint64_t start_ticks; /* with pid: which process; since boot, proc_pid_stat(5) */
    int32_t pid;
    uint32_t uid;                  /* effective */
    char comm[PROCESS_COMM_BYTES]; /* cleaned; may be empty, a process names itself */
    uint32_t command;              /* place in the texts: the command line, cleaned; 0: none */
    uint32_t container;            /* the same: the container's name or id; 0: none known */
    uint32_t fds, fd_limit;        /* open, and RLIMIT_NOFILE's soft limit; 0: not known */
};

/* One descriptor of one process. */
struct holder {
    uint32_t process; /* index */
    int32_t fd;
};

struct owner {
    uint32_t inode;
    uint8_t knowledge; /* enum owner_knowledge */
    bool past;         /* it held the socket before; now nobody does */
    bool incomplete; /* there may be more holders: not every process was searched to its end */
    uint32_t first, n; /* holders; those of one process stand together */
};

/* Who held a socket that nobody holds any more; it has lost its inode, its cookie stays. */
struct past_owner {
    uint64_t cookie;
    struct owner owner; /* known and past */
};

struct ownership {
    size_t n_owners, n_past, n_holders, n_processes;
    struct owner *owners;    /* sorted by inode */
    struct past_owner *past; /* sorted by cookie */
    struct holder *holders;
    struct process *processes;
    struct texts texts;
    bool hides; /* some processes may not be looked into: any socket may have more holders */
    size_t n_forgotten; /* sockets whose owner could not be remembered for want of room */
};

void ownership_done(struct ownership *o);

/* NULL when it is not there: OWNER_NOT_ASKED. */
const struct owner *ownership_find(const struct ownership *o, uint32_t inode);

/* Who held it before; NULL when nobody is remembered. */
const struct owner *ownership_find_past(const struct ownership *o, uint64_t cookie);

/* The process and descriptor of the owner's i-th holder, i < owner->n. */
const struct process *owner_process(const struct ownership *o, const struct owner *owner,
                                    size_t i);
int32_t owner_fd(const struct ownership *o, const struct owner *owner, size_t i);

/* How many processes hold it. */
size_t owner_processes(const struct ownership *o, const struct owner *owner);

/* The process that our own sockets belong to: this one, but in a replay the one that recorded. */
int32_t owner_ourselves(void);
/* The ui thread, before and while a recording is replayed; 0: this one again. */
void owner_replay(int32_t pid);

/* The name for a person: "?" where there is none. */
const char *process_name(const struct process *p);

#endif
