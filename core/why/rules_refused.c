/* Refused: something said no at once. */
#include <errno.h>
#include <string.h>

#include "core/why/rules_words.h"

/* The attempt that was refused; NULL: none was. */
static const struct attempt *refused(const struct evidence *e)
{
    const struct attempt *a = e->subject == WHY_CONNECT ? evidence_decisive(e) : NULL;

    if (!a || e->endpoint.scheme >= ENDPOINT_UNIX)
        return NULL;
    return a->error == -ECONNREFUSED || a->recv_error == -ECONNREFUSED ||
                   a->send_error == -ECONNREFUSED
               ? a
               : NULL;
}

static bool is_tcp(const struct evidence *e)
{
    return e->endpoint.scheme != ENDPOINT_UDP;
}

static const char *asked(const struct attempt *a, char buf[ADDR_TEXT_BYTES])
{
    return addr_format(&a->to, buf);
}

static const char *where(const struct sighting *s, char buf[ADDR_TEXT_BYTES])
{
    return addr_format(&s->row.local, buf);
}

/* --- a rule of a firewall ------------------------------------------------------------------- */

/* Somebody said no, in whatever words; not this host in the call itself. */
static const struct attempt *denied(const struct evidence *e)
{
    const struct attempt *a = refused(e);

    if (a)
        return a;
    a = e->subject == WHY_CONNECT ? evidence_decisive(e) : NULL;
    if (!a || e->endpoint.scheme >= ENDPOINT_UNIX)
        return NULL;
    return (a->error && !a->in_call) || a->recv_error || a->undecided ? a : NULL;
}

static const struct icmp_sighting *filter_icmp(const struct attempt *a, bool tcp,
                                               enum confidence *ret)
{
    *ret = CONFIDENCE_NONE;
    for (size_t i = 0; i < a->wire.n_icmp; i++) {
        *ret = filter_said(&a->wire.icmp[i], &a->to, tcp);
        if (*ret)
            return &a->wire.icmp[i];
    }
    return NULL;
}

/* A namespace on the way has a route that answers like a filter. */
static bool prohibited_on_the_way(const struct attempt *a)
{
    for (size_t i = 0; i < a->way.n; i++)
        if (a->way.hops[i].onward.kind == ROUTE_PROHIBIT)
            return true;
    return false;
}

static enum confidence by_rule(const struct acting *acting, const struct attempt *a,
                               enum confidence icmp, const struct sighting *listener,
                               struct saying *ret)
{
    char to[ADDR_TEXT_BYTES];
    bool supported = acting->grew || icmp || listener;

    if (!acting->rule || !supported)
        return CONFIDENCE_NONE;
    say_summary(ret, "A firewall rule answers for %s: %s (%s%s%s).", asked(a, to),
                acting->rule->text, acting->rule->where,
                acting->netns ? ", network namespace " : "",
                acting->netns ? acting->netns : "");
    say_rule_fix(ret, acting);
    return acting->sure > icmp ? acting->sure : icmp;
}

static enum confidence by_icmp(const struct icmp_sighting *m, const struct attempt *a,
                               enum confidence sure, struct saying *ret)
{
    char to[ADDR_TEXT_BYTES], from[ADDR_TEXT_BYTES];

    if (says_unreachable(m))
        say_summary(
            ret,
            "%s says of itself that it cannot be reached: a firewall on it refuses, or it "
            "passes %s on to where nobody is.",
            addr_format_ip(&m->from, from), asked(a, to));
    else
        say_summary(ret,
                    "A firewall refuses %s: %s answers with ICMP%s type %u code %u, which no "
                    "closed port does.",
                    asked(a, to), addr_format_ip(&m->from, from),
                    m->family == AF_INET6 ? "v6" : "", m->type, m->code);
    say_fix(ret, "Ask who runs %s to let %s from here through.", from, to);
    return sure;
}

static void say_look_for_reject(const struct evidence *e, struct saying *ret)
{
    say_suspect(e, FIREWALL_REJECT, ret);
    say_fix(ret, "nft list ruleset; iptables-save: look for reject.");
}

