#include "core/net/attach.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/net/feed.h"
#include "core/net/session_internal.h"

/* How long the session of a datagram socket lives once all is sent: nobody tells its end. */
#define DATAGRAM_LINGER_NS CLOCK_SECOND_NS

/* What the face has not taken yet.  At most one for each way that bytes come by: all of them stop
 * while there is one. */
struct unit {
    struct unit_head head;
    uint8_t *bytes;
    size_t len;
    struct unit *next;
};

struct attachment {
    struct watch watch; /* the descriptor to the face */
    struct net *net;
    struct session *session; /* NULL once it has ended: the rest is delivered, then all ends */
    struct unit *pending;    /* utlist */
    bool tell_sent;
    bool opened;     /* the session is connected */
    bool face_ended; /* the face sends no more */
    bool fin_wanted; /* the peer sends no more: tell the face behind the pending units */
    bool unwatched;  /* out of the loop until something is wanted of the face */
    struct attachment *prev, *next;
};

static void drop_first(struct attachment *a)
{
    struct unit *u = a->pending;

    LL_DELETE(a->pending, u);
    free(u->bytes);
    free(u);
}

static void release(struct attachment *a)
{
    DL_DELETE(a->net->attachments, a);
    loop_remove(a->net->loop, &a->watch);
    close(a->watch.fd);
    while (a->pending)
        drop_first(a);
    free(a);
}

static void watch_for(struct attachment *a, uint32_t events)
{
    if (!a->unwatched) {
        loop_change(a->net->loop, &a->watch, events);
    } else if (events) {
        a->unwatched = false;
        a->watch.events = events;
        loop_add(a->net->loop, &a->watch);
    }
}

static void update_interest(struct attachment *a)
{
    bool takes = a->session && a->opened && !a->face_ended && !a->session->feeding &&
                 !(a->tell_sent && a->pending) && session_can_send(a->session) &&
                 session_room(a->session) >= ATTACH_UNIT_BYTES;

    watch_for(a, (takes ? (uint32_t)EPOLLIN : 0) | (a->pending ? (uint32_t)EPOLLOUT : 0));
}

static void hold(struct attachment *a, bool held)
{
    if (!a->session)
        return;
    session_pause_reading(a->session, held);
    if (a->tell_sent)
        session_hold_feed(a->session, held);
}

/* Hand a unit to the face; false when it takes none now.  A face that has gone ends the session;
 * what cannot be handed over is not lost in silence. */
