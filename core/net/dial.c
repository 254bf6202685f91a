/* core/net/dial.c - from an endpoint to an open session: names, addresses (attempts.c), a proxy,
 * the time all of it may take, and how often it is begun anew.
 *
 * The loop's thread never waits: connect(2) is non-blocking and names are looked up elsewhere.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/net/attempts.h"
#include "core/net/call.h"
#include "core/net/proxy.h"
#include "core/net/resolve.h"
#include "core/net/session_internal.h"
#include "core/net/tls.h"

struct dialling {
    struct endpoint endpoint;
    struct connect_settings settings;
    struct proxy proxy;        /* kind PROXY_NONE: directly */
    uint64_t tries_left;       /* after this one */
    struct question *question; /* while resolving */
    struct timer timeout;      /* of this try */
    struct timer again;        /* the next try begins */
    struct attempts attempts;
};

const struct endpoint *dial_endpoint(const struct session *s)
{
    return &s->dialling->endpoint;
}

const struct connect_settings *dial_settings(const struct session *s)
{
    return &s->dialling->settings;
}

void dial_status(const struct session *s, struct session_status *ret)
{
    const struct dialling *d = s->dialling;

    ret->endpoint = d->endpoint;
    if (d->proxy.kind == PROXY_NONE)
        return;
    proxy_format(&d->proxy, ret->proxy);
    snprintf(ret->proxy_variable, sizeof(ret->proxy_variable), "%s", d->proxy.variable);
}

struct attempts *dial_attempts(struct session *s)
{
    return &s->dialling->attempts;
}

/* Nothing of this try goes on. */
static void stop_trying(struct session *s)
{
    struct dialling *d = s->dialling;

    resolve_drop(d->question);
    d->question = NULL;
    loop_timer_cancel(s->net->loop, &d->timeout);
    attempts_stop(s, &d->attempts);
}

void dial_stop(struct session *s)
{
    stop_trying(s);
    loop_timer_cancel(s->net->loop, &s->dialling->again);
}

void dial_opened(struct session *s)
{
    loop_timer_cancel(s->net->loop, &s->dialling->timeout);
}

/* Nothing of an earlier try is true any more. */
static void forget_try(struct session *s)
{
    s->peer = s->local = (struct addr){.family = AF_UNSPEC};
    s->cookie = 0;
    session_extras(s)->phases = (struct phases){.begun = clock_now_ns()};
    session_set_state(s, SESSION_RESOLVING);
}

bool dial_try_again(struct session *s, const struct err *err)
{
    struct dialling *d = s->dialling;
    char why[ERR_TEXT_BYTES * 4], delay[TEXT_DURATION_BYTES];

    if (s->state >= SESSION_OPEN || d->tries_left == 0)
        return false;
    d->tries_left--;
    stop_trying(s);
    session_abandon_socket(s);
    err_format(err, why, sizeof(why));
    session_note(s, "%s; trying again in %s", why,
                 text_duration(d->settings.retry_delay_ns, delay));
    forget_try(s);
    loop_timer_set(s->net->loop, &d->again, clock_now_ns() + d->settings.retry_delay_ns);
    return true;
}

/* The answers to a multicast or broadcast come from elsewhere: a connected socket would drop them
 * (udp(7)). */
static bool to_many(const struct addr *a)
{
    static const uint8_t everybody[4] = {255, 255, 255, 255};

    if (a->family == AF_INET6)
        return a->ip[0] == 0xff;
    return a->family == AF_INET &&
           ((a->ip[0] & 0xf0) == 0xe0 || memcmp(a->ip, everybody, sizeof(everybody)) == 0);
}

bool dial_unconnected(const struct session *s, const struct addr *peer)
{
    const struct connect_settings *settings = &s->dialling->settings;

    return s->scheme == ENDPOINT_UDP &&
           (settings->unconnected || settings->socket.broadcast || to_many(peer));
}

void dial_won(struct session *s, int fd, const struct addr *peer)
{
    struct dialling *d = s->dialling;
    struct caller c = session_caller(s);
    struct sockname local;
    int r;

    s->watch.fd = fd;
    s->watch.events = 0;
    s->peer = *peer;
    session_learn_cookie(s, fd);
    if (call_getsockname(&c, fd, &local) == 0)
        s->local = addr_from_sockname(&local);
    if (dial_unconnected(s, peer)) {
        session_extras(s)->far = sockname_from_addr(peer);
        s->io = &unconnected_io;
    }
    r = loop_add(s->net->loop, &s->watch);
    s->unwatched = r < 0;
    if (r < 0) {
        session_fail(s, "epoll_ctl", r, "");
        return;
    }
    if (d->proxy.kind != PROXY_NONE)
        session_negotiate(s, &proxy_negotiation, proxy_state_new(&d->proxy, &d->endpoint));
    if (s->tls)
        tls_negotiate(s);
    session_begin(s);
}

/* What is connected to: the proxy, or the endpoint itself. */
static const struct endpoint *first_hop(const struct dialling *d)
{
    return d->proxy.kind != PROXY_NONE ? &d->proxy.endpoint : &d->endpoint;
}

