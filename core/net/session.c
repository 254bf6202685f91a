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
#include "core/net/blocking.h"
#include "core/net/call.h"
#include "core/net/framing.h"
#include "core/net/session_internal.h"
#include "core/net/tls.h"
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

/* Of accepted sessions, which may be thousands, the server's sums are enough for most faces. */
static void touch_traffic(struct session *s)
{
    if (!s->server_id ||
        atomic_load_explicit(&s->net->hub->watches_traffic, memory_order_relaxed))
        session_touch(s, false);
}

void session_count(struct session *s, uint64_t sent_bytes, uint64_t received_bytes)
{
    s->sent_bytes += sent_bytes;
    s->received_bytes += received_bytes;
    s->sends += sent_bytes > 0;
    s->receives += received_bytes > 0;
    s->active_ns = loop_now(s->net->loop);
    touch_traffic(s);
    if (s->tally)
        net_count(s->net, s->tally, sent_bytes, received_bytes);
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
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): it is in the list */
    DL_DELETE(s->net->dirty_sessions, s);
}

void session_set_state(struct session *s, enum session_state state)
{
    s->state = state;
    s->changed_ns = clock_now_ns();
    /* Accepted sessions come and go by the thousand; their faces can wait for the tick. */
    session_touch(s, s->server_id == 0);
}

void session_count_message(struct session *s)
{
    s->messages++;
    if (s->tally)
        tally_add(&s->tally->messages, 1);
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
        .phases.begun = s->opened_ns,
        .sent_bytes = s->sent_bytes,
        .received_bytes = s->received_bytes,
        .sends = s->sends,
        .receives = s->receives,
        .messages = s->messages,
        .queued_bytes = s->queue_len - s->queue_at,
        .feeding = s->feeding != NULL,
    };
    memcpy(ret->tag, s->tag, sizeof(ret->tag));
    blocking_waits(s, &ret->recv_waits_since_ns, &ret->send_waits_since_ns);
    if (s->extras) {
        ret->phases = s->extras->phases;
        ret->credentials = s->extras->credentials;
        ret->idle_ns = s->extras->was_idle_ns;
    }
    if (s->dialling)
        dial_status(s, ret);
    if (s->tls)
        ret->tls = *tls_facts(s->tls);
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

static bool owes_bytes(const struct session *s)
{
    return session_owes(s) || session_feeds(s) || s->producing;
}

bool session_reads(const struct session *s)
{
    return (s->state == SESSION_OPEN || s->state == SESSION_LOCAL_CLOSED) &&
           s->behaviour->readable && !s->reading_paused &&
           !(s->behaviour->lockstep && owes_bytes(s));
}

void session_unwatch(struct session *s)
{
    if (!s->unwatched)
        loop_remove(s->net->loop, &s->watch);
    s->unwatched = true;
}

void session_update_interest(struct session *s)
{
    bool owes = owes_bytes(s), reads = session_reads(s);
    uint32_t events = (reads ? (uint32_t)EPOLLIN : 0) | (owes ? (uint32_t)EPOLLOUT : 0);

    if (s->watch.fd < 0 || session_ended(s))
        return;
    if (blocking_is_on(s)) {
        blocking_want(s, reads, owes);
        return;
    }
    if (s->state == SESSION_NEGOTIATING)
        events = s->negotiating_for;
    else if (reads && s->io->pending && s->io->pending(s) && !session_extras(s)->again.slot)
        loop_timer_set(s->net->loop, &s->extras->again, loop_now(s->net->loop));
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
    blocking_drop(s);
    if (s->watch.fd < 0)
        return;
    if (!s->unwatched)
        loop_remove(s->net->loop, &s->watch);
    if (s->io->done)
        s->io->done(s);
    call_close(&c, s->watch.fd);
    s->watch.fd = -1;
}

void session_leave_server(struct tally *tally)
{
    atomic_fetch_sub(&tally->open_sessions, 1);
    tally_changed(tally);
    if (atomic_load(&tally->waiting))
        eventfd_write(tally->wake_fd, 1);
}

/* Where they come and go by the thousand, a face that never heard of an accepted session need not
 * hear of its end. */
