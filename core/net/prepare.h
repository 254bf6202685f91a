/* core/net/prepare.h - what a socket is told before it is bound or connected: socket options by
 * name, multicast groups, broadcasting. */
#ifndef SOCKEYE_NET_PREPARE_H
#define SOCKEYE_NET_PREPARE_H

#include "core/base/err.h"
#include "core/model/command.h"
#include "core/net/call.h"

/* Hears what the kernel made of each value: "SO_RCVBUF: asked 65536, the kernel made it ...". */
struct listener {
    void (*hear)(void *owner, const char *text);
    void *owner;
};

/* Set all of it on a socket of that family; who joins a group shares its port with the others that
 * do (SO_REUSEADDR).  listener may be NULL.  Returns 0, or negative errno with err. */
int prepare_socket(const struct caller *c, int fd, int family, const struct socket_settings *s,
                   const struct listener *listener, struct err *err);

#endif
