/* This host said no before anything was sent. */
#include <errno.h>
#include <string.h>

#include "core/why/rules_words.h"

static enum confidence privileged_port(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = evidence_decisive(e);
    const struct limit_facts *limits = &e->surroundings.limits;
    unsigned start = limits->has_unprivileged_port ? limits->unprivileged_port_start : 1024;

    if (!a || strcmp(a->call, "bind") != 0 || a->error != -EACCES || !a->to.port ||
        a->to.port >= start)
        return CONFIDENCE_NONE;
    say_summary(ret, "Port %u is below %u: only root, or CAP_NET_BIND_SERVICE, may bind it.",
                a->to.port, start);
    say_fix(ret, "sudo setcap cap_net_bind_service=+ep PROGRAM");
    say_fix(ret, "sysctl net.ipv4.ip_unprivileged_port_start=%u", a->to.port);
    say_fix(ret, "Or take a port from %u on.", start);
    return CONFIDENCE_CERTAIN;
}

static enum confidence address_not_local(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = evidence_decisive(e);
    char at[ADDR_TEXT_BYTES];

    if (!a || strcmp(a->call, "bind") != 0 || a->error != -EADDRNOTAVAIL)
        return CONFIDENCE_NONE;
    say_summary(ret, "%s is no address of this host.", addr_format_ip(&a->to, at));
    say_fix(ret, "ip address show lists those there are; 0.0.0.0 or [::] takes all of them.");
    return CONFIDENCE_CERTAIN;
}

static enum confidence too_many_open_files(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = evidence_decisive(e);
    const struct limit_facts *limits = &e->surroundings.limits;

    if (!a || (a->error != -EMFILE && a->error != -ENFILE))
        return CONFIDENCE_NONE;
    if (a->error == -EMFILE)
        say_summary(ret, "This process may have %u descriptors open, and has them.",
                    limits->own_fd_limit);
    else
        say_summary(ret, "The whole host has no descriptor left (fs.file-max).");
    say_fix(ret, a->error == -EMFILE ? "ulimit -n shows and raises the limit."
                                     : "sysctl fs.file-max; lsof shows who has them.");
    return CONFIDENCE_CERTAIN;
}

const struct rule rules_local[] = {
    {"privileged-port", privileged_port},
    {"address-not-local", address_not_local},
    {"too-many-open-files", too_many_open_files},
    {NULL, NULL},
};
