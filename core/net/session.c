#include "core/net/session.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <utlist.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/net/call.h"
#include "core/net/session_internal.h"

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

static void count_traffic(struct session *s, uint64_t sent_bytes, uint64_t received_bytes)
{
    if (!s->traffic)
        return;
    s->traffic->sent_bytes += sent_bytes;
    s->traffic->received_bytes += received_bytes;
    s->traffic->changed = true;
}

static void narrate(struct session *s, enum direction direction, const void *bytes, size_t len)
{
    struct passage p = {.at_ns = clock_now_ns(),
                        .session_id = s->id,
                        .length = len,
                        .direction = (uint8_t)direction};

    if (s->behaviour->narrate)
        ring_put(s->net->transcript, &p, bytes,
                 len < TRANSCRIPT_KEPT_BYTES ? len : TRANSCRIPT_KEPT_BYTES);
}

void session_note(struct session *s, const char *format, ...)
{
    char text[480];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    narrate(s, DIRECTION_NOTE, text, strlen(text));
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
        .state = s->state,
        .endpoint =
            s->dialling ? *dial_endpoint(s) : endpoint_from_addr(ENDPOINT_TCP, &s->peer),
        .local = s->local,
        .peer = s->peer,
        .cookie = s->cookie,
        .opened_ns = s->opened_ns,
        .changed_ns = s->changed_ns,
        .sent_bytes = s->sent_bytes,
        .received_bytes = s->received_bytes,
        .queued_bytes = s->queue_len - s->queue_at,
    };
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

static void update_interest(struct session *s)
{
    bool owes = s->queue_len > s->queue_at || s->flooding;
    bool reads = (s->state == SESSION_OPEN || s->state == SESSION_LOCAL_CLOSED) &&
                 s->behaviour->readable && !s->reading_paused &&
                 !(s->behaviour->lockstep && owes);
    uint32_t events = (reads ? (uint32_t)EPOLLIN : 0) |
                      (owes || s->state == SESSION_CONNECTING ? (uint32_t)EPOLLOUT : 0);

    if (s->watch.fd < 0 || session_ended(s))
        return;
    if (s->unwatched && events) {
        s->unwatched = false;
        s->watch.events = events;
        loop_add(s->net->loop, &s->watch);
    } else if (!s->unwatched) {
        loop_change(s->net->loop, &s->watch, events);
    }
}

void session_close_fd(struct session *s)
{
    struct caller c = session_caller(s);

    if (s->watch.fd < 0)
        return;
    if (!s->unwatched)
        loop_remove(s->net->loop, &s->watch);
    call_close(&c, s->watch.fd);
    s->watch.fd = -1;
}

static void end(struct session *s, enum session_state state)
{
    if (session_ended(s))
        return;
    session_close_fd(s);
    if (s->dialling)
        dial_stop(s);
    free(s->queue);
    s->queue = NULL;
    s->queue_at = s->queue_len = 0;
    s->flooding = false;
    session_set_state(s, state);
    s->net->ended(s->net, s);
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
    end(s, SESSION_CLOSED);
}

void session_fail_with(struct session *s, const struct err *err)
{
    char text[ERR_TEXT_BYTES * 4];

    if (!s->err)
        s->err = mem_new(1, sizeof(*s->err));
    *s->err = *err;
    err_format(s->err, text, sizeof(text));
    session_note(s, "%s", text);
    end(s, SESSION_FAILED);
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
    free(s->dialling);
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
}

void session_heard(struct session *s)
{
    s->told = true;
    forget_change(s);
    if (s->buried)
        release(s);
}

/* ---- sending -------------------------------------------------------------------------- */

static void shut_down_sending(struct session *s)
{
    struct caller c = session_caller(s);
    int r = call_shutdown(&c, s->watch.fd, SHUT_WR);

    s->half_close_wanted = false;
    if (r < 0) {
        session_fail(s, "shutdown", r, "");
        return;
    }
    session_note(s, "half-closed: FIN sent, still reading");
    if (s->state == SESSION_REMOTE_CLOSED)
        end(s, SESSION_CLOSED);
    else
        session_set_state(s, SESSION_LOCAL_CLOSED);
}

