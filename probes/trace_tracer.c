/* The tracer's process: one round over what waitpid(2) and whoever asked say. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "probes/trace_internal.h"

#define POLL_MS 100
/* PTRACE_O_TRACESYSGOOD: a stop at a call's end is told from a SIGTRAP by this bit. */
#define CALL_STOP (SIGTRAP | 0x80)

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
    (void)signal;
    interrupted = 1;
}

static struct trace_thread *thread_of(struct tracer *t, pid_t tid)
{
    struct trace_thread *thread;

    HASH_FIND_INT(t->threads, &tid, thread);
    if (thread)
        return thread;
    thread = mem_new(1, sizeof(*thread));
    thread->tid = tid;
    HASH_ADD_INT(t->threads, tid, thread);
    return thread;
}

static void forget(struct tracer *t, pid_t tid)
{
    struct trace_thread *thread;

    HASH_FIND_INT(t->threads, &tid, thread);
    if (!thread)
        return;
    HASH_DEL(t->threads, thread);
    t->n_held -= thread->held;
    free(thread);
}

/* A thread that is gone meanwhile is reported by waitpid(). */
static void go_on(struct trace_thread *thread, enum __ptrace_request how)
{
    int signal = thread->signal;

    thread->signal = 0;
    ptrace(how, thread->tid, NULL, (void *)(uintptr_t)signal);
}

static bool call_info(pid_t tid, struct __ptrace_syscall_info *ret)
{
    return ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(*ret), ret) > 0;
}

/* --- stops ------------------------------------------------------------------------------------ */

static void at_entry(struct tracer *t, struct trace_thread *thread)
{
    struct __ptrace_syscall_info info;

    if (t->alone || !call_info(thread->tid, &info) || info.op != PTRACE_SYSCALL_INFO_SECCOMP) {
        go_on(thread, PTRACE_CONT);
        return;
    }
    if (!thread->restarted || thread->nr != info.seccomp.nr ||
        thread->args[0] != info.seccomp.args[0]) {
        thread->began_ns = clock_now_ns();
        thread->told = false;
    }
    thread->restarted = false;
    thread->wait_since_ns = 0;
    thread->nr = info.seccomp.nr;
    for (int i = 0; i < 6; i++)
        thread->args[i] = info.seccomp.args[i];
    thread->in_call = trace_call_entry(t, thread);
    go_on(thread, thread->in_call ? PTRACE_SYSCALL : PTRACE_CONT);
}

static void at_exit(struct tracer *t, struct trace_thread *thread)
{
    struct __ptrace_syscall_info info;

    if (thread->in_call && call_info(thread->tid, &info) && info.op == PTRACE_SYSCALL_INFO_EXIT)
        trace_call_exit(t, thread, info.exit.rval);
    thread->in_call = false;
    if (!thread->held)
        go_on(thread, PTRACE_CONT);
}

static void at_signal(struct tracer *t, struct trace_thread *thread, int signal)
{
    if (signal == SIGPIPE && !t->alone)
        trace_broken_pipe(t, thread);
    thread->signal = signal;
    if (!thread->held)
        go_on(thread, PTRACE_CONT);
}

static void at_exec(struct tracer *t, struct trace_thread *thread)
{
    unsigned long former = 0;

    /* All other threads are gone, and this one has the leader's number. */
    if (ptrace(PTRACE_GETEVENTMSG, thread->tid, NULL, &former) == 0 &&
        (pid_t)former != thread->tid)
        forget(t, (pid_t)former);
    thread->in_call = thread->restarted = thread->told = false;
    if (thread->tid == t->program && !t->began) {
        struct program_call began = {.news = PROGRAM_BEGAN, .pid = t->program};

        t->began = true;
        tracer_send(t, &began);
    }
    go_on(thread, PTRACE_CONT);
}

