#include "core/net/blocking.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/thread.h"
#include "core/net/call.h"
#include "core/net/session_internal.h"

/* Interrupts a call that waits; its handler does nothing. */
#define INTERRUPT SIGUSR1
/* A thread that was just about to call misses the interruption: it is repeated. */
#define INTERRUPT_AGAIN_NS (1 * CLOCK_MS_NS)
/* The most that one send(2) of a stream is given. */
#define SEND_BYTES NET_SCRATCH_BYTES
/* How soon it is told that a call waits. */
#define LOOK_NS (100 * CLOCK_MS_NS)

enum side_state { SIDE_IDLE, SIDE_ASKED, SIDE_DONE };

/* One direction: at most one call at a time. */
struct side {
    struct blocking *owner;
    pthread_t thread;
    bool running, left; /* the thread was started; it is about to end */
    enum side_state state;
    uint64_t since_ns; /* the call waits since then; 0: there is none */
    ssize_t result;
    uint8_t *bytes;
    size_t len;
};

struct blocking {
    struct session *session;
    struct io io;           /* the session's while it blocks */
    const struct io *plain; /* what makes the calls */
    struct watch done;      /* an eventfd: a call has returned */
    struct timer look;      /* at what waits */
    uint64_t recv_told_ns, send_told_ns;
    pthread_mutex_t lock; /* of the sides */
    pthread_cond_t changed;
    bool stopping;
    bool over; /* switched off: it only keeps what recv(2) brought and nobody wanted yet */
    struct side in, out;
};

static struct blocking *blocking_of(const struct session *s)
{
    return s->extras ? s->extras->blocking : NULL;
}

bool blocking_is_on(const struct session *s)
{
    const struct blocking *b = blocking_of(s);

    return b && !b->over;
}

/* ---- the threads ---------------------------------------------------------------------- */

/* Waits for something to do; false at the end.  The lock is held. */
static bool await_order(struct side *side)
{
    struct blocking *b = side->owner;

    while (side->state != SIDE_ASKED && !b->stopping)
        pthread_cond_wait(&b->changed, &b->lock);
    return !b->stopping;
}

static void *side_thread(void *arg)
{
    struct side *side = arg;
    struct blocking *b = side->owner;
    sigset_t interrupt;

    sigemptyset(&interrupt);
    sigaddset(&interrupt, INTERRUPT);
    pthread_sigmask(SIG_UNBLOCK, &interrupt, NULL);
    pthread_mutex_lock(&b->lock);
    while (await_order(side)) {
        ssize_t r;

        side->since_ns = clock_now_ns();
        pthread_mutex_unlock(&b->lock);
        r = side == &b->in ? b->plain->receive(b->session, side->bytes, side->len)
                           : b->plain->send(b->session, side->bytes, side->len);
        pthread_mutex_lock(&b->lock);
        side->since_ns = 0;
        side->result = r;
        side->state = SIDE_DONE;
        eventfd_write(b->done.fd, 1);
    }
    side->left = true;
    pthread_cond_broadcast(&b->changed);
    pthread_mutex_unlock(&b->lock);
    return NULL;
}

static void interrupted(int signal)
{
    (void)signal;
}

/* ---- the session's way in and out ----------------------------------------------------- */

static void order(struct side *side)
{
    side->state = SIDE_ASKED;
    pthread_cond_broadcast(&side->owner->changed);
}

/* The result of a call that has returned; false when there is none. */
static bool take_result(struct side *side, ssize_t *ret)
{
    if (side->state != SIDE_DONE)
        return false;
    side->state = SIDE_IDLE;
    *ret = side->result;
    return true;
}

/* What is sent stays queued until the call has returned: then the same bytes come again. */
static ssize_t blocking_send(struct session *s, const void *bytes, size_t len)
{
    struct blocking *b = blocking_of(s);
    ssize_t r = -EAGAIN;

    pthread_mutex_lock(&b->lock);
    if (!take_result(&b->out, &r) && b->out.state == SIDE_IDLE) {
        b->out.len = b->io.boundaries || len < SEND_BYTES ? len : SEND_BYTES;
        b->out.bytes = mem_resize(b->out.bytes, b->out.len + 1, 1);
        memcpy(b->out.bytes, bytes, b->out.len);
        order(&b->out);
    }
    pthread_mutex_unlock(&b->lock);
    return r;
}

