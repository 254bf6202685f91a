/* How the program begins: fork, be seized, filter, exec. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probes/trace_internal.h"

/* Without the tracer each call that its filter stops would fail with ENOSYS (seccomp(2)): a program
 * that loses it is ended rather than left so. */
#define OPTIONS                                                                                \
    (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |  \
     PTRACE_O_TRACEEXEC | PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL)

static bool is_socket(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

static void give_up(int failures, uint8_t call, int error)
{
    struct trace_failure why;

    memset(&why, 0, sizeof(why)); /* with what lies between its members */
    why.call = call;
    why.error = error;
    if (write(failures, &why, sizeof(why)) < 0)
        _exit(126);
    _exit(127);
}

/* Until the tracer has seized us; without one there is nothing to run. */
static void await_tracer(int ready, int failures)
{
    char byte;
    ssize_t n;

    do
        n = read(ready, &byte, 1);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        give_up(failures, DOES_PTRACE, -errno);
    if (n == 0)
        _exit(126);
}

/* The program, from fork to exec. */
static void become(struct tracer *t, const struct trace_before *before, const int ready[2],
                   int failures)
{
    bool all = is_socket(0) || is_socket(1) || is_socket(2);
    enum trace_io io = t->settings.no_io ? TRACE_NO_IO
                       : all             ? TRACE_ALL_IO
                                         : TRACE_IO_BEHIND_STDERR;
    int r;

    /* Its own end would keep the pipe open when we may not be traced. */
    close(ready[1]);
    await_tracer(ready[0], failures);
    sigaction(SIGCHLD, &before->child, NULL);
    signal(SIGXFSZ, SIG_DFL);
    sigprocmask(SIG_SETMASK, &before->mask, NULL);
    r = trace_filter_install(io);
    if (r < 0)
        give_up(failures, DOES_SECCOMP, r);
    execvp(t->argv[0], t->argv);
    give_up(failures, DOES_NONE, -errno);
}

static int seize(pid_t pid, int ready)
{
    if (ptrace(PTRACE_SEIZE, pid, NULL, (void *)(uintptr_t)OPTIONS) < 0)
        return -errno;
    return write(ready, "", 1) == 1 ? 0 : -errno;
}

int tracer_begin(struct tracer *t, const struct trace_before *before, uint8_t *ret_call)
{
    int ready[2], failures[2], r;

    *ret_call = DOES_FORK;
    if (pipe2(ready, O_CLOEXEC) < 0 || pipe2(failures, O_CLOEXEC) < 0)
        return -errno;
    t->program = fork();
    if (t->program < 0)
        return -errno;
    if (t->program == 0)
        become(t, before, ready, failures[1]);
    close(failures[1]);
    close(ready[0]);
    t->failures = failures[0];
    *ret_call = DOES_PTRACE;
    r = seize(t->program, ready[1]);
    close(ready[1]);
    if (r < 0)
        waitpid(t->program, NULL, 0);
    return r;
}
