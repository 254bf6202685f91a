/* Silence: nothing answers, or something on the way says why. */
#include <errno.h>
#include <string.h>

#include "core/base/text.h"
#include "core/why/rules_words.h"

static const struct attempt *connecting(const struct evidence *e)
{
    return e->subject == WHY_CONNECT ? evidence_decisive(e) : NULL;
}

/* No answer: given up waiting, or the kernel did. */
static const struct attempt *silent(const struct evidence *e)
{
    const struct attempt *a = connecting(e);

    if (!a)
        return NULL;
    if (e->endpoint.scheme == ENDPOINT_UDP)
        return !a->error && !a->recv_error && !a->received_bytes &&
                       (!a->send_error || a->send_error == -EPERM)
                   ? a
                   : NULL;
    return a->undecided || a->error == -ETIMEDOUT ? a : NULL;
}

static const char *asked(const struct attempt *a, char buf[ADDR_TEXT_BYTES])
{
    return addr_format(&a->to, buf);
}

/* --- the route ----------------------------------------------------------------------------- */

static enum confidence route_blocked(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = connecting(e);
    static const char *const names[] = {[ROUTE_BLACKHOLE] = "blackhole",
                                        [ROUTE_UNREACHABLE] = "unreachable",
                                        [ROUTE_PROHIBIT] = "prohibit"};
    char to[ADDR_TEXT_BYTES];

    if (!a || !a->error || !a->route.seen || a->route.kind < ROUTE_BLACKHOLE ||
        a->route.kind > ROUTE_PROHIBIT)
        return CONFIDENCE_NONE;
    addr_format_ip(&a->to, to);
    say_summary(ret, "The route to %s is of type %s: connect fails with %s.", to,
                names[a->route.kind], err_name(a->error));
    say_fix(ret, "ip route get %s; ip route show table all | grep %s", to,
            names[a->route.kind]);
    return CONFIDENCE_CERTAIN;
}

static enum confidence network_unreachable(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = connecting(e);
    char to[ADDR_TEXT_BYTES];

    if (!a || a->error != -ENETUNREACH || (a->route.seen && a->route.kind != ROUTE_NONE))
        return CONFIDENCE_NONE;
    addr_format_ip(&a->to, to);
    say_summary(ret, "There is no route to %s.", to);
    say_fix(ret, "ip route get %s; a default route is what is most often missing.", to);
    return CONFIDENCE_CERTAIN;
}

static enum confidence interface_down(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = connecting(e);

    if (!a || (!a->error && !a->undecided) || !a->route.seen || !a->route.interface[0] ||
        (a->route.up && a->route.carrier))
        return CONFIDENCE_NONE;
    say_summary(ret, "%s, by which the way leads, %s.", a->route.interface,
                a->route.up ? "has no carrier" : "is down");
    say_fix(ret, "ip link set %s up", a->route.interface);
    return CONFIDENCE_CERTAIN;
}

static const struct icmp_sighting *icmp_unreachable(const struct attempt *a)
{
    for (size_t i = 0; i < a->wire.n_icmp; i++) {
        const struct icmp_sighting *m = &a->wire.icmp[i];

        if (m->family == AF_INET ? m->type == 3 && (m->code == 0 || m->code == 1)
                                 : m->type == 1 && (m->code == 0 || m->code == 3))
            return m;
    }
    return NULL;
}

static enum confidence host_unreachable(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = connecting(e);
    const struct icmp_sighting *m;
    char to[ADDR_TEXT_BYTES], next[ADDR_TEXT_BYTES];
    bool neighbour;

    if (!a || (!a->undecided && a->error != -EHOSTUNREACH && a->error != -ETIMEDOUT))
        return CONFIDENCE_NONE;
    neighbour = a->route.seen && a->route.neighbour >= NEIGHBOUR_INCOMPLETE;
    m = icmp_unreachable(a);
    if (!neighbour && !m)
        return CONFIDENCE_NONE;
    if (neighbour)
        say_summary(ret, "%s does not answer on %s: nobody has that address there.",
                    addr_format_ip(a->route.has_gateway ? &a->route.gateway : &a->to, next),
                    a->route.interface);
    else
        say_summary(ret, "%s says that it cannot reach %s.", addr_format_ip(&m->from, next),
                    asked(a, to));
    say_fix(ret, "Look whether the host is up: ping %s; ip neighbour show.",
            addr_format_ip(&a->to, to));
    return a->route.neighbour == NEIGHBOUR_FAILED || m || a->error == -EHOSTUNREACH
               ? CONFIDENCE_CERTAIN
               : CONFIDENCE_LIKELY;
}

/* --- the host that is asked -------------------------------------------------------------------- */