static void fail_to_resolve(struct session *s, int code, const char *reason)
{
    char text[ENDPOINT_TEXT_BYTES];
    struct err err;

    err_set(&err, code, "resolve", endpoint_format(first_hop(s->dialling), text), "%s", reason);
    session_fail_with(s, &err);
}

static void timed_out(struct timer *t)
{
    struct session *s = t->owner;
    char seconds[TEXT_DURATION_BYTES], reason[ERR_TEXT_BYTES];

    snprintf(reason, sizeof(reason), "no answer within %s",
             text_duration(s->dialling->settings.timeout_ns, seconds));
    if (s->state == SESSION_RESOLVING)
        fail_to_resolve(s, -ETIMEDOUT, reason);
    else
        session_fail(s,
                     s->state == SESSION_NEGOTIATING ? session_negotiation_name(s) : "connect",
                     -ETIMEDOUT, reason);
}

/* A socket is bound to an address of its own family only: the others are not tried. */
static int keep_family_of_source(const struct source *source, struct answer *a, struct err *err)
{
    struct addr near;
    char text[ADDR_TEXT_BYTES];
    size_t kept = 0;

    if (!source->given || !source->endpoint.host[0] ||
        !endpoint_numeric(&source->endpoint, &near))
        return 0;
    for (size_t i = 0; i < a->n; i++)
        if (a->addresses[i].family == near.family || a->addresses[i].family == AF_UNIX)
            a->addresses[kept++] = a->addresses[i];
    a->n = kept;
    return kept ? 0
                : err_set(err, -EAFNOSUPPORT, "bind", addr_format(&near, text),
                          "this is %s, the other end is not",
                          near.family == AF_INET6 ? "IPv6" : "IPv4");
}

static void resolved(void *owner, const struct answer *answer)
{
    struct session *s = owner;
    struct dialling *d = s->dialling;
    struct err err;

    d->question = NULL;
    if (answer->code) {
        session_fail_with(s, &answer->err);
        return;
    }
    if (answer->n == 0) {
        fail_to_resolve(s, -ENOENT, "the name has no address");
        return;
    }
    session_extras(s)->phases.resolved = clock_now_ns();
    d->attempts.addresses = *answer;
    if (keep_family_of_source(&d->settings.source, &d->attempts.addresses, &err) < 0)
        session_fail_with(s, &err);
    else
        attempts_start(s, &d->attempts);
}

/* A path needs no name to be looked up. */
static void dial_path(struct session *s)
{
    struct answer path = {.n = 1, .addresses = {{.family = AF_UNIX}}};

    resolved(s, &path);
}

static void begin_try(struct timer *t)
{
    struct session *s = t->owner;
    struct dialling *d = s->dialling;
    const struct endpoint *first = first_hop(d);
    char text[ENDPOINT_TEXT_BYTES];
    int r;

    if (d->proxy.kind != PROXY_NONE)
        session_note(s, "through the proxy %s%s%s", proxy_format(&d->proxy, text),
                     d->proxy.variable[0] ? ", as the environment says in " : "",
                     d->proxy.variable);
    forget_try(s);
    loop_timer_set(s->net->loop, &d->timeout, clock_now_ns() + d->settings.timeout_ns);
    if (first->path[0]) {
        dial_path(s);
        return;
    }
    r = resolve(s->net->loop, first, resolved, s, &d->question);
    if (r < 0)
        fail_to_resolve(s, r, r == -EAGAIN ? "too many names are being looked up already" : "");
}

static int dial_tls(struct session *s, struct err *err)
{
    struct tls_context *context;
    int r = tls_client_context(&s->dialling->settings.tls, &context, err);

    if (r == 0)
        tls_attach(s, context, s->dialling->endpoint.host);
    /* Reading certificates is no part of looking up a name. */
    session_extras(s)->phases.begun = clock_now_ns();
    return r;
}

struct session *session_dial(struct net *net, const struct endpoint *endpoint,
                             const struct connect_settings *settings,
                             const struct behaviour *behaviour, void *data)
{
    struct session *s = session_new(net, behaviour);
    struct dialling *d = mem_new(1, sizeof(*d));
    struct err err = {0};
    int r;

    s->data = data;
    s->dialling = d;
    s->scheme = endpoint->scheme;
    s->io = session_io(s->scheme);
    s->receive_bytes = (uint32_t)settings->receive_bytes;
    session_extras(s)->idle_timeout_ns = settings->idle_timeout_ns;
    s->linger_ns = settings->linger_ns;
    memcpy(s->tag, settings->tag, sizeof(s->tag));
    d->endpoint = *endpoint;
    d->settings = *settings;
    d->timeout = (struct timer){.fire = timed_out, .owner = s};
    d->again = (struct timer){.fire = begin_try, .owner = s};
    session_touch(s, true);
    r = proxy_choose(endpoint, settings->proxy, settings->no_proxy, &d->proxy, &err);
    if (r == 0 && s->scheme == ENDPOINT_TLS)
        r = dial_tls(s, &err);
    /* What was asked for makes no sense: trying again would not mend that. */
    if (r < 0) {
        session_fail_with(s, &err);
        return s;
    }
    d->tries_left = settings->retries;
    /* A path is connected to at once: not before the caller has its session. */
    loop_timer_set(net->loop, &d->again, loop_now(net->loop));
    return s;
}
