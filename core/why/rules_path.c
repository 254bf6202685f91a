/* Stalled on the way: the bytes left, or would leave, and do not come through. */
#include <errno.h>

#include "core/why/sighting_words.h"

static const struct sighting *sender(const struct evidence *e)
{
    const struct sighting *s = evidence_ours(e);

    return s && sighting_sends(s) ? s : NULL;
}

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

/* The capture sees what comes before a firewall here does; TCP counts what reaches it. */
static bool is_silent(const struct evidence *e, const struct sighting *s)
{
    const struct wire_facts *wire = evidence_wire(e);
    uint64_t came;

    if (sighting_grew(s, TCP_INFO_segs_in, &came))
        return !came;
    return wire->seen && !wire->packets_in;
}

/* Below this share losses cost little: TCP keeps about 1.2 / sqrt(share) segments on the way
 * (Mathis et al., 1997), a dozen of them at one percent. */
#define LOSS_PERCENT 1

/* Segments that were lost before those that are missing now: the way loses some, and lets others
 * through. */
static bool has_lost_before(const struct sighting *s)
{
    uint64_t again, timeouts, sent, duplicates = 0, overtook;

    if (sighting_info(s, TCP_INFO_sacked, &overtook) && overtook)
        return true;
    if (!sighting_info(s, TCP_INFO_total_retrans, &again) ||
        !sighting_info(s, TCP_INFO_timeouts, &timeouts) ||
        !sighting_info(s, TCP_INFO_data_segs_out, &sent))
        return false;
    sighting_info(s, TCP_INFO_dsack_dups, &duplicates);
    /* Each timeout sends one segment again, and a probe of the tail may have been before. */
    again -= again < timeouts + 1 + duplicates ? again : timeouts + 1 + duplicates;
    return again >= 2 && again * 100 >= sent * LOSS_PERCENT;
}

/* Data, a zero window's probes, or keep-alives: two without an answer are no accident on a way that
 * loses nothing. */
#define UNANSWERED 2

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
    const struct sighting *s = evidence_asked(e) ? sender(e) : NULL;

    return s && sighting_newest(s)->wqueue && is_silent(e, s) ? s : NULL;
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

