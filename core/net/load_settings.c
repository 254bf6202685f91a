/* core/net/load_settings.c - what a load may be asked to do, and whether this process may. */
#include <errno.h>
#include <sys/resource.h>

#include "core/net/load_internal.h"

/* Descriptors for everything but connections. */
#define DESCRIPTORS_RESERVED 64

const char *const load_as_names[LOAD_AS_KINDS] = {"echo", "send",    "receive",
                                                  "http", "message", "connect"};
const char *const load_stage_names[] = {"connect", "handshake", "send", "receive"};
const char *const load_fault_names[LOAD_FAULTS] = {"errno",    "timeout",   "lost",  "short",
                                                   "mismatch", "malformed", "status"};

static int check_scheme(const struct load_settings *s, struct err *err)
{
    char text[ENDPOINT_TEXT_BYTES];
    enum endpoint_scheme scheme = s->endpoint.scheme;
    bool connected = scheme != ENDPOINT_UDP && scheme != ENDPOINT_UNIX_DGRAM;

    endpoint_format(&s->endpoint, text);
    if (conn_has_boundaries(scheme) && (s->as == LOAD_HTTP || s->as == LOAD_MESSAGE))
        return err_set(err, -EINVAL, "load", text, "%s needs a stream", load_as_names[s->as]);
    if (!connected && s->as == LOAD_CONNECT)
        return err_set(err, -EINVAL, "load", text, "it makes no connections");
    if (conn_has_boundaries(scheme) && s->as == LOAD_ECHO && s->size_bytes < LOAD_DATAGRAM_MIN)
        return err_set(err, -EINVAL, "load", text,
                       "a datagram has at least %u bytes, to be told from others",
                       LOAD_DATAGRAM_MIN);
    if (conn_has_boundaries(scheme) && s->size_bytes > LOAD_DATAGRAM_MAX)
        return err_set(err, -EINVAL, "load", text, "a datagram has at most %u bytes",
                       LOAD_DATAGRAM_MAX);
    return 0;
}

int load_check_settings(const struct load_settings *s, struct err *err)
{
    if (!s->connections || s->connections > LOAD_CONNECTIONS_MAX || !s->pipeline ||
        s->pipeline > LOAD_PIPELINE_MAX || !s->size_bytes || s->size_bytes > LOAD_SIZE_MAX ||
        s->rate > PACE_MAX || !s->timeout_ns || (!s->duration_ns && !s->requests))
        return err_set(err, -EINVAL, "load", "", "a number is out of its range");
    if ((uint64_t)s->connections * s->pipeline > LOAD_OUTSTANDING_MAX)
        return err_set(err, -EINVAL, "load", "",
                       "connections times pipeline must be at most %u", LOAD_OUTSTANDING_MAX);
    if (s->pipeline > 1 && (s->one_each || s->as == LOAD_CONNECT))
        return err_set(err, -EINVAL, "load", "",
                       "a connection for each request has no pipeline");
    return check_scheme(s, err);
}

int load_raise_descriptors(uint32_t connections, struct err *err)
{
    rlim_t wanted = (rlim_t)connections + DESCRIPTORS_RESERVED;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return err_set(err, -errno, "getrlimit", "RLIMIT_NOFILE", "%s", "");
    if (limit.rlim_cur < wanted && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
            return err_set(err, -errno, "setrlimit", "RLIMIT_NOFILE", "%s", "");
    }
    if (limit.rlim_cur >= wanted)
        return 0;
    err_set(err, -EMFILE, "load", "", "%u connections need %llu descriptors, of %llu allowed",
            connections, (unsigned long long)wanted, (unsigned long long)limit.rlim_cur);
    err_hint(err, "fewer --connections, or a higher ulimit -Hn");
    return -EMFILE;
}
