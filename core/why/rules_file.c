/* A recording: what the packets of one conversation alone say, seen from one of its ends.
 *
 * Who held the sockets, and why a reset was sent, is not in it: little is certain. */
#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/why/rules_words.h"

/* Without an answer for so long, what was sent again was lost with its sender. */
#define VANISHED_NS (1000 * CLOCK_MS_NS)
/* Of the packets sent, in a thousand: fewer retransmissions are the lot of every long way. */
#define LOSS_PER_MILLE 5

static const struct wire_facts *recorded(const struct evidence *e)
{
    return e->subject == WHY_FILE ? &e->wire : NULL;
}

static bool is_datagram(const struct evidence *e)
{
    return e->endpoint.scheme == ENDPOINT_UDP;
}

static const char *peer_of(const struct evidence *e, char buf[ADDR_TEXT_BYTES])
{
    return addr_format(&e->file_peer, buf);
}

/* --- ICMP: RFC 792 and 1812 5.2.7.1, RFC 4443 3.1 ------------------------------------------ */

static bool is_port(const struct icmp_sighting *m)
{
    return m->family == AF_INET ? m->type == 3 && m->code == 3 : m->type == 1 && m->code == 4;
}

static enum confidence firewall_reject(const struct evidence *e, struct saying *ret)
{
    const struct wire_facts *w = recorded(e);
    enum confidence sure = CONFIDENCE_NONE;
    char from[ADDR_TEXT_BYTES], peer[ADDR_TEXT_BYTES];

    for (size_t i = 0; w && i < w->n_icmp && !sure; i++) {
        const struct icmp_sighting *m = &w->icmp[i];

        sure = filter_said(m, &e->file_peer, !is_datagram(e));
        say_summary(ret,
                    "%s refuses what goes to %s as a firewall does: ICMP%s type %u code %u.",
                    addr_format_ip(&m->from, from), peer_of(e, peer),
                    m->family == AF_INET6 ? "v6" : "", m->type, m->code);
    }
    if (sure)
        say_fix(ret, "Look at the packet filter of %s: nft list ruleset; iptables-save.", from);
    return sure;
}

static enum confidence host_unreachable(const struct evidence *e, struct saying *ret)
{
    const struct wire_facts *w = recorded(e);
    const struct icmp_sighting *m = icmp_that(w, says_unreachable);
    const struct icmp_sighting *expired = icmp_that(w, says_expired);
    char from[ADDR_TEXT_BYTES], peer[ADDR_TEXT_BYTES];

    peer_of(e, peer);
    if (m) {
        say_summary(ret, "%s says that it cannot reach %s.", addr_format_ip(&m->from, from),
                    peer);
        say_fix(ret, "Look whether the host is up, and at the routes of %s.", from);
        return addr_same_ip(&m->from, &e->file_peer) ? CONFIDENCE_POSSIBLE : CONFIDENCE_CERTAIN;
    }
    /* Who only looks for the way is told so, too: traceroute(8). */
    if (!w || !expired || w->packets_in)
        return CONFIDENCE_NONE;
    say_summary(
        ret,
        "%s threw away what goes to %s because its time to live had run out: the way goes "
        "round in a circle, or is longer than the TTL allows.",
        addr_format_ip(&expired->from, from), peer);
    say_fix(ret, "tracepath -n %s shows where it goes round.",
            addr_format_ip(&e->file_peer, from));
    return CONFIDENCE_POSSIBLE;
}

/* --- the handshake ---------------------------------------------------------------------------- */

/* A firewall that rejects can look the same. */
static enum confidence no_listener(const struct evidence *e, struct saying *ret)
{
    const struct wire_facts *w = recorded(e);
    bool reset = w && w->syn_out && w->rst_in && !w->syn_ack_in;
    char peer[ADDR_TEXT_BYTES];

    if (!reset && !(is_datagram(e) && icmp_that(w, is_port)))
        return CONFIDENCE_NONE;
    say_summary(ret, "%s refuses: %s.", peer_of(e, peer),
                reset ? "its answer to the SYN is a reset" : "an ICMP message says so");
    say_fix(ret, "Look there what listens: sockeye sockets 'state listening'.");
    return CONFIDENCE_LIKELY;
}

/* It answers again and again, and is never acknowledged. */
static enum confidence answer_dropped(const struct evidence *e, struct saying *ret)
{
    const struct wire_facts *w = recorded(e);
    char peer[ADDR_TEXT_BYTES];

    if (!w || w->syn_out < 2 || w->syn_ack_in < 2 || w->packets_out > w->syn_out)
        return CONFIDENCE_NONE;
    say_summary(
        ret,
        "%s answers (%u SYN ACK), and who asked goes on asking: between the place of the "
        "recording and its socket something drops the answer.",
        peer_of(e, peer), w->syn_ack_in);
    say_fix(ret,
            "On the host that asked: nft list ruleset; sysctl -a -r rp_filter; and look for "
            "filters behind the place of the recording.");
    return CONFIDENCE_LIKELY;
}

static enum confidence no_reply(const struct evidence *e, struct saying *ret)
{
    const struct wire_facts *w = recorded(e);
    char peer[ADDR_TEXT_BYTES], took[TEXT_DURATION_BYTES];

