#include "core/net/attempts.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "core/base/mem.h"
#include "core/net/call.h"
#include "core/net/prepare.h"
#include "core/net/session_internal.h"

static void try_next(struct session *s, struct attempts *a);

/* An address as it is written, a path by its endpoint. */
static const char *place(const struct session *s, const struct addr *peer,
                         char buf[ENDPOINT_TEXT_BYTES])
{
    return peer->family == AF_UNIX ? endpoint_format(dial_endpoint(s), buf)
                                   : addr_format(peer, buf);
}

static void close_attempt(struct session *s, struct attempts *a, struct attempt *one)
{
    struct caller c = session_caller(s);

    loop_remove(s->net->loop, &one->watch);
    call_close(&c, one->watch.fd);
    one->watch.fd = -1;
    a->running--;
}

void attempts_stop(struct session *s, struct attempts *a)
{
    loop_timer_cancel(s->net->loop, &a->delay);
    for (size_t i = 0; i < a->next; i++)
        if (a->each[i].watch.fd >= 0)
            close_attempt(s, a, &a->each[i]);
}

/* One address will not do: what now depends on whether others are left or still trying. */
static void failed(struct session *s, struct attempts *a, const struct addr *peer,
                   const struct err *err)
{
    char text[ENDPOINT_TEXT_BYTES];

    if (a->next < a->addresses.n) {
        session_note(s, "%s: %s; trying the next address", addr_format(peer, text),
                     err_name(err->code));
        try_next(s, a);
    } else if (a->running) {
        session_note(s, "%s: %s; another address is still being tried", addr_format(peer, text),
                     err_name(err->code));
    } else {
        loop_timer_cancel(s->net->loop, &a->delay);
        s->peer = *peer;
        session_fail_with(s, err);
    }
}

static void won(struct session *s, struct attempts *a, struct attempt *one)
{
    int fd = one->watch.fd;

    loop_remove(s->net->loop, &one->watch);
    one->watch.fd = -1;
    a->running--;
    attempts_stop(s, a);
    dial_won(s, fd, &one->peer);
}

static void attempt_ready(struct watch *w, uint32_t events)
{
    struct attempt *one = w->owner;
    struct session *s = one->session;
    struct attempts *a = dial_attempts(s);
    struct caller c = session_caller(s);
    char text[ENDPOINT_TEXT_BYTES];
    struct err err;
    int error = 0;
    int r = call_getsockopt_int(&c, w->fd, SOL_SOCKET, SO_ERROR, &error);

    (void)events;
    if (r == 0 && error == 0) {
        won(s, a, one);
        return;
    }
    err_set(&err, r < 0 ? r : -error, "connect", place(s, &one->peer, text), "%s", "");
    close_attempt(s, a, one);
    failed(s, a, &one->peer, &err);
}

/* The far end as connect(2) takes it. */
static struct sockname far_name(const struct session *s, const struct addr *peer)
{
    return peer->family == AF_UNIX ? sockname_from_path(dial_endpoint(s)->path)
                                   : sockname_from_addr(peer);
}

/* The near end as bind(2) takes it; len 0: the kernel chooses. */
static struct sockname near_name(const struct session *s, const struct addr *peer)
{
    const struct connect_settings *settings = dial_settings(s);
    struct addr source;

    /* A server can answer datagrams only to an address (unix(7): autobind). */
    if (s->scheme == ENDPOINT_UNIX_DGRAM)
        return (struct sockname){.sa.ss_family = AF_UNIX, .len = sizeof(sa_family_t)};
    /* Whoever joined a group wants what is sent to its port. */
    if (!settings->source.given && settings->socket.groups.used) {
        source = (struct addr){.family = peer->family, .port = peer->port};
        return sockname_from_addr(&source);
    }
    /* What is sent from an unbound socket shows its port too late. */
    if (!settings->source.given && dial_unconnected(s, peer)) {
        source = (struct addr){.family = peer->family};
        return sockname_from_addr(&source);
    }
    if (!settings->source.given || peer->family == AF_UNIX ||
        !endpoint_numeric(&settings->source.endpoint, &source))
        return (struct sockname){.len = 0};
    /* Only a port was given: any address, of the family that is needed. */
    if (!settings->source.endpoint.host[0])
        source.family = peer->family;
    return sockname_from_addr(&source);
}

