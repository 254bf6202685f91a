/* probes/ping_socket.h - the socket of a ping: requests out, replies and ICMP errors in, whether
 * it is a datagram or a raw one.  icmp(7), raw(7), ip(7) on IP_RECVERR.
 *
 * Nothing here waits, and what belongs to another program's ping never comes out. */
#ifndef SOCKEYE_PROBES_PING_SOCKET_H
#define SOCKEYE_PROBES_PING_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "core/base/err.h"
#include "core/model/ping.h"
#include "core/wire/echo.h"

/* What came in. */
struct ping_arrival {
    struct echo_message message;
    struct addr from;
    bool has_wall;
    uint64_t wall_ns; /* when the kernel took it in, CLOCK_REALTIME */
    bool has_ttl;
    uint8_t ttl;
};

struct ping_socket {
    int fd;
    bool v6, raw;
    uint16_t id;
    uint64_t owner; /* the mark of our requests */
    struct sockaddr_storage to;
    socklen_t to_len;
    struct addr source; /* that the route chooses; AF_UNSPEC: unknown */
    uint8_t *buffer;    /* of a whole packet */
    bool has_kept;      /* an arrival that sending came upon */
    struct ping_arrival kept;
};

/* Returns 0 or negative errno with err. */
int ping_socket_open(struct ping_socket *s, const struct ping_settings *settings,
                     struct err *err);
void ping_socket_close(struct ping_socket *s);

/* The next arrival that is ours, from the error queue first: 1, or 0 when there is none now, or
 * after a bounded number of others.  Negative errno: nothing can be read any more. */
int ping_socket_receive(struct ping_socket *s, struct ping_arrival *ret);

/* Send a request: 0 or negative errno.  -EINPROGRESS: an ICMP error arrived just now and stands in
 * the way; receive it, then send again.  -EMSGSIZE: *ret_mtu is the link's, 0 when unknown. */
int ping_socket_send(struct ping_socket *s, uint32_t sequence, size_t payload_bytes,
                     uint32_t *ret_mtu);

#endif
