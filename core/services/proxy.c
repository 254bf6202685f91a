/* core/services/proxy.c - one backend behind a bad line: late, slow, cut, reset or damaged. */
#include <errno.h>
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/services/pair.h"

struct proxy {
    struct endpoint backend;
    struct shaping shaping;
    uint64_t timeout_ns;
};

static const struct service_option options[] = {
    {"backend", "HOST:PORT", NULL, "where every connection goes"},
    {"latency", "SECONDS", "0", "added each way"},
    {"rate", "BYTES/S", NULL, "at most, each way"},
    {"cut-after", "N", NULL, "so many bytes pass one way, then FIN"},
    {"reset-after", "N", NULL, "so many bytes pass one way, then RST to both ends"},
    {"corrupt-every", "N", NULL, "one byte of so many is changed, each way"},
    {"connect-timeout", "SECONDS", "5", "for the backend to answer"},
    {NULL, NULL, NULL, NULL},
};

/* Without the option it stays as it is. */
static int optional(const struct service_setup *setup, const char *option, uint64_t min,
                    uint64_t *ret, struct err *err)
{
    if (!service_text(setup, option))
        return 0;
    return service_number(setup, option, min, INT64_MAX, ret, err);
}

static int read_shaping(const struct service_setup *setup, struct shaping *ret, struct err *err)
{
    struct shaping shaping = shaping_none;
    int r = service_seconds(setup, "latency", &shaping.latency_ns, err);

    if (r == 0)
        r = optional(setup, "rate", 1, &shaping.bytes_per_second, err);
    if (r == 0)
        r = optional(setup, "cut-after", 0, &shaping.cut_after_bytes, err);
    if (r == 0)
        r = optional(setup, "reset-after", 0, &shaping.reset_after_bytes, err);
    if (r == 0)
        r = optional(setup, "corrupt-every", 1, &shaping.corrupt_every, err);
    if (r == 0)
        *ret = shaping;
    return r;
}

static int proxy_start(const struct service_setup *setup, void **ret_instance, struct err *err)
{
    const char *backend = service_text(setup, "backend");
    struct proxy *proxy;
    int r;

    if (!backend)
        return err_set(err, -EINVAL, "proxy", "", "--backend HOST:PORT is missing");
    proxy = mem_new(1, sizeof(*proxy));
    r = pair_endpoint("proxy", backend, &proxy->backend, err);
    if (r == 0)
        r = service_seconds(setup, "connect-timeout", &proxy->timeout_ns, err);
    if (r == 0)
        r = read_shaping(setup, &proxy->shaping, err);
    if (r < 0)
        free(proxy);
    else
        *ret_instance = proxy;
    return r;
}

static void refused(struct pair *p, const struct err *err)
{
    session_fail_with(p->near, err);
}

static void proxy_opened(struct session *s)
{
    const struct proxy *proxy = s->instance;
    struct pair *p = pair_new(s, &proxy->shaping, refused);
    struct err err;

    if (pair_dial(p, &proxy->backend, proxy->timeout_ns, &err) < 0)
        session_fail_with(s, &err);
}

const struct service proxy_service = {
    .name = "proxy",
    .summary = "passes connections on to a backend, late, slowly, cut or damaged if asked",
    .options = options,
    .start = proxy_start,
    .stop = free,
    .behaviour = {.opened = proxy_opened, PAIR_NEAR},
};