/* Somebody listens there, and a reset came: not from its socket. */
static enum confidence by_reset(const struct evidence *e, const struct attempt *a,
                                const struct sighting *listener, struct saying *ret)
{
    char to[ADDR_TEXT_BYTES], holder[SIGHTING_HOLDER_BYTES];

    if (!listener || !a->wire.rst_in || a->error != -ECONNREFUSED || is_redirected(e, a) ||
        evidence_event(e, KERNEL_SEND_RESET, &a->from, &a->to, ""))
        return CONFIDENCE_NONE;
    say_summary(ret,
                "%s listens on %s and the reset did not come from its socket: a firewall "
                "rule answers.",
                sighting_holder(listener, holder), asked(a, to));
    say_look_for_reject(e, ret);
    return CONFIDENCE_LIKELY;
}

/* A kernel counts what it answers for want of a socket; a filter's answers it does not. */
static bool kernel_answered_none(const struct evidence *e, const struct attempt *a)
{
    struct addr to = addr_unmapped(&a->to);
    const char *counter = is_tcp(e)               ? "Tcp.OutRsts"
                          : to.family == AF_INET6 ? "Udp6NoPorts"
                                                  : "Udp.NoPorts";
    uint64_t n;

    return is_own_address(a) && !is_redirected(e, a) &&
           counters_grew(&e->surroundings.before, &e->surroundings.after, counter, &n) && !n;
}

/* An answer came, though nothing had left: this host gave it. */
static enum confidence by_ourselves(const struct evidence *e, const struct attempt *a,
                                    struct saying *ret)
{
    char to[ADDR_TEXT_BYTES];

    if (!nothing_left(a) || is_own_address(a) || is_redirected(e, a))
        return CONFIDENCE_NONE;
    say_summary(
        ret,
        "%s is refused though nothing that was sent to it left by %s: a firewall rule of "
        "this host answers.",
        asked(a, to), a->wire.interface);
    say_look_for_reject(e, ret);
    return CONFIDENCE_LIKELY;
}

static enum confidence by_another(const struct evidence *e, const struct attempt *a,
                                  struct saying *ret)
{
    char to[ADDR_TEXT_BYTES];

    if (!kernel_answered_none(e, a))
        return CONFIDENCE_NONE;
    say_summary(ret,
                "%s is refused, and not for want of a socket, which this host would have "
                "counted: a firewall rule answers.",
                asked(a, to));
    say_look_for_reject(e, ret);
    return CONFIDENCE_LIKELY;
}

static enum confidence firewall_reject(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = denied(e);
    const struct icmp_sighting *m;
    struct acting acting;
    enum confidence icmp, sure;
    char to[ADDR_TEXT_BYTES];

    if (!a || prohibited_on_the_way(a))
        return CONFIDENCE_NONE;
    acting = acting_rule(e, a, FIREWALL_REJECT);
    m = filter_icmp(a, is_tcp(e), &icmp);
    sure = by_rule(&acting, a, icmp, refused(e) ? listener_asked(e, a) : NULL, ret);
    if (sure)
        return sure;
    if (m)
        return by_icmp(m, a, icmp, ret);
    /* linux/net/ipv6/icmp.c: of what comes back only "prohibited" becomes this errno. */
    if (!a->in_call && a->error == -EACCES) {
        say_summary(ret, "A firewall on the way to %s says that it is prohibited.",
                    asked(a, to));
        say_fix(ret, "Ask who runs the way to %s to let it through.", to);
        return CONFIDENCE_LIKELY;
    }
    sure = refused(e) ? by_reset(e, a, listener_asked(e, a), ret) : CONFIDENCE_NONE;
    if (!sure && refused(e))
        sure = by_another(e, a, ret);
    if (!sure && refused(e))
        sure = by_ourselves(e, a, ret);
    if (!sure && !a->undecided)
        say_ruled_out(ret, "no rule that rejects was hit and no ICMP message came");
    return sure;
}

/* --- somebody listens, but not there ---------------------------------------------------------- */

typedef bool wanted_listener(const struct sighting *s, const struct attempt *a);

