#include "core/net/server.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/will.h"
#include "core/net/call.h"
#include "core/net/prepare.h"
#include "core/net/session_internal.h"
#include "core/net/tls.h"
#include "core/net/worker.h"

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
    const struct tally *t = s->tally;
    char text[ENDPOINT_TEXT_BYTES];

    *ret = (struct server_status){
        .id = s->id,
        .listening = s->listening,
        .endpoint = s->endpoint,
        .cookie = s->cookie,
        .accepted = tally_get(&t->accepted),
        .messages = tally_get(&t->messages),
        .accept_errors = tally_get(&t->accept_errors),
        .denied = tally_get(&t->denied),
        .untold_sessions = tally_get(&t->untold_sessions),
        .datagrams = tally_get(&t->datagrams),
        .lost_datagrams = tally_get(&t->lost_datagrams),
        .open_sessions = atomic_load(&t->open_sessions),
        .sent_bytes = tally_get(&t->sent_bytes),
        .received_bytes = tally_get(&t->received_bytes),
    };
    snprintf(ret->service, sizeof(ret->service), "%s", s->service->name);
    if (s->tls)
        snprintf(ret->fingerprint, sizeof(ret->fingerprint), "%s",
                 tls_context_fingerprint(s->tls));
    ret->made_certificate = s->tls && !s->settings.tls.cert[0];
    if (atomic_load(&t->last_error))
        err_set(&ret->err, atomic_load(&t->last_error), "accept",
                endpoint_format(&s->endpoint, text), "%s", "");
}

bool server_is_shard(const struct server *s)
{
    return s->net->worker != NULL;
}

/* ---- connections ---------------------------------------------------------------------- */

/* How many sessions may be open at once; 0: any number. */
static uint64_t limit(const struct server *s)
{
    return s->settings.model == MODEL_ITERATIVE ? 1 : s->settings.max_connections;
}

static bool enter(const struct server *s)
{
    unsigned open = atomic_load(&s->tally->open_sessions);

    do {
        if (limit(s) && open >= limit(s))
            return false;
    } while (!atomic_compare_exchange_weak(&s->tally->open_sessions, &open, open + 1));
    return true;
}

static void stop_waiting(struct server *s)
{
    if (s->waits)
        atomic_fetch_sub(&s->tally->waiting, 1);
    s->waits = false;
}

/* A place for one more session; session_leave_server() gives it back.  At its limit a server accepts
 * no more: what comes waits in the kernel's accept queue. */
static bool take_place(struct server *s)
{
    if (enter(s))
        return true;
    atomic_fetch_add(&s->tally->waiting, 1);
    s->waits = true;
    /* A session of another thread may have ended before it could see that. */
    if (enter(s)) {
        stop_waiting(s);
        return true;
    }
    loop_change(s->net->loop, &s->watch, 0);
    return false;
}

void server_look_for_room(struct server *s)
{
    if (!s->waits)
        return;
    stop_waiting(s);
    loop_change(s->net->loop, &s->watch, EPOLLIN);
}

/* A session or a thread has ended, or another thread has counted something. */
static void room_ready(struct watch *w, uint32_t events)
{
    struct server *s = w->owner;
    eventfd_t count;

    (void)events;
    eventfd_read(w->fd, &count);
    workers_reap(s);
    if (!atomic_load(&s->tally->waiting))
        return;
    workers_look_for_room(s);
    server_look_for_room(s);
}

static void accept_again(struct timer *t)
{
    struct server *s = t->owner;

    loop_change(s->net->loop, &s->watch, EPOLLIN);
}