static void hear(void *owner, const char *text)
{
    session_note(owner, "%s", text);
}

/* What it is told, and where its near end is. */
static int prepare(struct session *s, int fd, const struct addr *peer, struct err *err)
{
    const struct connect_settings *settings = dial_settings(s);
    struct listener listener = {hear, s};
    struct caller c = session_caller(s);
    struct sockname near = near_name(s, peer);
    struct addr source;
    char text[ENDPOINT_TEXT_BYTES];
    int r = prepare_socket(&c, fd, peer->family, &settings->socket, &listener, err);

    if (r < 0 || !near.len)
        return r;
    source = addr_from_sockname(&near);
    r = call_bind(&c, fd, &near);
    return r < 0 ? err_set(err, r, "bind", addr_format(&source, text), "%s", "") : 0;
}

static int refused(const struct session *s, const struct addr *peer, int code, struct err *err)
{
    char text[ENDPOINT_TEXT_BYTES];

    /* unix(7): this socket would have to wait, and does not. */
    err_set(err, code, "connect", place(s, peer, text), "%s",
            peer->family == AF_UNIX && code == -EAGAIN ? "its accept queue is full" : "");
    session_hint(s, err);
    return code;
}

/* Returns 1 when the socket is ready at once, 0 when it is connecting, else negative errno with
 * err. */
static int begin(struct session *s, int fd, const struct addr *peer, struct err *err)
{
    struct caller c = session_caller(s);
    struct sockname far = far_name(s, peer), local;
    int r = prepare(s, fd, peer, err);

    if (r < 0)
        return r;
    if (dial_unconnected(s, peer))
        return 1;
    r = call_connect(&c, fd, &far);
    if (r < 0 && r != -EINPROGRESS)
        return refused(s, peer, r, err);
    if (call_getsockname(&c, fd, &local) == 0)
        s->local = addr_from_sockname(&local);
    return r == 0;
}

static void try_next(struct session *s, struct attempts *a)
{
    struct attempt *one = &a->each[a->next];
    struct caller c = session_caller(s);
    char text[ENDPOINT_TEXT_BYTES];
    struct err err = {0};
    int r;

    *one = (struct attempt){.watch = {.fd = -1, .ready = attempt_ready, .owner = one},
                            .session = s,
                            .peer = a->addresses.addresses[a->next]};
    a->next++;
    s->peer = one->peer;
    s->local = (struct addr){.family = AF_UNSPEC};
    session_set_state(s, SESSION_CONNECTING);
    r = call_socket(&c, one->peer.family,
                    session_socket_type(s->scheme) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (r < 0) {
        err_set(&err, r, "socket", place(s, &one->peer, text), "%s", "");
        failed(s, a, &one->peer, &err);
        return;
    }
    one->watch.fd = r;
    one->watch.events = EPOLLOUT;
    a->running++;
    session_learn_cookie(s, one->watch.fd);
    r = loop_add(s->net->loop, &one->watch);
    if (r < 0)
        err_set(&err, r, "epoll_ctl", addr_format(&one->peer, text), "%s", "");
    else
        r = begin(s, one->watch.fd, &one->peer, &err);
    if (r < 0) {
        close_attempt(s, a, one);
        failed(s, a, &one->peer, &err);
    } else if (r > 0) {
        won(s, a, one);
    } else if (a->next < a->addresses.n) {
        loop_timer_set(s->net->loop, &a->delay, clock_now_ns() + ATTEMPT_DELAY_NS);
    }
}

/* What is being tried takes its time: the next address may try beside it. */
static void delay_over(struct timer *t)
{
    struct session *s = t->owner;
    struct attempts *a = dial_attempts(s);

    if (a->next < a->addresses.n)
        try_next(s, a);
}

void attempts_start(struct session *s, struct attempts *a)
{
    a->next = a->running = 0;
    a->delay = (struct timer){.fire = delay_over, .owner = s};
    try_next(s, a);
}
