/* Nothing comes through any more: by our own link, a route, a filter, for its size, or because nobody
 * is there. */
#include <errno.h>

#include "core/why/sender_words.h"

/* --- our own link ---------------------------------------------------------------------------- */

static bool is_dead(const struct route_facts *f)
{
    return f->seen && f->interface[0] && !f->loopback && (!f->up || !f->carrier);
}

static enum confidence interface_down(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_asked(e);
    const struct route_facts *f = is_dead(&e->home) ? &e->home : &e->route;

    if (!s || sighting_vanished(s) || !is_dead(f) || e->route.loopback)
        return CONFIDENCE_NONE;
    /* The kernel takes the IPv6 addresses of an interface away that goes down: then it is only
     * known that one is, and that the address is nowhere. */
    say_summary(ret, "%s, by which its packets leave, %s%s.", f->interface,
                f->up ? "has no carrier" : "is down",
                f->error ? ", and its address is on no interface any more" : "");
    say_fix(ret, "ip link set %s up%s", f->interface,
            f->up ? "; then look at the cable or the other end of it" : "");
    return sighting_newest(s)->wqueue && !f->error ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

static bool nothing_leaves(const struct wire_facts *w)
{
    return w->seen && !w->incomplete && !w->packets_out;
}

/* --- nothing comes back ---------------------------------------------------------------------- */

/* One that surely matches and has taken something before, though nothing just now: what is sent
 * again comes ever more rarely. */
static const struct firewall_rule *surely_matching(const struct evidence *e)
{
    const struct firewall_facts *f = &e->surroundings.firewall;

    for (size_t i = 0; i < f->n_rules; i++)
        if (f->rules[i].action == FIREWALL_DROP && f->rules[i].matches_surely &&
            (!f->rules[i].has_counter || f->rules[i].packets_before))
            return &f->rules[i];
    return NULL;
}

/* What it sends again and again has no way any more. */
static const struct sighting *sends_in_vain(const struct evidence *e)
{
    const struct sighting *s = evidence_asked(e) ? evidence_sender(e) : NULL;

    return s && sighting_newest(s)->wqueue && sender_is_silent(e, s) ? s : NULL;
}

static enum confidence network_unreachable(const struct evidence *e, struct saying *ret)
{
    char to[ADDR_TEXT_BYTES];

    if (!sends_in_vain(e) || !e->route.seen || e->route.kind != ROUTE_NONE)
        return CONFIDENCE_NONE;
    say_summary(ret, "There is no route to %s any more.", addr_format_ip(&e->peer, to));
    say_fix(ret, "ip route get %s; a default route is what is most often missing.", to);
    return CONFIDENCE_CERTAIN;
}

static enum confidence route_blocked(const struct evidence *e, struct saying *ret)
{
    const char *kind = e->route.seen ? blocking_route(e->route.kind) : NULL;
    char to[ADDR_TEXT_BYTES];

    if (!kind || !sends_in_vain(e))
        return CONFIDENCE_NONE;
    say_summary(ret, "The route to %s is of type %s.", addr_format_ip(&e->peer, to), kind);
    say_fix(ret, "ip route get %s; ip rule show; ip route show table all | grep %s", to, kind);
    return CONFIDENCE_CERTAIN;
}

/* One that may be used without being on an interface (ip route add local) is used all the same. */
static enum confidence address_is_gone(const struct evidence *e, struct saying *ret)
{
    char at[ADDR_TEXT_BYTES];

    if (!sends_in_vain(e) || !e->home.seen || !e->home.error || e->home.interface[0])
        return CONFIDENCE_NONE;
    say_summary(ret, "%s, its own address, is no address of this host any more.",
                addr_format_ip(&e->local, at));
    say_fix(ret, "ip address add %s dev INTERFACE brings it back; else connect again.", at);
    return CONFIDENCE_LIKELY;
}

/* Who only receives tells it by acknowledgements: none leaves, and the peer sends again. */
static enum confidence acknowledgements_dropped(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_asked(e);
    struct acting acting;

    if (!s || sighting_newest(s)->wqueue || !nothing_leaves(&e->wire) || !e->wire.packets_in)
        return CONFIDENCE_NONE;
    acting = acting_rule(e, NULL, FIREWALL_DROP);
    if (acting.sure != CONFIDENCE_CERTAIN)
        return CONFIDENCE_NONE;
    say_summary(
        ret,
        "A firewall rule of this host swallows what it answers, and the peer sends again: "
        "%s (%s).",
        acting.rule->text, acting.rule->where);
    if (acting.rule->remove[0])
        say_fix(ret, "%s", acting.rule->remove);
    return CONFIDENCE_CERTAIN;
}

/* The peer sends again what came, for nothing here has taken it. */
static enum confidence arrivals_dropped(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_asked(e);
    const struct firewall_rule *rule = surely_matching(e);
    const struct wire_facts *w = &e->wire;
    uint64_t came;

    if (!s || !sighting_stays(s) || sighting_newest(s)->wqueue || !nothing_leaves(w) ||
        !w->payload_in_bytes || !w->retransmissions_in ||
        !sighting_grew(s, TCP_INFO_segs_in, &came) || came)
        return CONFIDENCE_NONE;
    say_summary(ret,
                "What the peer sends comes to this host again and again (%u packets) and does "
                "not reach the socket: a filter here drops it.",
                w->packets_in);
    if (rule)
        say_fix(ret, "Look first at this rule, which fits: %s (%s).", rule->text, rule->where);
    say_fix(ret, "Look at the rules here: nft list ruleset, iptables-save -c.");
    return CONFIDENCE_LIKELY;
}

/* A rule of this host takes its packets away. */
static enum confidence firewall_drop(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = e->subject == WHY_CONNECT ? evidence_decisive(e) : NULL;
    const struct wire_facts *wire = evidence_wire(e);
    const struct sighting *s = evidence_sender(e);
    const struct firewall_rule *rule;
    struct acting acting;

    if (!s || !sighting_newest(s)->wqueue || (!sender_is_silent(e, s) && wire->packets_out) ||
        sender_has_lost_before(s)) /* it takes some away, and lets others through */
        return CONFIDENCE_NONE;
    acting = acting_rule(e, a, FIREWALL_DROP);
    rule = acting.grew ? acting.rule : surely_matching(e);
    if (!rule && !a && wire->packets_in >= UNANSWERED && sender_is_silent(e, s)) {
        say_summary(ret,
                    "%u packets of the peer came to this host and did not reach the socket: "
                    "something here drops them.",
                    wire->packets_in);
        say_fix(ret, "Look at the rules here: nft list ruleset, iptables-save -c.");
        return CONFIDENCE_LIKELY;
    }
    if (!rule)
        return CONFIDENCE_NONE;
    if (acting.grew && acting.netns)
        say_summary(ret,
                    "A firewall rule of network namespace %s swallows its packets: %s (%s).",
                    acting.netns, rule->text, rule->where);
    else
        say_summary(ret, "A firewall rule of this host swallows its packets: %s (%s).",
                    rule->text, rule->where);
    if (acting.grew)
        say_rule_fix(ret, &acting);
    else if (rule->remove[0])
        say_fix(ret, "%s", rule->remove);
    return acting.grew ? acting.sure : CONFIDENCE_LIKELY;
}

/* On a way that loses one packet in ten each way two in a row are in vain once in 28 times, three
 * once in 150. */
#define SURELY_UNANSWERED 3

static enum confidence peer_vanished(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_ours(e);
    const struct route_facts *route = evidence_route(e);
    char since[TEXT_DURATION_BYTES];
    uint64_t times, silent_ms;

    if (!s || (!sighting_sends(s) && s->row.state != STATE_FIN_WAIT2) || sighting_vanished(s) ||
        !sender_asks_in_vain(s, &times) ||
        !sighting_info(s, TCP_INFO_last_ack_recv, &silent_ms))
        return CONFIDENCE_NONE;
    if (!sender_is_silent(e, s)) {
        say_ruled_out(ret, "the peer still answers");
        return CONFIDENCE_NONE;
    }
    if (evidence_wire(e)->packets_in >= UNANSWERED) {
        say_ruled_out(ret, "packets of it come to this host");
        return CONFIDENCE_NONE;
    }
    if (sender_has_lost_before(s)) {
        say_ruled_out(ret, "it answered after losses before");
        return CONFIDENCE_NONE;
    }
    say_summary(ret, "The peer has not answered for %s: it was asked %llu times in vain%s.",
                text_duration(silent_ms * CLOCK_MS_NS, since), (unsigned long long)times,
                route->neighbour == NEIGHBOUR_FAILED ? ", and no longer has its address here"
                                                     : "");
    say_fix(ret, "Look whether the peer is up; TCP gives up by itself after tcp_retries2 "
                 "timeouts, sooner with TCP_USER_TIMEOUT.");
    if (route->seen && route->neighbour >= NEIGHBOUR_INCOMPLETE && !route->has_gateway)
        return CONFIDENCE_CERTAIN;
    return times >= SURELY_UNANSWERED ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE;
}

/* --- long packets do not come through ---------------------------------------------------------- */

static const struct icmp_sighting *too_big(const struct wire_facts *wire)
{
    for (size_t i = 0; i < wire->n_icmp; i++) {
        const struct icmp_sighting *m = &wire->icmp[i];

        if (m->family == AF_INET ? m->type == 3 && m->code == 4 : m->type == 2)
            return m;
    }
    return NULL;
}

/* It never had a full segment acknowledged, though it has sent some. */
static bool only_short_ones(const struct sighting *s, uint64_t mss)
{
    uint64_t acked, sent = sighting_newest(s)->wqueue, unsent = 0;

    sighting_info(s, TCP_INFO_notsent_bytes, &unsent);
    sent -= unsent < sent ? unsent : sent;
    /* Its SYN counts as one. */
    return sighting_info(s, TCP_INFO_bytes_acked, &acked) && acked <= mss && sent >= mss;
}

/* From an answer to what the program sends next, on a busy machine, too. */
#define NEXT_MS 100

/* The peer is there: it answered meanwhile, or until the moment in which the first full segment
 * left.  Who has nothing but silence before that may have lost it then. */
static bool is_alive(const struct evidence *e, const struct sighting *s)
{
    uint64_t sacked, came, silent_ms, busy_us;

    if (evidence_wire(e)->packets_in || (sighting_grew(s, TCP_INFO_segs_in, &came) && came) ||
        (sighting_info(s, TCP_INFO_sacked, &sacked) && sacked))
        return true;
    /* What it was busy with is what does not come through; what did took no time. */
    return sighting_info(s, TCP_INFO_last_ack_recv, &silent_ms) &&
           sighting_info(s, TCP_INFO_busy_time, &busy_us) &&
           silent_ms <= busy_us / 1000 + NEXT_MS;
}

enum confidence path_mtu_blackhole(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_sender(e);
    const struct wire_facts *wire = evidence_wire(e);
    const struct icmp_sighting *told = too_big(wire);
    uint64_t mss, times, acked = 0, unacked;
    char from[ADDR_TEXT_BYTES];

    if (!s || evidence_route(e)->loopback || !sighting_newest(s)->wqueue ||
        !sighting_info(s, TCP_INFO_snd_mss, &mss) ||
        !sighting_info(s, TCP_INFO_unacked, &unacked) || !unacked ||
        (!sender_asks_in_vain(s, &times) && !told) || !only_short_ones(s, mss))
        return CONFIDENCE_NONE;
    if (sighting_grew(s, TCP_INFO_bytes_acked, &acked) && acked)
        return CONFIDENCE_NONE;
    if (told)
        say_summary(
            ret,
            "Segments of %llu bytes do not come through, and %s says that the way takes "
            "%u a packet; but that message does not reach TCP here.",
            (unsigned long long)mss, addr_format_ip(&told->from, from), told->mtu);
    else
        say_summary(ret,
                    "Short segments come through, full ones of %llu bytes never did (sent %llu "
                    "times again): a link on the way takes less, and nothing says so.",
                    (unsigned long long)mss, (unsigned long long)times);
    say_fix(ret,
            "Let ICMP \"fragmentation needed\" and \"packet too big\" through all firewalls "
            "on the way.");
    say_fix(ret, "sysctl net.ipv4.tcp_mtu_probing=1");
    say_fix(ret, "Or a smaller MTU: ip route change ... mtu 1280; tracepath shows what fits.");
    if (told)
        return CONFIDENCE_CERTAIN;
    return is_alive(e, s) ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE;
}

/* The other end can be seen: what it sends again and again does not come here. */
static enum confidence blackhole_towards_us(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_ours(e), *peer = evidence_peer(e);
    uint64_t mss, times, acked = 0, unacked;

    if (!s || !peer || evidence_route(e)->loopback || !sighting_sends(peer) ||
        !sighting_info(peer, TCP_INFO_snd_mss, &mss) || !only_short_ones(peer, mss) ||
        !sighting_info(peer, TCP_INFO_unacked, &unacked) || !unacked ||
        !sender_asks_in_vain(peer, &times) || !sender_is_silent(e, s) ||
        (sighting_grew(peer, TCP_INFO_bytes_acked, &acked) && acked))
        return CONFIDENCE_NONE;
    say_summary(
        ret,
        "The peer's full segments of %llu bytes do not come here (it sent %llu times "
        "again), its short ones did: a link on the way takes less, and nothing says so.",
        (unsigned long long)mss, (unsigned long long)times);
    say_fix(ret,
            "Let ICMP \"fragmentation needed\" and \"packet too big\" through to the peer; "
            "there: sysctl net.ipv4.tcp_mtu_probing=1");
    return CONFIDENCE_LIKELY;
}

/* Nothing of it comes, whatever its length. */
static enum confidence nothing_towards_us(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_ours(e), *peer = evidence_peer(e);
    uint64_t times, acked = 0;
    struct saying other = {0};

    if (!s || !peer || !sighting_sends(peer) || !sender_asks_in_vain(peer, &times) ||
        !sender_is_silent(e, s) || sighting_newest(s)->wqueue ||
        blackhole_towards_us(e, &other) ||
        (sighting_grew(peer, TCP_INFO_bytes_acked, &acked) && acked))
        return CONFIDENCE_NONE;
    say_summary(ret, "What the peer sends does not come here: it sent it %llu times again.",
                (unsigned long long)times);
    say_fix(ret, "Look for drops on the way, and in the firewalls of both: ip -s link, tc -s "
                 "qdisc, nft list ruleset.");
    return CONFIDENCE_LIKELY;
}

const struct rule rules_path[] = {
    {"interface-down", interface_down},
    {"network-unreachable", network_unreachable},
    {"route-blocked", route_blocked},
    {"firewall-drop", firewall_drop},
    {"firewall-drop", acknowledgements_dropped},
    {"firewall-drop", arrivals_dropped},
    {"address-not-local", address_is_gone},
    {"path-mtu-blackhole", path_mtu_blackhole},
    {"path-mtu-blackhole", blackhole_towards_us},
    {"peer-vanished", peer_vanished},
    {"network-loss", nothing_towards_us},
    {NULL, NULL},
};