/* SIGSTOP and its like stop the whole process: it stays so until SIGCONT. */
static bool stops_process(int signal)
{
    return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

static void stopped(struct tracer *t, pid_t tid, int status)
{
    struct trace_thread *thread = thread_of(t, tid);
    int signal = WSTOPSIG(status), event = status >> 16;

    switch (event) {
    case PTRACE_EVENT_SECCOMP:
        at_entry(t, thread);
        return;
    case PTRACE_EVENT_EXEC:
        at_exec(t, thread);
        return;
    case PTRACE_EVENT_STOP:
        go_on(thread, stops_process(signal) ? PTRACE_LISTEN : PTRACE_CONT);
        return;
    case 0:
        if (signal == CALL_STOP)
            at_exit(t, thread);
        else
            at_signal(t, thread, signal);
        return;
    default:
        go_on(thread, PTRACE_CONT);
    }
}

static void program_ended(struct tracer *t, int status)
{
    struct program_call ended = {
        .news = PROGRAM_ENDED, .pid = t->program, .wait_status = status};
    struct trace_failure why = {0};

    if (!t->began && read(t->failures, &why, sizeof(why)) == sizeof(why)) {
        ended.news = why.call == DOES_NONE ? PROGRAM_NOT_BEGUN : PROGRAM_UNSEEN;
        ended.call = why.call;
        ended.error = why.error;
    }
    trace_last_tick(t);
    tracer_counts(t);
    tracer_send(t, &ended);
    /* Its children are nobody's business from here on. */
    t->alone = true;
    close(t->channel);
    t->channel = -1;
}

/* Take what waitpid(2) says until something else is to be done.  It is waited in unless a thread is
 * held, whose release must not come late.  False when no process is left. */
static bool take_stops(struct tracer *t)
{
    int status;
    pid_t tid;

    while (!interrupted &&
           (tid = waitpid(-1, &status, __WALL | (t->n_held ? WNOHANG : 0))) != 0) {
        if (tid < 0)
            return errno == EINTR;
        if (WIFSTOPPED(status)) {
            stopped(t, tid, status);
            continue;
        }
        forget(t, tid);
        if (tid == t->program)
            program_ended(t, status);
    }
    return true;
}

/* --- orders ------------------------------------------------------------------------------------- */

static void release(struct tracer *t, uint32_t id, uint64_t before_ns)
{
    struct trace_thread *thread, *next;

    if (!t->n_held)
        return;
    HASH_ITER(hh, t->threads, thread, next)
    {
        if (!thread->held || (thread->held_id != id && thread->held_until_ns > before_ns))
            continue;
        thread->held = false;
        t->n_held--;
        go_on(thread, PTRACE_CONT);
    }
}

static void take_orders(struct tracer *t)
{
    struct trace_message m;
    ssize_t n = 0;

    while (t->channel >= 0 &&
           (n = recv(t->channel, &m, sizeof(m), MSG_DONTWAIT)) == sizeof(m)) {
        if (m.order == ORDER_RELEASE)
            release(t, m.value, 0);
        else if (m.order == ORDER_SIGNAL)
            kill(t->program, (int)m.value);
    }
    if (t->channel < 0 || n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        t->alone = true;
}

static void wait_for_news(struct tracer *t)
{
    struct pollfd fds[] = {{.fd = t->children, .events = POLLIN},
                           {.fd = t->alone ? -1 : t->channel, .events = POLLIN}};
    struct signalfd_siginfo info;

    interrupted = 0;
    if (!t->n_held) {
        take_orders(t);
        return;
    }
    if (poll(fds, 2, POLL_MS) <= 0)
        return;
    if (fds[0].revents && read(t->children, &info, sizeof(info)) < 0 && errno != EAGAIN)
        return;
    if (fds[1].revents)
        take_orders(t);
}

/* Orders and ticks interrupt waitpid(2); one that comes just before it waits for the next tick. */
static void keep_time(struct tracer *t)
{
    struct sigaction action = {.sa_handler = interrupt};
    struct itimerval tick = {.it_interval = {.tv_usec = POLL_MS * 1000},
                             .it_value = {.tv_usec = POLL_MS * 1000}};
    sigset_t wanted;

    sigemptyset(&wanted);
    sigaddset(&wanted, SIGALRM);
    sigaddset(&wanted, SIGIO);
    sigaction(SIGALRM, &action, NULL);
    sigaction(SIGIO, &action, NULL);
    sigprocmask(SIG_UNBLOCK, &wanted, NULL);
    fcntl(t->channel, F_SETOWN, getpid());
    fcntl(t->channel, F_SETFL, fcntl(t->channel, F_GETFL) | O_ASYNC);
    setitimer(ITIMER_REAL, &tick, NULL);
}

static void stop_time(void)
{
    struct itimerval never = {0};

    setitimer(ITIMER_REAL, &never, NULL);
}

static bool await_go(struct tracer *t)
{
    struct trace_message m;

    return recv(t->channel, &m, sizeof(m), 0) == sizeof(m) && m.order == ORDER_GO;
}

/* The program's own pipes end with it, not with us. */
static void let_go_of_descriptors(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    for (int fd = 0; null >= 0 && fd <= STDERR_FILENO; fd++)
        dup2(null, fd);
    if (null > STDERR_FILENO)
        close(null);
}

void tracer_run(struct tracer *t, const struct trace_before *before)
{
    struct program_call unseen = {.news = PROGRAM_UNSEEN};
    sigset_t children;
    int r;

    if (!await_go(t))
        return;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    t->children = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
    r = t->children < 0 ? -errno : tracer_begin(t, before, &unseen.call);
    if (r < 0) {
        unseen.error = r;
        tracer_send(t, &unseen);
        return;
    }
    let_go_of_descriptors();
    keep_time(t);
    while (take_stops(t)) {
        wait_for_news(t);
        release(t, 0, t->alone ? UINT64_MAX : clock_now_ns());
        trace_tick(t);
        if (t->alone)
            stop_time();
    }
}
