/* The way takes some of it: segments get lost, or wait in its queues. */
#include "core/why/sender_words.h"

/* --- its queues ------------------------------------------------------------------------------------ */

/* A window that takes less than the queues on the way is not what fills them. */
static bool holds_by_window(const struct evidence *e, const struct sighting *s)
{
    return sighting_share(s, TCP_INFO_rwnd_limited) >= MOSTLY_PERCENT &&
           sender_window(e, s) <= SMALL_WINDOW;
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

/* The queue of its own interface has no room: what it drops comes to no other interface. */
static enum confidence own_queue_full(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_sender(e);
    const struct queue_facts *q = &e->route.queue;
    uint64_t rtt, least, waiting = 0;

    if (!s || e->subject != WHY_SOCKET || !sighting_stays(s) || !s->row.wqueue ||
        !s->row_later.wqueue || !q->seen || !q->backlog_bytes || !e->queue_dropped_pkts ||
        !sighting_info(s, TCP_INFO_notsent_bytes, &waiting) || !waiting ||
        !sender_is_queueing(s, &rtt, &least))
        return CONFIDENCE_NONE;
    say_summary(ret,
                "The queue of %s on this host (%s) takes no more: it is full, and dropped %llu "
                "packets while it was watched.",
                e->route.interface, q->kind, (unsigned long long)e->queue_dropped_pkts);
    say_fix(ret, "Send less, or let it pass more: tc -s qdisc show dev %s", e->route.interface);
    return CONFIDENCE_LIKELY;
}

static enum confidence congestion_limited(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_sender(e);
    char rtt_text[TEXT_DURATION_BYTES], least_text[TEXT_DURATION_BYTES];
    uint64_t rtt, least, waiting, mss, sent = 0, lost;

    /* Less than a segment may wait for other reasons: Nagle's algorithm. */
    if (!s || !s->later || !s->row.wqueue || !s->row_later.wqueue ||
        !sighting_info(s, TCP_INFO_notsent_bytes, &waiting) ||
        !sighting_info(s, TCP_INFO_snd_mss, &mss) || waiting < mss ||
        !sender_is_queueing(s, &rtt, &least) || holds_by_window(e, s))
        return CONFIDENCE_NONE;
    lost = sender_lost(s);
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
    return lost > 1 || sender_has_lost_before(s);
}

static enum confidence network_loss(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_sender(e);
    uint64_t lost, sent = 0, times;
    struct saying other = {0};

    if (!s)
        return CONFIDENCE_NONE;
    lost = sender_lost(s);
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
    if (sender_is_silent(e, s) && sender_asks_in_vain(s, &times) && !sender_has_lost_before(s))
        return CONFIDENCE_POSSIBLE;
    if (congestion_limited(e, &other) != CONFIDENCE_NONE ||
        own_queue_full(e, &other) != CONFIDENCE_NONE ||
        path_mtu_blackhole(e, &other) >= CONFIDENCE_LIKELY)
        return CONFIDENCE_POSSIBLE;
    if (lost >= 3)
        return CONFIDENCE_CERTAIN;
    return is_more_than_late(s, lost) ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE;
}

/* The peer's socket can be seen, and says that it sends again. */
static bool is_losing(const struct sighting *peer, struct saying *ret)
{
    uint64_t lost = sender_lost(peer), sent = 0;

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

const struct rule rules_loss[] = {
    {"congestion-limited", own_queue_full},
    {"congestion-limited", congestion_limited},
    {"network-loss", network_loss},
    {"network-loss", loss_towards_us},
    {NULL, NULL},
};
