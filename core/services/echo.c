/* core/services/echo.c - sends back what it receives (RFC 862).
 *
 * It owes every byte it has read, so it reads only while it owes none. */
#include "core/services/service.h"

static void echo_readable(struct session *s)
{
    const uint8_t *bytes;
    size_t n = session_receive(s, &bytes);

    if (n)
        session_send(s, bytes, n);
}

const struct service echo_service = {
    .name = "echo",
    .summary = "sends back what it receives (RFC 862)",
    .behaviour = {.readable = echo_readable, .lockstep = true},
};