/* What was waiting for the queue to empty. */
static void after_drain(struct session *s)
{
    free(s->queue);
    s->queue = NULL;
    s->queue_at = s->queue_len = 0;
    if (s->flooding)
        return;
    if (s->close_wanted) {
        session_close(s);
        return;
    }
    if (s->half_close_wanted)
        shut_down_sending(s);
    if (!session_ended(s) && s->behaviour->drained)
        s->behaviour->drained(s);
}

/* One send(2); returns the bytes the kernel took, 0 when it takes none now or s has failed. */
static size_t send_once(struct session *s, const void *bytes, size_t len)
{
    struct caller c = session_caller(s);
    ssize_t n = call_send(&c, s->watch.fd, bytes, len, MSG_NOSIGNAL);

    if (n == -EAGAIN || n == -EINTR)
        return 0;
    if (n < 0) {
        session_fail(s, "send", (int)n, "");
        return 0;
    }
    s->sent_bytes += (uint64_t)n;
    count_traffic(s, (uint64_t)n, 0);
    session_touch(s, false);
    return (size_t)n;
}

size_t session_room(const struct session *s)
{
    return SESSION_QUEUE_BYTES - (s->queue_len - s->queue_at);
}

static void enqueue(struct session *s, const void *bytes, size_t len)
{
    if (!s->queue)
        s->queue = mem_new(SESSION_QUEUE_BYTES, 1);
    if (s->queue_len + len > SESSION_QUEUE_BYTES) {
        memmove(s->queue, s->queue + s->queue_at, s->queue_len - s->queue_at);
        s->queue_len -= s->queue_at;
        s->queue_at = 0;
    }
    memcpy(s->queue + s->queue_len, bytes, len);
    s->queue_len += len;
}

size_t session_send(struct session *s, const void *bytes, size_t len)
{
    size_t taken = 0, rest;

    if (!session_can_send(s) || len == 0)
        return 0;
    if (s->queue_len == s->queue_at && !s->flooding && s->state >= SESSION_OPEN)
        taken = send_once(s, bytes, len);
    if (session_ended(s))
        return 0;
    rest = len - taken < session_room(s) ? len - taken : session_room(s);
    if (rest) {
        enqueue(s, (const char *)bytes + taken, rest);
        session_touch(s, false);
    }
    /* Before the connection is there nothing is sent: what waits is told when it opens. */
    if (s->state >= SESSION_OPEN)
        narrate(s, DIRECTION_SENT, bytes, taken + rest);
    update_interest(s);
    return taken + rest;
}

/* The flood's bytes: RFC 864's pattern, so that a gap shows. */
static void fill_pattern(uint8_t *out, size_t len, uint64_t from)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(' ' + (from + i) % 95);
}

static void flood_once(struct session *s)
{
    size_t len = s->flood_left < NET_SCRATCH_BYTES ? (size_t)s->flood_left : NET_SCRATCH_BYTES;
    size_t sent;

    fill_pattern(s->net->scratch, len, s->sent_bytes);
    sent = send_once(s, s->net->scratch, len);
    if (sent == 0)
        return;
    narrate(s, DIRECTION_SENT, s->net->scratch, sent);
    if (s->flood_left != UINT64_MAX)
        s->flood_left -= sent;
    if (s->flood_left)
        return;
    s->flooding = false;
    session_note(s, "flood done");
    after_drain(s);
}

void session_flood(struct session *s, uint64_t n)
{
    s->flood_left = n;
    s->flooding = n > 0 && session_can_send(s);
    update_interest(s);
}

static void writable(struct session *s)
{
    if (s->queue_len > s->queue_at) {
        s->queue_at += send_once(s, s->queue + s->queue_at, s->queue_len - s->queue_at);
        if (!session_ended(s) && s->queue_at == s->queue_len)
            after_drain(s);
    } else if (s->flooding) {
        flood_once(s);
    }
}

void session_half_close(struct session *s)
{
    if (!session_can_send(s))
        return;
    s->flooding = false;
    s->half_close_wanted = true;
    if (s->queue_len == s->queue_at && s->state >= SESSION_OPEN)
        shut_down_sending(s);
    update_interest(s);
}

