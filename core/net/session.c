#include "core/net/session.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <utlist.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/net/call.h"
#include "core/net/session_internal.h"
#include "core/net/worker.h"

struct caller session_caller(const struct session *s)
{
    return (struct caller){.journal = s->net->journal, .id = s->id};
}

/* ---- telling -------------------------------------------------------------------------- */

void session_touch(struct session *s, bool urgent)
{
    if (!s->dirty) {
        s->dirty = true;
        DL_APPEND(s->net->dirty_sessions, s);
    }
    s->net->urgent |= urgent;
}

void session_count(struct session *s, uint64_t sent_bytes, uint64_t received_bytes)
{
    if (!s->tally)
        return;
    if (sent_bytes)
        tally_add(&s->tally->sent_bytes, sent_bytes);
    if (received_bytes)
        tally_add(&s->tally->received_bytes, received_bytes);
    tally_changed(s->tally);
}

void session_narrate(struct session *s, enum direction direction, const void *bytes, size_t len)
{
    struct passage p;

    if (!s->behaviour->narrate)
        return;
    p = (struct passage){.at_ns = clock_now_ns(),
                         .session_id = s->id,
                         .length = len,
                         .direction = (uint8_t)direction};
    ring_put(s->net->transcript, &p, bytes,
             len < TRANSCRIPT_KEPT_BYTES ? len : TRANSCRIPT_KEPT_BYTES);
}

void session_note(struct session *s, const char *format, ...)
{
    char text[480];
    va_list args;

    if (!s->behaviour->narrate)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    session_narrate(s, DIRECTION_NOTE, text, strlen(text));
}

/* Take it off the list of those whose status is to be told. */
static void forget_change(struct session *s)
{
    if (!s->dirty)
        return;
    s->dirty = false;
    DL_DELETE(s->net->dirty_sessions, s);
}

void session_set_state(struct session *s, enum session_state state)
{
    s->state = state;
    s->changed_ns = clock_now_ns();
    /* Accepted sessions come and go by the thousand; their faces can wait for the tick. */
    session_touch(s, s->server_id == 0);
}

void session_status(const struct session *s, struct session_status *ret)
{
    *ret = (struct session_status){
        .id = s->id,
        .server_id = s->server_id,
        .ordinal = s->ordinal,
        .state = s->state,
        .endpoint = endpoint_from_addr(s->scheme, &s->peer),
        .local = s->local,
        .peer = s->peer,
        .cookie = s->cookie,
        .opened_ns = s->opened_ns,
        .changed_ns = s->changed_ns,
        .phases = s->phases,
        .credentials = s->credentials,
        .sent_bytes = s->sent_bytes,
        .received_bytes = s->received_bytes,
        .queued_bytes = s->queue_len - s->queue_at,
        .feeding = s->feeding != NULL,
    };
    memcpy(ret->tag, s->tag, sizeof(ret->tag));
    if (s->dialling)
        dial_status(s, ret);
    if (s->err)
        ret->err = *s->err;
}

/* ---- life ----------------------------------------------------------------------------- */

bool session_ended(const struct session *s)
{
    return s->state == SESSION_CLOSED || s->state == SESSION_FAILED;
}

bool session_can_send(const struct session *s)
{
    return (s->state <= SESSION_OPEN || s->state == SESSION_REMOTE_CLOSED) &&
           !s->half_close_wanted && !s->close_wanted;
}

void session_update_interest(struct session *s)
{
    bool owes = s->queue_len > s->queue_at || session_feeds(s);
    bool reads = (s->state == SESSION_OPEN || s->state == SESSION_LOCAL_CLOSED) &&
                 s->behaviour->readable && !s->reading_paused &&
                 !(s->behaviour->lockstep && owes);
    uint32_t events = (reads ? (uint32_t)EPOLLIN : 0) | (owes ? (uint32_t)EPOLLOUT : 0);

    if (s->watch.fd < 0 || session_ended(s))
        return;
    if (s->state == SESSION_NEGOTIATING)
        events = s->negotiating_for;
    else if (reads && s->io->pending && s->io->pending(s) && !s->again.slot)
        loop_timer_set(s->net->loop, &s->again, loop_now(s->net->loop));
    if (s->unwatched && events) {
        s->unwatched = false;
        s->watch.events = events;
        loop_add(s->net->loop, &s->watch);
    } else if (!s->unwatched) {
        loop_change(s->net->loop, &s->watch, events);
    }
}

