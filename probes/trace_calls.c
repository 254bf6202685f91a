/* What a call of the program means: which socket it is about, and whether it failed. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "core/base/clock.h"
#include "probes/trace_internal.h"

/* What a call gives inside the kernel when a signal interrupts it; the program sees either EINTR or
 * the same call again (include/linux/errno.h, not for user space). */
#define RESTART_FIRST 512
#define RESTART_LAST 516

/* struct user_msghdr, the first two members: the same in every 64-bit ABI. */
struct message_name {
    uint64_t name;
    uint32_t name_len;
};

static int fd_of(const struct trace_thread *thread)
{
    return (int)thread->args[0];
}

static bool is_restart(int64_t result)
{
    return result <= -RESTART_FIRST && result >= -RESTART_LAST;
}

static bool of_interest(uint32_t domain)
{
    return domain == AF_UNSPEC || domain == AF_INET || domain == AF_INET6 || domain == AF_UNIX;
}

/* --- entry ---------------------------------------------------------------------------------- */

static void enter_connect(struct tracer *t, struct trace_thread *thread)
{
    struct trace_socket *s =
        trace_socket_make(t->sockets, trace_inode(thread->tid, fd_of(thread)));

    if (!s || s->pending)
        return;
    trace_address(thread->tid, thread->args[1], (uint32_t)thread->args[2], &s->peer, s->path);
    s->connect_began_ns = thread->began_ns;
    s->connect_ended_ns = s->connecting_ns = 0;
}

bool trace_call_entry(struct tracer *t, struct trace_thread *thread)
{
    enum program_call_name call = trace_call_of(thread->nr);

    if (call == DOES_NONE)
        return false;
    if (call == DOES_READ || call == DOES_WRITE) {
        thread->inode = trace_inode(thread->tid, fd_of(thread));
        return thread->inode != 0;
    }
    thread->inode = 0;
    if (thread->nr == SYS_connect)
        enter_connect(t, thread);
    return true;
}

/* --- exit ------------------------------------------------------------------------------------- */

static struct trace_socket *socket_of(struct tracer *t, struct trace_thread *thread)
{
    if (!thread->inode)
        thread->inode = trace_inode(thread->tid, fd_of(thread));
    return trace_socket_find(t->sockets, thread->inode);
}

/* sendto() and sendmsg() may name whom they send to. */
static void read_destination(const struct trace_thread *thread, struct program_call *ret)
{
    struct message_name name;

    if (thread->nr == SYS_sendto)
        trace_address(thread->tid, thread->args[4], (uint32_t)thread->args[5], &ret->peer,
                      ret->path);
    else if (thread->nr == SYS_sendmsg &&
             trace_read(thread->tid, thread->args[1], &name, sizeof(name)))
        trace_address(thread->tid, name.name, name.name_len, &ret->peer, ret->path);
    if (thread->nr == SYS_sendto || thread->nr == SYS_write)
        ret->bytes = thread->args[2];
}

static struct program_call describe(struct tracer *t, struct trace_thread *thread, int error)
{
    struct program_call call = {.call = (uint8_t)trace_call_of(thread->nr),
                                .fd = fd_of(thread),
                                .error = error,
                                .began_ns = thread->began_ns,
                                .elapsed_ns = clock_now_ns() - thread->began_ns};
    const struct trace_socket *s = NULL;

    if (thread->nr == SYS_socket) {
        call.fd = -1;
        call.domain = (uint32_t)thread->args[0];
        call.type = (uint32_t)thread->args[1];
        call.protocol = (uint32_t)thread->args[2];
    } else {
        s = socket_of(t, thread);
    }
    if (call.call == DOES_SEND || call.call == DOES_WRITE)
        read_destination(thread, &call);
    if (thread->nr == SYS_bind)
        trace_address(thread->tid, thread->args[1], (uint32_t)thread->args[2], &call.local,
                      call.path);
    call.inode = thread->nr == SYS_socket ? 0 : thread->inode;
    tracer_describe(t, thread, s, &call);
    return call;
}

static void fail(struct tracer *t, struct trace_thread *thread, int error)
{
    struct program_call call = describe(t, thread, error);

    if (of_interest(call.domain))
        tracer_failed(t, thread, &call);
}

/* What was told as a stall has its answer. */
static void went_on(struct tracer *t, struct trace_thread *thread, int64_t result)
{
    struct program_call call = describe(t, thread, result < 0 ? (int)result : 0);

    call.news = PROGRAM_WENT_ON;
    call.id = thread->told_id;
    tracer_send(t, &call);
}

static void exit_socket(struct tracer *t, struct trace_thread *thread, int64_t result)
{
    struct trace_socket *s;

    if (result < 0) {
        fail(t, thread, (int)result);
        return;
    }
    s = trace_socket_make(t->sockets, trace_inode(thread->tid, (int)result));
    if (!s)
        return;
    s->domain = (uint32_t)thread->args[0];
    s->type = (uint32_t)thread->args[1] & ~(uint32_t)(SOCK_NONBLOCK | SOCK_CLOEXEC);
    s->protocol = (uint32_t)thread->args[2];
}

