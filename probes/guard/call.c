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

struct channel {
    int fd;
    pthread_mutex_t lock;
    uint32_t number;
    uint32_t awaited; /* asked, and not answered in time; 0: none */
    int ended;        /* negative errno: why it is asked no more */
    struct guard_answer answer;
};

/* The one helper of this program; 0: there is none. */
static pid_t helper;
static struct channel channels[GUARD_CHANNELS] = {{-1, .lock = PTHREAD_MUTEX_INITIALIZER},
                                                  {-1, .lock = PTHREAD_MUTEX_INITIALIZER}};

bool guard_on(void)
{
    return helper != 0;
}

pid_t guard_helper(void)
{
    return helper;
}

int guard_state(void)
{
    int state = 0;

    for (size_t i = 0; i < GUARD_CHANNELS; i++) {
        struct channel *c = &channels[i];

        pthread_mutex_lock(&c->lock);
        if (c->ended || (c->awaited && !state))
            state = c->ended ? c->ended : -ETIMEDOUT;
        pthread_mutex_unlock(&c->lock);
    }
    return state;
}

void guard_connect(const int fds[GUARD_CHANNELS], pid_t pid)
{
    for (size_t i = 0; i < GUARD_CHANNELS; i++) {
        channels[i].fd = fds[i];
        channels[i].awaited = 0;
        channels[i].ended = 0;
    }
    helper = pid;
}

void guard_disconnect(void)
{
    for (size_t i = 0; i < GUARD_CHANNELS; i++) {
        close(channels[i].fd);
        channels[i].fd = -1;
    }
    helper = 0;
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

static int give_up(struct channel *ch, int code)
{
    ch->ended = code;
    /* It ends with the connection, whatever it is at. */
    shutdown(ch->fd, SHUT_RDWR);
    return code;
}

/* One answer of the helper, by then: 1, or negative errno. */
static int next_answer(struct channel *ch, uint64_t until_ns, int fds[GUARD_FDS],
                       size_t *ret_n_fds)
{
    ssize_t n = -EAGAIN;

    while (n == -EAGAIN) {
        uint64_t now_ns = clock_now_ns();
        struct pollfd p = {.fd = ch->fd, .events = POLLIN};
        int left_ms = now_ns < until_ns ? (int)((until_ns - now_ns) / CLOCK_MS_NS) + 1 : 0;
        int ready = poll(&p, 1, left_ms);

        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return -ETIMEDOUT;
        n = wire_receive(ch->fd, &ch->answer, sizeof(ch->answer), fds, ret_n_fds, MSG_DONTWAIT);
    }
    if (n <= 0)
        return give_up(ch, n == -EBADMSG ? -EPROTO : -EPIPE);
    if (guard_answer_check(&ch->answer, (size_t)n) == 0)
        return 1;
    wire_close_all(fds, *ret_n_fds);
    return give_up(ch, -EPROTO);
}

/* Whether it may be asked: 0 once it has answered what it was asked before, for nobody. */
static int is_ready(struct channel *ch)
{
    while (!ch->ended && ch->awaited) {
        int fds[GUARD_FDS], rc;
        size_t n_fds = 0;

        rc = next_answer(ch, 0, fds, &n_fds);
        if (rc < 0)
            return rc;
        wire_close_all(fds, n_fds);
        if (ch->answer.number != ch->awaited)
            return give_up(ch, -EPROTO);
        if (!ch->answer.more)
            ch->awaited = 0;
    }
    return ch->ended;
}

static void keep(const struct channel *ch, struct guard_call *c)
{
    const struct guard_answer *a = &ch->answer;

    c->value = a->value;
    if (c->take) {
        c->take(c->ctx, a->bytes, a->n_bytes);
        return;
    }
    c->n_bytes = a->n_bytes < c->size ? a->n_bytes : c->size;
    if (c->n_bytes)
        memcpy(c->bytes, a->bytes, c->n_bytes);
}

static int await(struct channel *ch, struct guard_call *c, uint32_t number)
{
    int code = 0;

    do {
        size_t n_fds = 0;
        int rc = next_answer(ch, clock_now_ns() + PATIENCE_NS, c->fds, &n_fds);

        if (rc == -ETIMEDOUT)
            ch->awaited = number;
        if (rc < 0)
            return rc;
        code = ch->answer.code;
        if (ch->answer.number != number ||
            n_fds != (code < 0 || ch->answer.more ? 0 : c->n_fds)) {
            wire_close_all(c->fds, n_fds);
            return give_up(ch, -EPROTO);
        }
        keep(ch, c);
    } while (ch->answer.more);
    return code;
}

static int converse(struct channel *ch, struct guard_call *c)
{
    struct guard_request *q = &c->request;
    int rc = is_ready(ch);

    if (rc < 0)
        return rc;
    q->magic = GUARD_MAGIC;
    q->number = ++ch->number ? ch->number : ++ch->number;
    rc =
        wire_send(ch->fd, q, GUARD_REQUEST_HEAD + q->n_bytes, &c->fd, c->fd >= 0, MSG_DONTWAIT);
    if (rc < 0)
        return give_up(ch, -EPIPE);
    return await(ch, c, q->number);
}

int guard_ask(struct guard_call *c)
{
    struct channel *ch = &channels[guard_channel_of((enum guard_op)c->request.op)];
    int rc;

    pthread_mutex_lock(&ch->lock);
    rc = converse(ch, c);
    pthread_mutex_unlock(&ch->lock);
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
