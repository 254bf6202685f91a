/* core/net/sending.c - a session's way out: what the kernel takes, what waits in the queue, and
 * the end behind all of it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/net/blocking.h"
#include "core/net/session_internal.h"
#include "core/net/tls.h"

bool session_owes(const struct session *s)
{
    return s->queue_len > s->queue_at || (s->io->keeps && s->io->keeps(s));
}

/* Nothing more will be asked for: what still comes back comes soon. */
static void begin_to_linger(struct session *s)
{
    if (!s->linger_ns || session_ended(s))
        return;
    session_extras(s)->idle_timeout_ns = s->linger_ns;
    s->active_ns = loop_now(s->net->loop);
    loop_timer_set(s->net->loop, &s->extras->idle, s->active_ns + s->linger_ns);
}

void session_shut_down(struct session *s)
{
    int r = s->io->end(s);

    s->half_close_wanted = r == -EAGAIN;
    if (r == -EAGAIN)
        return;
    /* The peer has gone altogether: there is nobody to tell. */
    if (r == -ENOTCONN) {
        session_end(s, SESSION_CLOSED);
        return;
    }
    if (r < 0) {
        session_fail(s, "shutdown", r, "");
        return;
    }
    session_note(s, "%s",
                 s->tls        ? "half-closed: close_notify and FIN sent, still reading"
                 : s->io->ends ? "half-closed: FIN sent, still reading"
                               : "nothing more is sent; datagrams have no FIN to tell it");
    if (s->state == SESSION_REMOTE_CLOSED)
        session_end(s, SESSION_CLOSED);
    else
        session_set_state(s, SESSION_LOCAL_CLOSED);
    begin_to_linger(s);
}

/* What was waiting for the queue to empty. */
void session_after_drain(struct session *s)
{
    free(s->queue);
    s->queue = NULL;
    s->queue_at = s->queue_len = 0;
    if (s->feeding)
        return;
    if (s->close_wanted) {
        session_close(s);
        return;
    }
    if (s->half_close_wanted)
        session_shut_down(s);
    if (!session_ended(s) && s->behaviour->drained)
        s->behaviour->drained(s);
}

/* Of a datagram socket: it concerns one datagram, not the session. */
static bool of_one_datagram(const struct session *s, int code)
{
    return !s->io->ends && s->behaviour->narrate &&
           (code == -EMSGSIZE || code == -EACCES || code == -ECONNREFUSED ||
            code == -EHOSTUNREACH || code == -ENETUNREACH || code == -EPERM);
}

void session_transfer_failed(struct session *s, const char *operation, int code)
{
    char text[ERR_TEXT_BYTES * 4];
    struct err err;

    if (!of_one_datagram(s, code)) {
        session_fail(s, operation, code, s->tls ? tls_reason(s->tls) : "");
        return;
    }
    err_set(&err, code, operation, "", "%s", "");
    session_hint(s, &err);
    err_format(&err, text, sizeof(text));
    session_note(s, "%s", text);
}

/* One send(2); returns the bytes the kernel took, -EAGAIN when it takes none now; else it failed,
 * and the session with it, unless it was only a datagram. */
static ssize_t send_once(struct session *s, const void *bytes, size_t len)
{
    ssize_t n = s->io->send(s, bytes, len);

    if (n == -EAGAIN || n == -EINTR)
        return -EAGAIN;
    if (n < 0) {
        session_transfer_failed(s, "send", (int)n);
        return n;
    }
    session_count(s, (uint64_t)n, 0);
    return n;
}

size_t session_room(const struct session *s)
{
    size_t room = SESSION_QUEUE_BYTES - (s->queue_len - s->queue_at);

    /* A unit is queued behind its length. */
    if (s->io->boundaries)
        return room > sizeof(uint32_t) ? room - sizeof(uint32_t) : 0;
    return room;
}

static void append(struct session *s, const void *bytes, size_t len)
{
    call_follow(0); /* copying takes its time */
    if (!s->queue)
        s->queue = mem_new(SESSION_QUEUE_BYTES, 1);
    if (s->queue_len + len > SESSION_QUEUE_BYTES) {
        memmove(s->queue, s->queue + s->queue_at, s->queue_len - s->queue_at);
        s->queue_len -= s->queue_at;
        s->queue_at = 0;
    }
    if (len)
        memcpy(s->queue + s->queue_len, bytes, len);
    s->queue_len += len;
}