/* A rule of this host takes its packets away. */
static enum confidence firewall_drop(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_asked(e) ? sender(e) : NULL;
    const struct firewall_rule *rule;
    struct acting acting;

    if (!s || !sighting_newest(s)->wqueue || (!is_silent(e, s) && e->wire.packets_out) ||
        has_lost_before(s)) /* it takes some away, and lets others through */
        return CONFIDENCE_NONE;
    acting = acting_rule(e, NULL, FIREWALL_DROP);
    rule = acting.grew ? acting.rule : surely_matching(e);
    if (!rule && e->wire.packets_in >= UNANSWERED && is_silent(e, s)) {
        say_summary(ret,
                    "%u packets of the peer came to this host and did not reach the socket: "
                    "something here drops them.",
                    e->wire.packets_in);
        say_fix(ret, "Look at the rules here: nft list ruleset, iptables-save -c.");
        return CONFIDENCE_LIKELY;
    }
    if (!rule)
        return CONFIDENCE_NONE;
    say_summary(ret, "A firewall rule of this host swallows its packets: %s (%s).", rule->text,
                rule->where);
    if (rule->remove[0])
        say_fix(ret, "%s", rule->remove);
    return acting.grew ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

static bool asks_in_vain(const struct sighting *s, uint64_t *ret_times)
{
    uint64_t unacked = 0, timeouts = 0, probes = 0;

    sighting_info(s, TCP_INFO_unacked, &unacked);
    sighting_info(s, TCP_INFO_timeouts, &timeouts);
    sighting_info(s, TCP_INFO_probes, &probes);
    if (!unacked)
        timeouts = 0;
    *ret_times = timeouts > probes ? timeouts : probes;
    return *ret_times >= UNANSWERED;
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
        !asks_in_vain(s, &times) || !sighting_info(s, TCP_INFO_last_ack_recv, &silent_ms))
        return CONFIDENCE_NONE;
    if (!is_silent(e, s)) {
        say_ruled_out(ret, "the peer still answers");
        return CONFIDENCE_NONE;
    }
    if (evidence_wire(e)->packets_in >= UNANSWERED) {
        say_ruled_out(ret, "packets of it come to this host");
        return CONFIDENCE_NONE;
    }
    if (has_lost_before(s)) {
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
    uint64_t acked;

    /* Its SYN counts as one. */
    return sighting_info(s, TCP_INFO_bytes_acked, &acked) && acked <= mss &&
           sighting_newest(s)->wqueue >= mss;
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

static enum confidence path_mtu_blackhole(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = sender(e);
    const struct wire_facts *wire = evidence_wire(e);
    const struct icmp_sighting *told = too_big(wire);
    uint64_t mss, times, acked = 0, unacked;
    char from[ADDR_TEXT_BYTES];

    if (!s || evidence_route(e)->loopback || !sighting_newest(s)->wqueue ||
        !sighting_info(s, TCP_INFO_snd_mss, &mss) ||
        !sighting_info(s, TCP_INFO_unacked, &unacked) || !unacked ||
        (!asks_in_vain(s, &times) && !told) || !only_short_ones(s, mss))
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

/* --- some do, some do not ------------------------------------------------------------------------- */

/* What waits in queues on the way, beyond the path's own time.  Linux paces and keeps its own
 * queues below a few ms; a processor that others use may add some more. */
#define QUEUEING_US 10000

static bool is_queueing(const struct sighting *s, uint64_t *ret_rtt, uint64_t *ret_least)
{
    return sighting_info(s, TCP_INFO_rtt, ret_rtt) &&
           sighting_info(s, TCP_INFO_min_rtt, ret_least) &&
           *ret_rtt >= *ret_least + QUEUEING_US && *ret_rtt >= 2 * *ret_least;
}

/* Sent again, and not for nothing, while it was watched. */
static uint64_t lost_meanwhile(const struct sighting *s)
{
    uint64_t again = 0, duplicates = 0;

    sighting_grew(s, TCP_INFO_total_retrans, &again);
    sighting_grew(s, TCP_INFO_dsack_dups, &duplicates);
    return again > duplicates ? again - duplicates : 0;
}

/* What holds it back for half of the time is what it waits for. */
#define MOSTLY_PERCENT 50
/* The most that a window could be before RFC 7323, and what Linux announces at first: less is a
 * buffer that was made small. */
#define SMALL_WINDOW 65535
/* A larger one holds back on a long way only, where it takes a round trip to be filled again. */
#define LONG_WAY_US 10000

/* The largest that the peer announced; 0: not known. */
static uint64_t largest_window(const struct evidence *e, const struct sighting *s)
{
    const struct wire_facts *wire = evidence_wire(e);
    const struct sighting *peer = evidence_peer(e);
    uint64_t window = 0, before = 0;

    sighting_info(s, TCP_INFO_snd_wnd, &window);
    if (tcp_info_read(&s->detail, TCP_INFO_snd_wnd, &before) && before > window)
        window = before;
    if (!window && peer && peer->detail.known & DETAIL_MEMINFO)
        window = peer->detail.rcvbuf;
    if (wire->has_window_in && (wire->syn_ack_in || wire->syn_in) &&
        wire->largest_window_in_bytes > window)
        window = wire->largest_window_in_bytes;
    return window;
}

/* A window that takes less than the queues on the way is not what fills them. */
static bool holds_by_window(const struct evidence *e, const struct sighting *s)
{
    return sighting_share(s, TCP_INFO_rwnd_limited) >= MOSTLY_PERCENT &&
           largest_window(e, s) <= SMALL_WINDOW;
}

/* Of a queue that stands on the way even the luckiest segment waits in it; that of a way which loses
 * is passed by most of them at once.  Some are late for another reason: they are acknowledged with
 * what was missing before them. */
#define MANY_RTTS 10

static bool is_queue_standing(const struct evidence *e, uint64_t least_us)
{
    const struct wire_facts *wire = evidence_wire(e);

    return wire->rtts >= MANY_RTTS &&
           wire->least_rtt_ns > (2 * least_us + QUEUEING_US / 2) * 1000;
}

/* A queue that overflows now and then tells the sender so; that is how it finds its rate. */
#define OVERFLOW_PERCENT 5

/* It waited for an acknowledgement until its timer ran out (RFC 6298: 200 ms at least): few segments
 * that are lost so hold a connection up for longer than many that are sent again at once. */
static bool has_timed_out(const struct sighting *s)
{
    uint64_t n;

    return (sighting_grew(s, TCP_INFO_total_rto, &n) && n) ||
           (sighting_info(s, TCP_INFO_timeouts, &n) && n);
}

static enum confidence congestion_limited(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = sender(e);
    char rtt_text[TEXT_DURATION_BYTES], least_text[TEXT_DURATION_BYTES];
    uint64_t rtt, least, waiting, mss, sent = 0, lost;

    /* Less than a segment may wait for other reasons: Nagle's algorithm. */
    if (!s || !s->later || !s->row.wqueue || !s->row_later.wqueue ||
        !sighting_info(s, TCP_INFO_notsent_bytes, &waiting) ||
        !sighting_info(s, TCP_INFO_snd_mss, &mss) || waiting < mss ||
        !is_queueing(s, &rtt, &least) || holds_by_window(e, s))
        return CONFIDENCE_NONE;
    lost = lost_meanwhile(s);
    sighting_grew(s, TCP_INFO_data_segs_out, &sent);
    if (!sent || ((lost * 100 > sent * OVERFLOW_PERCENT || (lost && has_timed_out(s))) &&
                  !is_queue_standing(e, least)))
        return CONFIDENCE_NONE;
    say_summary(ret,
                "The path takes no more: data waits for the congestion window, and the "
                "round trip is %s where the path alone takes %s.",
                text_duration(rtt * 1000, rtt_text), text_duration(least * 1000, least_text));
    say_fix(ret, "Send less, or find the slow link: ping shows where the time grows.");
    /* Within one host there is no link that could be narrow, but for a shaper on lo. */
    return evidence_route(e)->kind == ROUTE_LOCAL ? CONFIDENCE_POSSIBLE : CONFIDENCE_LIKELY;
}

static void say_loss(const struct evidence *e, uint64_t lost, uint64_t sent, struct saying *ret)
{
    struct acting acting = acting_rule(e, NULL, FIREWALL_DROP);

    say_summary(ret, "Segments get lost: %llu of %llu were sent again while it was watched.",
                (unsigned long long)lost, (unsigned long long)sent);
    if (acting.grew)
        say_fix(ret, "A firewall rule here drops some: %s (%s).", acting.rule->text,
                acting.rule->where);
    say_fix(ret, "Look for drops on the way: ip -s link, tc -s qdisc, firewall counters.");
}

/* One may have been sent again because its acknowledgement was late, which is told later (RFC 2883). */
static bool is_more_than_late(const struct sighting *s, uint64_t lost)
{
    return lost > 1 || has_lost_before(s);
}

static enum confidence network_loss(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = sender(e);
    uint64_t lost, sent = 0, times;
    struct saying other = {0};

    if (!s)
        return CONFIDENCE_NONE;
    lost = lost_meanwhile(s);
    if (!lost) {
        if (sighting_newest(s)->wqueue)
            say_ruled_out(ret, "nothing was sent again");
        return CONFIDENCE_NONE;
    }
    sighting_grew(s, TCP_INFO_data_segs_out, &sent);
    if (lost * 100 < sent * LOSS_PERCENT && !has_timed_out(s)) {
        say_ruled_out(ret, "%llu of %llu segments were sent again: too few to matter",
                      (unsigned long long)lost, (unsigned long long)sent);
        return CONFIDENCE_NONE;
    }
    say_loss(e, lost, sent, ret);
    /* Silence is another matter, unless it follows on losses. */
    if (is_silent(e, s) && asks_in_vain(s, &times) && !has_lost_before(s))
        return CONFIDENCE_POSSIBLE;
    if (congestion_limited(e, &other) != CONFIDENCE_NONE ||
        path_mtu_blackhole(e, &other) >= CONFIDENCE_LIKELY)
        return CONFIDENCE_POSSIBLE;
    if (lost >= 3)
        return CONFIDENCE_CERTAIN;
    return is_more_than_late(s, lost) ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE;
}

/* The peer's socket can be seen, and says that it sends again. */
static bool is_losing(const struct sighting *peer, struct saying *ret)
{
    uint64_t lost = lost_meanwhile(peer), sent = 0;

    if (!lost || !is_more_than_late(peer, lost) ||
        !sighting_grew(peer, TCP_INFO_data_segs_out, &sent) || lost * 100 < sent * LOSS_PERCENT)
        return false;
    say_summary(
        ret, "Segments of the peer get lost: it sent %llu of %llu again while it was watched.",
        (unsigned long long)lost, (unsigned long long)sent);
    say_fix(ret, "Look for drops on the way: ip -s link, tc -s qdisc, firewall counters.");
    return true;
}

/* The other way: what the peer sends us comes late, because it had to send it again.  Segments that
 * others overtook are seen here; that they were lost, and not only late, its socket tells, or that
 * the same bytes came twice. */
static enum confidence loss_towards_us(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_asked(e), *peer = evidence_peer(e);
    uint64_t came = 0, disordered = 0, again = 0;

    if (s && peer && sighting_sends(peer) && is_losing(peer, ret))
        return CONFIDENCE_LIKELY;
    if (!s || !sighting_grew(s, TCP_INFO_data_segs_in, &came) || !came ||
        !sighting_grew(s, TCP_INFO_rcv_ooopack, &disordered) || disordered < 3 ||
        disordered * 100 < came * LOSS_PERCENT || e->wire.zero_window_out)
        return CONFIDENCE_NONE;
    if (peer && sighting_grew(peer, TCP_INFO_total_retrans, &again) && !again) {
        say_ruled_out(ret, "the peer sent nothing again: segments only overtake each other");
        return CONFIDENCE_NONE;
    }
    say_summary(
        ret,
        "Segments of the peer get lost: of %llu that came while it was watched %llu had "
        "overtaken a missing one.",
        (unsigned long long)came, (unsigned long long)disordered);
    say_fix(ret, "Look for drops on the way: ip -s link, tc -s qdisc, firewall counters.");
    return again >= 3 ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

/* --- buffers ----------------------------------------------------------------------------------- */

/* Linux sizes a buffer that nobody sized to twice the congestion window, at first of ten segments:
 * one that holds less than the window was made small, or is at net.ipv4.tcp_wmem's end. */
#define SMALL_BUFFER 32768
/* There a buffer at its largest is none that holds back: the bytes are away before more come. */
#define SHORT_WAY_US 1000
/* The kernel counts this time only while all that it has is on the way, which is rare where segments
 * are paced; some of it is enough where the buffer is known to be the smaller one, or that it was full
 * and hardly ever empty. */
#define CONFIRMED_PERCENT 3
#define HARDLY_EMPTY_PERCENT 80

static bool is_full(const struct socket_detail *d)
{
    return d->known & DETAIL_MEMINFO && d->sndbuf && d->wmem_queued >= d->sndbuf;
}

static bool is_confirmed(const struct sighting *s, unsigned share)
{
    return share >= CONFIRMED_PERCENT ||
           ((is_full(&s->detail) || is_full(&s->detail_later)) &&
            sighting_share(s, TCP_INFO_busy_time) >= HARDLY_EMPTY_PERCENT);
}

static bool is_buffer_small(const struct sighting *s)
{
    uint64_t cwnd, mss, rtt;
    uint32_t room = s->detail_later.sndbuf, queued = s->detail_later.wmem_queued;

    /* Between an acknowledgement of all and the program's next write it is empty. */
    if (s->detail.wmem_queued > queued)
        queued = s->detail.wmem_queued;
    if (!sighting_stays(s) || !(s->detail_later.known & DETAIL_MEMINFO) ||
        !sighting_info(s, TCP_INFO_snd_cwnd, &cwnd) ||
        !sighting_info(s, TCP_INFO_snd_mss, &mss) || !sighting_info(s, TCP_INFO_rtt, &rtt))
        return false;
    return room < cwnd * mss && queued >= room / 2 &&
           (room <= SMALL_BUFFER || rtt >= SHORT_WAY_US) &&
           sighting_share(s, TCP_INFO_busy_time) >= MOSTLY_PERCENT;
}

/* What losses leave of the window is less than the buffer holds: it is full because they hold it
 * up.  A segment takes about twice its bytes there. */
static bool losses_bite_first(const struct sighting *s)
{
    uint64_t lost = lost_meanwhile(s), sent, mss, room = s->detail_later.sndbuf / 2;

    if (!lost || !sighting_grew(s, TCP_INFO_data_segs_out, &sent) ||
        !sighting_info(s, TCP_INFO_snd_mss, &mss) || !mss)
        return false;
    /* 1.2 / sqrt(lost / sent) segments < room / mss (Mathis et al., 1997) */
    return 1.44 * (double)sent * (double)mss * (double)mss <
           (double)lost * (double)room * (double)room;
}

static enum confidence send_buffer_limited(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = sender(e);
    char room[TEXT_NUMBER_BYTES];
    unsigned share = s ? sighting_share(s, TCP_INFO_sndbuf_limited) : 0;

    if (share < MOSTLY_PERCENT && !(s && is_confirmed(s, share) && is_buffer_small(s)))
        return CONFIDENCE_NONE;
    text_number(s->detail_later.sndbuf, room);
    if (share >= CONFIRMED_PERCENT)
        say_summary(ret,
                    "The send buffer of %s bytes holds it back: the path would take more; "
                    "nothing but room in it was missing for %u %% of %llu ms.",
                    room, share, (unsigned long long)(s->between_ns / CLOCK_MS_NS));
    else
        say_summary(ret,
                    "The send buffer of %s bytes holds it back: it is full, and the congestion "
                    "window has room for more.",
                    room);
    say_fix(ret, "Do not set SO_SNDBUF, or set it larger: the kernel then sizes it itself.");
    if (losses_bite_first(s))
        return CONFIDENCE_POSSIBLE;
    return share >= MOSTLY_PERCENT ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

static enum confidence receive_window_small(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = sender(e);
    uint64_t window, rtt = 0, queued_rtt, least;
    char text[TEXT_NUMBER_BYTES];
    unsigned share = s ? sighting_share(s, TCP_INFO_rwnd_limited) : 0;

    if (share < MOSTLY_PERCENT)
        return CONFIDENCE_NONE;
    window = largest_window(e, s);
    sighting_info(s, TCP_INFO_rtt, &rtt);
    if (!window || (window > SMALL_WINDOW && rtt < LONG_WAY_US))
        return CONFIDENCE_NONE;
    if (window > SMALL_WINDOW && is_queueing(s, &queued_rtt, &least)) {
        say_ruled_out(ret, "a larger window would only wait in the queues on the way");
        return CONFIDENCE_NONE;
    }
    say_summary(ret, "The peer's window of %s bytes held the sender back for %u %% of %llu ms.",
                text_number(window, text), share,
                (unsigned long long)(s->between_ns / CLOCK_MS_NS));
    say_fix(ret,
            "A larger SO_RCVBUF there, set before listen() or connect(), or a faster reader.");
    return CONFIDENCE_LIKELY;
}

/* --- two delays that wait for each other --------------------------------------------------------- */

static void say_nagle_fix(struct saying *ret)
{
    say_fix(ret, "Write a request in one call (writev), or set TCP_NODELAY on the side that "
                 "writes.");
}

/* Less than a segment waits behind one that is on the way, though the congestion window and the
 * peer's have room. */
static bool holds_rest_back(const struct socket_detail *d)
{
    uint64_t waiting, mss, unacked, cwnd, window;

    return tcp_info_read(d, TCP_INFO_notsent_bytes, &waiting) &&
           tcp_info_read(d, TCP_INFO_snd_mss, &mss) && waiting && waiting < mss &&
           tcp_info_read(d, TCP_INFO_unacked, &unacked) &&
           tcp_info_read(d, TCP_INFO_snd_cwnd, &cwnd) && unacked && unacked < cwnd &&
           tcp_info_read(d, TCP_INFO_snd_wnd, &window) && window >= (unacked + 1) * mss;
}

/* Its rows alone tell it, too, where it waits so for most of the time. */
static enum confidence rest_waits(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = sender(e);
    char rtt_text[TEXT_DURATION_BYTES], least_text[TEXT_DURATION_BYTES];
    uint64_t rtt, least;

    if (!s || !sighting_stays(s) ||
        (!holds_rest_back(&s->detail) && !holds_rest_back(&s->detail_later)) ||
        sighting_share(s, TCP_INFO_busy_time) < MOSTLY_PERCENT || lost_meanwhile(s) ||
        !is_queueing(s, &rtt, &least))
        return CONFIDENCE_NONE;
    say_summary(ret,
                "A small write waits for the acknowledgement of the one before it, which takes "
                "%s where the path alone takes %s: Nagle's algorithm and delayed ACK wait for "
                "each other.",
                text_duration(rtt * 1000, rtt_text), text_duration(least * 1000, least_text));
    say_nagle_fix(ret);
    return CONFIDENCE_LIKELY;
}

static enum confidence nagle_delayed_ack(const struct evidence *e, struct saying *ret)
{
    const struct wire_facts *wire = evidence_wire(e);
    uint32_t waits = wire->nagle_waits_out + wire->nagle_waits_in;
    char each[TEXT_DURATION_BYTES];
    uint64_t rtt = 0, waiting, mss;

    /* Once may be chance: the program wrote just then. */
    if (!evidence_ours(e) || waits < 2)
        return wire->seen ? CONFIDENCE_NONE : rest_waits(e, ret);
    /* Segments are small because the window or the buffer is, not because the writes are. */
    if (sighting_share(evidence_ours(e), TCP_INFO_rwnd_limited) >= MOSTLY_PERCENT ||
        (sighting_info(evidence_ours(e), TCP_INFO_notsent_bytes, &waiting) &&
         sighting_info(evidence_ours(e), TCP_INFO_snd_mss, &mss) && waiting >= mss))
        return CONFIDENCE_NONE;
    /* On a long way any acknowledgement takes as long. */
    if (sighting_info(evidence_ours(e), TCP_INFO_min_rtt, &rtt) && rtt != UINT32_MAX &&
        rtt * 1000 * 2 > wire->nagle_wait_ns)
        return CONFIDENCE_NONE;
    say_summary(
        ret,
        "%u small writes %swaited for an acknowledgement that the other side delays (up "
        "to %s): Nagle's algorithm and delayed ACK wait for each other.",
        waits, wire->nagle_waits_out ? "" : "of the peer ",
        text_duration(wire->nagle_wait_ns, each));
    say_nagle_fix(ret);
    return waits >= 4 ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

const struct rule rules_path[] = {
    {"interface-down", interface_down},
    {"network-unreachable", network_unreachable},
    {"route-blocked", route_blocked},
    {"firewall-drop", firewall_drop},
    {"firewall-drop", acknowledgements_dropped},
    {"address-not-local", address_is_gone},
    {"path-mtu-blackhole", path_mtu_blackhole},
    {"peer-vanished", peer_vanished},
    {"send-buffer-limited", send_buffer_limited},
    {"receive-window-small", receive_window_small},
    {"congestion-limited", congestion_limited},
    {"network-loss", network_loss},
    {"network-loss", loss_towards_us},
    {"nagle-delayed-ack", nagle_delayed_ack},
    {NULL, NULL},
};
