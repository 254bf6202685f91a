#include "core/why/rules_words.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bool row_covers(const struct row *row, const struct addr *to)
{
    struct addr bound = addr_unmapped(&row->local), wanted = addr_unmapped(to);

    if (bound.port != wanted.port)
        return false;
    if (addr_is_any(&bound))
        return bound.family == wanted.family || (bound.family == AF_INET6 && !row->v6only);
    return addr_same_ip(&bound, &wanted);
}

const struct sighting *listener_for(const struct evidence *e, const struct addr *to)
{
    for (size_t i = 0; i < e->n_sightings; i++) {
        const struct sighting *s = &e->sightings[i];

        if (s->role == ROLE_LISTENER && s->own_netns && row_covers(&s->row, to))
            return s;
    }
    return NULL;
}

bool is_own_address(const struct attempt *a)
{
    return a->route.seen ? a->route.kind == ROUTE_LOCAL : addr_is_loopback(&a->to);
}

const char *blocking_route(uint8_t kind)
{
    return kind == ROUTE_BLACKHOLE     ? "blackhole"
           : kind == ROUTE_UNREACHABLE ? "unreachable"
           : kind == ROUTE_PROHIBIT    ? "prohibit"
                                       : NULL;
}

bool loopback_is_gone(const struct attempt *a)
{
    return (a->error == -ENETUNREACH || a->error == -EADDRNOTAVAIL) && a->in_call &&
           strcmp(a->call, "connect") == 0 && addr_is_loopback(&a->to) &&
           !(a->route.seen && a->route.kind == ROUTE_LOCAL);
}

bool is_seen_elsewhere(const struct attempt *a)
{
    return a->way.arrives && a->way.n;
}

enum confidence place_confidence(const struct attempt *a)
{
    if (is_own_address(a))
        return CONFIDENCE_CERTAIN;
    if (!is_seen_elsewhere(a))
        return CONFIDENCE_NONE;
    return a->way.sure ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

bool is_asked_place(const struct attempt *a, const struct sighting *s)
{
    if (is_own_address(a))
        return s->own_netns;
    return is_seen_elsewhere(a) && !s->own_netns && s->netns_inode &&
           s->netns_inode == a->way.hops[a->way.n - 1].inode;
}

/* What goes to an address of our own comes by lo, but with IPv6 counts as coming by the device that
 * has the address (ip6_input.c of the kernel); from another namespace nothing comes by lo. */
bool is_on_other_device(const struct attempt *a, const struct sighting *s)
{
    bool on_lo = strcmp(s->device, "lo") == 0, by_lo = is_own_address(a);

    if (!s->device[0])
        return false;
    if (by_lo && addr_unmapped(&a->to).family == AF_INET6)
        by_lo = addr_is_loopback(&a->to);
    return on_lo != by_lo && (on_lo || is_own_address(a));
}

const struct sighting *listener_asked(const struct evidence *e, const struct attempt *a)
{
    for (size_t i = 0; i < e->n_sightings; i++) {
        const struct sighting *s = &e->sightings[i];

        if (s->role == ROLE_LISTENER && is_asked_place(a, s) && row_covers(&s->row, &a->to) &&
            !is_on_other_device(a, s))
            return s;
    }
    return NULL;
}

const char *place_words(const struct sighting *s, char buf[PLACE_BYTES])
{
    snprintf(buf, PLACE_BYTES, "%s%s", s->own_netns ? "" : " in network namespace ",
             s->own_netns ? "" : s->netns);
    return buf;
}

const char *waiting_words(uint32_t n, char buf[WAITING_BYTES])
{
    snprintf(buf, WAITING_BYTES, "%u connection%s", n, n == 1 ? " waits" : "s wait");
    return buf;
}

bool holder_knows_fds(const struct sighting *s)
{
    return s->process.has_fds && s->process.fd_limit;
}

bool holder_has_no_fds(const struct sighting *s)
{
    return holder_knows_fds(s) && s->process.fds >= s->process.fd_limit;
}

/* --- messages of ICMP ----------------------------------------------------------------------- */

const struct icmp_sighting *icmp_that(const struct wire_facts *w,
                                      bool (*says)(const struct icmp_sighting *m))
{
    for (size_t i = 0; w && i < w->n_icmp; i++)
        if (says(&w->icmp[i]))
            return &w->icmp[i];
    return NULL;
}

bool says_unreachable(const struct icmp_sighting *m)
{
    return m->family == AF_INET ? m->type == 3 && (m->code == 0 || m->code == 1)
                                : m->type == 1 && (m->code == 0 || m->code == 3);
}

bool says_expired(const struct icmp_sighting *m)
{
    return m->type == (m->family == AF_INET ? 11 : 3) && m->code == 0;
}

/* A kernel answers a TCP segment that nobody takes with a reset (RFC 9293, 3.10.7.1): only a filter
 * answers it with ICMP, or says "prohibited", or speaks of itself as unreachable. */
enum confidence filter_said(const struct icmp_sighting *m, const struct addr *to, bool tcp)
{
    bool v4 = m->family == AF_INET, itself = addr_same_ip(&m->from, to);

