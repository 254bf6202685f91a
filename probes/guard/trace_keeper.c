#include "probes/guard/trace_keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/alone.h"

#define TRY_MS 100
/* From the program's end to that of its descriptors. */
#define TRIES_BEHIND 100

static void await_end_of_maker(int leash)
{
    char byte;

    while (read(leash, &byte, 1) < 0 && errno == EINTR)
        ;
}

/* Whether the program has ended; waits a little where it has not. */
static bool has_ended(int pidfd, pid_t program)
{
    struct pollfd p = {.fd = pidfd, .events = POLLIN};

    if (poll(&p, 1, TRY_MS) > 0)
        return true;
    return pidfd < 0 && kill(program, 0) < 0 && errno == ESRCH;
}

/* A copy of a process with threads: nothing but system calls from here on. */
static _Noreturn void keep(int root, int leash, const char *name, pid_t program)
{
    int pidfd, tries = 0;

    setsid();
    prctl(PR_SET_NAME, "sockeye-keeper");
    alone_keep(root, leash);
    pidfd = (int)syscall(SYS_pidfd_open, program, 0);
    await_end_of_maker(leash);
    while (unlinkat(root, name, AT_REMOVEDIR) < 0 && errno == EBUSY && tries < TRIES_BEHIND) {
        if (has_ended(pidfd, program)) {
            poll(NULL, 0, TRY_MS / 10);
            tries++;
        }
    }
    _exit(0);
}

void trace_keeper_begin(struct trace_keeper *k, int root, const char *name, pid_t program)
{
    int ends[2];

    *k = (struct trace_keeper){0};
    if (pipe2(ends, O_CLOEXEC) < 0)
        return;
    k->pid = fork();
    if (k->pid == 0)
        keep(root, ends[0], name, program);
    close(ends[0]);
    if (k->pid > 0) {
        k->leash = ends[1];
        return;
    }
    k->pid = 0;
    close(ends[1]);
}

/* Not by the leash: it would look for a name that may be another's by then. */
void trace_keeper_end(struct trace_keeper *k)
{
    if (!k->pid)
        return;
    kill(k->pid, SIGKILL);
    while (waitpid(k->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    close(k->leash);
    *k = (struct trace_keeper){0};
}
