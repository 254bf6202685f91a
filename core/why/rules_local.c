/* This host said no before anything was sent. */
#include <errno.h>
#include <stdio.h>
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
    if (e->home.seen && !e->home.error) {
        say_summary(
            ret,
            "%s has %s, but it may not be used: it is still being checked whether another "
            "host has it (tentative), or one does (dadfailed).",
            e->home.interface, addr_format_ip(&a->to, at));
        say_fix(ret,
                "ip -6 address show dev %s; wait for the check, or take the address from the "
                "other host.",
                e->home.interface);
        return CONFIDENCE_CERTAIN;
    }
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

/* How many the kernel does not choose: those taken, and those kept for who asks for them. */
static unsigned not_free(const struct evidence *e)
{
    return e->ports.taken + e->surroundings.limits.ports_reserved;
}

static unsigned range_of(const struct port_use *use)
{
    return use->seen && use->high >= use->low ? use->high - use->low + 1U : 0;
}

/* connect(2) takes no port that a bound socket has, and none twice to the same peer; bind(2) to port 0
 * none at all: ip(7), ip_local_port_range. */
static enum confidence ephemeral_ports(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = evidence_decisive(e);
    const struct port_use *use = &e->ports;
    unsigned range = range_of(use), reserved = e->surroundings.limits.ports_reserved;
    bool connecting, binding;
    char to[ADDR_TEXT_BYTES], kept[40] = "";

    if (!a || !range)
        return CONFIDENCE_NONE;
    connecting =
        strcmp(a->call, "connect") == 0 && (a->error == -EADDRNOTAVAIL || a->error == -EAGAIN);
    binding = strcmp(a->call, "bind") == 0 && a->error == -EADDRINUSE && !a->to.port;
    if ((!connecting && !binding) || not_free(e) < range - range / 10) {
        if (connecting || binding)
            say_ruled_out(ret, "only %u of the %u local ports are taken", use->taken, range);
        return CONFIDENCE_NONE;
    }
    if (reserved)
        snprintf(kept, sizeof(kept), ", and %u are reserved", reserved);
    if (connecting)
        say_summary(ret,
                    "No local port is left to reach %s: of the %u in the range %u-%u %u are "
                    "taken, %u in connections to it%s.",
                    addr_format(&a->to, to), range, use->low, use->high, use->taken,
                    use->to_peer, kept);
    else
        say_summary(ret, "No local port is left: of the %u in the range %u-%u %u are taken%s.",
                    range, use->low, use->high, use->taken, kept);
    if (reserved)
        say_fix(ret, "sysctl net.ipv4.ip_local_reserved_ports shows those that are kept.");
    say_fix(ret, "sysctl net.ipv4.ip_local_port_range shows and widens the range.");
    if (use->time_wait)
        say_fix(ret,
                "Keep connections open and use them again: TIME_WAIT holds %u ports for up "
                "to 60 s each.",
                use->time_wait);
    return CONFIDENCE_CERTAIN;
}

/* connect(2) found a route, and no address of ours that could be the source. */
static enum confidence no_source_address(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = evidence_decisive(e);
    const struct port_use *use = &e->ports;
    char to[ADDR_TEXT_BYTES];

    if (!a || strcmp(a->call, "connect") != 0 || a->error != -EADDRNOTAVAIL ||
        loopback_is_gone(a) || !use->seen || not_free(e) >= range_of(use) - range_of(use) / 10)
        return CONFIDENCE_NONE;
    say_summary(ret, "No address of this host can be the source of packets to %s.",
                addr_format_ip(&a->to, to));
    say_fix(ret, "ip address show %s; one that is tentative or deprecated does not count.",
            a->route.interface);
    return CONFIDENCE_LIKELY;
}

/* RFC 4291, 2.5.6: routers do not send on what comes from such an address; RFC 4443, 3.1, code 2. */
static bool says_beyond_scope(const struct icmp_sighting *m)
{
    return m->family == AF_INET6 && m->type == 1 && m->code == 2;
}

