/* core/net/server.h - a listening socket of ours and the service behind it. */
#ifndef SOCKEYE_NET_SERVER_H
#define SOCKEYE_NET_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <uthash.h>

#include "core/base/err.h"
#include "core/model/command.h"
#include "core/model/event.h"
#include "core/net/net.h"
#include "core/services/service.h"

/* How many ports behind a taken one are tried when the next free one will do. */
#define SERVER_PORTS_TRIED 100

struct server {
    struct watch watch;
    struct net *net;
    uint64_t id;
    const struct service *service;
    void *instance;           /* the service's */
    struct endpoint endpoint; /* what it listens on, with the port it really has */
    struct serve_settings settings;
    struct service_setup setup;
    struct addr local;
    uint64_t cookie;
    uint32_t open_sessions;
    uint64_t accepted, accept_errors, datagrams, lost_datagrams;
    struct traffic traffic;
    struct timer pause;      /* while accept(2) has no descriptors to give */
    struct tls_context *tls; /* of tls://; NULL: none */
    UT_hash_handle hh;
};

/* Start the service and listen where the command says (SO_REUSEADDR set); addr is its endpoint's
 * address, unused of a path.  With next_port a taken port moves to the next free one.  Returns 0
 * and the server, or negative errno with err. */
int server_listen(struct net *net, const struct service *service, const struct command *command,
                  const struct addr *addr, struct server **ret, struct err *err);

/* Close the listening socket and every session it accepted.  The server stays, not listening,
 * until its end has been told and server_free() is called. */
void server_stop(struct server *s);
void server_free(struct server *s);
bool server_listening(const struct server *s);

void server_status(const struct server *s, struct server_status *ret);

#endif