static bool deliver(struct attachment *a, const struct unit_head *head, const void *bytes,
                    size_t len)
{
    struct iovec parts[2] = {{.iov_len = sizeof(*head)}, {.iov_len = len}};
    struct msghdr m = {.msg_iov = parts, .msg_iovlen = 2};

    /* sendmsg(2) only reads them, which struct iovec cannot say. */
    memcpy(&parts[0].iov_base, &head, sizeof(head));
    memcpy(&parts[1].iov_base, &bytes, sizeof(bytes));
    if (sendmsg(a->watch.fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
        return true;
    if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS)
        return false;
    if (a->session && (errno == EPIPE || errno == ECONNRESET))
        session_close(a->session);
    else if (a->session)
        session_fail(a->session, "sendmsg", -errno, "");
    return true;
}

static void flush_pending(struct attachment *a)
{
    while (a->pending) {
        if (!deliver(a, &a->pending->head, a->pending->bytes, a->pending->len))
            return;
        drop_first(a);
    }
    if (a->fin_wanted)
        shutdown(a->watch.fd, SHUT_WR);
    hold(a, false);
}

static void pass(struct attachment *a, enum direction direction, const void *bytes, size_t len,
                 size_t whole)
{
    const struct session *s = a->session;
    struct unit_head head = {
        .at_ns = clock_now_ns(), .length = whole, .direction = (uint8_t)direction};
    struct unit *u;

    head.from = s->peer;
    if (direction == DIRECTION_RECEIVED && s->extras && s->extras->far.len)
        head.from = s->extras->sender;
    if (!a->pending && deliver(a, &head, bytes, len))
        return;
    u = mem_new(1, sizeof(*u));
    *u = (struct unit){.head = head, .bytes = mem_copy(bytes, len), .len = len};
    LL_APPEND(a->pending, u);
    hold(a, true);
    update_interest(a);
}

static void take_from_face(struct attachment *a)
{
    struct unit_head head;
    struct iovec parts[] = {{&head, sizeof(head)}, {a->net->scratch, ATTACH_UNIT_BYTES}};
    struct msghdr m = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t n = recvmsg(a->watch.fd, &m, MSG_DONTWAIT);

    if (n >= (ssize_t)sizeof(head)) {
        session_send(a->session, a->net->scratch, (size_t)n - sizeof(head));
    } else if (n < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNRESET) {
        session_fail(a->session, "recvmsg", -errno, "");
    } else if (n >= 0 || errno == ECONNRESET) {
        a->face_ended = true;
        session_half_close(a->session);
    }
}

/* Nobody asked, and still epoll tells. */
static void hung_up(struct attachment *a)
{
    /* The face has answered our end with its own: what it said before waits to be read. */
    if (a->fin_wanted) {
        loop_remove(a->net->loop, &a->watch);
        a->unwatched = true;
    } else {
        session_close(a->session); /* it has gone altogether */
    }
}

static void face_ready(struct watch *w, uint32_t events)
{
    struct attachment *a = w->owner;

    if (a->pending && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)))
        flush_pending(a);
    else if (a->session && (events & (EPOLLERR | EPOLLHUP)) && !(events & EPOLLIN))
        hung_up(a);
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

    a->opened = true;
    if (!s->io->ends && !s->linger_ns)
        s->linger_ns = DATAGRAM_LINGER_NS;
    /* The face is to know that it is open before it is given what came. */
    net_tell(a->net);
    update_interest(a);
}

static void attached_readable(struct session *s)
{
    struct attachment *a = s->data;
    const uint8_t *bytes;
    ssize_t n = session_receive(s, &bytes);

    if (n < 0)
        return;
    pass(a, DIRECTION_RECEIVED, bytes, (size_t)n, s->unit_bytes);
    update_interest(a);
}

static void attached_sent(struct session *s, const void *bytes, size_t len)
{
    struct attachment *a = s->data;

    if (a && a->tell_sent && a->session)
        pass(a, DIRECTION_SENT, bytes, len, len);
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
    /* What would only come later is for nobody, like what stdin may still bring. */
    session_hurry_feed(s);
}

static void attached_closing(struct session *s)
{
    struct attachment *a = s->data;

    a->session = NULL;
    s->data = NULL;
    /* Not released here: a caller of ours may still hold it. */
    if (!a->pending)
        shutdown(a->watch.fd, SHUT_RDWR);
    a->fin_wanted = true;
    watch_for(a, EPOLLOUT);
}

static const struct behaviour attached_behaviour = {.opened = attached_opened,
                                                    .readable = attached_readable,
                                                    .drained = attached_drained,
                                                    .peer_closed = attached_peer_closed,
                                                    .sent = attached_sent,
                                                    .closing = attached_closing};

int attach_dial(struct net *net, const struct command *command, struct feed *feed,
                struct session **ret, struct err *err)
{
    struct attachment *a = mem_new(1, sizeof(*a));
    struct session *s;
    int r;

    a->net = net;
    a->tell_sent = command->tell_sent;
    a->watch =
        (struct watch){.fd = command->attach_fd, .events = 0, .ready = face_ready, .owner = a};
    r = loop_add(net->loop, &a->watch);
    if (r < 0) {
        free(a);
        return err_set(err, r, "epoll_ctl", "", "%s", "");
    }
    DL_APPEND(net->attachments, a);
    s = session_dial(net, &command->endpoint, &command->connect, &attached_behaviour, a);
    /* One whose settings make no sense has failed, and detached itself, already. */
    if (!session_ended(s))
        a->session = s;
    if (feed && !session_feed(s, feed))
        feed_free(feed);
    *ret = s;
    return 0;
}

void attach_drop_all(struct net *net)
{
    while (net->attachments)
        release(net->attachments); /* NOLINT(clang-analyzer-unix.Malloc): it leaves the list */
}
