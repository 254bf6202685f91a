#include "core/why/inquiry_of.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

bool recorded_all(const struct snapshot *s)
{
    return s && s->events && !s->unseen &&
           kernel_events_extent(s->events, NULL) == KERNEL_EVENTS_ALL;
}

void inquiry_of_socket(struct inquiry *q, uint8_t protocol, const struct addr *local,
                       const struct addr *peer)
{
    enum endpoint_scheme scheme = protocol == IPPROTO_UDP ? ENDPOINT_UDP : ENDPOINT_TCP;

    q->wish.subject = WHY_SOCKET;
    q->wish.endpoint = endpoint_from_addr(scheme, local);
    q->wish.protocol = protocol;
    q->wish.local = *local;
    if (peer->port)
        q->wish.peer = *peer;
}

bool inquiry_of_failed(const struct session_status *s, struct inquiry *q)
{
    char at[ERR_TEXT_BYTES + 8];

    if (s->server_id || s->state != SESSION_FAILED || s->phases.connected || s->proxy[0])
        return false;
    q->session_id = s->id;
    q->wish.subject = WHY_CONNECT;
    q->wish.endpoint = s->endpoint;
    if (strcmp(s->err.operation, "bind") != 0)
        return true;
    /* The near end was asked for: without SO_REUSEADDR unless an option said so. */
    snprintf(at, sizeof(at), "tcp://%s", s->err.input);
    if (endpoint_parse(at, &q->wish.endpoint, NULL) < 0)
        return false;
    if (s->endpoint.scheme == ENDPOINT_UDP)
        q->wish.endpoint.scheme = ENDPOINT_UDP;
    q->wish.subject = WHY_BIND;
    q->wish.no_reuseaddr = true;
    return true;
}

bool inquiry_of_broken(const struct session_status *s, const struct recorded *recorded,
                       struct inquiry *q)
{
    if (s->state != SESSION_FAILED || !s->phases.connected || !s->err.code || s->proxy[0] ||
        s->endpoint.scheme >= ENDPOINT_UNIX || s->local.family == AF_UNSPEC)
        return false;
    q->session_id = s->id;
    q->wish.subject = WHY_CONNECT;
    q->wish.endpoint = endpoint_from_addr(s->endpoint.scheme, &s->peer);
    q->wish.local = s->local;
    q->wish.peer = s->peer;
    q->wish.past = (struct why_past){.packets = recorded->packets,
                                     .events = recorded->events,
                                     .events_all = recorded->events_all,
                                     .sending = strncmp(s->err.operation, "send", 4) == 0,
                                     .error = s->err.code,
                                     .began_ns = s->opened_ns,
                                     .ended_ns = s->changed_ns,
                                     .cookie = s->cookie};
    return true;
}

bool inquiry_of_session(const struct session_status *s, const struct recorded *recorded,
                        struct inquiry *q)
{
    if (inquiry_of_failed(s, q) || inquiry_of_broken(s, recorded, q))
        return true;
    if ((s->proxy[0] && !s->phases.connected) ||
        (s->endpoint.scheme >= ENDPOINT_UNIX && s->state != SESSION_CONNECTING))
        return false;
    q->session_id = s->id;
    if (s->local.family == AF_UNSPEC || s->state == SESSION_CONNECTING) {
        q->wish.subject = WHY_CONNECT;
        q->wish.endpoint = s->endpoint;
    } else {
        inquiry_of_socket(q, s->endpoint.scheme == ENDPOINT_UDP ? IPPROTO_UDP : IPPROTO_TCP,
                          &s->local, &s->peer);
    }
    return true;
}
