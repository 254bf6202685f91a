/* Calls that wait longer than they should.
 *
 * Socket calls are known from their entry.  poll(2) and its like do not stop the program at all:
 * now and then each thread is looked at in proc_pid_syscall(5), and one that has not once run
 * between two looks (voluntary_ctxt_switches) still waits in the same call. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/syscall.h>

#include "core/base/clock.h"
#include "probes/trace_internal.h"

#define TICK_NS (250 * CLOCK_MS_NS)
/* Descriptors of one poll that are looked at. */
#define POLLED_MAX 64

bool trace_sample(pid_t tid, uint64_t *ret_nr, uint64_t ret_args[6])
{
    char path[64], text[256];
    uint64_t nr, a[6];
    FILE *f;
    bool there;

    snprintf(path, sizeof(path), "/proc/%d/syscall", tid);
    f = fopen(path, "re");
    if (!f)
        return false;
    there = fgets(text, sizeof(text), f) != NULL;
    fclose(f);
    if (!there || sscanf(text,
                         "%" SCNu64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64
                         " %" SCNx64,
                         &nr, &a[0], &a[1], &a[2], &a[3], &a[4], &a[5]) != 7)
        return false;
    *ret_nr = nr;
    memcpy(ret_args, a, sizeof(a));
    return true;
}

static bool is_poll(uint64_t nr)
{
    static const long polls[] = {
#ifdef SYS_poll
        SYS_poll,
#endif
#ifdef SYS_select
        SYS_select,
#endif
#ifdef SYS_epoll_wait
        SYS_epoll_wait,
#endif
        SYS_ppoll,      SYS_pselect6, SYS_epoll_pwait, SYS_epoll_pwait2,
    };

    for (size_t i = 0; i < sizeof(polls) / sizeof(polls[0]); i++)
        if (nr == (uint64_t)polls[i])
            return true;
    return false;
}

/* --- which descriptors it waits for ------------------------------------------------------------- */

static size_t of_poll(pid_t tid, const uint64_t args[6], int fds[POLLED_MAX])
{
    struct pollfd list[POLLED_MAX];
    size_t n = args[1] < POLLED_MAX ? (size_t)args[1] : POLLED_MAX;

    if (!trace_read(tid, args[0], list, n * sizeof(list[0])))
        return 0;
    for (size_t i = 0; i < n; i++)
        fds[i] = list[i].fd;
    return n;
}

static size_t of_select(pid_t tid, const uint64_t args[6], int fds[POLLED_MAX])
{
    int last = (int)args[0] < FD_SETSIZE ? (int)args[0] : FD_SETSIZE;
    size_t n = 0, bytes = ((size_t)(last > 0 ? last : 0) + 63) / 64 * 8;
    fd_set in = {0}, out = {0};

    if (args[1] && !trace_read(tid, args[1], &in, bytes))
        return 0;
    if (args[2] && !trace_read(tid, args[2], &out, bytes))
        return 0;
    for (int fd = 0; fd < last && n < POLLED_MAX; fd++)
        if (FD_ISSET(fd, &in) || FD_ISSET(fd, &out))
            fds[n++] = fd;
    return n;
}

/* proc_pid_fdinfo(5): "tfd:        5 events: ..." */
static size_t of_epoll(pid_t tid, int epoll, int fds[POLLED_MAX])
{
    char path[64], line[256];
    size_t n = 0;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", tid, epoll);
    f = fopen(path, "re");
    if (!f)
        return 0;
    while (n < POLLED_MAX && fgets(line, sizeof(line), f))
        if (strncmp(line, "tfd:", 4) == 0)
            fds[n++] = (int)strtol(line + 4, NULL, 10);
    fclose(f);
    return n;
}

static size_t polled(pid_t tid, uint64_t nr, const uint64_t args[6], int fds[POLLED_MAX])
{
#ifdef SYS_poll
    if (nr == SYS_poll)
        return of_poll(tid, args, fds);
#endif
#ifdef SYS_select
    if (nr == SYS_select)
        return of_select(tid, args, fds);
#endif
    if (nr == SYS_ppoll)
        return of_poll(tid, args, fds);
    if (nr == SYS_pselect6)
        return of_select(tid, args, fds);
    return of_epoll(tid, (int)args[0], fds);
}

/* --- telling ------------------------------------------------------------------------------------- */

static uint32_t tell(struct tracer *t, const struct trace_thread *thread,
                     const struct trace_socket *s, struct program_call *call)
{
    call->news = PROGRAM_STALLED;
    call->id = ++t->next_id;
    call->elapsed_ns = clock_now_ns() - call->began_ns;
    tracer_describe(t, thread, s, call);
    tracer_send(t, call);
    return call->id;
}

static bool may_stall(const struct trace_thread *thread)
{
    enum program_call_name call = trace_call_of(thread->nr);

    return thread->nr == SYS_connect || call == DOES_SEND || call == DOES_RECV ||
           call == DOES_READ || call == DOES_WRITE;
}