static ssize_t blocking_receive(struct session *s, void *bytes, size_t size)
{
    struct blocking *b = blocking_of(s);
    ssize_t r = -EAGAIN;

    pthread_mutex_lock(&b->lock);
    if (take_result(&b->in, &r) && r > 0)
        memcpy(bytes, b->in.bytes, (size_t)r < size ? (size_t)r : size);
    pthread_mutex_unlock(&b->lock);
    return r;
}

void blocking_want(struct session *s, bool reads, bool owes)
{
    struct blocking *b = blocking_of(s);
    bool read_now, write_now;

    pthread_mutex_lock(&b->lock);
    if (reads && b->in.state == SIDE_IDLE)
        order(&b->in);
    read_now = reads && b->in.state == SIDE_DONE;
    write_now = owes && b->out.state == SIDE_IDLE;
    pthread_mutex_unlock(&b->lock);
    /* It was not wanted when it came. */
    if (read_now)
        eventfd_write(b->done.fd, 1);
    if (write_now)
        session_writable(s);
}

static bool is_done(struct blocking *b, const struct side *side)
{
    bool done;

    pthread_mutex_lock(&b->lock);
    done = side->state == SIDE_DONE;
    pthread_mutex_unlock(&b->lock);
    return done;
}

/* Give the session what its calls have brought. */
static void deliver(struct blocking *b)
{
    struct session *s = b->session;

    if (is_done(b, &b->out))
        session_writable(s);
    if (!session_ended(s) && is_done(b, &b->in) && session_reads(s))
        s->behaviour->readable(s);
}

static void call_returned(struct watch *w, uint32_t events)
{
    struct blocking *b = w->owner;
    struct session *s = b->session;
    eventfd_t count;

    (void)events;
    eventfd_read(w->fd, &count);
    deliver(b);
    if (!session_ended(s))
        session_update_interest(s);
}

void blocking_waits(const struct session *s, uint64_t *ret_recv_ns, uint64_t *ret_send_ns)
{
    struct blocking *b = blocking_of(s);

    *ret_recv_ns = *ret_send_ns = 0;
    if (!b || b->over)
        return;
    pthread_mutex_lock(&b->lock);
    *ret_recv_ns = b->in.since_ns;
    *ret_send_ns = b->out.since_ns;
    pthread_mutex_unlock(&b->lock);
}

/* Tell when a call has begun to wait, or waits no more. */
static void look(struct timer *t)
{
    struct blocking *b = t->owner;
    uint64_t recv_ns, send_ns;

    blocking_waits(b->session, &recv_ns, &send_ns);
    if (recv_ns != b->recv_told_ns || send_ns != b->send_told_ns)
        session_touch(b->session, true);
    b->recv_told_ns = recv_ns;
    b->send_told_ns = send_ns;
    loop_timer_set(b->session->net->loop, t, loop_now(b->session->net->loop) + LOOK_NS);
}

/* ---- on and off ----------------------------------------------------------------------- */

static void set_nonblocking(struct session *s, bool nonblocking)
{
    struct caller c = session_caller(s);

    call_fcntl_setfl(&c, s->watch.fd, O_RDWR | (nonblocking ? O_NONBLOCK : 0));
}

/* The lock is held.  Waits a moment at most. */
static void await_change(struct blocking *b)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)INTERRUPT_AGAIN_NS;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_cond_clockwait(&b->changed, &b->lock, CLOCK_MONOTONIC, &until);
}

static void stop_threads(struct blocking *b)
{
    struct side *sides[] = {&b->in, &b->out};

    pthread_mutex_lock(&b->lock);
    b->stopping = true;
    pthread_cond_broadcast(&b->changed);
    for (size_t i = 0; i < 2; i++)
        while (sides[i]->running && !sides[i]->left) {
            if (sides[i]->since_ns)
                pthread_kill(sides[i]->thread, INTERRUPT);
            await_change(b);
        }
    pthread_mutex_unlock(&b->lock);
    for (size_t i = 0; i < 2; i++) {
        if (sides[i]->running)
            pthread_join(sides[i]->thread, NULL);
        sides[i]->running = false;
    }
}

/* It calls no more: what its calls have brought by then is left. */
static void stop(struct blocking *b)
{
    struct loop *loop = b->session->net->loop;

    stop_threads(b);
    loop_timer_cancel(loop, &b->look);
    loop_remove(loop, &b->done);
    if (b->done.fd >= 0)
        close(b->done.fd);
    b->done.fd = -1;
}

