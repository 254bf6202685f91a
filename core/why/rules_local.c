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

/* Connections of this namespace to the same peer, by which the local ports are taken (RFC 9293, 3.3.1:
 * a connection is a pair of addresses and ports). */
static size_t connections_to(const struct evidence *e, const struct addr *to)
{
    size_t n = e->sightings_left_out;

    for (size_t i = 0; i < e->n_sightings; i++) {
        struct addr peer = addr_unmapped(&e->sightings[i].row.peer);

        n += e->sightings[i].own_netns && addr_equal(&peer, to);
    }
    return n;
}

static enum confidence ephemeral_ports(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = evidence_decisive(e);
    const struct limit_facts *limits = &e->surroundings.limits;
    unsigned range = limits->has_port_range ? limits->port_high - limits->port_low + 1U : 0;
    char to[ADDR_TEXT_BYTES];
    size_t taken;
    bool connecting;

    if (!a || !range)
        return CONFIDENCE_NONE;
    connecting = strcmp(a->call, "connect") == 0 && a->error == -EADDRNOTAVAIL;
    if (!connecting &&
        !(strcmp(a->call, "bind") == 0 && a->error == -EADDRINUSE && !a->to.port))
        return CONFIDENCE_NONE;
    taken = connections_to(e, &a->to);
    say_summary(ret,
                "No local port is left to reach %s: the range %u-%u has %u, %zu connections to "
                "it are there.",
                addr_format(&a->to, to), limits->port_low, limits->port_high, range, taken);
    say_fix(ret, "sysctl net.ipv4.ip_local_port_range shows and widens the range.");
    say_fix(ret, "Keep connections open and use them again; TIME_WAIT holds a port for 60 s.");
    return taken >= range - range / 10 ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

static enum confidence permission_denied(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = evidence_decisive(e);
    bool sure;

    if (!a || (a->error != -EACCES && a->error != -EPERM) ||
        e->endpoint.scheme >= ENDPOINT_UNIX || acting_rule(e, FIREWALL_DROP, &sure) ||
        (a->route.seen &&
         (a->route.kind == ROUTE_PROHIBIT || a->route.kind == ROUTE_BROADCAST)))
        return CONFIDENCE_NONE;
    say_summary(ret,
                "%s() is not permitted to this program (%s): a rule of its control group, a "
                "security module or a seccomp filter forbids it.",
                a->call, err_name(a->error));
    say_fix(ret,
            "systemctl show UNIT -p IPAddressDeny -p RestrictAddressFamilies; dmesg | grep -i "
            "denied");
    return CONFIDENCE_LIKELY;
}

const struct rule rules_local[] = {
    {"privileged-port", privileged_port},
    {"address-not-local", address_not_local},
    {"too-many-open-files", too_many_open_files},
    {"ephemeral-ports-exhausted", ephemeral_ports},
    {"permission-denied", permission_denied},
    {NULL, NULL},
};
