#include "core/net/server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/net/call.h"
#include "core/net/session_internal.h"
#include "core/net/tls.h"

/* Connections or datagrams taken in one turn, so that a flood of them leaves time for others. */
#define TAKEN_PER_TURN 64
/* How long accepting rests when the process has no descriptor left. */
#define ACCEPT_PAUSE_NS (100 * CLOCK_MS_NS)

static struct caller caller_of(const struct server *s)
{
    return (struct caller){.journal = s->net->journal, .id = s->id};
}

void server_status(const struct server *s, struct server_status *ret)
{
    *ret = (struct server_status){
        .id = s->id,
        .listening = server_listening(s),
        .endpoint = s->endpoint,
        .cookie = s->cookie,
        .accepted = s->accepted,
        .accept_errors = s->accept_errors,
        .datagrams = s->datagrams,
        .lost_datagrams = s->lost_datagrams,
        .open_sessions = s->open_sessions,
        .sent_bytes = s->traffic.sent_bytes,
        .received_bytes = s->traffic.received_bytes,
    };
    snprintf(ret->service, sizeof(ret->service), "%s", s->service->name);
    if (s->tls)
        snprintf(ret->fingerprint, sizeof(ret->fingerprint), "%s",
                 tls_context_fingerprint(s->tls));
    ret->made_certificate = s->tls && !s->settings.tls.cert[0];
}

static void accept_again(struct timer *t)
{
    struct server *s = t->owner;

    loop_change(s->net->loop, &s->watch, EPOLLIN);
}

static void take_connection(struct server *s, int fd, const struct sockname *peer)
{
    struct caller c = caller_of(s);
    struct acceptance a = {.server_id = s->id,
                           .scheme = s->endpoint.scheme,
                           .traffic = &s->traffic,
                           .behaviour = &s->service->behaviour,
                           .instance = s->instance,
                           .idle_timeout_ns = s->settings.idle_timeout_ns,
                           .io = session_io(s->endpoint.scheme),
                           .local = s->local,
                           .peer = addr_from_sockname(peer)};
    struct session *session;
    struct sockname local;

    if (s->local.family != AF_UNIX && addr_is_any(&s->local) &&
        call_getsockname(&c, fd, &local) == 0)
        a.local = addr_from_sockname(&local);
    s->accepted++;
    s->open_sessions++;
    session = session_accepted(s->net, fd, &a);
    if (s->tls && !session_ended(session)) {
        tls_attach(session, tls_context_ref(s->tls), NULL);
        tls_negotiate(session);
    }
    if (!session_ended(session))
        session_begin(session);
}

/* True when another connection may wait. */
static bool accept_one(struct server *s)
{
    struct caller c = caller_of(s);
    struct sockname peer;
    int fd = call_accept4(&c, s->watch.fd, SOCK_NONBLOCK | SOCK_CLOEXEC, &peer);

    if (fd == -EAGAIN)
        return false;
    s->traffic.changed = true;
    if (fd >= 0) {
        take_connection(s, fd, &peer);
        return true;
    }
    s->accept_errors++;
    if (fd != -EMFILE && fd != -ENFILE && fd != -ENOBUFS && fd != -ENOMEM)
        return true; /* this connection's trouble only: accept(2), ERRORS */
    loop_change(s->net->loop, &s->watch, 0);
    loop_timer_set(s->net->loop, &s->pause, loop_now(s->net->loop) + ACCEPT_PAUSE_NS);
    return false;
}

/* True when another datagram may wait. */
static bool answer_one(struct server *s)
{
    struct caller c = caller_of(s);
    struct sockname from;
    ssize_t n = call_recvfrom(&c, s->watch.fd, s->net->scratch, NET_SCRATCH_BYTES, 0, &from);

    if (n == -EAGAIN)
        return false;
    s->traffic.changed = true;
    if (n < 0)
        return true; /* of a datagram sent before: its peer could not be reached (udp(7)) */
    s->datagrams++;
    s->traffic.received_bytes += (uint64_t)n;
    n = s->service->answer(s->instance, s->net->scratch, (size_t)n, s->net->answer,
                           sizeof(s->net->answer));
    if (n < 0 || from.len <= sizeof(sa_family_t)) /* an unbound AF_UNIX sender has no address */
        return true;
    n = call_sendto(&c, s->watch.fd, s->net->answer, (size_t)n, MSG_NOSIGNAL, &from);
    if (n < 0)
        s->lost_datagrams++;
    else
        s->traffic.sent_bytes += (uint64_t)n;
    return true;
}

static bool takes_datagrams(const struct server *s)
{
    return session_socket_type(s->endpoint.scheme) == SOCK_DGRAM;
}

static void server_ready(struct watch *w, uint32_t events)
{
    struct server *s = w->owner;
    bool (*take_one)(struct server *) = takes_datagrams(s) ? answer_one : accept_one;

    (void)events;
    for (int i = 0; i < TAKEN_PER_TURN && take_one(s); i++)
        continue;
}

