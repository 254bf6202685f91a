/* core/services/http_session.h - one connection of serve http (RFC 9112), from request to request.
 *
 * A session that waits for a request has no state of its own, and a request that comes in one read
 * needs none: it is parsed where it was received, and what is answered to all that one read gave
 * leaves in one send.  State is there for what comes or goes in parts, and only so long.
 * Answers keep the order of requests; while one waits in the send queue no further one is looked
 * at.  The connection ends with FIN first: what the peer still sends is read and dropped for a
 * while, or else its kernel might throw the answer away (RFC 9112, 9.6). */
#ifndef SOCKEYE_SERVICES_HTTP_SESSION_H
#define SOCKEYE_SERVICES_HTTP_SESSION_H

#include <stdint.h>

#include "core/net/session.h"
#include "core/services/http_answer.h"

/* What the sessions of one server share. */
struct http {
    struct http_site site;
    char *text;
    uint64_t header_ns, keep_alive_ns; /* 0: no limit; no second request */
};

/* Of its behaviour. */
void http_session_opened(struct session *s);
void http_session_readable(struct session *s);
void http_session_go_on(struct session *s); /* drained, or the peer sends no more */
void http_session_due(struct session *s);
void http_session_closing(struct session *s);

#endif
