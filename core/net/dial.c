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
    uint64_t timeout_ns;
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

void dial_finished(struct session *s)
{
    struct caller c = session_caller(s);
    int error = 0;
    int r = call_getsockopt_int(&c, s->watch.fd, SOL_SOCKET, SO_ERROR, &error);

    if (r < 0 || error) {
        attempt_failed(s, r < 0 ? r : -error);
        return;
    }
    loop_timer_cancel(s->net->loop, &s->dialling->timeout);
    call_getsockname(&c, s->watch.fd, &s->local);
    session_opened(s);
}

static int start_attempt(struct session *s)
{
    struct caller c = session_caller(s);
    int fd = call_socket(&c, s->peer.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int r;

    if (fd < 0)
        return fd;
    s->watch.fd = fd;
    s->watch.events = EPOLLOUT;
    session_learn_cookie(s);
    r = call_connect(&c, fd, &s->peer);
    if (r < 0 && r != -EINPROGRESS)
        return r;
    call_getsockname(&c, fd, &s->local);
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
             text_duration(s->dialling->timeout_ns, seconds));
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
    s->dialling->answer = *answer;
    try_next_address(s);
}

struct session *session_dial(struct net *net, const struct endpoint *endpoint,
                             uint64_t timeout_ns, const struct behaviour *behaviour, void *data)
{
    struct session *s = session_new(net, behaviour);
    struct dialling *d = mem_new(1, sizeof(*d));
    int r;

    s->data = data;
    s->dialling = d;
    s->state = SESSION_RESOLVING;
    session_touch(s, true);
    d->endpoint = *endpoint;
    d->timeout_ns = timeout_ns;
    d->timeout.owner = s;
    d->timeout.fire = dial_timed_out;
    loop_timer_set(net->loop, &d->timeout, clock_now_ns() + timeout_ns);
    r = resolve(net->loop, endpoint, resolved, s, &d->question);
    if (r < 0)
        session_fail(s, "resolve", r,
                     r == -EAGAIN ? "too many names are being looked up already" : "");
    return s;
}
