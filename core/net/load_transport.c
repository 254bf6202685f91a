/* core/net/load_transport.c - the bytes of a load as they are. */
#include <errno.h>
#include <sys/socket.h>

#include "core/net/load_internal.h"

static ssize_t plain_send(struct conn *c, const void *bytes, size_t len)
{
    ssize_t n = send(c->watch.fd, bytes, len, MSG_NOSIGNAL);

    return n < 0 ? -errno : n;
}

static ssize_t plain_receive(struct conn *c, void *bytes, size_t size)
{
    /* The length of a datagram that does not fit shall not look like that of one that does. */
    int flags = conn_has_boundaries(c->load->settings.endpoint.scheme) ? MSG_TRUNC : 0;
    ssize_t n = recv(c->watch.fd, bytes, size, flags);

    return n < 0 ? -errno : n;
}

const struct transport plain_transport = {.send = plain_send, .receive = plain_receive};