static void enqueue(struct session *s, const void *bytes, size_t len)
{
    uint32_t unit = (uint32_t)len;

    if (s->io->boundaries)
        append(s, &unit, sizeof(unit));
    append(s, bytes, len);
}

static void tell_sent(struct session *s, const void *bytes, size_t len)
{
    session_narrate(s, DIRECTION_SENT, bytes, len);
    if (s->behaviour->sent)
        s->behaviour->sent(s, bytes, len);
}

size_t session_put(struct session *s, const void *bytes, size_t len)
{
    size_t taken = 0, rest = 0;
    bool whole = s->io->boundaries, queues = true;

    if ((len == 0 && !whole) || (whole && len > session_room(s)))
        return 0;
    if (s->queue_len == s->queue_at && s->state >= SESSION_OPEN) {
        ssize_t n = send_once(s, bytes, len);

        if (n < 0 && n != -EAGAIN)
            return session_ended(s) ? 0 : len;
        taken = n > 0 ? (size_t)n : 0;
        queues = n < 0 || (!whole && taken < len);
    }
    /* An empty datagram waits, too. */
    if (queues) {
        rest = len - taken < session_room(s) ? len - taken : session_room(s);
        enqueue(s, (const char *)bytes + taken, rest);
        session_touch(s, false);
    }
    if (session_owes(s))
        session_update_interest(s);
    /* Before the connection is there nothing is sent: what waits is told when it opens. */
    if (s->state >= SESSION_OPEN)
        tell_sent(s, bytes, taken + rest);
    return taken + rest;
}

void session_produce(struct session *s, bool producing)
{
    s->producing = producing && session_can_send(s);
    session_update_interest(s);
}

size_t session_send(struct session *s, const void *bytes, size_t len)
{
    return session_can_send(s) ? session_put(s, bytes, len) : 0;
}

/* Send from the queue: all of it, or its first unit. */
static void send_queued(struct session *s)
{
    size_t head = s->io->boundaries ? sizeof(uint32_t) : 0;
    size_t len = s->queue_len - s->queue_at;
    uint32_t unit;
    ssize_t n;

    if (head) {
        memcpy(&unit, s->queue + s->queue_at, sizeof(unit));
        len = unit;
    }
    n = send_once(s, s->queue + s->queue_at + head, len);
    if (n == -EAGAIN || session_ended(s))
        return;
    /* A unit that was refused is gone, too. */
    s->queue_at += head ? head + len : (size_t)n;
}

void session_writable(struct session *s)
{
    bool owed = session_owes(s);
    int r = s->io->flush ? s->io->flush(s) : 0;

    if (r < 0) {
        if (r != -EAGAIN)
            session_transfer_failed(s, "send", r);
        return;
    }
    if (s->queue_len > s->queue_at)
        send_queued(s);
    else if (session_feeds(s))
        session_feed_once(s);
    else if (s->producing)
        s->behaviour->drained(s);
    if (!session_ended(s) && owed && !session_owes(s))
        session_after_drain(s);
}

void session_half_close(struct session *s)
{
    if (!session_can_send(s))
        return;
    if (session_feeds_for_ever(s))
        session_drop_feed(s);
    s->producing = false;
    s->half_close_wanted = true;
    if (!session_owes(s) && !s->feeding && s->state >= SESSION_OPEN)
        session_shut_down(s);
    session_update_interest(s);
}

void session_close_drained(struct session *s)
{
    if (session_feeds_for_ever(s))
        session_drop_feed(s);
    s->producing = false;
    s->close_wanted = true;
    if (session_owes(s) || s->feeding)
        session_update_interest(s);
    else
        session_close(s);
}

/* What was said before it was open is told now. */
void session_narrate_queue(struct session *s)
{
    size_t at = s->queue_at;

    if (!s->io->boundaries && s->queue_len)
        tell_sent(s, s->queue, s->queue_len);
    while (s->io->boundaries && at < s->queue_len) {
        uint32_t unit;

        memcpy(&unit, s->queue + at, sizeof(unit));
        tell_sent(s, s->queue + at + sizeof(unit), unit);
        at += sizeof(unit) + unit;
    }
}