void session_abandon_socket(struct session *s)
{
    struct caller c = session_caller(s);

    session_drop_negotiations(s);
    if (s->watch.fd < 0)
        return;
    if (!s->unwatched)
        loop_remove(s->net->loop, &s->watch);
    call_close(&c, s->watch.fd);
    s->watch.fd = -1;
    if (s->io->done)
        s->io->done(s);
}

/* Its server may be waiting for room. */
static void leave_server(struct tally *tally)
{
    atomic_fetch_sub(&tally->open_sessions, 1);
    tally_changed(tally);
    if (atomic_load(&tally->full))
        eventfd_write(tally->wake_fd, 1);
}

void session_end(struct session *s, enum session_state state)
{
    if (session_ended(s))
        return;
    session_abandon_socket(s);
    if (s->dialling)
        dial_stop(s);
    loop_timer_cancel(s->net->loop, &s->idle);
    loop_timer_cancel(s->net->loop, &s->wake);
    loop_timer_cancel(s->net->loop, &s->again);
    free(s->queue);
    s->queue = NULL;
    s->queue_at = s->queue_len = 0;
    session_drop_feed(s);
    session_set_state(s, state);
    if (s->tally)
        leave_server(s->tally);
    if (s->behaviour->closing)
        s->behaviour->closing(s);
    /* Where they come and go by the thousand, a face that never heard of an accepted session
     * need not hear of its end. */
    if (s->server_id && !s->told && s->net->brief_sessions++ >= NET_BRIEF_SESSIONS)
        forget_change(s);
    /* Callers up the stack still hold it: it is freed when the turn ends. */
    s->next_dead = s->net->dead_sessions;
    s->net->dead_sessions = s;
}

void session_close(struct session *s)
{
    if (!session_ended(s))
        session_note(s, "closed");
    session_end(s, SESSION_CLOSED);
}

void session_fail_with(struct session *s, const struct err *err)
{
    char text[ERR_TEXT_BYTES * 4];

    if (s->dialling && !session_ended(s) && dial_try_again(s, err))
        return;
    if (!s->err)
        s->err = mem_new(1, sizeof(*s->err));
    *s->err = *err;
    err_format(s->err, text, sizeof(text));
    session_note(s, "%s", text);
    session_end(s, SESSION_FAILED);
}

void session_fail(struct session *s, const char *operation, int code, const char *reason)
{
    char text[ENDPOINT_TEXT_BYTES], addr[ADDR_TEXT_BYTES];
    const char *input = s->peer.family != AF_UNSPEC ? addr_format(&s->peer, addr)
                        : s->dialling               ? endpoint_format(dial_endpoint(s), text)
                                                    : "";
    struct err err;

    err_set(&err, code, operation, input, "%s", reason);
    session_fail_with(s, &err);
}

static void release(struct session *s)
{
    HASH_DEL(s->net->sessions, s);
    if (s->net->worker)
        worker_leave_session(s->net->worker, s->id);
    free(s->dialling);
    free(s->unconnected);
    free(s->err);
    free(s);
}

void session_bury(struct net *net)
{
    while (net->dead_sessions) {
        struct session *s = net->dead_sessions;

        net->dead_sessions = s->next_dead;
        s->buried = s->dirty;
        if (!s->dirty)
            release(s);
    }
    if (net->emptied)
        net->emptied(net);
}

void session_heard(struct session *s)
{
    struct net *net;

    s->told = true;
    forget_change(s);
    if (!s->buried)
        return;
    net = s->net;
    release(s);
    if (net->emptied)
        net->emptied(net);
}

/* ---- receiving ------------------------------------------------------------------------ */

static void peer_closed(struct session *s)
{
    session_note(s, "%s",
                 s->tls ? "the peer closed TLS: it sends no more"
                        : "the peer sent FIN: it sends no more");
    if (s->state == SESSION_LOCAL_CLOSED) {
        session_close(s);
        return;
    }
    session_set_state(s, SESSION_REMOTE_CLOSED);
    if (s->behaviour->peer_closed)
        s->behaviour->peer_closed(s);
    else
        session_close_drained(s);
}