/* Where no other address is left, the kernel takes the one that each interface has. */
static enum confidence only_link_local(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = evidence_decisive(e);
    const struct icmp_sighting *m;
    char from[ADDR_TEXT_BYTES], to[ADDR_TEXT_BYTES];

    if (!a || e->subject != WHY_CONNECT || !addr_is_link_local(&a->from) ||
        addr_is_link_local(&a->to) || a->in_call || (!a->error && !a->undecided))
        return CONFIDENCE_NONE;
    m = icmp_that(&a->wire, says_beyond_scope);
    say_summary(ret,
                "No address of this host can be the source of packets to %s but %s, which is "
                "known on its own link only.",
                addr_format_ip(&a->to, to), addr_format_ip(&a->from, from));
    say_fix(
        ret,
        "ip address show %s; one that is tentative, deprecated or dadfailed (another has it, "
        "too) does not count.",
        a->route.interface);
    return m ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

/* ipv6(7): a link-local address says nothing without the interface. */
static enum confidence without_scope(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = evidence_decisive(e);
    char to[ADDR_TEXT_BYTES];

    if (!a || a->error != -EINVAL || a->to.scope || !addr_is_link_local(&a->to))
        return CONFIDENCE_NONE;
    say_summary(ret,
                "%s is a link-local address: each interface has its own such network, and none "
                "was named.",
                addr_format_ip(&a->to, to));
    say_fix(ret, "Add the interface: %s%%eth0; ip -6 address show lists them.", to);
    return CONFIDENCE_CERTAIN;
}

static enum confidence ipv6_is_off(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = evidence_decisive(e);
    char to[ADDR_TEXT_BYTES];

    if (!a || !e->surroundings.limits.ipv6_off || a->to.family != AF_INET6 ||
        (a->error != -EADDRNOTAVAIL && a->error != -ENETUNREACH && a->error != -EACCES))
        return CONFIDENCE_NONE;
    say_summary(ret,
                "IPv6 is switched off here (net.ipv6.conf.all.disable_ipv6 is 1): nothing is "
                "sent to %s.",
                addr_format_ip(&a->to, to));
    say_fix(ret, "Ask by IPv4, or sysctl -w net.ipv6.conf.all.disable_ipv6=0");
    return CONFIDENCE_CERTAIN;
}

static enum confidence permission_denied(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = evidence_decisive(e);

    /* What only comes back later is an answer of somebody else. */
    if (!a || (a->error != -EACCES && a->error != -EPERM) || !a->in_call ||
        e->endpoint.scheme >= ENDPOINT_UNIX || acting_rule(e, a, FIREWALL_DROP).rule ||
        acting_rule(e, a, FIREWALL_REJECT).rule ||
        (a->route.seen &&
         (a->route.kind == ROUTE_PROHIBIT || a->route.kind == ROUTE_BROADCAST)))
        return CONFIDENCE_NONE;
    say_summary(ret,
                "%s() is not permitted to this program (%s): a rule of its control group, a "
                "security module, a seccomp filter or an IPsec policy forbids it.",
                a->call, err_name(a->error));
    say_fix(ret,
            "systemctl show UNIT -p IPAddressDeny -p RestrictAddressFamilies; dmesg | grep -i "
            "denied; ip xfrm policy");
    return CONFIDENCE_LIKELY;
}

const struct rule rules_local[] = {
    {"privileged-port", privileged_port},
    {"address-not-local", address_not_local},
    {"network-unreachable", without_scope},
    {"network-unreachable", ipv6_is_off},
    {"address-not-local", no_source_address},
    {"address-not-local", only_link_local},
    {"too-many-open-files", too_many_open_files},
    {"ephemeral-ports-exhausted", ephemeral_ports},
    {"permission-denied", permission_denied},
    {NULL, NULL},
};
