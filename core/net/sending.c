/* core/net/sending.c - a session's way out: what the kernel takes, what waits in the queue, floods,
 * and the end behind all of it. */
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

void session_shut_down(struct session *s)
{
    int r = s->io->end(s);

    s->half_close_wanted = r == -EAGAIN;
    if (r == -EAGAIN)
        return;
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
}

/* A datagram of a flood: it fits one Ethernet frame. */
#define FLOOD_UNIT_BYTES 1400

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

size_t session_send(struct session *s, const void *bytes, size_t len)
{
    size_t taken = 0, rest = 0;
    bool whole = s->io->boundaries, queues = true;

    if (!session_can_send(s) || (len == 0 && !whole) || (whole && len > session_room(s)))
        return 0;
    if (s->queue_len == s->queue_at && !s->flooding && s->state >= SESSION_OPEN) {
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
    /* Before the connection is there nothing is sent: what waits is told when it opens. */
    if (s->state >= SESSION_OPEN)
        session_narrate(s, DIRECTION_SENT, bytes, taken + rest);
    session_update_interest(s);
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
    ssize_t sent;

    if (s->io->boundaries && len > FLOOD_UNIT_BYTES)
        len = FLOOD_UNIT_BYTES;
    fill_pattern(s->net->scratch, len, s->sent_bytes);
    sent = send_once(s, s->net->scratch, len);
    /* These very bytes are being sent: until that is done they are owed like what waits. */
    if (sent == -EAGAIN && blocking_is_on(s)) {
        enqueue(s, s->net->scratch, len);
        sent = (ssize_t)len;
    }
    if (sent <= 0)
        return;
    session_narrate(s, DIRECTION_SENT, s->net->scratch, (size_t)sent);
    if (s->flood_left != UINT64_MAX)
        s->flood_left -= (uint64_t)sent;
    if (s->flood_left)
        return;
    s->flooding = false;
    session_note(s, "flood done");
    if (!session_owes(s))
        after_drain(s);
}

void session_produce(struct session *s, bool producing)
{
    s->producing = producing && session_can_send(s);
    session_update_interest(s);
}

void session_flood(struct session *s, uint64_t n)
{
    s->flood_left = n;
    s->flooding = n > 0 && session_can_send(s);
    session_update_interest(s);
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
    else if (s->flooding)
        flood_once(s);
    else if (s->producing)
        s->behaviour->drained(s);
    if (!session_ended(s) && owed && !session_owes(s))
        after_drain(s);
}

void session_half_close(struct session *s)
{
    if (!session_can_send(s))
        return;
    s->flooding = s->producing = false;
    s->half_close_wanted = true;
    if (!session_owes(s) && s->state >= SESSION_OPEN)
        session_shut_down(s);
    session_update_interest(s);
}

void session_close_drained(struct session *s)
{
    s->flooding = s->producing = false;
    s->close_wanted = true;
    if (session_owes(s))
        session_update_interest(s);
    else
        session_close(s);
}

/* What was said before it was open is told now. */
void session_narrate_queue(struct session *s)
{
    size_t at = s->queue_at;

    if (!s->io->boundaries && s->queue_len)
        session_narrate(s, DIRECTION_SENT, s->queue, s->queue_len);
    while (s->io->boundaries && at < s->queue_len) {
        uint32_t unit;

        memcpy(&unit, s->queue + at, sizeof(unit));
        session_narrate(s, DIRECTION_SENT, s->queue + at + sizeof(unit), unit);
        at += sizeof(unit) + unit;
    }
}