static void note_datagram(struct session *s, size_t len, size_t room)
{
    char from[ADDR_TEXT_BYTES];

    if (s->unconnected)
        session_note(s, "from %s: a datagram of %zu bytes",
                     addr_format(&s->unconnected->sender, from), len);
    if (len > room)
        session_note(s, "truncated: the datagram had %zu bytes, recv(2) was given %zu", len,
                     room);
}

ssize_t session_receive(struct session *s, const uint8_t **ret_bytes)
{
    size_t room = s->receive_bytes;
    ssize_t n = s->io->receive(s, s->net->scratch, room);

    if (n == -EAGAIN || n == -EINTR)
        return -1;
    if (n < 0) {
        session_transfer_failed(s, "recv", (int)n);
        return -1;
    }
    if (n == 0 && s->io->ends) {
        peer_closed(s);
        return -1;
    }
    s->unit_bytes = (size_t)n;
    if (s->io->boundaries)
        note_datagram(s, (size_t)n, room);
    if ((size_t)n > room)
        n = (ssize_t)room;
    s->received_bytes += (uint64_t)n;
    s->active_ns = loop_now(s->net->loop);
    if (!s->phases.first_byte)
        s->phases.first_byte = s->active_ns;
    session_count(s, 0, (uint64_t)n);
    session_touch(s, false);
    session_narrate(s, DIRECTION_RECEIVED, s->net->scratch, (size_t)n);
    *ret_bytes = s->net->scratch;
    return n;
}

void session_pause_reading(struct session *s, bool paused)
{
    s->reading_paused = paused;
    session_update_interest(s);
}

/* An error or hang-up while nobody reads: epoll would tell it again and again. */
static void trouble_unread(struct session *s)
{
    struct caller c = session_caller(s);
    int error = 0;

    if (s->behaviour->readable && s->state != SESSION_REMOTE_CLOSED) {
        /* Bytes may wait in front of the error: it shows when reading goes on. */
        loop_remove(s->net->loop, &s->watch);
        s->unwatched = true;
        return;
    }
    call_getsockopt_int(&c, s->watch.fd, SOL_SOCKET, SO_ERROR, &error);
    if (error)
        session_fail(s, "connection", -error, "");
    else
        session_close(s);
}

/* ---- the loop's calls ----------------------------------------------------------------- */

static void session_due(struct timer *t)
{
    struct session *s = t->owner;

    s->behaviour->due(s);
    if (!session_ended(s))
        session_update_interest(s);
}

void session_wake_at(struct session *s, uint64_t at_ns)
{
    if (at_ns)
        loop_timer_set(s->net->loop, &s->wake, at_ns);
    else
        loop_timer_cancel(s->net->loop, &s->wake);
}

/* Bytes that epoll does not see. */
static void read_pending(struct timer *t)
{
    struct session *s = t->owner;

    if ((s->watch.events & EPOLLIN) && !s->unwatched)
        s->behaviour->readable(s);
    if (!session_ended(s))
        session_update_interest(s);
}

static void idle_too_long(struct timer *t)
{
    struct session *s = t->owner;
    uint64_t due = s->active_ns + s->idle_timeout_ns;
    char duration[TEXT_DURATION_BYTES];

    if (due > loop_now(s->net->loop)) {
        loop_timer_set(s->net->loop, &s->idle, due);
        return;
    }
    session_note(s, "nothing came or went for %s", text_duration(s->idle_timeout_ns, duration));
    session_close(s);
}

static void session_ready(struct watch *w, uint32_t events)
{
    struct session *s = w->owner;

    if (s->state == SESSION_NEGOTIATING) {
        session_go_on_negotiating(s);
        return;
    }
    if ((w->events & EPOLLIN) && (events & (EPOLLIN | EPOLLERR | EPOLLHUP)))
        s->behaviour->readable(s);
    else if (events & (EPOLLERR | EPOLLHUP))
        trouble_unread(s);
    if (!session_ended(s) && (events & EPOLLOUT))
        session_writable(s);
    if (!session_ended(s))
        session_update_interest(s);
}

/* ---- opening -------------------------------------------------------------------------- */

struct session *session_new(struct net *net, const struct behaviour *behaviour)
{
    struct session *s = mem_new(1, sizeof(*s));

