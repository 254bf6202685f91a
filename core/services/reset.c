/* core/services/reset.c - ends connections with RST: a server that crashed, or a firewall. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/services/service.h"

struct reset {
    bool at_accept;
};

static const struct service_option options[] = {
    {"at", "accept|bytes", "bytes", "at once, or at the first bytes or FIN"},
    {NULL, NULL, NULL, NULL},
};

static int reset_start(const struct service_setup *setup, void **ret_instance, struct err *err)
{
    const char *at = service_text(setup, "at");
    struct reset *r;

    if (strcmp(at, "accept") != 0 && strcmp(at, "bytes") != 0)
        return err_set(err, -EINVAL, "reset", at, "--at takes accept or bytes");
    r = mem_new(1, sizeof(*r));
    r->at_accept = strcmp(at, "accept") == 0;
    *ret_instance = r;
    return 0;
}

static void reset_opened(struct session *s)
{
    const struct reset *r = s->instance;

    if (r->at_accept)
        session_reset(s);
}

static void reset_readable(struct session *s)
{
    const uint8_t *bytes;

    if (session_receive(s, &bytes) >= 0)
        session_reset(s);
}

const struct service reset_service = {
    .name = "reset",
    .summary = "reads the first bytes, then ends the connection with RST",
    .options = options,
    .start = reset_start,
    .stop = free,
    .behaviour = {.opened = reset_opened,
                  .readable = reset_readable,
                  .peer_closed = session_reset},
};