/* One socket, bound and listening; negative errno. */
static int open_socket(struct server *s, const struct sockname *at)
{
    struct caller c = caller_of(s);
    int type = session_socket_type(s->endpoint.scheme);
    int fd = call_socket(&c, at->sa.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int r = 0;

    if (fd < 0)
        return fd;
    /* Two UDP sockets with it would share a port, and one of them its datagrams (ip(7)). */
    if (at->sa.ss_family != AF_UNIX && type == SOCK_STREAM)
        r = call_setsockopt_int(&c, fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (r == 0)
        r = call_bind(&c, fd, at);
    if (r == 0 && type != SOCK_DGRAM)
        r = call_listen(&c, fd, (int)s->settings.backlog);
    if (r == 0)
        return fd;
    call_close(&c, fd);
    return r;
}

static int open_listener(struct server *s, const struct addr *addr, bool next_port)
{
    struct caller c = caller_of(s);
    int tries = next_port ? SERVER_PORTS_TRIED : 0;
    struct addr at = *addr;
    struct sockname name;
    int fd;

    /* Two sockets may be bound to one port with SO_REUSEADDR: only listen() tells. */
    for (;;) {
        name = s->endpoint.path[0] ? sockname_from_path(s->endpoint.path)
                                   : sockname_from_addr(&at);
        fd = open_socket(s, &name);
        if (fd != -EADDRINUSE || s->endpoint.path[0] || tries-- == 0 || at.port == 65535)
            break;
        at.port++;
    }
    if (fd < 0)
        return fd;
    s->watch.fd = fd;
    if (call_getsockname(&c, fd, &name) == 0)
        s->local = addr_from_sockname(&name);
    if (!s->endpoint.path[0])
        s->endpoint = endpoint_from_addr(s->endpoint.scheme, &s->local);
    return 0;
}

/* The service's options as it finds them: words are name, value, name, value ... */
static void fill_setup(struct server *s)
{
    const struct words *given = &s->settings.service;
    const char *name = words_next(given, NULL);

    s->setup = (struct service_setup){.service = s->service, .net = s->net, .server_id = s->id};
    while (name) {
        const char *value = words_next(given, name);
        const struct service_option *o = service_option_find(s->service, name);

        s->setup.values[o - s->service->options] = value;
        name = words_next(given, value);
    }
}

static void explain_failure(const struct server *s, const struct addr *addr, int code,
                            struct err *err)
{
    char text[ADDR_TEXT_BYTES];

    err_set(err, code, "serve",
            s->endpoint.path[0] ? s->endpoint.path : addr_format(addr, text), "%s", "");
    if (code == -EACCES && !s->endpoint.path[0] && addr->port < 1024)
        err_hint(err, "ports below net.ipv4.ip_unprivileged_port_start need "
                      "CAP_NET_BIND_SERVICE; take a higher one");
    else if (code == -EADDRINUSE && s->endpoint.path[0] == '/')
        err_hint(err, "the file is there already; remove it if nobody listens on it: ss -lx");
}

static int start(struct server *s, const struct addr *addr, bool next_port, struct err *err)
{
    int r = 0;

    if (takes_datagrams(s) && !s->service->answer && s->service->behaviour.readable) {
        err_set(err, -EOPNOTSUPP, "serve", s->service->name, "it has no datagram form");
        return -EOPNOTSUPP;
    }
    if (s->endpoint.scheme == ENDPOINT_TLS)
        r = tls_server_context(&s->settings.tls, &s->endpoint, &s->tls, err);
    if (r < 0)
        return r;
    fill_setup(s);
    r = s->service->start ? s->service->start(&s->setup, &s->instance, err) : 0;
    if (r < 0)
        return r;
    r = open_listener(s, addr, next_port);
    /* What never reads leaves its datagrams in the kernel. */
    if (r == 0 && !(takes_datagrams(s) && !s->service->answer))
        s->watch.events = EPOLLIN;
    if (r == 0)
        r = loop_add(s->net->loop, &s->watch);
    if (r == 0)
        return 0;
    explain_failure(s, addr, r, err);
    if (s->service->stop)
        s->service->stop(s->instance);
    return r;
}

int server_listen(struct net *net, const struct service *service, const struct command *command,
                  const struct addr *addr, struct server **ret, struct err *err)
{
    struct server *s = mem_new(1, sizeof(*s));
    socklen_t len = sizeof(s->cookie);
    int r;

    s->net = net;
    s->id = net->next_id++;
    s->service = service;
    s->endpoint = command->endpoint;
    s->settings = command->serve;
    s->watch = (struct watch){.fd = -1, .ready = server_ready, .owner = s};
    s->pause = (struct timer){.fire = accept_again, .owner = s};
    r = start(s, addr, command->next_port, err);
    if (r < 0) {
        tls_context_unref(s->tls);
        free(s);
        return r;
    }
    getsockopt(s->watch.fd, SOL_SOCKET, SO_COOKIE, &s->cookie, &len);
    s->traffic.changed = true;
    HASH_ADD(hh, net->servers, id, sizeof(s->id), s);
    *ret = s;
    return 0;
}

void server_stop(struct server *s)
{
    struct caller c = caller_of(s);
    struct session *session, *next;

    if (!server_listening(s))
        return;
    loop_timer_cancel(s->net->loop, &s->pause);
    loop_remove(s->net->loop, &s->watch);
    call_close(&c, s->watch.fd);
    /* Only the file that bind(2) made for us. */
    if (s->endpoint.path[0] == '/')
        unlink(s->endpoint.path);
    HASH_ITER(hh, s->net->sessions, session, next)
    if (session->server_id == s->id)
        session_close(session);
    if (s->service->stop)
        s->service->stop(s->instance);
    s->watch.fd = -1;
    s->traffic.changed = true;
}

bool server_listening(const struct server *s)
{
    return s->watch.fd >= 0;
}

void server_free(struct server *s)
{
    HASH_DEL(s->net->servers, s);
    tls_context_unref(s->tls);
    free(s);
}
