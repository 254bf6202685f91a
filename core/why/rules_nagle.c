/* Two delays that wait for each other: Nagle's algorithm (RFC 9293, 3.7.4) and delayed ACK. */
#include "core/why/sender_words.h"

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
    const struct sighting *s = evidence_sender(e);
    char rtt_text[TEXT_DURATION_BYTES], least_text[TEXT_DURATION_BYTES];
    uint64_t rtt, least, again;

    /* What was sent again, even for nothing, was late for another reason. */
    if (!s || !sighting_stays(s) ||
        (!holds_rest_back(&s->detail) && !holds_rest_back(&s->detail_later)) ||
        sighting_share(s, TCP_INFO_busy_time) < MOSTLY_PERCENT ||
        (sighting_grew(s, TCP_INFO_total_retrans, &again) && again) ||
        !sender_is_queueing(s, &rtt, &least))
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

const struct rule rules_nagle[] = {
    {"nagle-delayed-ack", nagle_delayed_ack},
    {NULL, NULL},
};