    s->watch = (struct watch){.fd = -1, .ready = session_ready, .owner = s};
    s->net = net;
    s->id = atomic_fetch_add(&net->hub->next_id, 1);
    s->behaviour = behaviour;
    s->io = &stream_io;
    s->receive_bytes = NET_SCRATCH_BYTES;
    s->idle = (struct timer){.fire = idle_too_long, .owner = s};
    s->wake = (struct timer){.fire = session_due, .owner = s};
    s->again = (struct timer){.fire = read_pending, .owner = s};
    s->opened_ns = s->changed_ns = s->phases.begun = clock_now_ns();
    HASH_ADD(hh, net->sessions, id, sizeof(s->id), s);
    if (net->worker)
        worker_enter_session(net->worker, s->id);
    return s;
}

void session_learn_cookie(struct session *s, int fd)
{
    socklen_t len = sizeof(s->cookie);

    if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &s->cookie, &len) < 0)
        s->cookie = 0;
}

int session_socket_type(enum endpoint_scheme scheme)
{
    switch (scheme) {
    case ENDPOINT_UDP:
    case ENDPOINT_UNIX_DGRAM:
        return SOCK_DGRAM;
    case ENDPOINT_UNIX_SEQPACKET:
        return SOCK_SEQPACKET;
    case ENDPOINT_TCP:
    case ENDPOINT_TLS:
    case ENDPOINT_UNIX:
        break;
    }
    return SOCK_STREAM;
}

const struct io *session_io(enum endpoint_scheme scheme)
{
    int type = session_socket_type(scheme);

    return type == SOCK_DGRAM       ? &datagram_io
           : type == SOCK_SEQPACKET ? &seqpacket_io
                                    : &stream_io;
}

/* Who holds the other end; the kernel knows it of connected AF_UNIX sockets only (unix(7)). */
static void learn_credentials(struct session *s)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);

    if (s->peer.family != AF_UNIX ||
        getsockopt(s->watch.fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0 || peer.pid <= 0)
        return;
    s->credentials = (struct peer_credentials){true, peer.pid, peer.uid, peer.gid};
    session_note(s, "the peer is process %d, uid %u, gid %u", peer.pid, peer.uid, peer.gid);
}

void session_open(struct session *s)
{
    char local[ADDR_TEXT_BYTES], peer[ADDR_TEXT_BYTES];

    session_set_state(s, SESSION_OPEN);
    s->active_ns = s->changed_ns;
    if (s->dialling)
        dial_opened(s);
    if (s->idle_timeout_ns)
        loop_timer_set(s->net->loop, &s->idle, s->active_ns + s->idle_timeout_ns);
    session_note(s, "connected %s -> %s", addr_format(&s->local, local),
                 addr_format(&s->peer, peer));
    learn_credentials(s);
    session_narrate_queue(s);
    if (s->behaviour->opened)
        s->behaviour->opened(s);
    if (!session_ended(s) && s->half_close_wanted && !s->queue_len && !s->feeding)
        session_shut_down(s);
    if (!session_ended(s))
        session_update_interest(s);
}

struct session *session_accepted(struct net *net, int fd, const struct acceptance *a)
{
    struct session *s = session_new(net, a->behaviour);
    int r;

    s->server_id = a->server_id;
    s->scheme = a->scheme;
    s->tally = a->tally;
    s->instance = a->instance;
    s->idle_timeout_ns = a->idle_timeout_ns;
    s->io = a->io;
    s->local = a->local;
    s->peer = a->peer;
    s->watch.fd = fd;
    session_learn_cookie(s, fd);
    r = loop_add(net->loop, &s->watch);
    if (r < 0) {
        s->unwatched = true;
        session_fail(s, "epoll_ctl", r, "");
    }
    return s;
}

/* ---- the console's behaviours --------------------------------------------------------- */

static void read_and_tell(struct session *s)
{
    const uint8_t *bytes;

    session_receive(s, &bytes);
}

/* The person decides when to close: until then the socket shows CLOSE_WAIT. */
static void leave_half_open(struct session *s)
{
    (void)s;
}

const struct behaviour transcript_behaviour = {
    .readable = read_and_tell, .peer_closed = leave_half_open, .narrate = true};

const struct behaviour quiet_behaviour = {.readable = read_and_tell};
