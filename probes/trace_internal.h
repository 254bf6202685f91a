/* probes/trace_internal.h - what the tracer's files share; nobody else includes it. */
#ifndef SOCKEYE_PROBES_TRACE_INTERNAL_H
#define SOCKEYE_PROBES_TRACE_INTERNAL_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/hash.h"
#include "core/model/program_call.h"

/* --- the channel: whole messages over SOCK_SEQPACKET ------------------------------------------ */

enum trace_order { ORDER_GO, ORDER_RELEASE, ORDER_SIGNAL };

struct trace_message {
    uint32_t order; /* enum trace_order */
    uint32_t value;
};

/* --- trace_filter.c: which calls stop --------------------------------------------------------- */

/* Which read() and write() stop. */
enum trace_io { TRACE_NO_IO, TRACE_IO_BEHIND_STDERR, TRACE_ALL_IO };

/* Install it in the calling process.  Returns 0 or negative errno. */
int trace_filter_install(enum trace_io io);
/* The call of a number; DOES_NONE: none that is watched. */
enum program_call_name trace_call_of(uint64_t nr);

/* --- trace_sockets.c: what is known of the program's sockets ----------------------------------- */

struct trace_socket {
    uint64_t inode; /* 0: the place is free */
    uint32_t domain, type, protocol;
    struct addr local, peer;
    bool pending;  /* connect() gave EINPROGRESS */
    bool accepted; /* else it was made by socket() */
    bool told;     /* as a stall */
    uint32_t told_id;
    pid_t tid; /* who connects it, and by which descriptor */
    int fd;
    uint64_t connect_began_ns, connect_ended_ns, connecting_ns; /* last seen so */
    char path[PROGRAM_PATH_BYTES];
};

/* By inode: it stays the same over dup, fork and exec.  When a place is taken by another, the older
 * one is forgotten: what it was connected to is then not known. */
#define TRACE_SOCKETS 4096

/* The inode of a process's descriptor when that is a socket, else 0. */
uint64_t trace_inode(pid_t pid, int fd);
struct trace_socket *trace_socket_find(struct trace_socket *table, uint64_t inode);
struct trace_socket *trace_socket_make(struct trace_socket *table, uint64_t inode);
/* A socket address in the program's memory, and its path when it is AF_UNIX. */
bool trace_address(pid_t tid, uint64_t at, uint64_t len, struct addr *ret,
                   char ret_path[PROGRAM_PATH_BYTES]);
/* What the kernel knows of an internet socket of the program's. */
void trace_look_inside(struct program_call *call);
/* Its connect() still has no answer; false: it has one, or that is not to be seen. */
bool trace_is_connecting(pid_t pid, int fd);
/* Copy from the program's memory; false when not all of it is there. */
bool trace_read(pid_t tid, uint64_t at, void *to, size_t len);

/* --- trace_tracer.c ---------------------------------------------------------------------------- */

struct trace_thread {
    pid_t tid;
    bool in_call;          /* its end will stop it */
    bool restarted;        /* its call was interrupted by a signal and comes again */
    bool told;             /* as a stall, with told_id */
    bool sigpipe_expected; /* the failure that it belongs to is told */
    bool held;
    int signal; /* to be delivered when it goes on */
    uint32_t told_id, held_id;
    uint64_t held_until_ns;
    uint64_t nr, args[6];
    uint64_t began_ns;
    uint64_t inode; /* of the socket that the call is about; 0: none, or not known */
    /* Sampling of waits that do not stop: */
    uint64_t wait_since_ns, wait_switches;
    bool wait_told;
    UT_hash_handle hh;
};

struct trace_distinct {
    struct program_call first;
    uint64_t count;
};

struct tracer {
    int channel, children; /* children: signalfd of SIGCHLD */
    int failures;          /* the pipe of struct trace_failure */
    bool alone;            /* nobody listens any more */
    bool began;            /* exec succeeded */
    char *const *argv;
    struct program_settings settings;
    pid_t program;
    uint64_t our_netns; /* inode; 0: not known */
    struct trace_thread *threads;
    struct trace_socket *sockets;
    uint32_t next_id;
    size_t n_held, n_distinct;
    uint64_t left_out, next_tick_ns;
    struct trace_distinct distinct[PROGRAM_DISTINCT_MAX];
};

/* What the program is to find as we did. */
struct trace_before {
    sigset_t mask;
    struct sigaction child;
};

/* Why the program could not become what it should; through a pipe that exec closes. */
struct trace_failure {
    uint8_t call; /* enum program_call_name; DOES_NONE: exec */
    int32_t error;
};

/* The tracer's process: does not return before the last of the program's processes has ended. */
void tracer_run(struct tracer *t, const struct trace_before *before);

/* trace_start.c: fork, seize and exec.  Returns 0 or negative errno with *ret_call: what failed. */
int tracer_begin(struct tracer *t, const struct trace_before *before, uint8_t *ret_call);

/* trace_calls.c: what a call means.  False from entry: its end is of no interest. */
bool trace_call_entry(struct tracer *t, struct trace_thread *thread);
void trace_call_exit(struct tracer *t, struct trace_thread *thread, int64_t result);
/* The program got SIGPIPE: it wrote to a connection that is closed. */
void trace_broken_pipe(struct tracer *t, struct trace_thread *thread);

/* trace_stalls.c: calls that wait longer than they should. */
void trace_tick(struct tracer *t);
/* The program has ended: so have its connects. */
void trace_last_tick(struct tracer *t);

/* The call that a thread waits or is stopped in; false while it runs. */
bool trace_sample(pid_t tid, uint64_t *ret_nr, uint64_t ret_args[6]);

/* trace_tell.c */
pid_t tracer_process_of(pid_t tid);
void tracer_send(struct tracer *t, const struct program_call *call);
/* A failure of this thread's call; told when it is new, and its thread held, else counted. */
void tracer_failed(struct tracer *t, struct trace_thread *thread, struct program_call *call);
void tracer_counts(struct tracer *t);
void tracer_describe(const struct tracer *t, const struct trace_thread *thread,
                     const struct trace_socket *s, struct program_call *ret);

#endif