void server_take_connection(const struct server *s, struct net *net, int fd,
                            const struct sockname *peer)
{
    struct caller c = {.journal = net->journal, .id = s->id};
    struct acceptance a = {.server_id = s->id,
                           .scheme = s->endpoint.scheme,
                           .tally = s->tally,
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
    session = session_accepted(net, fd, &a);
    if (s->tls && !session_ended(session)) {
        tls_attach(session, tls_context_ref(s->tls), NULL);
        tls_negotiate(session);
    }
    if (!session_ended(session))
        session_begin(session);
}

/* A connection is there, and a place for it: who serves it?  0 or negative errno. */
static int hand_over(struct server *s, int fd, const struct sockname *peer)
{
    struct caller c = caller_of(s);
    struct addr from = addr_from_sockname(peer);
    int r = 0;

    if (!access_permits(&s->access, &from)) {
        tally_add(&s->tally->denied, 1);
        call_close(&c, fd);
        session_leave_server(s->tally);
        return 0;
    }
    tally_add(&s->tally->accepted, 1);
    tally_changed(s->tally);
    if (s->settings.model != MODEL_THREADS)
        server_take_connection(s, s->net, fd, peer);
    else
        r = worker_serve_connection(s, fd, peer);
    /* No thread, no session: the peer sees it end. */
    if (r < 0)
        session_leave_server(s->tally);
    return r;
}

/* Not only this connection's trouble (accept(2), ERRORS; pthread_create(3): EAGAIN). */
static bool runs_short(int code)
{
    return code == -EMFILE || code == -ENFILE || code == -ENOBUFS || code == -ENOMEM ||
           code == -EAGAIN;
}

/* True when another connection may wait. */
static bool accept_one(struct server *s)
{
    struct caller c = caller_of(s);
    struct sockname peer;
    int fd, r;

    if (!take_place(s))
        return false;
    fd = r = call_accept4(&c, s->watch.fd, SOCK_NONBLOCK | SOCK_CLOEXEC, &peer);
    if (fd >= 0)
        r = hand_over(s, fd, &peer);
    else
        session_leave_server(s->tally);
    if (fd == -EAGAIN)
        return false;
    if (r >= 0)
        return true;
    tally_add(&s->tally->accept_errors, 1);
    atomic_store(&s->tally->last_error, r);
    tally_changed(s->tally);
    if (!runs_short(r))
        return true;
    loop_change(s->net->loop, &s->watch, 0);
    loop_timer_set(s->net->loop, &s->pause, loop_now(s->net->loop) + ACCEPT_PAUSE_NS);
    return false;
}

/* On every address, a datagram tells which one it is for: it is answered from there.  Left to
 * itself the kernel takes the one that its routes prefer, and who asked another would drop it. */
static bool tells_ours(const struct server *s)
{
    return s->local.family != AF_UNIX && addr_is_any(&s->local);
}

/* What came of one datagram: its answer, if it may have one. */
static void answer(struct server *s, size_t len, const struct sockname *from,
                   const struct addr *ours)
{
    struct caller c = caller_of(s);
    struct addr peer = addr_from_sockname(from);
    ssize_t n;

    if (!access_permits(&s->access, &peer)) {
        tally_add(&s->tally->denied, 1);
        return;
    }
    tally_add(&s->tally->datagrams, 1);
    if (len > NET_SCRATCH_BYTES) { /* AF_UNIX only: its end was cut off */
        tally_add(&s->tally->lost_datagrams, 1);
        return;
    }
    tally_add(&s->tally->received_bytes, len);
    n = s->service->answer(s->instance, s->net->scratch, len, s->net->answer,
                           sizeof(s->net->answer));
    if (n < 0 ||
        from->len <= sizeof(sa_family_t)) /* an unbound AF_UNIX sender has no address */
        return;
    if (ours->family != AF_UNSPEC)
        n = call_sendmsg(&c, s->watch.fd, s->net->answer, (size_t)n, MSG_NOSIGNAL, from, ours);
    else
        n = call_sendto(&c, s->watch.fd, s->net->answer, (size_t)n, MSG_NOSIGNAL, from);
    if (n < 0)
        tally_add(&s->tally->lost_datagrams, 1);
    else
        tally_add(&s->tally->sent_bytes, (uint64_t)n);
}

/* True when another datagram may wait. */
static bool answer_one(struct server *s)
{
    struct caller c = caller_of(s);
    struct addr ours = {.family = AF_UNSPEC};
    struct sockname from;
    ssize_t n = tells_ours(s) ? call_recvmsg(&c, s->watch.fd, s->net->scratch,
                                             NET_SCRATCH_BYTES, MSG_TRUNC, &from, &ours)
                              : call_recvfrom(&c, s->watch.fd, s->net->scratch,
                                              NET_SCRATCH_BYTES, MSG_TRUNC, &from);

    if (n == -EAGAIN)
        return false;
    /* An error is of a datagram sent before: its peer could not be reached (udp(7)). */
    if (n >= 0)
        answer(s, (size_t)n, &from, &ours);
    tally_changed(s->tally);
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

/* Of bind(2): it is removed in the end, unless something else has taken its place. */
static void remember_file(struct server *s)
{
    struct stat st;

    s->has_file = s->endpoint.path[0] == '/' && lstat(s->endpoint.path, &st) == 0;
    if (!s->has_file)
        return;
    s->file_device = st.st_dev;
    s->file_number = st.st_ino;
    will_socket(s->endpoint.path, st.st_dev, st.st_ino);
}

static void remove_file(const struct server *s)
{
    struct stat st;

    if (s->has_file && lstat(s->endpoint.path, &st) == 0 && st.st_dev == s->file_device &&
        st.st_ino == s->file_number)
        unlink(s->endpoint.path);
    if (s->has_file)
        will_socket_gone(s->endpoint.path);
}

/* Have each datagram tell which address of ours it is for; a socket of IPv6 may get IPv4, too. */
static int ask_for_ours(const struct caller *c, int fd, int family)
{
    int r = 0;

    if (family == AF_INET6)
        r = call_setsockopt_int(c, fd, SOL_IPV6, IPV6_RECVPKTINFO, 1);
    return r < 0 ? r : call_setsockopt_int(c, fd, SOL_IP, IP_PKTINFO, 1);
}

/* One socket, bound and listening; negative errno, with err where that does not say it. */
static int open_socket(struct server *s, const struct sockname *at, struct err *err)
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
    /* net.ipv6.bindv6only may say otherwise. */
    if (r == 0 && s->everywhere && at->sa.ss_family == AF_INET6)
        r = call_setsockopt_int(&c, fd, SOL_IPV6, IPV6_V6ONLY, 0);
    if (r == 0 && s->settings.workers)
        r = call_setsockopt_int(&c, fd, SOL_SOCKET, SO_REUSEPORT, 1);
    if (r == 0 && type == SOCK_DGRAM && at->sa.ss_family != AF_UNIX) {
        struct addr addr = addr_from_sockname(at);

        if (addr_is_any(&addr))
            r = ask_for_ours(&c, fd, addr.family);
    }
    if (r == 0)
        r = prepare_socket(&c, fd, at->sa.ss_family, &s->settings.socket, NULL, err);
    if (r == 0 && s->endpoint.path[0] == '/')
        will_socket_begins(s->endpoint.path);
    if (r == 0)
        r = call_bind(&c, fd, at);
    if (r == 0)
        remember_file(s);
    if (r == 0 && type != SOCK_DGRAM)
        r = call_listen(&c, fd, (int)s->settings.backlog);
    if (r == 0)
        return fd;
    call_close(&c, fd);
    return r;
}

static int open_listener(struct server *s, const struct addr *addr, bool next_port,
                         struct err *err)
{
    struct caller c = caller_of(s);
    int tries = next_port ? SERVER_PORTS_TRIED : 0;
    struct addr at = *addr;
    struct sockname name;
    int fd, r;

    /* Two sockets may be bound to one port with SO_REUSEADDR: only listen() tells. */
    for (;;) {
        name = s->endpoint.path[0] ? sockname_from_path(s->endpoint.path)
                                   : sockname_from_addr(&at);
        fd = open_socket(s, &name, err);
        if ((fd == -EAFNOSUPPORT || fd == -EADDRNOTAVAIL) && s->everywhere &&
            at.family == AF_INET6) {
            at = addr_make(AF_INET, &(struct in_addr){INADDR_ANY}, at.port);
            continue;
        }
        if (fd != -EADDRINUSE || s->endpoint.path[0] || tries-- == 0 || at.port == 65535)
            break;
        at.port++;
    }
    if (fd < 0)
        return fd;
    s->watch.fd = fd;
    r = call_getsockname(&c, fd, &name);
    if (r < 0 && !s->endpoint.path[0])
        return r;
    if (r == 0)
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

/* Something is there already.  Whether anybody listens is not tried out: they would be connected
 * to. */
static void explain_path(const struct server *s, struct err *err)
{
    struct stat st;

    if (lstat(s->endpoint.path, &st) == 0 && !S_ISSOCK(st.st_mode))
        err_hint(err, "a file that is no socket has this name");
    else
        err_hint(err, "ss -xlp says who listens there; if nobody does: rm '%.100s'",
                 s->endpoint.path);
}

static void explain_failure(const struct server *s, const struct addr *addr, int code,
                            struct err *err)
{
    char text[ADDR_TEXT_BYTES];

    if (err->code) /* an option of the socket, which err names */
        return;
    err_set(err, code, "serve",
            s->endpoint.path[0] ? s->endpoint.path : addr_format(addr, text), "%s", "");
    if (code == -EACCES && !s->endpoint.path[0] && addr->port < 1024)
        err_hint(err, "ports below net.ipv4.ip_unprivileged_port_start need "
                      "CAP_NET_BIND_SERVICE; take a higher one");
    else if (code == -EADDRINUSE && s->endpoint.path[0] == '/')
        explain_path(s, err);
}

/* What the service and the kind of socket do not allow. */
static int check_settings(const struct server *s, struct err *err)
{
    bool threads = s->settings.model == MODEL_THREADS || s->settings.workers > 0;

    if (takes_datagrams(s) && !s->service->answer &&
        (s->service->behaviour.readable || s->service->never_accepts))
        return err_set(err, -EOPNOTSUPP, "serve", s->service->name, "it has no datagram form");
    if (takes_datagrams(s) && s->settings.model != MODEL_LOOP)
        return err_set(err, -EINVAL, "serve", "--model",
                       "datagrams have no connections to make a model of");
    if (threads && s->service->one_loop)
        return err_set(err, -EINVAL, "serve", s->service->name,
                       "its sessions know each other: one thread serves them all");
    if (s->settings.workers && s->settings.model != MODEL_LOOP)
        return err_set(err, -EINVAL, "serve", "--workers", "it goes with --model loop only");
    if (threads && s->service->never_accepts)
        return err_set(err, -EINVAL, "serve", s->service->name,
                       "it accepts no connection that another thread could serve");
    if (s->settings.workers && s->endpoint.path[0])
        return err_set(err, -EINVAL, "serve", "--workers", "a path has one socket only");
    return 0;
}

/* Each worker gets a socket with the address that the first one has. */
static int start_workers(struct server *s, struct err *err)
{
    struct sockname at = sockname_from_addr(&s->local);
    int fd = s->watch.fd, r = 0;

    s->watch.fd = -1;
    for (uint64_t i = 0; r == 0 && i < s->settings.workers; i++) {
        if (i > 0)
            fd = open_socket(s, &at, err);
        r = fd < 0 ? fd : worker_serve_listener(s, fd);
    }
    if (r < 0)
        workers_stop(s);
    return r;
}

static int start(struct server *s, const struct addr *addr, bool next_port, struct err *err)
{
    struct caller c = caller_of(s);
    socklen_t len = sizeof(s->cookie);
    int r = check_settings(s, err);

    if (r == 0)
        r = access_parse(&s->settings.allow, &s->settings.deny, &s->access, err);
    if (r == 0 && s->endpoint.scheme == ENDPOINT_TLS)
        r = tls_server_context(&s->settings.tls, &s->endpoint, &s->tls, err);
    if (r < 0)
        return r;
    fill_setup(s);
    r = s->service->start ? s->service->start(&s->setup, &s->instance, err) : 0;
    if (r < 0)
        return r;
    r = open_listener(s, addr, next_port, err);
    if (r == 0 && getsockopt(s->watch.fd, SOL_SOCKET, SO_COOKIE, &s->cookie, &len) < 0)
        s->cookie = 0;
    /* What never reads leaves its datagrams in the kernel, what never accepts its connections. */
    if (r == 0 && !(takes_datagrams(s) && !s->service->answer) && !s->service->never_accepts)
        s->watch.events = EPOLLIN;
    if (r == 0)
        r = s->settings.workers ? start_workers(s, err) : loop_add(s->net->loop, &s->watch);
    if (r == 0)
        return 0;
    if (s->watch.fd >= 0)
        call_close(&c, s->watch.fd);
    remove_file(s);
    explain_failure(s, addr, r, err);
    if (s->service->stop)
        s->service->stop(s->instance);
    return r;
}

static void release(struct server *s)
{
    loop_remove(s->net->loop, &s->room);
    close(s->room.fd);
    tls_context_unref(s->tls);
    free(s->tally);
    free(s);
}

/* Those that have stopped are there until that was told. */
static unsigned n_listening(const struct net *net)
{
    unsigned n = 0;

    for (const struct server *s = net->servers; s; s = s->hh.next)
        n += s->listening;
    return n;
}

int server_listen(struct net *net, const struct service *service, const struct command *command,
                  const struct addr *addr, struct server **ret, struct err *err)
{
    struct server *s;
    int r;

    if (n_listening(net) >= SERVERS_MAX) {
        err_set(err, -ENOBUFS, "serve", service->name, "%d servers are the most at once",
                SERVERS_MAX);
        err_hint(err, "stop one of them");
        return -ENOBUFS;
    }
    s = mem_new(1, sizeof(*s));
    s->net = net;
    s->id = atomic_fetch_add(&net->hub->next_id, 1);
    s->service = service;
    s->endpoint = command->endpoint;
    s->everywhere = !s->endpoint.path[0] && !s->endpoint.host[0];
    s->settings = command->serve;
    s->watch = (struct watch){.fd = -1, .ready = server_ready, .owner = s};
    s->pause = (struct timer){.fire = accept_again, .owner = s};
    s->room =
        (struct watch){.fd = mem_eventfd(), .events = EPOLLIN, .ready = room_ready, .owner = s};
    s->tally = mem_new(1, sizeof(*s->tally));
    s->tally->wake_fd = s->room.fd;
    r = loop_add(net->loop, &s->room);
    if (r < 0)
        err_set(err, r, "serve", service->name, "%s", "");
    if (r == 0)
        r = start(s, addr, command->next_port, err);
    if (r < 0) {
        release(s);
        return r;
    }
    s->listening = true;
    tally_changed(s->tally);
    HASH_ADD(hh, net->servers, id, sizeof(s->id), s);
    *ret = s;
    return 0;
}

int server_add_shard(const struct server *server, struct net *net, int fd)
{
    struct server *s = mem_copy(server, sizeof(*server));

    s->net = net;
    s->workers = NULL;
    s->hh = (UT_hash_handle){0};
    s->watch = (struct watch){.fd = fd, .events = EPOLLIN, .ready = server_ready, .owner = s};
    s->pause = (struct timer){.fire = accept_again, .owner = s};
    s->room.fd = -1;
    s->has_file = false;
    HASH_ADD(hh, net->servers, id, sizeof(s->id), s);
    return loop_add(net->loop, &s->watch);
}

static void stop_listening(struct server *s)
{
    struct caller c = caller_of(s);

    loop_timer_cancel(s->net->loop, &s->pause);
    if (s->watch.fd < 0)
        return;
    loop_remove(s->net->loop, &s->watch);
    call_close(&c, s->watch.fd);
    s->watch.fd = -1;
}

void server_stop(struct server *s)
{
    struct session *session, *next;

    if (!server_is_shard(s) && !s->listening)
        return;
    stop_listening(s);
    HASH_ITER(hh, s->net->sessions, session, next)
    if (session->server_id == s->id)
        session_close(session);
    if (server_is_shard(s))
        return;
    workers_stop(s);
    s->listening = false;
    remove_file(s);
    if (s->service->stop)
        s->service->stop(s->instance);
    tally_changed(s->tally);
}

void server_free(struct server *s)
{
    HASH_DEL(s->net->servers, s);
    if (server_is_shard(s))
        free(s);
    else
        release(s);
}