static void close_drained(struct session *s)
{
    s->flooding = false;
    s->close_wanted = true;
    if (s->queue_len == s->queue_at)
        session_close(s);
    else
        update_interest(s);
}

/* ---- receiving ------------------------------------------------------------------------ */

static void peer_closed(struct session *s)
{
    session_note(s, "the peer sent FIN: it sends no more");
    if (s->state == SESSION_LOCAL_CLOSED) {
        session_close(s);
        return;
    }
    session_set_state(s, SESSION_REMOTE_CLOSED);
    if (s->behaviour->peer_closed)
        s->behaviour->peer_closed(s);
    else
        close_drained(s);
}

size_t session_receive(struct session *s, const uint8_t **ret_bytes)
{
    struct caller c = session_caller(s);
    ssize_t n = call_recv(&c, s->watch.fd, s->net->scratch, NET_SCRATCH_BYTES, 0);

    if (n == -EAGAIN || n == -EINTR)
        return 0;
    if (n < 0) {
        session_fail(s, "recv", (int)n, "");
        return 0;
    }
    if (n == 0) {
        peer_closed(s);
        return 0;
    }
    s->received_bytes += (uint64_t)n;
    count_traffic(s, 0, (uint64_t)n);
    session_touch(s, false);
    narrate(s, DIRECTION_RECEIVED, s->net->scratch, (size_t)n);
    *ret_bytes = s->net->scratch;
    return (size_t)n;
}

void session_pause_reading(struct session *s, bool paused)
{
    s->reading_paused = paused;
    update_interest(s);
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

static void session_ready(struct watch *w, uint32_t events)
{
    struct session *s = w->owner;

    if (s->state == SESSION_CONNECTING) {
        dial_finished(s);
        return;
    }
    if ((w->events & EPOLLIN) && (events & (EPOLLIN | EPOLLERR | EPOLLHUP)))
        s->behaviour->readable(s);
    else if (events & (EPOLLERR | EPOLLHUP))
        trouble_unread(s);
    if (!session_ended(s) && (events & EPOLLOUT))
        writable(s);
    if (!session_ended(s))
        update_interest(s);
}

/* ---- opening -------------------------------------------------------------------------- */

struct session *session_new(struct net *net, const struct behaviour *behaviour)
{
    struct session *s = mem_new(1, sizeof(*s));

    s->watch = (struct watch){.fd = -1, .ready = session_ready, .owner = s};
    s->net = net;
    s->id = net->next_id++;
    s->behaviour = behaviour;
    s->opened_ns = s->changed_ns = clock_now_ns();
    HASH_ADD(hh, net->sessions, id, sizeof(s->id), s);
    return s;
}

void session_learn_cookie(struct session *s)
{
    socklen_t len = sizeof(s->cookie);

    if (getsockopt(s->watch.fd, SOL_SOCKET, SO_COOKIE, &s->cookie, &len) < 0)
        s->cookie = 0;
}

void session_opened(struct session *s)
{
    char local[ADDR_TEXT_BYTES], peer[ADDR_TEXT_BYTES];

    session_set_state(s, SESSION_OPEN);
    session_note(s, "connected %s -> %s", addr_format(&s->local, local),
                 addr_format(&s->peer, peer));
    if (s->queue_len)
        narrate(s, DIRECTION_SENT, s->queue, s->queue_len);
    if (s->behaviour->opened)
        s->behaviour->opened(s);
    if (!session_ended(s) && s->half_close_wanted && !s->queue_len)
        shut_down_sending(s);
    if (!session_ended(s))
        update_interest(s);
}

struct session *session_accepted(struct net *net, int fd, uint64_t server_id,
                                 struct traffic *traffic, const struct addr *local,
                                 const struct addr *peer, const struct behaviour *behaviour)
{
    struct session *s = session_new(net, behaviour);
    int r;

    s->server_id = server_id;
    s->traffic = traffic;
    s->local = *local;
    s->peer = *peer;
    s->watch.fd = fd;
    session_learn_cookie(s);
    r = loop_add(net->loop, &s->watch);
    if (r < 0) {
        s->unwatched = true;
        session_fail(s, "epoll_ctl", r, "");
        return s;
    }
    session_opened(s);
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