static void be_brief(struct session *s)
{
    atomic_uint *brief = &s->net->hub->brief_sessions;

    s->brief = atomic_fetch_add(brief, 1) < NET_BRIEF_SESSIONS;
    if (s->brief)
        return;
    atomic_fetch_sub(brief, 1);
    if (s->tally)
        tally_add(&s->tally->untold_sessions, 1);
    forget_change(s);
}

void session_end(struct session *s, enum session_state state)
{
    if (session_ended(s))
        return;
    session_abandon_socket(s);
    if (s->dialling)
        dial_stop(s);
    if (s->extras) {
        loop_timer_cancel(s->net->loop, &s->extras->idle);
        loop_timer_cancel(s->net->loop, &s->extras->wake);
        loop_timer_cancel(s->net->loop, &s->extras->again);
    }
    free(s->queue);
    s->queue = NULL;
    s->queue_at = s->queue_len = 0;
    session_drop_feed(s);
    s->producing = false;
    session_set_state(s, state);
    if (s->tally)
        session_leave_server(s->tally);
    if (s->behaviour->closing)
        s->behaviour->closing(s);
    if (s->server_id && !s->told)
        be_brief(s);
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

void session_reset(struct session *s)
{
    struct caller c = session_caller(s);
    struct linger now = {.l_onoff = 1};

    if (session_ended(s))
        return;
    /* Closing drops what was not sent yet and sends RST (socket(7)). */
    if (s->watch.fd >= 0)
        call_setsockopt(&c, s->watch.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    session_note(s, "reset");
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

void session_hint(const struct session *s, struct err *err)
{
    /* socket(7), SO_BROADCAST; a route may refuse with the same errno. */
    if (s->scheme == ENDPOINT_UDP && err->code == -EACCES)
        err_hint(err, "a broadcast address takes --broadcast, or set SO_BROADCAST=on");
}

void session_fail(struct session *s, const char *operation, int code, const char *reason)
{
    char text[ENDPOINT_TEXT_BYTES], addr[ADDR_TEXT_BYTES];
    bool path = s->peer.family == AF_UNIX && s->dialling;
    const char *input = s->peer.family != AF_UNSPEC && !path ? addr_format(&s->peer, addr)
                        : s->dialling ? endpoint_format(dial_endpoint(s), text)
                                      : "";
    struct err err;

    err_set(&err, code, operation, input, "%s", reason);
    session_hint(s, &err);
    session_fail_with(s, &err);
}

static void release(struct session *s)
{
    HASH_DEL(s->net->sessions, s);
    tls_free(s->tls);
    if (s->brief)
        atomic_fetch_sub(&s->net->hub->brief_sessions, 1);
    if (s->net->worker)
        worker_leave_session(s->net->worker, s->id);
    free(s->dialling);
    free(s->extras);
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
    session_note(s, "%s", s->tls ? tls_ending(s->tls) : "the peer sent FIN: it sends no more");
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

    if (s->extras && s->extras->far.len)
        session_note(s, "from %s: a datagram of %zu bytes",
                     addr_format(&s->extras->sender, from), len);
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
    session_count(s, 0, (uint64_t)n);
    if (s->extras && !s->extras->phases.first_byte)
        s->extras->phases.first_byte = clock_now_ns();
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
    bool reads_later = s->behaviour->readable && s->state != SESSION_REMOTE_CLOSED;
    int error = 0;

    if (!reads_later || s->behaviour->hasty)
        call_getsockopt_int(&c, s->watch.fd, SOL_SOCKET, SO_ERROR, &error);
    if (error) {
        session_fail(s, "connection", -error, "");
    } else if (reads_later) {
        /* Bytes may wait in front of the end: it shows when reading goes on. */
        session_unwatch(s);
    } else {
        session_close(s);
    }
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
        loop_timer_set(s->net->loop, &session_extras(s)->wake, at_ns);
    else if (s->extras)
        loop_timer_cancel(s->net->loop, &s->extras->wake);
}

uint64_t session_wakes_at(const struct session *s)
{
    return s->extras && s->extras->wake.slot ? s->extras->wake.at_ns : 0;
}

/* Bytes that epoll does not see. */
static void read_pending(struct timer *t)
{
    struct session *s = t->owner;

    if (session_reads(s) && !s->unwatched)
        s->behaviour->readable(s);
    if (!session_ended(s))
        session_update_interest(s);
}

static void idle_too_long(struct timer *t)
{
    struct session *s = t->owner;
    uint64_t due = s->active_ns + s->extras->idle_timeout_ns;
    char duration[TEXT_DURATION_BYTES];

    if (s->state == SESSION_NEGOTIATING) {
        session_fail(s, session_negotiation_name(s), -ETIMEDOUT, "the peer was too slow");
        return;
    }
    if (due > loop_now(s->net->loop)) {
        loop_timer_set(s->net->loop, &s->extras->idle, due);
        return;
    }
    /* Lingering is how a session is to end. */
    if (!(s->linger_ns && s->state == SESSION_LOCAL_CLOSED))
        s->extras->was_idle_ns = s->extras->idle_timeout_ns;
    session_note(s, "nothing came or went for %s",
                 text_duration(s->extras->idle_timeout_ns, duration));
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

struct session_extras *session_extras(struct session *s)
{
    if (s->extras)
        return s->extras;
    s->extras = mem_new(1, sizeof(*s->extras));
    s->extras->idle = (struct timer){.fire = idle_too_long, .owner = s};
    s->extras->wake = (struct timer){.fire = session_due, .owner = s};
    s->extras->again = (struct timer){.fire = read_pending, .owner = s};
    s->extras->phases.begun = s->opened_ns;
    return s->extras;
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
    s->opened_ns = s->changed_ns = clock_now_ns();
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
           : scheme == ENDPOINT_TLS ? &tls_io
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
    session_extras(s)->credentials =
        (struct peer_credentials){true, peer.pid, peer.uid, peer.gid};
    session_note(s, "the peer is process %d, uid %u, gid %u", peer.pid, peer.uid, peer.gid);
}

void session_open(struct session *s)
{
    char local[ADDR_TEXT_BYTES], peer[ADDR_TEXT_BYTES];
    struct err err;

    session_set_state(s, SESSION_OPEN);
    s->active_ns = s->changed_ns;
    s->watch.prompt = s->behaviour->prompt && !s->tls;
    if (s->dialling)
        dial_opened(s);
    if (s->extras && s->extras->idle_timeout_ns)
        loop_timer_set(s->net->loop, &s->extras->idle,
                       s->active_ns + s->extras->idle_timeout_ns);
    else if (s->extras)
        loop_timer_cancel(s->net->loop, &s->extras->idle);
    session_note(s,
                 s->io == &unconnected_io
                     ? "open at %s: datagrams go to %s and may come from anybody"
                     : "connected %s -> %s",
                 addr_format(&s->local, local), addr_format(&s->peer, peer));
    learn_credentials(s);
    session_narrate_queue(s);
    /* Whoever heard that may have ended it. */
    if (session_ended(s))
        return;
    if (s->dialling && dial_settings(s)->blocking && blocking_begin(s, &err) < 0) {
        session_fail_with(s, &err);
        return;
    }
    if (s->behaviour->opened)
        s->behaviour->opened(s);
    if (!session_ended(s) && s->half_close_wanted && !session_owes(s) && !s->feeding)
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
    if (a->idle_timeout_ns)
        session_extras(s)->idle_timeout_ns = a->idle_timeout_ns;
    s->io = a->io;
    s->local = a->local;
    s->peer = a->peer;
    s->watch.fd = fd;
    s->watch.events = EPOLLIN; /* what nearly every service waits for first */
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
    ssize_t n = session_receive(s, &bytes);

    if (n > 0)
        framing_received(s, bytes, (size_t)n);
}

void session_stay_open(struct session *s)
{
    (void)s;
}

const struct behaviour transcript_behaviour = {
    .readable = read_and_tell,
    .peer_closed = session_stay_open,
    .closing = framing_done,
    .narrate = true,
};

const struct behaviour quiet_behaviour = {.readable = read_and_tell, .closing = framing_done};
