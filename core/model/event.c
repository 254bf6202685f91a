#include "core/model/event.h"

#include <stdio.h>

const char *session_state_name(enum session_state state)
{
    static const char *const names[] = {[SESSION_RESOLVING] = "resolving",
                                        [SESSION_CONNECTING] = "connecting",
                                        [SESSION_NEGOTIATING] = "negotiating",
                                        [SESSION_OPEN] = "open",
                                        [SESSION_LOCAL_CLOSED] = "half-closed by us",
                                        [SESSION_REMOTE_CLOSED] = "half-closed by the peer",
                                        [SESSION_CLOSED] = "closed",
                                        [SESSION_FAILED] = "failed"};

    return names[state];
}

static int format_session(const struct session_status *s, char *buf, size_t size)
{
    char local[ADDR_TEXT_BYTES], peer[ADDR_TEXT_BYTES], why[ERR_TEXT_BYTES * 3] = "";

    if (s->err.code)
        err_format(&s->err, why, sizeof(why));
    return snprintf(buf, size, "session %llu %s %s -> %s sent %llu received %llu%s%s",
                    (unsigned long long)s->id, session_state_name(s->state),
                    addr_format(&s->local, local), addr_format(&s->peer, peer),
                    (unsigned long long)s->sent_bytes, (unsigned long long)s->received_bytes,
                    why[0] ? ": " : "", why);
}

static int format_server(const struct server_status *s, char *buf, size_t size)
{
    char endpoint[ENDPOINT_TEXT_BYTES];

    return snprintf(buf, size, "server %llu %s %s %s open %u accepted %llu",
                    (unsigned long long)s->id, s->service,
                    s->listening ? "listening" : "stopped",
                    endpoint_format(&s->endpoint, endpoint), s->open_sessions,
                    (unsigned long long)s->accepted);
}

size_t event_format(const struct event *event, char *buf, size_t size)
{
    int n = 0;

    if (event->kind == EVENT_SESSION) {
        n = format_session(&event->session, buf, size);
    } else if (event->kind == EVENT_SERVER) {
        n = format_server(&event->server, buf, size);
    } else if (event->reply.err.code) {
        char why[ERR_TEXT_BYTES * 3];

        err_format(&event->reply.err, why, sizeof(why));
        n = snprintf(buf, size, "failed %s", why);
    } else {
        n = snprintf(buf, size, "done %s", event->reply.text);
    }
    return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}