static bool other_address(const struct sighting *s, const struct attempt *a)
{
    struct addr bound = addr_unmapped(&s->row.local), to = addr_unmapped(&a->to);

    return is_asked_place(a, s) && bound.family == to.family;
}

static bool other_family(const struct sighting *s, const struct attempt *a)
{
    struct addr bound = addr_unmapped(&s->row.local), to = addr_unmapped(&a->to);

    return is_asked_place(a, s) && bound.family != to.family;
}

static bool other_namespace(const struct sighting *s, const struct attempt *a)
{
    return is_own_address(a) && !s->own_netns;
}

/* A listener of the kind when none takes what was sent; NULL: there is none, or one does. */
static const struct sighting *near_miss(const struct evidence *e, const struct attempt *a,
                                        wanted_listener *wanted)
{
    if (!a || listener_asked(e, a) || is_redirected(e, a))
        return NULL;
    for (size_t i = 0; i < e->n_sightings; i++) {
        const struct sighting *s = &e->sightings[i];

        if (s->role == ROLE_LISTENER && s->row.local.port == a->to.port && wanted(s, a))
            return s;
    }
    return NULL;
}

static enum confidence listener_other_address(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = refused(e);
    const struct sighting *s = near_miss(e, a, other_address);
    char to[ADDR_TEXT_BYTES], on[ADDR_TEXT_BYTES], holder[SIGHTING_HOLDER_BYTES];
    char place[PLACE_BYTES];

    if (!s)
        return CONFIDENCE_NONE;
    if (is_on_other_device(a, s)) {
        say_summary(ret,
                    "%s listens on %s by the device %s only%s; what is sent to %s comes by "
                    "another.",
                    sighting_holder(s, holder), where(s, on), s->device, place_words(s, place),
                    asked(a, to));
        say_fix(ret, "Let %s listen without SO_BINDTODEVICE, or ask by %s.", holder, s->device);
        return place_confidence(a);
    }
    say_summary(ret, "%s listens on %s only%s; you asked for %s.", sighting_holder(s, holder),
                where(s, on), place_words(s, place), asked(a, to));
    if (s->own_netns)
        say_fix(ret, "Connect to %s://%s.", transport_word(e), on);
    say_fix(ret, "Let %s bind to %s, or to every address.", holder, to);
    return place_confidence(a);
}

static enum confidence listener_other_family(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = refused(e);
    const struct sighting *s = near_miss(e, a, other_family);
    char to[ADDR_TEXT_BYTES], on[ADDR_TEXT_BYTES], holder[SIGHTING_HOLDER_BYTES];
    char place[PLACE_BYTES];

    /* One of the right family is nearer. */
    if (!s || near_miss(e, a, other_address))
        return CONFIDENCE_NONE;
    say_summary(ret, "%s listens on %s, which takes %s only%s; you asked for %s.",
                sighting_holder(s, holder), where(s, on),
                s->row.local.family == AF_INET6 ? "IPv6" : "IPv4", place_words(s, place),
                asked(a, to));
    say_fix(ret, "Connect to the other family: %s://%s.", transport_word(e), on);
    if (s->row.v6only)
        say_fix(ret, "Or let %s turn IPV6_V6ONLY off.", holder);
    return place_confidence(a);
}

static enum confidence listener_other_namespace(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = refused(e);
    const struct sighting *s = near_miss(e, a, other_namespace);
    char to[ADDR_TEXT_BYTES], on[ADDR_TEXT_BYTES], holder[SIGHTING_HOLDER_BYTES];

    if (!s || near_miss(e, a, other_address) || near_miss(e, a, other_family))
        return CONFIDENCE_NONE;
    say_summary(ret,
                "%s listens on %s in network namespace %s, not in this one; you asked for "
                "%s here.",
                sighting_holder(s, holder), where(s, on), s->netns, asked(a, to));
    say_fix(ret, "Connect to an address of that namespace, or publish the port from it.");
    say_fix(ret, "Ask from inside: sockeye why --netns %s %s",
            strncmp(s->netns, "pid ", 4) == 0 ? s->netns + 4 : s->netns, e->target);
    return CONFIDENCE_CERTAIN;
}

