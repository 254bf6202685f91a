/* core/net/io.h - how the bytes of a session get in and out of its socket.
 *
 * One table for each way: a stream, datagrams, TLS (core/net/tls.h).  What a session is for does
 * not know which it has. */
#ifndef SOCKEYE_NET_IO_H
#define SOCKEYE_NET_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct session;

struct io {
    bool boundaries; /* what one call takes or gives is one unit, sent whole or not at all */
    bool ends;       /* receiving nothing means that the peer sends no more */

    /* Returns the bytes taken, or negative errno: -EAGAIN when it takes none now. */
    ssize_t (*send)(struct session *s, const void *bytes, size_t len);
    /* Returns the bytes given, of a datagram its whole length, which may be more than size; 0:
     * the peer sends no more, or an empty datagram.  Negative errno: -EAGAIN when there is none now. */
    ssize_t (*receive)(struct session *s, void *bytes, size_t size);
    /* Tell the peer that no more will be sent.  0 or negative errno; -EAGAIN: call it again once
     * nothing is kept. */
    int (*end)(struct session *s);
    /* Bytes that send() took wait for the socket; NULL: never. */
    bool (*keeps)(const struct session *s);
    /* Send them.  Returns 0 when nothing is kept any more, -EAGAIN when some still is, else
     * negative errno. */
    int (*flush)(struct session *s);
    /* Bytes wait where epoll(7) cannot see them; NULL: never. */
    bool (*pending)(const struct session *s);
    /* The socket is about to be closed: say what is to be said, release what belongs to it; NULL:
     * nothing. */
    void (*done)(struct session *s);
};

extern const struct io stream_io, seqpacket_io, datagram_io;
/* Datagrams to one address and from any: far and sender of the session's extras. */
extern const struct io unconnected_io;

#endif
