/* Silence: nothing answers, or something on the way says why. */
#include <errno.h>
#include <string.h>

#include "core/base/clock.h"
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

/* A namespace of this host on the way whose route says "prohibited": what comes back looks as if a
 * filter had said so. */
static const struct way_hop *prohibiting(const struct attempt *a)
{
    for (size_t i = 0; i < a->way.n; i++)
        if (a->way.hops[i].onward.kind == ROUTE_PROHIBIT)
            return &a->way.hops[i];
    return NULL;
}

static enum confidence route_blocked(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = connecting(e);
    const char *kind = a && a->route.seen ? blocking_route(a->route.kind) : NULL;
    const struct way_hop *hop = a ? prohibiting(a) : NULL;
    char to[ADDR_TEXT_BYTES];

    if (!a || (!a->error && !a->send_error))
        return CONFIDENCE_NONE;
    addr_format_ip(&a->to, to);
    if (kind) {
        say_summary(ret, "The route to %s is of type %s: %s fails with %s.", to, kind, a->call,
                    err_name(a->error ? a->error : a->send_error));
        say_fix(ret, "ip route get %s; ip rule show; ip route show table all | grep %s", to,
                kind);
        return CONFIDENCE_CERTAIN;
    }
    if (!hop || a->in_call)
        return CONFIDENCE_NONE;
    say_summary(ret, "The route to %s is of type prohibit in network namespace %s, on the way.",
                to, hop->netns);
    say_fix(ret, "There: ip route get %s; ip rule show", to);
    return a->way.sure ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

static enum confidence network_unreachable(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = connecting(e);
    char to[ADDR_TEXT_BYTES];

    if (!a || (a->error != -ENETUNREACH && a->send_error != -ENETUNREACH) ||
        (a->route.seen ? a->route.kind != ROUTE_NONE : !a->in_call) || loopback_is_gone(a))
        return CONFIDENCE_NONE;
    addr_format_ip(&a->to, to);
    say_summary(ret, "There is no route to %s.", to);
    say_fix(ret, "ip route get %s; a default route is what is most often missing.", to);
    return CONFIDENCE_CERTAIN;
}

static enum confidence interface_down(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = connecting(e);
    char to[ADDR_TEXT_BYTES];

    if (a && loopback_is_gone(a)) {
        say_summary(ret, "lo, which should have %s, is down or has lost it.",
                    addr_format_ip(&a->to, to));
        say_fix(ret, "ip link set lo up");
        return CONFIDENCE_LIKELY;
    }
    if (!a || (!a->error && !silent(e)) || !a->route.seen || !a->route.interface[0] ||
        (a->route.up && a->route.carrier))
        return CONFIDENCE_NONE;
    say_summary(ret, "%s, by which the way leads, %s.", a->route.interface,
                a->route.up ? "has no carrier" : "is down");
    say_fix(ret, "ip link set %s up", a->route.interface);
    return CONFIDENCE_CERTAIN;
}

/* Of several next hops the packets may have gone to another. */
static bool neighbour_is_silent(const struct attempt *a)
{
    return a->route.seen && a->route.neighbour >= NEIGHBOUR_INCOMPLETE && !a->wire.packets_in &&
           (!a->route.shared || (a->wire.seen && !a->wire.packets_out));
}

/* The errors that ICMP "unreachable" becomes, and nothing else that comes back: icmp(7),
 * net/ipv4/icmp.c, net/ipv6/icmp.c. */
static enum confidence said_so(const struct attempt *a, const struct icmp_sighting *m)
{
    /* That a host cannot reach itself is said by a filter on it, or of what it sends on. */
    if (m)
        return addr_same_ip(&m->from, &a->to) ? CONFIDENCE_POSSIBLE : CONFIDENCE_CERTAIN;
    if (a->in_call || a->undecided || a->wire.seen)
        return CONFIDENCE_NONE;
    /* A filter's "prohibited" becomes EHOSTUNREACH for IPv4. */
    if (a->error == -ENETUNREACH || (a->error == -EHOSTUNREACH && a->to.family == AF_INET6))
        return CONFIDENCE_LIKELY;
    return CONFIDENCE_NONE;
}

static enum confidence by_neighbour(const struct attempt *a, struct saying *ret)
{
    const struct addr *asked_for = a->route.has_gateway ? &a->route.gateway : &a->to;
    char to[ADDR_TEXT_BYTES], next[ADDR_TEXT_BYTES];

    say_summary(ret, "%s%s does not answer on %s: nobody has that address there.",
                a->route.has_gateway ? "The gateway " : "", addr_format_ip(asked_for, next),
                a->route.interface);
    say_fix(
        ret,
        "Look whether %s is up, and the right way to %s: ip neighbour show; ip route get %s",
        next, addr_format_ip(&a->to, to), to);
    if (a->route.shared)
        say_fix(ret, "It is one of several next hops that share the load: ip route get %s", to);
    return a->route.neighbour == NEIGHBOUR_FAILED || a->error == -EHOSTUNREACH
               ? CONFIDENCE_CERTAIN
               : CONFIDENCE_LIKELY;
}

static enum confidence by_expiry(const struct icmp_sighting *m, const struct attempt *a,
                                 struct saying *ret)
{
    char to[ADDR_TEXT_BYTES], from[ADDR_TEXT_BYTES];

    say_summary(
        ret,
        "%s threw away what is sent to %s because its time to live had run out: the way "
        "goes round in a circle, or is longer than the TTL allows.",
        addr_format_ip(&m->from, from), asked(a, to));
    say_fix(ret, "tracepath -n %s shows where it goes round; sysctl net.ipv4.ip_default_ttl",
            addr_format_ip(&a->to, to));
    return CONFIDENCE_LIKELY;
}

static enum confidence host_unreachable(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = connecting(e);
    const struct icmp_sighting *m;
    enum confidence said;
    char to[ADDR_TEXT_BYTES], next[ADDR_TEXT_BYTES];

    if (!a || (!a->undecided && a->error != -EHOSTUNREACH && a->error != -ETIMEDOUT &&
               a->error != -ENETUNREACH && a->recv_error != -EHOSTUNREACH &&
               !(e->endpoint.scheme == ENDPOINT_UDP && !a->received_bytes)))
        return CONFIDENCE_NONE;
    if (neighbour_is_silent(a))
        return by_neighbour(a, ret);
    m = icmp_that(&a->wire, says_unreachable);
    said = said_so(a, m);
    if (!said && icmp_that(&a->wire, says_expired))
        return by_expiry(icmp_that(&a->wire, says_expired), a, ret);
    if (m)
        say_summary(ret, "%s says that it cannot reach %s.", addr_format_ip(&m->from, next),
                    asked(a, to));
    else if (said)
        say_summary(ret, "Somebody on the way says that it cannot reach %s.", asked(a, to));
    else if (a->error == -EHOSTUNREACH)
        say_ruled_out(ret, "without the packets it cannot be told from a filter's answer");
    if (said)
        say_fix(ret, "Look whether the host is up: ping %s; tracepath -n %s",
                addr_format_ip(&a->to, to), to);
    return said;
}

/* --- the host that is asked -------------------------------------------------------------------- */

/* Reasons of skb:kfree_skb that a rule or a program gives; include/net/dropreason-core.h. */
static const struct {
    const char *reason, *who;
} drops[] = {
    {"NETFILTER_DROP", "a netfilter rule"},
    {"XDP", "an XDP program"},
    {"TC_INGRESS", "a filter of tc at the entry"},
    {"TC_EGRESS", "a filter of tc at the exit"},
    {"BPF_CGROUP_EGRESS", "a BPF program of the control group"},
    {"SOCKET_FILTER", "a filter on the socket"},
};

#define SAME_MOMENT_NS UINT64_C(1000000)

static size_t drops_for(const struct evidence *e, const char *reason, uint64_t from_ns,
                        uint64_t to_ns)
{
    size_t n = 0;

    for (size_t i = 0; i < e->n_events; i++)
        n += e->events[i].kind == KERNEL_DROP && e->events[i].at_ns >= from_ns &&
             e->events[i].at_ns <= to_ns && strcmp(e->events[i].reason, reason) == 0;
    return n;
}

/* A drop does not tell whose packet it was.  But when one came right behind the first SYN and one
 * behind its repetition, and hardly another meanwhile, they were ours. */
static const char *dropped_by(const struct evidence *e, const struct attempt *a)
{
    uint64_t last_ns = a->wire.last_out_ns;

    if (!a->wire.seen || a->wire.syn_out < 2)
        return NULL;
    for (size_t i = 0; i < sizeof(drops) / sizeof(drops[0]); i++) {
        const char *reason = drops[i].reason;

        if (drops_for(e, reason, a->began_ns, a->began_ns + SAME_MOMENT_NS) &&
            drops_for(e, reason, last_ns - SAME_MOMENT_NS, last_ns + SAME_MOMENT_NS) &&
            drops_for(e, reason, a->began_ns, a->began_ns + a->elapsed_ns) <=
                2 * (size_t)a->wire.syn_out)
            return drops[i].who;
    }
    return NULL;
}

/* Captured is what leaves: where no neighbour keeps it waiting, nothing but a filter here holds it
 * back.  One that nobody even asked for was not yet come to. */
static bool never_left(const struct attempt *a)
{
    return nothing_left(a) && a->route.seen && a->route.up && a->route.carrier &&
           (a->route.kind == ROUTE_LOCAL || a->route.neighbour < NEIGHBOUR_INCOMPLETE);
}

/* Captured is what comes, before any filter: the answer did, and no socket of ours got it. */
static bool answer_is_lost(const struct attempt *a)
{
    return a->wire.seen && (a->undecided ? a->wire.syn_ack_in : a->wire.packets_in);
}

/* As many as ours were repeated: net/ipv4/fib_frontend.c, strict reverse path filtering. */
static uint64_t dropped_by_way_back(const struct evidence *e, const struct attempt *a)
{
    uint64_t n;

    if (!counters_grew(&e->surroundings.before, &e->surroundings.after,
                       "TcpExt.IPReversePathFilter", &n))
        return 0;
    return n && n <= 2 * ((uint64_t)a->wire.packets_out + 1) ? n : 0;
}

static enum confidence by_way_back(const struct evidence *e, const struct attempt *a,
                                   struct saying *ret)
{
    uint64_t n = dropped_by_way_back(e, a);
    char to[ADDR_TEXT_BYTES];

    if (!n)
        return CONFIDENCE_NONE;
    say_summary(
        ret,
        "This host dropped %llu packets meanwhile because they came by another interface "
        "than the way back leads to (rp_filter): answers of %s, as it seems.",
        (unsigned long long)n, asked(a, to));
    say_fix(ret, "ip route get %s; sysctl -a -r 'ipv4.*rp_filter'", addr_format_ip(&a->to, to));
    say_fix(ret,
            "sysctl -w net.ipv4.conf.all.rp_filter=2 takes what comes by any interface with "
            "a route back.");
    return CONFIDENCE_LIKELY;
}

static enum confidence drop_without_rule(const struct evidence *e, const struct attempt *a,
                                         struct saying *ret)
{
    const char *who = dropped_by(e, a);
    char to[ADDR_TEXT_BYTES];

    asked(a, to);
    if (by_way_back(e, a, ret))
        return CONFIDENCE_LIKELY;
    if (answer_is_lost(a))
        say_summary(
            ret,
            "%s answers (%u packets came by %s), and no socket here gets it: a filter of "
            "this host drops the answer.",
            to, a->wire.packets_in, a->wire.interface);
    else if (who)
        say_summary(ret, "The kernel drops what is sent to %s: %s does it.", to, who);
    else if (host_delivered_nothing(e, a))
        say_summary(ret,
                    "This host delivers nothing of what is sent to %s: a filter here drops "
                    "it.",
                    to);
    else if (never_left(a))
        say_summary(ret, "Nothing that is sent to %s leaves this host: a filter here drops it.",
                    to);
    else if (a->send_error == -EPERM)
        say_summary(ret, "A filter of this host forbids what is sent to %s (EPERM).", to);
    else
        return CONFIDENCE_NONE;
    say_suspect(e, FIREWALL_DROP, ret);
    say_fix(ret, "nft list ruleset; tc filter show; ip xfrm policy; bpftool net show; bpftool "
                 "cgroup tree");
    return a->send_error == -EPERM ? CONFIDENCE_POSSIBLE : CONFIDENCE_LIKELY;
}

static enum confidence firewall_drop(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = silent(e);
    struct acting acting;
    char to[ADDR_TEXT_BYTES];

    if (!a)
        return CONFIDENCE_NONE;
    acting = acting_rule(e, a, FIREWALL_DROP);
    if (!acting.rule)
        return drop_without_rule(e, a, ret);
    say_summary(ret, "A firewall rule swallows what is sent to %s: %s (%s%s%s).", asked(a, to),
                acting.rule->text, acting.rule->where,
                acting.netns ? ", network namespace " : "", acting.netns ? acting.netns : "");
    say_rule_fix(ret, &acting);
    if (acting.rule->matches_surely &&
        (a->send_error == -EPERM || (acting.sure == CONFIDENCE_LIKELY && !acting.netns &&
                                     kernel_dropped(e, a, "NETFILTER_DROP"))))
        return CONFIDENCE_CERTAIN;
    return acting.sure;
}

/* sock_diag: of a listener Recv-Q is what waits in its accept queue, Send-Q its limit; it is full
 * when there is one more. */
static bool queue_is_full(const struct sighting *s)
{
    return s->row.state == STATE_LISTEN && s->row.rqueue > s->row.wqueue;
}

static uint64_t grew_there(const struct evidence *e, const struct attempt *a, const char *name)
{
    uint64_t by;

    return counted_there(e, a, name, &by) ? by : 0;
}

/* Of several that share the port (SO_REUSEPORT) the one whose queue is full. */
static const struct sighting *fullest_asked(const struct evidence *e, const struct attempt *a)
{
    const struct sighting *asked = listener_asked(e, a);

    for (size_t i = 0; asked && !queue_is_full(asked) && i < e->n_sightings; i++) {
        const struct sighting *s = &e->sightings[i];

        if (s->role == ROLE_LISTENER && is_asked_place(a, s) && row_covers(&s->row, &a->to) &&
            !is_on_other_device(a, s) && queue_is_full(s))
            asked = s;
    }
    return asked;
}

static enum confidence accept_queue_full(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = silent(e);
    const struct sighting *s = a ? fullest_asked(e, a) : NULL;
    char holder[SIGHTING_HOLDER_BYTES], on[ADDR_TEXT_BYTES], place[PLACE_BYTES];
    char waiting[WAITING_BYTES];
    uint64_t overflows;
    bool counted;

    if (!s || s->row.state != STATE_LISTEN)
        return CONFIDENCE_NONE;
    counted = counted_there(e, a, "TcpExt.ListenOverflows", &overflows);
    if (!queue_is_full(s) && !overflows)
        return CONFIDENCE_NONE;
    say_summary(ret,
                "%s does not accept%s: %s on %s where %u may; the kernel dropped %llu more "
                "meanwhile.",
                sighting_holder(s, holder), place_words(s, place),
                waiting_words(s->row.rqueue, waiting), addr_format(&s->row.local, on),
                s->row.wqueue, (unsigned long long)overflows);
    say_fix(ret, "Let %s call accept() more often, or in a thread of its own.", holder);
    say_fix(ret,
            "A larger backlog in listen() and net.core.somaxconn only make the wait longer.");
    /* It is full, but our SYN did not come to it; or another's of the same namespace was. */
    if ((counted && !overflows) || !queue_is_full(s))
        return CONFIDENCE_POSSIBLE;
    /* Without its descriptors it cannot be told from one that has none left. */
    return holder_knows_fds(s) ? place_confidence(a) : CONFIDENCE_LIKELY;
}

/* Half-open connections at the listener; they are counted in our own namespace only. */
static uint32_t half_open(const struct evidence *e, const struct sighting *listener)
{
    uint32_t n = 0;

    if (listener->own_netns)
        return e->counts.local[STATE_SYN_RECV];
    for (size_t i = 0; i < e->n_sightings; i++)
        n += e->sightings[i].netns_inode == listener->netns_inode &&
             e->sightings[i].row.local.port == listener->row.local.port &&
             e->sightings[i].row.state == STATE_SYN_RECV;
    return n;
}

/* tcp_conn_request(): a SYN is dropped when the queue of half-open ones is full (ReqQFullDrop), or,
 * without cookies, once less than a quarter of it is left; only ListenDrops tells of that. */
static enum confidence syn_queue_full(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = silent(e);
    const struct sighting *s = a ? listener_asked(e, a) : NULL;
    char holder[SIGHTING_HOLDER_BYTES], on[ADDR_TEXT_BYTES], place[PLACE_BYTES];
    uint64_t full, dropped;
    uint32_t waiting;

    if (!s || s->row.state != STATE_LISTEN || queue_is_full(s))
        return CONFIDENCE_NONE;
    full = grew_there(e, a, "TcpExt.TCPReqQFullDrop");
    dropped = grew_there(e, a, "TcpExt.ListenDrops");
    waiting = half_open(e, s);
    if (!full && (!dropped || !waiting || grew_there(e, a, "TcpExt.ListenOverflows")))
        return CONFIDENCE_NONE;
    say_summary(ret,
                "%u half-open connections wait at %s (%s)%s, and the kernel takes no more: it "
                "dropped %llu SYN meanwhile.",
                waiting, addr_format(&s->row.local, on), sighting_holder(s, holder),
                place_words(s, place), (unsigned long long)(full > dropped ? full : dropped));
    say_fix(ret, "sysctl net.ipv4.tcp_syncookies=1");
    say_fix(ret, "sysctl net.ipv4.tcp_max_syn_backlog, and the backlog of listen()");
    return place_confidence(a);
}

static enum confidence owner_has_no_fds(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = silent(e);
    const struct sighting *s = a ? fullest_asked(e, a) : NULL;
    char holder[SIGHTING_HOLDER_BYTES], on[ADDR_TEXT_BYTES];

    if (!s || !queue_is_full(s) || !holder_has_no_fds(s))
        return CONFIDENCE_NONE;
    say_summary(ret, "%s listens on %s and has %u of %u descriptors open: accept() fails.",
                sighting_holder(s, holder), addr_format(&s->row.local, on), s->process.fds,
                s->process.fd_limit);
    say_fix(ret, "prlimit --pid %d --nofile=%llu:%llu", s->process.pid,
            4 * (unsigned long long)s->process.fd_limit,
            4 * (unsigned long long)s->process.fd_limit);
    return place_confidence(a);
}

/* What was sent lacks a signature that is wanted there (RFC 2385, RFC 5925), or has one that is not. */
static bool is_not_signed(const struct evidence *e, const struct attempt *a)
{
    static const char *const counters[] = {"TcpExt.TCPMD5NotFound", "TcpExt.TCPMD5Failure",
                                           "TcpExt.TCPMD5Unexpected", "TcpExt.TCPAORequired",
                                           "TcpExt.TCPAOKeyNotFound"};

    for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
        if (a->wire.syn_out && grew_there(e, a, counters[i]) >= a->wire.syn_out)
            return true;
    return false;
}

/* A translation or a policy of routing there gives the answer another sender. */
static enum confidence reply_other_address(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = silent(e);
    char to[ADDR_TEXT_BYTES], from[ADDR_TEXT_BYTES];

    if (!a || e->endpoint.scheme == ENDPOINT_UDP || a->wire.packets_in ||
        a->wire.stranger.family == AF_UNSPEC)
        return CONFIDENCE_NONE;
    say_summary(ret,
                "The answer comes from %s, not from %s, which was asked: TCP here knows of no "
                "such connection, and resets it.",
                addr_format(&a->wire.stranger, from), asked(a, to));
    say_fix(ret, "Look for a translation (SNAT, DNAT) that the answer does not pass on its way "
                 "back, and for routing there that is not the same both ways.");
    return CONFIDENCE_CERTAIN;
}

static enum confidence no_reply(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = silent(e);
    char to[ADDR_TEXT_BYTES], took[TEXT_DURATION_BYTES];

    if (!a || a->wire.packets_in || nothing_left(a) ||
        (e->endpoint.scheme == ENDPOINT_UDP && listener_asked(e, a) &&
         !delivered_nothing_there(e, a)))
        return CONFIDENCE_NONE;
    asked(a, to);
    if (e->endpoint.scheme == ENDPOINT_UDP)
        say_summary(ret,
                    "Nothing answers the datagram to %s, neither a reply nor an ICMP message.",
                    to);
    else if (is_not_signed(e, a))
        say_summary(ret,
                    "Nothing answers %s: its host drops what is not signed with a key that the "
                    "server has set (TCP_MD5SIG, TCP-AO).",
                    to);
    else if (!a->wire.seen)
        say_summary(ret, "Nothing answers %s: no reply within %s.", to,
                    text_duration(a->elapsed_ns, took));
    else
        say_summary(
            ret, "Nothing answers %s: %u SYN in %s, and neither a reply nor an ICMP message.",
            to, a->wire.syn_out, text_duration(a->elapsed_ns, took));
    if (goes_in_pieces(a))
        say_fix(ret, "It goes in pieces, which many filters drop: send at most %u bytes.",
                a->route.mtu - HEADER_BYTES);
    say_fix(ret, "A firewall on the way or there that drops, or a host that is off: ask from "
                 "another place.");
    /* Who gives up before the first repetition (RFC 6298: 1 s) may merely be impatient. */
    if (e->endpoint.scheme != ENDPOINT_UDP && a->elapsed_ns < CLOCK_SECOND_NS)
        return CONFIDENCE_POSSIBLE;
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
    {"reply-other-address", reply_other_address},
    {"no-reply", no_reply},
    {NULL, NULL},
};
