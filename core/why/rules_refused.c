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

/* A kernel answers a TCP segment that nobody takes with a reset (RFC 9293, 3.10.7.1): only a filter
 * answers it with ICMP. */
static const struct icmp_sighting *filter_icmp(const struct attempt *a, bool tcp)
{
    for (size_t i = 0; i < a->wire.n_icmp; i++) {
        const struct icmp_sighting *m = &a->wire.icmp[i];
        bool prohibited = m->family == AF_INET
                              ? m->type == 3 && (m->code == 9 || m->code == 10 || m->code == 13)
                              : m->type == 1 && (m->code == 1 || m->code == 5 || m->code == 6);
        bool port =
            m->family == AF_INET ? m->type == 3 && m->code == 3 : m->type == 1 && m->code == 4;

        if (prohibited || (tcp && port))
            return m;
    }
    return NULL;
}

static enum confidence firewall_reject(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = refused(e);
    const struct firewall_rule *rule;
    const struct icmp_sighting *m;
    const struct sighting *listener;
    char to[ADDR_TEXT_BYTES], from[ADDR_TEXT_BYTES], holder[SIGHTING_HOLDER_BYTES];
    bool sure;

    if (!a)
        return CONFIDENCE_NONE;
    rule = acting_rule(e, FIREWALL_REJECT, &sure);
    m = filter_icmp(a, is_tcp(e));
    listener = listener_for(e, &a->to);
    asked(a, to);
    if (rule && (sure || m || listener)) {
        say_summary(ret, "A firewall rule answers for %s: %s (%s).", to, rule->text,
                    rule->where);
        if (rule->remove[0])
            say_fix(ret, "%s", rule->remove);
        say_fix(ret, "Let the port through above that rule.");
        return sure || m ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
    }
    if (m) {
        say_summary(ret,
                    "A firewall refuses %s: %s answers with ICMP%s type %u code %u, which no "
                    "closed port does.",
                    to, addr_format_ip(&m->from, from), m->family == AF_INET6 ? "v6" : "",
                    m->type, m->code);
        say_fix(ret, "Ask who runs %s to let %s from here through.", from, to);
        return CONFIDENCE_CERTAIN;
    }
    if (listener && a->wire.rst_in && is_own_address(a)) {
        say_summary(ret,
                    "%s listens on %s and the reset did not come from its socket: a firewall "
                    "rule answers.",
                    sighting_holder(listener, holder), to);
        say_fix(ret, "nft list ruleset; iptables-save: look for reject.");
        return CONFIDENCE_LIKELY;
    }
    say_ruled_out(ret, "no rule that rejects was hit and no ICMP message came");
    return CONFIDENCE_NONE;
}

/* --- somebody listens, but not there ---------------------------------------------------------- */

typedef bool wanted_listener(const struct sighting *s, const struct attempt *a);

static bool other_address(const struct sighting *s, const struct attempt *a)
{
    struct addr bound = addr_unmapped(&s->row.local), to = addr_unmapped(&a->to);

    return s->own_netns && bound.family == to.family;
}

static bool other_family(const struct sighting *s, const struct attempt *a)
{
    struct addr bound = addr_unmapped(&s->row.local), to = addr_unmapped(&a->to);

    return s->own_netns && bound.family != to.family;
}

static bool other_namespace(const struct sighting *s, const struct attempt *a)
{
    (void)a;
    return !s->own_netns;
}

/* A listener of the kind when none takes what was sent; NULL: there is none, or one does. */
static const struct sighting *near_miss(const struct evidence *e, const struct attempt *a,
                                        wanted_listener *wanted)
{
    if (!a || !is_own_address(a) || listener_for(e, &a->to))
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

    if (!s)
        return CONFIDENCE_NONE;
    say_summary(ret, "%s listens on %s only; you asked for %s.", sighting_holder(s, holder),
                where(s, on), asked(a, to));
    say_fix(ret, "Connect to %s://%s.", transport_word(e), on);
    say_fix(ret, "Or let %s bind to %s, or to every address.", holder, to);
    return CONFIDENCE_CERTAIN;
}

static enum confidence listener_other_family(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = refused(e);
    const struct sighting *s = near_miss(e, a, other_family);
    char to[ADDR_TEXT_BYTES], on[ADDR_TEXT_BYTES], holder[SIGHTING_HOLDER_BYTES];

    if (!s)
        return CONFIDENCE_NONE;
    say_summary(ret, "%s listens on %s, which takes %s only; you asked for %s.",
                sighting_holder(s, holder), where(s, on),
                s->row.local.family == AF_INET6 ? "IPv6" : "IPv4", asked(a, to));
    say_fix(ret, "Connect to the other family: %s://%s.", transport_word(e), on);
    if (s->row.v6only)
        say_fix(ret, "Or let %s turn IPV6_V6ONLY off.", holder);
    return CONFIDENCE_CERTAIN;
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
    say_fix(ret, "Ask from inside: sockeye why --netns %s %s", s->netns, e->target);
    return CONFIDENCE_CERTAIN;
}

/* --- nobody listens ------------------------------------------------------------------------------ */

static enum confidence no_listener(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = refused(e);
    char to[ADDR_TEXT_BYTES];

    if (!a)
        return CONFIDENCE_NONE;
    if (listener_for(e, &a->to)) {
        say_ruled_out(ret, "a socket takes what is sent to %s", asked(a, to));
        return CONFIDENCE_NONE;
    }
    if (near_miss(e, a, other_address) || near_miss(e, a, other_family))
        return CONFIDENCE_NONE;
    say_summary(ret, "Nobody listens on %s: %s.", asked(a, to),
                is_own_address(a) ? "no process of this host has a socket for it"
                                  : "the host answers at once that the port is closed");
    if (is_own_address(a))
        say_fix(ret, "Start the server; sockeye sockets 'state listening' shows what listens.");
    else
        say_fix(ret, "Start the server there, or check the port number.");
    return is_own_address(a) && e->rows_seen ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

const struct rule rules_refused[] = {
    {"firewall-reject", firewall_reject},
    {"listener-other-address", listener_other_address},
    {"listener-other-family", listener_other_family},
    {"listener-other-namespace", listener_other_namespace},
    {"no-listener", no_listener},
    {NULL, NULL},
};
