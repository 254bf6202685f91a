#include "probes/guard/call.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "probes/guard/wire.h"

#define PATIENCE_NS (2 * CLOCK_SECOND_NS)

/* The one helper of this program. */
static struct {
    int fd;
    pid_t helper;
    pthread_mutex_t lock;
    uint32_t number;
    uint32_t awaited; /* asked, and not answered in time; 0: none */
    int ended;        /* negative errno: why it is asked no more */
    struct guard_answer answer;
} guard = {.fd = -1, .lock = PTHREAD_MUTEX_INITIALIZER};

bool guard_on(void)
{
    return guard.helper != 0;
}

pid_t guard_helper(void)
{
    return guard.helper;
}

int guard_state(void)
{
    int ended;

    pthread_mutex_lock(&guard.lock);
    ended = guard.ended ? guard.ended : guard.awaited ? -ETIMEDOUT : 0;
    pthread_mutex_unlock(&guard.lock);
    return ended;
}

void guard_connect(int fd, pid_t helper)
{
    if (guard.fd >= 0)
        close(guard.fd);
    guard.fd = fd;
    guard.helper = fd < 0 ? 0 : helper;
    guard.ended = 0;
    guard.awaited = 0;
}

struct guard_call guard_call_of(enum guard_op op, uint16_t kind, int fd, size_t n_fds)
{
    struct guard_call c;

    /* Its room for bytes is not worth clearing. */
    memset(&c.request, 0, GUARD_REQUEST_HEAD);
    c.request.op = (uint16_t)op;
    c.request.kind = kind;
    c.fd = fd;
    c.n_fds = n_fds;
    c.value = 0;
    c.n_bytes = c.size = 0;
    c.bytes = NULL;
    c.take = NULL;
    c.ctx = NULL;
    return c;
}

static int give_up(int code)
{
    guard.ended = code;
    /* It ends with the connection, whatever it is at. */
    shutdown(guard.fd, SHUT_RDWR);
    return code;
}

/* One answer of the helper, by then: 1, or negative errno. */
static int next_answer(uint64_t until_ns, int fds[GUARD_FDS], size_t *ret_n_fds)
{
    ssize_t n = -EAGAIN;

    while (n == -EAGAIN) {
        uint64_t now_ns = clock_now_ns();
        struct pollfd p = {.fd = guard.fd, .events = POLLIN};
        int left_ms = now_ns < until_ns ? (int)((until_ns - now_ns) / CLOCK_MS_NS) + 1 : 0;
        int ready = poll(&p, 1, left_ms);

        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return -ETIMEDOUT;
        n = wire_receive(guard.fd, &guard.answer, sizeof(guard.answer), fds, ret_n_fds,
                         MSG_DONTWAIT);
    }
    if (n <= 0)
        return give_up(n == -EBADMSG ? -EPROTO : -EPIPE);
    if (guard_answer_check(&guard.answer, (size_t)n) == 0)
        return 1;
    wire_close_all(fds, *ret_n_fds);
    return give_up(-EPROTO);
}

/* Whether it may be asked: 0 once it has answered what it was asked before, for nobody. */
static int is_ready(void)
{
    while (!guard.ended && guard.awaited) {
        int fds[GUARD_FDS], rc;
        size_t n_fds = 0;

        rc = next_answer(0, fds, &n_fds);
        if (rc < 0)
            return rc;
        wire_close_all(fds, n_fds);
        if (guard.answer.number != guard.awaited)
            return give_up(-EPROTO);
        if (!guard.answer.more)
            guard.awaited = 0;
    }
    return guard.ended;
}

static void keep(struct guard_call *c)
{
    const struct guard_answer *a = &guard.answer;

    c->value = a->value;
    if (c->take) {
        c->take(c->ctx, a->bytes, a->n_bytes);
        return;
    }
    c->n_bytes = a->n_bytes < c->size ? a->n_bytes : c->size;
    if (c->n_bytes)
        memcpy(c->bytes, a->bytes, c->n_bytes);
}

static int await(struct guard_call *c, uint32_t number)
{
    int code = 0;

    do {
        size_t n_fds = 0;
        int rc = next_answer(clock_now_ns() + PATIENCE_NS, c->fds, &n_fds);

        if (rc == -ETIMEDOUT)
            guard.awaited = number;
        if (rc < 0)
            return rc;
        code = guard.answer.code;
        if (guard.answer.number != number ||
            n_fds != (code < 0 || guard.answer.more ? 0 : c->n_fds)) {
            wire_close_all(c->fds, n_fds);
            return give_up(-EPROTO);
        }
        keep(c);
    } while (guard.answer.more);
    return code;
}

static int converse(struct guard_call *c)
{
    struct guard_request *q = &c->request;
    int rc = is_ready();

    if (rc < 0)
        return rc;
    q->magic = GUARD_MAGIC;
    q->number = ++guard.number ? guard.number : ++guard.number;
    rc = wire_send(guard.fd, q, GUARD_REQUEST_HEAD + q->n_bytes, &c->fd, c->fd >= 0,
                   MSG_DONTWAIT);
    if (rc < 0)
        return give_up(-EPIPE);
    return await(c, q->number);
}

int guard_ask(struct guard_call *c)
{
    int rc;

    pthread_mutex_lock(&guard.lock);
    rc = converse(c);
    pthread_mutex_unlock(&guard.lock);
    return rc;
}

bool guard_say(int code, const char *operation, struct err *err)
{
    if (!guard_on() || (code != -EPIPE && code != -ETIMEDOUT && code != -EPROTO))
        return false;
    err_set(err, code, operation, "", "%s",
            code == -EPIPE       ? "the privileged helper has ended"
            : code == -ETIMEDOUT ? "the privileged helper does not answer"
                                 : "the privileged helper answered nonsense and was let go");
    err_hint(err, "%s",
             code == -ETIMEDOUT ? "continue it if it was stopped (kill -CONT)"
                                : "start sockeye again");
    return true;
}
