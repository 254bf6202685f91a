#include "core/net/server.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/net/call.h"
#include "core/net/session.h"

/* Connections taken in one turn, so that a flood of them leaves time for the open ones. */
#define ACCEPTS_PER_TURN 64
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
        .endpoint = endpoint_from_addr(ENDPOINT_TCP, &s->local),
        .cookie = s->cookie,
        .accepted = s->accepted,
        .accept_errors = s->accept_errors,
        .open_sessions = s->open_sessions,
        .sent_bytes = s->traffic.sent_bytes,
        .received_bytes = s->traffic.received_bytes,
    };
    snprintf(ret->service, sizeof(ret->service), "%s", s->service->name);
}

static void accept_again(struct timer *t)
{
    struct server *s = t->owner;

    loop_change(s->net->loop, &s->watch, EPOLLIN);
}

/* True when another connection may wait. */
static bool accept_one(struct server *s)
{
    struct caller c = caller_of(s);
    struct addr peer;
    struct addr local = s->local;
    int fd = call_accept4(&c, s->watch.fd, SOCK_NONBLOCK | SOCK_CLOEXEC, &peer);

    if (fd == -EAGAIN)
        return false;
    s->traffic.changed = true;
    if (fd >= 0) {
        s->accepted++;
        if (addr_is_any(&local))
            call_getsockname(&c, fd, &local);
        s->open_sessions++;
        session_accepted(s->net, fd, s->id, &s->traffic, &local, &peer, &s->service->behaviour);
        return true;
    }
    s->accept_errors++;
    if (fd != -EMFILE && fd != -ENFILE && fd != -ENOBUFS && fd != -ENOMEM)
        return true; /* this connection's trouble only: accept(2), ERRORS */
    loop_change(s->net->loop, &s->watch, 0);
    loop_timer_set(s->net->loop, &s->pause, loop_now(s->net->loop) + ACCEPT_PAUSE_NS);
    return false;
}

static void server_ready(struct watch *w, uint32_t events)
{
    (void)events;
    for (int i = 0; i < ACCEPTS_PER_TURN && accept_one(w->owner); i++)
        continue;
}

static int open_listener(struct server *s, struct addr *addr, int backlog, bool next_port)
{
    struct caller c = caller_of(s);
    int fd = call_socket(&c, addr->family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int tries = next_port ? SERVER_PORTS_TRIED : 0;
    int r;

    if (fd < 0)
        return fd;
    r = call_setsockopt_int(&c, fd, SOL_SOCKET, SO_REUSEADDR, 1);
    /* Two sockets may be bound to one port with SO_REUSEADDR: only listen() tells. */
    while (r == 0) {
        r = call_bind(&c, fd, addr);
        if (r == 0)
            r = call_listen(&c, fd, backlog);
        if (r != -EADDRINUSE || tries-- == 0 || addr->port == 65535)
            break;
        call_close(&c, fd);
        addr->port++;
        fd = call_socket(&c, addr->family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd < 0)
            return fd;
        r = call_setsockopt_int(&c, fd, SOL_SOCKET, SO_REUSEADDR, 1);
    }
    if (r < 0) {
        call_close(&c, fd);
        return r;
    }
    s->watch.fd = fd;
    return call_getsockname(&c, fd, &s->local);
}

int server_listen(struct net *net, const struct service *service, const struct addr *addr,
                  int backlog, bool next_port, struct server **ret, struct err *err)
{
    struct server *s = mem_new(1, sizeof(*s));
    struct addr at = *addr;
    char text[ADDR_TEXT_BYTES];
    socklen_t len = sizeof(s->cookie);
    int r;

    s->net = net;
    s->id = net->next_id++;
    s->service = service;
    s->watch = (struct watch){.fd = -1, .events = EPOLLIN, .ready = server_ready, .owner = s};
    s->pause = (struct timer){.fire = accept_again, .owner = s};
    r = open_listener(s, &at, backlog, next_port);
    if (r == 0)
        r = loop_add(net->loop, &s->watch);
    if (r < 0) {
        err_set(err, r, "serve", addr_format(addr, text), "%s", "");
        if (r == -EACCES && addr->port < 1024)
            err_hint(err, "ports below net.ipv4.ip_unprivileged_port_start need "
                          "CAP_NET_BIND_SERVICE; take a higher one");
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
    HASH_ITER(hh, s->net->sessions, session, next)
    if (session->server_id == s->id)
        session_close(session);
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
    free(s);
}