static void exit_bind(struct tracer *t, struct trace_thread *thread, int64_t result)
{
    struct trace_socket *s = socket_of(t, thread);

    if (result < 0)
        fail(t, thread, (int)result);
    else if (s)
        trace_address(thread->tid, thread->args[1], (uint32_t)thread->args[2], &s->local,
                      s->path);
}

static void exit_connect(struct tracer *t, struct trace_thread *thread, int64_t result)
{
    struct trace_socket *s = socket_of(t, thread);

    if (result == -EALREADY)
        return;
    if (s) {
        s->pending = result == -EINPROGRESS || result == -EINTR;
        s->tid = thread->tid;
        s->fd = fd_of(thread);
        s->connect_ended_ns = s->pending ? 0 : clock_now_ns();
    }
    if (!thread->told && result < 0 && result != -EINPROGRESS && result != -EINTR &&
        result != -EISCONN)
        fail(t, thread, (int)result);
}

/* getsockopt(SO_ERROR): what a connect() came to that gave EINPROGRESS. */
static void exit_so_error(struct tracer *t, struct trace_thread *thread, int64_t result)
{
    struct trace_socket *s = socket_of(t, thread);
    struct program_call call;
    bool pending = s && s->pending;
    int error = 0;

    if (result < 0 || !trace_read(thread->tid, thread->args[3], &error, sizeof(error)))
        return;
    if (pending) {
        s->pending = false;
        s->connect_ended_ns = clock_now_ns();
    }
    if (pending && s->told)
        thread->told_id = s->told_id;
    if (pending && s->told)
        went_on(t, thread, -error);
    if (!error || (pending && s->told))
        return;
    call = describe(t, thread, -error);
    call.call = pending ? DOES_CONNECT : DOES_RECV;
    call.non_blocking_connect = pending;
    if (pending) {
        call.began_ns = s->connect_began_ns;
        call.elapsed_ns = s->connect_ended_ns - s->connect_began_ns;
    }
    if (of_interest(call.domain))
        tracer_failed(t, thread, &call);
}

static void exit_accept(struct tracer *t, struct trace_thread *thread, int64_t result)
{
    uint32_t len = 0;
    struct trace_socket *listener = socket_of(t, thread), *s;

    if (result < 0) {
        if (result != -EAGAIN && result != -EINTR)
            fail(t, thread, (int)result);
        return;
    }
    s = trace_socket_make(t->sockets, trace_inode(thread->tid, (int)result));
    if (!s)
        return;
    s->accepted = true;
    s->connect_ended_ns = clock_now_ns();
    if (listener) {
        s->domain = listener->domain;
        s->type = listener->type;
        s->protocol = listener->protocol;
    }
    if (trace_read(thread->tid, thread->args[2], &len, sizeof(len)))
        trace_address(thread->tid, thread->args[1], len, &s->peer, s->path);
}

static void exit_transfer(struct tracer *t, struct trace_thread *thread, int64_t result)
{
    struct trace_socket *s;

    if (result >= 0) {
        s = thread->inode ? trace_socket_find(t->sockets, thread->inode) : NULL;
        if (s)
            s->pending = false;
        return;
    }
    if (result == -EAGAIN || result == -EINTR || result == -ENOTSOCK)
        return;
    thread->sigpipe_expected = result == -EPIPE;
    fail(t, thread, (int)result);
}

static void ended(struct tracer *t, struct trace_thread *thread, int64_t result)
{
    switch (trace_call_of(thread->nr)) {
    case DOES_SOCKET:
        exit_socket(t, thread, result);
        break;
    case DOES_BIND:
        exit_bind(t, thread, result);
        break;
    case DOES_CONNECT:
        if (thread->nr == SYS_connect)
            exit_connect(t, thread, result);
        else
            exit_so_error(t, thread, result);
        break;
    case DOES_ACCEPT:
        exit_accept(t, thread, result);
        break;
    case DOES_LISTEN:
        if (result < 0)
            fail(t, thread, (int)result);
        break;
    default:
        exit_transfer(t, thread, result);
        break;
    }
}

void trace_call_exit(struct tracer *t, struct trace_thread *thread, int64_t result)
{
    thread->in_call = false;
    thread->restarted = is_restart(result);
    if (thread->restarted)
        return;
    if (thread->told && result < 0)
        thread->sigpipe_expected = result == -EPIPE;
    if (thread->told)
        went_on(t, thread, result);
    /* A connect that stalled is decided all the same. */
    if (!thread->told || thread->nr == SYS_connect)
        ended(t, thread, result);
    thread->told = false;
}

/* --- SIGPIPE ----------------------------------------------------------------------------------- */

void trace_broken_pipe(struct tracer *t, struct trace_thread *thread)
{
    uint64_t nr, args[6];

    if (thread->sigpipe_expected) {
        thread->sigpipe_expected = false;
        return;
    }
    if (!trace_sample(thread->tid, &nr, args) || trace_call_of(nr) != DOES_WRITE ||
        !trace_inode(thread->tid, (int)args[0]))
        return;
    thread->nr = nr;
    memcpy(thread->args, args, sizeof(args));
    thread->inode = 0;
    thread->began_ns = clock_now_ns();
    fail(t, thread, -EPIPE);
}
