/* core/net/dial.c - from an endpoint to a connected session: names, addresses in order,
 * timeout.
 *
 * The loop's thread never waits: connect(2) is non-blocking and names are looked up elsewhere.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/net/call.h"
#include "core/net/resolve.h"
#include "core/net/session_internal.h"

struct dialling {
    struct endpoint endpoint;
    struct connect_settings settings;
    struct question *question; /* while resolving */
    struct timer timeout;
    struct answer answer; /* the addresses to try */
    size_t next;          /* the one to try next */
};

const struct endpoint *dial_endpoint(const struct session *s)
{
    return &s->dialling->endpoint;
}

void dial_stop(struct session *s)
{
    resolve_drop(s->dialling->question);
    s->dialling->question = NULL;
    loop_timer_cancel(s->net->loop, &s->dialling->timeout);
}

static void try_next_address(struct session *s);

static void attempt_failed(struct session *s, int code)
{
    session_close_fd(s);
    if (s->dialling->next < s->dialling->answer.n) {
        char peer[ADDR_TEXT_BYTES];

        session_note(s, "%s: %s; trying the next address", addr_format(&s->peer, peer),
                     err_name(code));
        try_next_address(s);
    } else {
        session_fail(s, "connect", code, "");
    }
}

static void connected(struct session *s)
{
    struct caller c = session_caller(s);
    struct sockname local;

    loop_timer_cancel(s->net->loop, &s->dialling->timeout);
    if (call_getsockname(&c, s->watch.fd, &local) == 0)
        s->local = addr_from_sockname(&local);
    session_begin(s);
}

void dial_finished(struct session *s)
{
    struct caller c = session_caller(s);
    int error = 0;
    int r = call_getsockopt_int(&c, s->watch.fd, SOL_SOCKET, SO_ERROR, &error);

    if (r < 0 || error) {
        attempt_failed(s, r < 0 ? r : -error);
        return;
    }
    connected(s);
}

/* The far end as connect(2) takes it. */
static struct sockname far_name(const struct session *s)
{
    return s->peer.family == AF_UNIX ? sockname_from_path(s->dialling->endpoint.path)
                                     : sockname_from_addr(&s->peer);
}

/* A server can answer datagrams only to an address: let the kernel choose one (unix(7)). */
static int bind_unix_datagrams(struct session *s)
{
    struct caller c = session_caller(s);
    struct sockname any = {.sa.ss_family = AF_UNIX, .len = sizeof(sa_family_t)};

    return call_bind(&c, s->watch.fd, &any);
}

/* Returns 1 when it is connected at once, 0 when that takes time, else negative errno. */
static int connect_socket(struct session *s)
{
    struct caller c = session_caller(s);
    struct sockname far = far_name(s);
    int r;

    if (s->dialling->settings.unconnected && s->scheme == ENDPOINT_UDP) {
        if (!s->unconnected)
            s->unconnected = mem_new(1, sizeof(*s->unconnected));
        s->unconnected->far = far;
        s->io = &unconnected_io;
        return 1;
    }
    r = s->scheme == ENDPOINT_UNIX_DGRAM ? bind_unix_datagrams(s) : 0;
    if (r < 0)
        return r;
    r = call_connect(&c, s->watch.fd, &far);
    return r == -EINPROGRESS ? 0 : r < 0 ? r : 1;
}

static int start_attempt(struct session *s)
{
    struct caller c = session_caller(s);
    int type = session_socket_type(s->scheme) | SOCK_NONBLOCK | SOCK_CLOEXEC;
    int fd = call_socket(&c, s->peer.family, type, 0);
    struct sockname local;
    int r;

    if (fd < 0)
        return fd;
    s->watch.fd = fd;
    s->watch.events = EPOLLOUT;
    session_learn_cookie(s);
    r = connect_socket(s);
    if (r < 0)
        return r;
    if (call_getsockname(&c, fd, &local) == 0)
        s->local = addr_from_sockname(&local);
    /* Connected at once, it is writable at once. */
    return loop_add(s->net->loop, &s->watch);
}

static void try_next_address(struct session *s)
{
    struct dialling *d = s->dialling;
    int r;

    s->peer = d->answer.addresses[d->next++];
    s->local = (struct addr){.family = AF_UNSPEC};
    session_set_state(s, SESSION_CONNECTING);
    r = start_attempt(s);
    if (r < 0)
        attempt_failed(s, r);
}

static void dial_timed_out(struct timer *t)
{
    struct session *s = t->owner;
    char seconds[TEXT_DURATION_BYTES], reason[ERR_TEXT_BYTES];

    snprintf(reason, sizeof(reason), "no answer within %s",
             text_duration(s->dialling->settings.timeout_ns, seconds));
    session_fail(s, s->state == SESSION_RESOLVING ? "resolve" : "connect", -ETIMEDOUT, reason);
}

static void resolved(void *owner, const struct answer *answer)
{
    struct session *s = owner;

    s->dialling->question = NULL;
    if (answer->code) {
        session_fail_with(s, &answer->err);
        return;
    }
    if (answer->n == 0) {
        session_fail(s, "resolve", -ENOENT, "the name has no address");
        return;
    }
    s->phases.resolved = clock_now_ns();
    s->dialling->answer = *answer;
    try_next_address(s);
}

/* A path needs no name to be looked up. */
static void dial_path(struct session *s)
{
    s->dialling->answer.n = 1;
    s->dialling->answer.addresses[0] = (struct addr){.family = AF_UNIX};
    try_next_address(s);
}

struct session *session_dial(struct net *net, const struct endpoint *endpoint,
                             const struct connect_settings *settings,
                             const struct behaviour *behaviour, void *data)
{
    struct session *s = session_new(net, behaviour);
    struct dialling *d = mem_new(1, sizeof(*d));
    int r;

    s->data = data;
    s->dialling = d;
    s->state = SESSION_RESOLVING;
    session_touch(s, true);
    d->endpoint = *endpoint;
    d->settings = *settings;
    s->scheme = endpoint->scheme;
    s->io = session_io(s->scheme);
    s->receive_bytes = (uint32_t)settings->receive_bytes;
    s->idle_timeout_ns = settings->idle_timeout_ns;
    d->timeout.owner = s;
    d->timeout.fire = dial_timed_out;
    loop_timer_set(net->loop, &d->timeout, clock_now_ns() + settings->timeout_ns);
    if (endpoint->path[0]) {
        dial_path(s);
        return s;
    }
    r = resolve(net->loop, endpoint, resolved, s, &d->question);
    if (r < 0)
        session_fail(s, "resolve", r,
                     r == -EAGAIN ? "too many names are being looked up already" : "");
    return s;
}