static void release(struct blocking *b)
{
    stop(b);
    pthread_mutex_destroy(&b->lock);
    pthread_cond_destroy(&b->changed);
    free(b->in.bytes);
    free(b->out.bytes);
    free(b);
}

static int start_side(struct side *side, struct blocking *b, const char *name)
{
    int r;

    side->owner = b;
    side->left = false;
    r = thread_start(&side->thread, name, side_thread, side);
    side->running = r == 0;
    return r;
}

/* What the last recv(2) brought comes before anything else. */
static ssize_t receive_kept(struct session *s, void *bytes, size_t size)
{
    ssize_t r = blocking_receive(s, bytes, size);

    blocking_drop(s);
    return r;
}

static bool has_kept(const struct session *s)
{
    return blocking_of(s) != NULL;
}

/* Stopped, it makes way for the plain calls; but for bytes, an end or an error that the kernel has
 * handed over and the session does not want yet. */
static void end(struct blocking *b)
{
    struct session *s = b->session;

    stop(b);
    b->over = true;
    b->out.state = SIDE_IDLE;
    if (b->in.state != SIDE_DONE || b->in.result == -EINTR || b->in.result == -EAGAIN) {
        blocking_drop(s);
        return;
    }
    b->io = *b->plain;
    b->io.receive = receive_kept;
    b->io.pending = has_kept;
    s->io = &b->io;
}

static int start(struct blocking *b)
{
    struct loop *loop = b->session->net->loop;
    int r;

    b->stopping = false;
    b->io = *b->plain;
    b->io.send = blocking_send;
    b->io.receive = blocking_receive;
    b->done = (struct watch){
        .fd = mem_eventfd(), .events = EPOLLIN, .ready = call_returned, .owner = b};
    b->look = (struct timer){.fire = look, .owner = b};
    loop_timer_set(loop, &b->look, loop_now(loop) + LOOK_NS);
    r = loop_add(loop, &b->done);
    if (r == 0)
        r = start_side(&b->in, b, "recv");
    if (r == 0)
        r = start_side(&b->out, b, "send");
    return r;
}

static struct blocking *blocking_new(struct session *s)
{
    struct blocking *b = mem_new(1, sizeof(*b));

    b->session = s;
    b->plain = s->io;
    b->in.len = s->receive_bytes;
    b->in.bytes = mem_new(b->in.len, 1);
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->changed, NULL);
    return b;
}

int blocking_begin(struct session *s, struct err *err)
{
    struct sigaction action = {.sa_handler = interrupted};
    struct blocking *b = blocking_of(s);
    int r;

    if (blocking_is_on(s))
        return 0;
    if (s->tls)
        return err_set(err, -EOPNOTSUPP, "blocking", "",
                       "TLS reads and writes on one socket: it stays non-blocking");
    if (s->state < SESSION_OPEN || session_ended(s) || s->watch.fd < 0)
        return err_set(err, -ENOTCONN, "blocking", "", "session %llu is %s",
                       (unsigned long long)s->id, session_state_name(s->state));
    sigaction(INTERRUPT, &action, NULL);
    /* From now on several threads write it. */
    ring_share(s->net->journal);
    if (!b)
        b = session_extras(s)->blocking = blocking_new(s);
    r = start(b);
    if (r < 0) {
        end(b);
        return err_set(err, r, "blocking", "", "%s", "");
    }
    b->over = false;
    session_unwatch(s);
    set_nonblocking(s, false);
    s->io = &b->io;
    session_note(s, "the socket blocks: its calls wait until they can do something");
    session_update_interest(s);
    return 0;
}

void blocking_drop(struct session *s)
{
    struct blocking *b = blocking_of(s);

    if (!b)
        return;
    s->io = b->plain;
    s->extras->blocking = NULL;
    release(b);
}

void blocking_end(struct session *s)
{
    struct blocking *b = blocking_of(s);

    if (!blocking_is_on(s))
        return;
    stop(b);
    deliver(b);
    /* What it delivered may have ended the session, and with it this. */
    if (blocking_of(s) != b)
        return;
    end(b);
    set_nonblocking(s, true);
    session_note(s, "the socket blocks no more");
    session_touch(s, true);
    session_update_interest(s);
}
