#include "core/net/attach.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

#include "core/base/mem.h"

struct attachment {
    struct watch watch; /* the descriptor to the face */
    struct net *net;
    struct session *session; /* NULL once it has ended: the rest is delivered, then all ends */
    uint8_t *pending;        /* received, not yet taken by the face */
    size_t at, len;
    bool opened;     /* the session is connected */
    bool face_ended; /* the face sends no more */
    bool fin_wanted; /* the peer sends no more: tell the face behind the pending bytes */
    struct attachment *prev, *next;
};

static void release(struct attachment *a)
{
    DL_DELETE(a->net->attachments, a);
    loop_remove(a->net->loop, &a->watch);
    close(a->watch.fd);
    free(a->pending);
    free(a);
}

static void update_interest(struct attachment *a)
{
    bool takes = a->session && a->opened && !a->face_ended && session_can_send(a->session) &&
                 session_room(a->session) > 0;

    loop_change(a->net->loop, &a->watch,
                (takes ? (uint32_t)EPOLLIN : 0) | (a->pending ? (uint32_t)EPOLLOUT : 0));
}

/* Hand bytes to the face; returns how many it took.  A face that has gone ends the session. */
static size_t deliver(struct attachment *a, const uint8_t *bytes, size_t len)
{
    ssize_t n = send(a->watch.fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (n >= 0)
        return (size_t)n;
    if (errno == EAGAIN || errno == EINTR)
        return 0;
    if (a->session)
        session_close(a->session);
    return len;
}

static void flush_pending(struct attachment *a)
{
    a->at += deliver(a, a->pending + a->at, a->len - a->at);
    if (a->at < a->len)
        return;
    free(a->pending);
    a->pending = NULL;
    if (a->fin_wanted)
        shutdown(a->watch.fd, SHUT_WR);
    if (a->session)
        session_pause_reading(a->session, false);
}

static void take_from_face(struct attachment *a)
{
    size_t room = session_room(a->session);
    ssize_t n = recv(a->watch.fd, a->net->scratch,
                     room < NET_SCRATCH_BYTES ? room : NET_SCRATCH_BYTES, MSG_DONTWAIT);

    if (n > 0) {
        session_send(a->session, a->net->scratch, (size_t)n);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        a->face_ended = true;
        session_half_close(a->session);
    }
}

static void face_ready(struct watch *w, uint32_t events)
{
    struct attachment *a = w->owner;

    if (a->pending && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)))
        flush_pending(a);
    else if (a->session && (events & (EPOLLERR | EPOLLHUP)) && !(events & EPOLLIN))
        session_close(a->session); /* the face has gone altogether */
    if (a->session && !a->face_ended && (events & EPOLLIN))
        take_from_face(a);
    if (!a->session && !a->pending)
        release(a);
    else
        update_interest(a);
}

static void attached_opened(struct session *s)
{
    struct attachment *a = s->data;

    /* A path is connected before session_dial() returns. */
    a->session = s;
    a->opened = true;
    update_interest(a);
}

static void attached_readable(struct session *s)
{
    struct attachment *a = s->data;
    const uint8_t *bytes;
    ssize_t got = session_receive(s, &bytes);
    size_t n = got > 0 ? (size_t)got : 0, taken;

    if (!n)
        return;
    taken = deliver(a, bytes, n);
    if (taken < n) {
        a->pending = mem_copy(bytes + taken, n - taken);
        a->at = 0;
        a->len = n - taken;
        if (a->session)
            session_pause_reading(s, true);
    }
    update_interest(a);
}

static void attached_drained(struct session *s)
{
    update_interest(s->data);
}

static void attached_peer_closed(struct session *s)
{
    struct attachment *a = s->data;

    a->fin_wanted = true;
    if (!a->pending)
        shutdown(a->watch.fd, SHUT_WR);
}

static void attached_closing(struct session *s)
{
    struct attachment *a = s->data;

    a->session = NULL;
    s->data = NULL;
    /* Not released here: a caller of ours may still hold it. */
    if (!a->pending)
        shutdown(a->watch.fd, SHUT_RDWR);
    loop_change(a->net->loop, &a->watch, EPOLLOUT);
}

static const struct behaviour attached_behaviour = {.opened = attached_opened,
                                                    .readable = attached_readable,
                                                    .drained = attached_drained,
                                                    .peer_closed = attached_peer_closed,
                                                    .closing = attached_closing};

struct session *attach_dial(struct net *net, const struct endpoint *endpoint,
                            const struct connect_settings *settings, int fd)
{
    struct attachment *a = mem_new(1, sizeof(*a));
    struct session *s;

    a->net = net;
    a->watch = (struct watch){.fd = fd, .events = 0, .ready = face_ready, .owner = a};
    DL_APPEND(net->attachments, a);
    loop_add(net->loop, &a->watch);
    s = session_dial(net, endpoint, settings, &attached_behaviour, a);
    /* An attempt that failed at once has detached itself already. */
    if (!session_ended(s))
        a->session = s;
    return s;
}

void attach_drop_all(struct net *net)
{
    while (net->attachments)
        release(net->attachments); /* NOLINT(clang-analyzer-unix.Malloc): it leaves the list */
}
