#include "core/net/io.h"

#include <errno.h>
#include <sys/socket.h>

#include "core/net/call.h"
#include "core/net/session_internal.h"

static ssize_t send_plain(struct session *s, const void *bytes, size_t len)
{
    struct caller c = session_caller(s);

    return call_send(&c, s->watch.fd, bytes, len, MSG_NOSIGNAL);
}

static ssize_t receive_stream(struct session *s, void *bytes, size_t size)
{
    struct caller c = session_caller(s);

    return call_recv(&c, s->watch.fd, bytes, size, 0);
}

static ssize_t receive_datagram(struct session *s, void *bytes, size_t size)
{
    struct caller c = session_caller(s);

    return call_recv(&c, s->watch.fd, bytes, size, MSG_TRUNC);
}

static int shut_down(struct session *s)
{
    struct caller c = session_caller(s);

    return call_shutdown(&c, s->watch.fd, SHUT_WR);
}

/* There is nothing to tell the peer of a datagram socket. */
static int end_datagrams(struct session *s)
{
    (void)s;
    return 0;
}

static ssize_t send_to_far(struct session *s, const void *bytes, size_t len)
{
    struct caller c = session_caller(s);

    return call_sendto(&c, s->watch.fd, bytes, len, MSG_NOSIGNAL, &s->extras->far);
}

static ssize_t receive_from_any(struct session *s, void *bytes, size_t size)
{
    struct caller c = session_caller(s);
    struct sockname from;
    ssize_t n = call_recvfrom(&c, s->watch.fd, bytes, size, MSG_TRUNC, &from);

    if (n >= 0)
        s->extras->sender = addr_from_sockname(&from);
    return n;
}

const struct io stream_io = {
    .ends = true, .send = send_plain, .receive = receive_stream, .end = shut_down};

const struct io seqpacket_io = {.boundaries = true,
                                .ends = true,
                                .send = send_plain,
                                .receive = receive_datagram,
                                .end = shut_down};

const struct io datagram_io = {
    .boundaries = true, .send = send_plain, .receive = receive_datagram, .end = end_datagrams};

const struct io unconnected_io = {
    .boundaries = true, .send = send_to_far, .receive = receive_from_any, .end = end_datagrams};