/* --- nobody listens ------------------------------------------------------------------------------ */

/* This kernel said itself that it has no socket for the segment, in whatever namespace. */
static bool kernel_has_none(const struct evidence *e, const struct attempt *a)
{
    return evidence_event(e, KERNEL_SEND_RESET, &a->from, &a->to, "NO_SOCKET") != NULL;
}

static enum confidence how_sure(const struct evidence *e, const struct attempt *a)
{
    enum confidence place = place_confidence(a);

    if (kernel_has_none(e, a))
        return CONFIDENCE_CERTAIN;
    if (!place || !e->rows_seen || !e->other_netns_seen || kernel_answered_none(e, a))
        return CONFIDENCE_LIKELY;
    return place;
}

/* One that is connected takes what comes from its peer only: udp(7). */
static const struct sighting *connected_elsewhere(const struct evidence *e,
                                                  const struct attempt *a)
{
    for (size_t i = 0; !is_tcp(e) && i < e->n_sightings; i++) {
        const struct sighting *s = &e->sightings[i];

        if (s->role == ROLE_SAME_PORT && s->row.kind == KIND_UDP && s->row.peer.port &&
            is_asked_place(a, s) && row_covers(&s->row, &a->to))
            return s;
    }
    return NULL;
}

static bool say_connected(const struct sighting *s, struct saying *ret)
{
    char on[ADDR_TEXT_BYTES], peer[ADDR_TEXT_BYTES], holder[SIGHTING_HOLDER_BYTES];
    char place[PLACE_BYTES];

    if (!s)
        return false;
    say_summary(
        ret, "The socket of %s on %s is connected to %s%s: it takes datagrams of nobody else.",
        sighting_holder(s, holder), addr_format(&s->row.local, on),
        addr_format(&s->row.peer, peer), place_words(s, place));
    say_fix(ret, "Let %s receive without connect(), with recvfrom() and sendto().", holder);
    return true;
}

/* No more is said than was looked at. */
static void say_nobody(const struct evidence *e, const struct attempt *a, struct saying *ret)
{
    char to[ADDR_TEXT_BYTES];

    if (is_seen_elsewhere(a))
        say_summary(ret,
                    "Nobody listens on %s: network namespace %s, which has that address, "
                    "has no socket for it.",
                    asked(a, to), a->way.hops[a->way.n - 1].netns);
    else if (!is_own_address(a) || !e->rows_seen)
        say_summary(ret,
                    "Nobody listens on %s: the host answers at once that the port is closed.",
                    asked(a, to));
    else if (!e->other_netns_seen)
        say_summary(ret, "Nobody listens on %s: no socket of this network namespace takes it.",
                    asked(a, to));
    else
        say_summary(ret, "Nobody listens on %s: no process of this host has a socket for it.",
                    asked(a, to));
}

static enum confidence no_listener(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = refused(e);
    char to[ADDR_TEXT_BYTES];

    if (!a)
        return CONFIDENCE_NONE;
    if (listener_asked(e, a)) {
        say_ruled_out(ret, "a socket takes what is sent to %s", asked(a, to));
        return CONFIDENCE_NONE;
    }
    if (is_redirected(e, a)) {
        say_ruled_out(ret, "what goes to %s is sent elsewhere", asked(a, to));
        return CONFIDENCE_NONE;
    }
    if (near_miss(e, a, other_address) || near_miss(e, a, other_family))
        return CONFIDENCE_NONE;
    if (say_connected(connected_elsewhere(e, a), ret))
        return how_sure(e, a);
    say_nobody(e, a, ret);
    if (is_own_address(a))
        say_fix(ret, "Start the server; sockeye sockets 'state listening' shows what listens.");
    else
        say_fix(ret, "Start the server there, or check the port number.");
    return how_sure(e, a);
}

const struct rule rules_refused[] = {
    {"firewall-reject", firewall_reject},
    {"listener-other-address", listener_other_address},
    {"listener-other-family", listener_other_family},
    {"listener-other-namespace", listener_other_namespace},
    {"no-listener", no_listener},
    {NULL, NULL},
};
