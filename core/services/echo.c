/* core/services/echo.c - sends back what it receives (RFC 862).
 *
 * It owes every byte it has read, so it reads only while it owes none. */
#include <string.h>

#include "core/services/service.h"

static void echo_readable(struct session *s)
{
    const uint8_t *bytes;
    ssize_t n = session_receive(s, &bytes);

    if (n >= 0)
        session_send(s, bytes, (size_t)n);
}

static ssize_t echo_answer(void *instance, const uint8_t *bytes, size_t len, uint8_t *out,
                           size_t size)
{
    (void)instance;
    memcpy(out, bytes, len < size ? len : size);
    return (ssize_t)(len < size ? len : size);
}

const struct service echo_service = {
    .name = "echo",
    .summary = "sends back what it receives (RFC 862)",
    .behaviour = {.readable = echo_readable, .lockstep = true, .prompt = true},
    .answer = echo_answer,
};