    if (m->type != (v4 ? 3 : 1))
        return CONFIDENCE_NONE;
    if (m->code == (v4 ? 3 : 4))
        return tcp ? CONFIDENCE_CERTAIN : CONFIDENCE_NONE;
    /* "Protocol unreachable": every host has TCP and UDP. */
    if (v4 && m->code == 2)
        return CONFIDENCE_LIKELY;
    if (v4 ? m->code == 9 || m->code == 10 : m->code == 5)
        return CONFIDENCE_CERTAIN;
    /* A route of type prohibit is answered so, too. */
    if (v4 ? m->code == 13 : m->code == 1 || m->code == 6)
        return itself ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
    return itself && (v4 ? m->code <= 1 : m->code == 0 || m->code == 3) ? CONFIDENCE_LIKELY
                                                                        : CONFIDENCE_NONE;
}

/* --- firewalls ------------------------------------------------------------------------------ */

static struct acting judge_rule(const struct firewall_rule *rule, enum confidence most,
                                const char *netns)
{
    struct acting acting = {.rule = rule, .netns = netns};

    acting.grew = rule->has_counter && rule->packets_after > rule->packets_before;
    if (acting.grew)
        acting.sure = rule->matches_surely ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
    else if (!rule->has_counter && rule->matches_surely)
        acting.sure = CONFIDENCE_LIKELY;
    acting.sure = least(acting.sure, most);
    return acting;
}

/* The surest of a namespace's rules, if it is surer than what was found so far. */
static void find_acting(const struct firewall_facts *f, enum firewall_action action,
                        enum confidence most, const char *netns, struct acting *best)
{
    for (size_t i = 0; i < f->n_rules; i++) {
        struct acting one = judge_rule(&f->rules[i], most, netns);

        if (f->rules[i].action == action && one.sure > best->sure)
            *best = one;
    }
}

struct acting acting_rule(const struct evidence *e, const struct attempt *a,
                          enum firewall_action action)
{
    const struct surroundings *s = &e->surroundings;
    struct acting best = {0};

    find_acting(&s->firewall, action, CONFIDENCE_CERTAIN, NULL, &best);
    for (size_t i = 0; a && i < s->n_hops; i++)
        for (size_t k = 0; k < a->way.n; k++)
            if (s->hops[i].inode == a->way.hops[k].inode)
                find_acting(&s->hops[i].firewall, action,
                            a->way.hops[k].sure ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY,
                            s->hops[i].netns, &best);
    return best;
}

void say_rule_fix(struct saying *ret, const struct acting *acting)
{
    const char *remove = acting->rule->remove, *netns = acting->netns;

    if (remove[0] && !netns)
        say_fix(ret, "%s", remove);
    else if (remove[0] && strncmp(netns, "pid ", 4) == 0)
        say_fix(ret, "nsenter -t %s -n %s", netns + 4, remove);
    else if (remove[0])
        say_fix(ret, "ip netns exec %s %s", netns, remove);
    say_fix(ret, "Or let the port through above that rule.");
}

bool goes_in_pieces(const struct attempt *a)
{
    return a->route.mtu > HEADER_BYTES && a->sent_bytes + HEADER_BYTES > a->route.mtu;
}

bool nothing_left(const struct attempt *a)
{
    const struct wire_facts *w = &a->wire;

    /* Of a datagram that goes in pieces the capture may see none: they have no ports. */
    if (goes_in_pieces(a))
        return false;
    return w->seen && !w->incomplete && !w->packets_out;
}

void say_suspect(const struct evidence *e, enum firewall_action action, struct saying *ret)
{
    const struct firewall_facts *f = &e->surroundings.firewall;

    for (size_t i = 0; i < f->n_rules; i++)
        if (f->rules[i].action == action && !f->rules[i].has_counter) {
            say_fix(ret, "Look first at this rule, which may fit: %s (%s).", f->rules[i].text,
                    f->rules[i].where);
            return;
        }
}

bool kernel_dropped(const struct evidence *e, const struct attempt *a, const char *reason)
{
    uint64_t end_ns = a->began_ns + a->elapsed_ns;

    for (size_t i = 0; i < e->n_events; i++)
        if (e->events[i].kind == KERNEL_DROP && e->events[i].at_ns >= a->began_ns &&
            e->events[i].at_ns <= end_ns && strcmp(e->events[i].reason, reason) == 0)
            return true;
    return false;
}

bool counted_there(const struct evidence *e, const struct attempt *a, const char *name,
                   uint64_t *ret_by)
{
    const struct surroundings *s = &e->surroundings;
    const struct counters *before = &s->before, *after = &s->after;

    *ret_by = 0;

    for (size_t i = 0; !is_own_address(a) && is_seen_elsewhere(a) && i < s->n_hops; i++)
        if (s->hops[i].inode == a->way.hops[a->way.n - 1].inode) {
            before = &s->hops[i].before;
            after = &s->hops[i].after;
        }
    return counters_grew(before, after, name, ret_by);
}

/* What goes to an address of a host is counted when it is delivered; when nothing at all was, ours was
 * not: proc_pid_net(5), RFC 4293. */
bool delivered_nothing_there(const struct evidence *e, const struct attempt *a)
{
    bool v6 = addr_unmapped(&a->to).family == AF_INET6;
    uint64_t delivered;

    return place_confidence(a) && !a->send_error &&
           counted_there(e, a, v6 ? "Ip6InDelivers" : "Ip.InDelivers", &delivered) &&
           !delivered;
}

bool host_delivered_nothing(const struct evidence *e, const struct attempt *a)
{
    return is_own_address(a) && delivered_nothing_there(e, a);
}

const char *transport_word(const struct evidence *e)
{
    return e->endpoint.scheme == ENDPOINT_UDP ? "udp" : "tcp";
}
