/* core/net/server.h - a listening socket of ours and the service behind it.
 *
 * Who serves its connections is its model: the thread it lives in (loop; one at a time:
 * iterative), a thread for each connection (threads), or several threads that accept on sockets of
 * their own with one address (workers: SO_REUSEPORT).  Such a thread has a shard of the server:
 * a struct server of its own that counts into the same tally. */
#ifndef SOCKEYE_NET_SERVER_H
#define SOCKEYE_NET_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/err.h"
#include "core/base/hash.h"
#include "core/model/command.h"
#include "core/model/event.h"
#include "core/net/access.h"
#include "core/net/net.h"
#include "core/services/service.h"

/* How many ports behind a taken one are tried when the next free one will do. */
#define SERVER_PORTS_TRIED 100

struct worker;

struct server {
    struct watch watch; /* the listening socket; fd -1: none */
    struct net *net;
    uint64_t id;
    const struct service *service;
    void *instance;           /* the service's */
    struct endpoint endpoint; /* what it listens on, with the port it really has */
    struct serve_settings settings;
    struct service_setup setup;
    struct access access;
    struct addr local;
    uint64_t cookie;
    bool listening;
    bool everywhere; /* on every address, of both families */
    bool waits;      /* counted in tally->waiting: it accepts no more for now */
    bool has_file;   /* bind(2) made one: that with these numbers */
    dev_t file_device;
    ino_t file_number;
    struct tally *tally;     /* a shard's is its server's */
    struct worker *workers;  /* utlist */
    struct watch room;       /* an eventfd: a session or a thread of it has ended */
    struct timer pause;      /* while accept(2) has no descriptors to give */
    struct tls_context *tls; /* of tls://; NULL: none.  A shard borrows its server's. */
    UT_hash_handle hh;
};

/* Start the service and listen where the command says (SO_REUSEADDR set); addr is its endpoint's
 * address, unused of a path; of an empty host that of IPv6, with IPv4 where there is no IPv6.  With
 * next_port a taken port moves to the next free one.  Returns 0 and the server, or negative errno
 * with err. */
int server_listen(struct net *net, const struct service *service, const struct command *command,
                  const struct addr *addr, struct server **ret, struct err *err);

/* Close the listening socket and every session it accepted.  The server stays, not listening,
 * until its end has been told and server_free() is called. */
void server_stop(struct server *s);
void server_free(struct server *s);

/* A worker's: the server's part in its net, on a listening socket of its own, which it takes over;
 * and a connection that the server has accepted for it.  Returns 0 or negative errno; the first is
 * called before the worker's thread runs. */
int server_add_shard(const struct server *server, struct net *net, int fd);
bool server_is_shard(const struct server *s);
void server_take_connection(const struct server *server, struct net *net, int fd,
                            const struct sockname *peer);
/* There may be room for another session. */
void server_look_for_room(struct server *s);

void server_status(const struct server *s, struct server_status *ret);

#endif