static void look_at_call(struct tracer *t, struct trace_thread *thread, uint64_t now)
{
    struct program_call call = {.call = (uint8_t)trace_call_of(thread->nr),
                                .fd = (int)thread->args[0],
                                .began_ns = thread->began_ns};
    struct trace_socket *s;

    if (thread->told || !may_stall(thread) || now - thread->began_ns < t->settings.stall_ns)
        return;
    if (!thread->inode)
        thread->inode = trace_inode(thread->tid, (int)thread->args[0]);
    s = trace_socket_find(t->sockets, thread->inode);
    call.inode = thread->inode;
    thread->told = true;
    thread->told_id = tell(t, thread, s, &call);
    if (s)
        s->told = true;
}

static void tell_polled(struct tracer *t, const struct trace_thread *thread, uint64_t nr,
                        const uint64_t args[6])
{
    int fds[POLLED_MAX];
    size_t n = polled(thread->tid, nr, args, fds);

    for (size_t i = 0; i < n; i++) {
        uint64_t inode = fds[i] < 0 ? 0 : trace_inode(thread->tid, fds[i]);
        struct trace_socket *s = trace_socket_find(t->sockets, inode);
        struct program_call call = {
            .call = DOES_POLL, .fd = fds[i], .began_ns = thread->wait_since_ns};

        if (!s || s->told || s->pending || s->peer.family == AF_UNSPEC)
            continue;
        s->told = true;
        tell(t, thread, s, &call);
    }
}

static bool read_switches(pid_t tid, uint64_t *ret)
{
    char path[64], line[128];
    bool found = false;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/status", tid);
    f = fopen(path, "re");
    if (!f)
        return false;
    while (!found && fgets(line, sizeof(line), f))
        if (strncmp(line, "voluntary_ctxt_switches:", 24) == 0) {
            *ret = strtoull(line + 24, NULL, 10);
            found = true;
        }
    fclose(f);
    return found;
}

static void look_at_wait(struct tracer *t, struct trace_thread *thread, uint64_t now)
{
    uint64_t nr, args[6], switches = 0;

    if (!trace_sample(thread->tid, &nr, args) || !is_poll(nr) ||
        !read_switches(thread->tid, &switches)) {
        thread->wait_since_ns = 0;
        return;
    }
    if (!thread->wait_since_ns || switches != thread->wait_switches) {
        thread->wait_since_ns = now;
        thread->wait_switches = switches;
        thread->wait_told = false;
        return;
    }
    if (thread->wait_told || now - thread->wait_since_ns < t->settings.stall_ns)
        return;
    thread->wait_told = true;
    tell_polled(t, thread, nr, args);
}

/* --- connects that do not block ------------------------------------------------------------------- */

/* An answer within such a time is nothing unusual: who does not wait for longer tells nothing. */
#define GAVE_UP_NS (150 * CLOCK_MS_NS)

static void gave_up(struct tracer *t, struct trace_socket *s)
{
    struct trace_thread thread = {.tid = s->tid};
    struct program_call call = {.news = PROGRAM_GAVE_UP,
                                .call = DOES_CONNECT,
                                .non_blocking_connect = true,
                                .fd = -1,
                                .id = ++t->next_id,
                                .began_ns = s->connect_began_ns,
                                .elapsed_ns = s->connecting_ns - s->connect_began_ns};

    tracer_describe(t, &thread, s, &call);
    tracer_send(t, &call);
}

/* It is closed while it still waits, or whose it was has ended. */
static void look_at_end(struct tracer *t, struct trace_socket *s)
{
    s->pending = false;
    if (!s->told && s->connecting_ns >= s->connect_began_ns + GAVE_UP_NS)
        gave_up(t, s);
}

/* One without an answer. */
static void look_at_wait_for(struct tracer *t, struct trace_socket *s, uint64_t now)
{
    struct program_call call = {.call = DOES_CONNECT,
                                .non_blocking_connect = true,
                                .fd = s->fd,
                                .began_ns = s->connect_began_ns};
    struct trace_thread thread = {.tid = s->tid};

    if (!s->told && trace_is_connecting(tracer_process_of(s->tid), s->fd))
        s->connecting_ns = now;
    if (s->told || now - s->connect_began_ns < t->settings.stall_ns)
        return;
    s->told = true;
    s->told_id = tell(t, &thread, s, &call);
}

static void look_at_pending(struct tracer *t, uint64_t now, bool ended)
{
    for (size_t i = 0; i < TRACE_SOCKETS; i++) {
        struct trace_socket *s = &t->sockets[i];

        bool open;

        if (!s->inode || !s->pending)
            continue;
        open = trace_inode(s->tid, s->fd) == s->inode;
        if (!open)
            look_at_end(t, s);
        else if (!ended)
            look_at_wait_for(t, s, now);
    }
}

void trace_last_tick(struct tracer *t)
{
    look_at_pending(t, clock_now_ns(), true);
}

void trace_tick(struct tracer *t)
{
    uint64_t now = clock_now_ns();
    struct trace_thread *thread, *next;

    if (t->alone || now < t->next_tick_ns)
        return;
    t->next_tick_ns = now + TICK_NS;
    HASH_ITER(hh, t->threads, thread, next)
    {
        if (thread->in_call)
            look_at_call(t, thread, now);
        else if (!thread->held)
            look_at_wait(t, thread, now);
    }
    look_at_pending(t, now, false);
}