static enum confidence firewall_drop(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = silent(e);
    const struct firewall_rule *rule;
    char to[ADDR_TEXT_BYTES];
    bool sure;

    if (!a)
        return CONFIDENCE_NONE;
    rule = acting_rule(e, FIREWALL_DROP, &sure);
    if (!rule)
        return CONFIDENCE_NONE;
    say_summary(ret, "A firewall rule swallows what is sent to %s: %s (%s).", asked(a, to),
                rule->text, rule->where);
    if (rule->remove[0])
        say_fix(ret, "%s", rule->remove);
    say_fix(ret, "Or let the port through above that rule.");
    return sure || a->send_error == -EPERM ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

/* sock_diag: of a listener Recv-Q is what waits in its accept queue, Send-Q its limit; it is full
 * when there is one more. */
static bool queue_is_full(const struct sighting *s)
{
    return s->row.state == STATE_LISTEN && s->row.rqueue > s->row.wqueue;
}

static enum confidence accept_queue_full(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = silent(e);
    const struct sighting *s;
    char holder[SIGHTING_HOLDER_BYTES], on[ADDR_TEXT_BYTES];
    uint64_t overflows = 0;

    s = a ? listener_for(e, &a->to) : NULL;
    if (!s || !queue_is_full(s))
        return CONFIDENCE_NONE;
    counters_grew(&e->surroundings.before, &e->surroundings.after, "TcpExt.ListenOverflows",
                  &overflows);
    say_summary(ret,
                "%s does not accept: %u connections wait on %s where %u may; the kernel "
                "dropped %llu more meanwhile.",
                sighting_holder(s, holder), s->row.rqueue, addr_format(&s->row.local, on),
                s->row.wqueue, (unsigned long long)overflows);
    say_fix(ret, "Let %s call accept() more often, or in a thread of its own.", holder);
    say_fix(ret,
            "A larger backlog in listen() and net.core.somaxconn only make the wait longer.");
    return CONFIDENCE_CERTAIN;
}

static enum confidence syn_queue_full(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = silent(e);
    const struct sighting *s = a ? listener_for(e, &a->to) : NULL;
    char holder[SIGHTING_HOLDER_BYTES], on[ADDR_TEXT_BYTES];
    uint64_t dropped = 0;

    if (!s ||
        !counters_grew(&e->surroundings.before, &e->surroundings.after,
                       "TcpExt.TCPReqQFullDrop", &dropped) ||
        !dropped)
        return CONFIDENCE_NONE;
    say_summary(ret,
                "Too many half-open connections wait at %s (%s): the kernel dropped %llu SYN "
                "meanwhile.",
                addr_format(&s->row.local, on), sighting_holder(s, holder),
                (unsigned long long)dropped);
    say_fix(ret, "sysctl net.ipv4.tcp_syncookies=1");
    return CONFIDENCE_CERTAIN;
}

static enum confidence owner_has_no_fds(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = silent(e);
    const struct sighting *s;
    char holder[SIGHTING_HOLDER_BYTES], on[ADDR_TEXT_BYTES];

    s = a ? listener_for(e, &a->to) : NULL;
    if (!s || !queue_is_full(s) || !s->process.has_fds || s->process.fds < s->process.fd_limit)
        return CONFIDENCE_NONE;
    say_summary(ret, "%s listens on %s and has %u of %u descriptors open: accept() fails.",
                sighting_holder(s, holder), addr_format(&s->row.local, on), s->process.fds,
                s->process.fd_limit);
    say_fix(ret, "prlimit --pid %d --nofile=%u:%u", s->process.pid, 4 * s->process.fd_limit,
            4 * s->process.fd_limit);
    return CONFIDENCE_CERTAIN;
}

static enum confidence no_reply(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = silent(e);
    char to[ADDR_TEXT_BYTES], took[TEXT_DURATION_BYTES];

    if (!a || a->wire.packets_in ||
        (e->endpoint.scheme == ENDPOINT_UDP && listener_for(e, &a->to)))
        return CONFIDENCE_NONE;
    asked(a, to);
    if (e->endpoint.scheme == ENDPOINT_UDP)
        say_summary(ret,
                    "Nothing answers the datagram to %s, neither a reply nor an ICMP message.",
                    to);
    else
        say_summary(
            ret, "Nothing answers %s: %u SYN in %s, and neither a reply nor an ICMP message.",
            to, a->wire.syn_out, text_duration(a->elapsed_ns, took));
    say_fix(ret, "A firewall on the way or there that drops, or a host that is off: ask from "
                 "another place.");
    return a->wire.seen && !a->wire.incomplete ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE;
}

const struct rule rules_silence[] = {
    {"route-blocked", route_blocked},
    {"network-unreachable", network_unreachable},
    {"interface-down", interface_down},
    {"firewall-drop", firewall_drop},
    {"too-many-open-files", owner_has_no_fds},
    {"accept-queue-full", accept_queue_full},
    {"syn-queue-full", syn_queue_full},
    {"host-unreachable", host_unreachable},
    {"no-reply", no_reply},
    {NULL, NULL},
};