    if (!w || is_datagram(e) || !w->syn_out || w->packets_in || w->n_icmp)
        return CONFIDENCE_NONE;
    say_summary(ret, "Nothing answers: %u SYN to %s, and the recording goes on for %s.",
                w->syn_out, peer_of(e, peer),
                text_duration(e->file_end_ns - w->last_out_ns, took));
    say_fix(ret, "Ask from the host itself: sockeye why %s.", peer);
    return w->syn_out > 1 && !w->incomplete ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE;
}

/* --- stalls --------------------------------------------------------------------------------------- */

static enum confidence peer_not_reading(const struct evidence *e, struct saying *ret)
{
    const struct wire_facts *w = recorded(e);
    char peer[ADDR_TEXT_BYTES];

    if (!w || !w->zero_window_in || w->rst_in || !w->window_in_closed)
        return CONFIDENCE_NONE;
    say_summary(ret,
                "%s does not read: it announced a window of 0 %u times, and not a larger one "
                "until the recording ends.",
                peer_of(e, peer), w->zero_window_in);
    say_fix(ret,
            "Look why the program there does not read; until it does nothing can be sent.");
    return w->probes_out || w->zero_window_in > 1 ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

static enum confidence peer_vanished(const struct evidence *e, struct saying *ret)
{
    const struct wire_facts *w = recorded(e);
    char peer[ADDR_TEXT_BYTES], since[TEXT_DURATION_BYTES];

    if (!w || is_datagram(e) || w->retransmissions_out < 2 || !w->packets_in ||
        w->last_out_ns < w->last_in_ns + VANISHED_NS)
        return CONFIDENCE_NONE;
    say_summary(ret, "%s does not answer any more: for %s the same data was sent again.",
                peer_of(e, peer), text_duration(w->last_out_ns - w->last_in_ns, since));
    say_fix(ret, "Look whether that host is up: sockeye ping.");
    return CONFIDENCE_LIKELY;
}

static enum confidence network_loss(const struct evidence *e, struct saying *ret)
{
    const struct wire_facts *w = recorded(e);

    if (!w || !w->packets_in || w->retransmissions_out < 2 ||
        (uint64_t)w->retransmissions_out * 1000 < (uint64_t)w->packets_out * LOSS_PER_MILLE)
        return CONFIDENCE_NONE;
    say_summary(ret, "Segments get lost: %u of %u packets were sent again.",
                w->retransmissions_out, w->packets_out);
    say_fix(ret, "Look for drops on the way: ip -s link, tc -s qdisc, firewall counters.");
    return CONFIDENCE_LIKELY;
}

/* --- resets ------------------------------------------------------------------------------------------ */

static bool was_reset(const struct wire_facts *w)
{
    return w && w->rst_in && w->syn_ack_in;
}

static enum confidence by_middle(const struct evidence *e, struct saying *ret)
{
    const struct wire_facts *w = recorded(e);
    char peer[ADDR_TEXT_BYTES];

    if (!was_reset(w) || !w->has_rst_in_ttl || !w->has_reply_ttl ||
        w->rst_in_ttl == w->reply_ttl)
        return CONFIDENCE_NONE;
    say_summary(ret,
                "Something on the way sent the reset, not %s: it came with TTL %u, the peer's "
                "own packets with %u.",
                peer_of(e, peer), w->rst_in_ttl, w->reply_ttl);
    say_fix(ret, "Look for a firewall, a proxy or a load balancer between the two.");
    return CONFIDENCE_LIKELY;
}

/* After its FIN a reset is how a closed socket answers more data. */
static enum confidence aborted(const struct evidence *e, struct saying *ret)
{
    const struct wire_facts *w = recorded(e);
    char peer[ADDR_TEXT_BYTES];

    if (!was_reset(w) || w->fin_in)
        return CONFIDENCE_NONE;
    say_summary(ret,
                "%s ended the connection with a reset: its program cut it off, or closed with "
                "bytes unread.",
                peer_of(e, peer));
    say_fix(ret, "Ask the host itself while it happens: its kernel knows the reason.");
    return CONFIDENCE_POSSIBLE;
}

static enum confidence healthy(const struct evidence *e, struct saying *ret)
{
    const struct wire_facts *w = recorded(e);
    char peer[ADDR_TEXT_BYTES];

    if (!w || w->rst_in || w->rst_out || !w->packets_in || w->n_icmp)
        return CONFIDENCE_NONE;
    say_summary(ret, "Nothing held it up on the wire: %u packets to %s, %u from there.",
                w->packets_out, peer_of(e, peer), w->packets_in);
    return CONFIDENCE_POSSIBLE;
}

const struct rule rules_file[] = {
    {"firewall-reject", firewall_reject},
    {"host-unreachable", host_unreachable},
    {"no-listener", no_listener},
    {"no-reply", no_reply},
    {"firewall-drop", answer_dropped},
    {"peer-not-reading", peer_not_reading},
    {"peer-vanished", peer_vanished},
    {"network-loss", network_loss},
    {"reset-by-middle", by_middle},
    {"reset-abort", aborted},
    {"healthy", healthy},
    {NULL, NULL},
};
