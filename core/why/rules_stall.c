/* Stalled: a connection is there, and its bytes do not move. */
#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/model/tcp_info.h"
#include "core/why/rules_words.h"

/* What a counter of TCP_INFO grew by between the two looks; false: not known. */
static bool grew(const struct sighting *s, enum tcp_info_id id, uint64_t *ret)
{
    uint64_t before, after;

    if (!s->later || !tcp_info_read(&s->detail, id, &before) ||
        !tcp_info_read(&s->detail_later, id, &after) || after < before)
        return false;
    *ret = after - before;
    return true;
}

static bool info(const struct sighting *s, enum tcp_info_id id, uint64_t *ret)
{
    return tcp_info_read(s->later && s->row_later.state ? &s->detail_later : &s->detail, id,
                         ret);
}

static const struct row *newest(const struct sighting *s)
{
    return s->later && s->row_later.state ? &s->row_later : &s->row;
}

static bool is_open(const struct sighting *s)
{
    return s && (s->row.state == STATE_ESTABLISHED || s->row.state == STATE_CLOSE_WAIT) &&
           (!s->later || s->row_later.state == s->row.state);
}

/* Bytes that the program took out of its receive queue between the looks; false: not known. */
static bool bytes_read(const struct sighting *s, uint64_t *ret)
{
    uint64_t came;

    if (!grew(s, TCP_INFO_bytes_received, &came))
        return false;
    came += s->row.rqueue;
    *ret = came > s->row_later.rqueue ? came - s->row_later.rqueue : 0;
    return true;
}

/* It has something to read and took nothing of it all the time. */
static bool does_not_read(const struct sighting *s)
{
    uint64_t taken;

    return is_open(s) && s->later && s->row.rqueue > 0 && bytes_read(s, &taken) && taken == 0 &&
           s->row_later.rqueue >= s->row.rqueue;
}

static bool is_stopped(const struct sighting *s)
{
    return s->process.has_state && (s->process.state == 'T' || s->process.state == 't');
}

static const char *bytes(uint64_t n, char buf[TEXT_NUMBER_BYTES])
{
    return text_number(n, buf);
}

/* --- our own program ------------------------------------------------------------------------- */

static enum confidence process_stopped(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_ours(e);
    char holder[SIGHTING_HOLDER_BYTES], waiting[TEXT_NUMBER_BYTES];

    if (!s || !is_open(s) || !is_stopped(s))
        return CONFIDENCE_NONE;
    say_summary(ret, "%s is stopped (state %c); %s bytes wait to be read by it.",
                sighting_holder(s, holder), s->process.state,
                bytes(newest(s)->rqueue, waiting));
    say_fix(ret, "kill -CONT %d", s->process.pid);
    return newest(s)->rqueue ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

static enum confidence app_not_reading(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_ours(e);
    char holder[SIGHTING_HOLDER_BYTES], waiting[TEXT_NUMBER_BYTES], took[TEXT_DURATION_BYTES];
    uint64_t window;

    if (!s || !does_not_read(s))
        return CONFIDENCE_NONE;
    if (!s->row.inode)
        say_summary(ret, "No program has accepted this connection yet; %s bytes wait in it.",
                    bytes(s->row_later.rqueue, waiting));
    else
        say_summary(ret, "%s has read nothing for %s; %s bytes wait in its Recv-Q.",
                    sighting_holder(s, holder), text_duration(s->between_ns, took),
                    bytes(s->row_later.rqueue, waiting));
    if (s->process.pid)
        say_fix(ret, "Look where it waits: cat /proc/%d/stack /proc/%d/wchan, or gdb -p %d.",
                s->process.pid, s->process.pid, s->process.pid);
    if (info(s, TCP_INFO_rcv_wnd, &window) && window == 0)
        return CONFIDENCE_CERTAIN;
    return s->detail.known & DETAIL_MEMINFO && s->row_later.rqueue >= s->detail.rcvbuf / 4
               ? CONFIDENCE_CERTAIN
               : CONFIDENCE_LIKELY;
}

/* --- the peer's ---------------------------------------------------------------------------------- */

static bool window_is_closed(const struct evidence *e, const struct sighting *s)
{
    uint64_t window;

    if (newest(s)->timer == TIMER_PERSIST)
        return true;
    if (info(s, TCP_INFO_snd_wnd, &window))
        return window == 0;
    return e->wire.has_window_in && e->wire.window_in_bytes == 0;
}

static enum confidence peer_not_reading(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_ours(e), *peer = evidence_peer(e);
    char sent[TEXT_NUMBER_BYTES], there[TEXT_NUMBER_BYTES], holder[SIGHTING_HOLDER_BYTES];

    if (!s || !is_open(s) || !newest(s)->wqueue)
        return CONFIDENCE_NONE;
    if (!window_is_closed(e, s)) {
        say_ruled_out(ret, "the peer's window is open");
        return CONFIDENCE_NONE;
    }
    bytes(newest(s)->wqueue, sent);
    if (peer && peer->row.rqueue)
        say_summary(
            ret,
            "%s does not read%s: its window is 0, %s bytes wait in its Recv-Q and %s in "
            "this Send-Q.",
            sighting_holder(peer, holder), is_stopped(peer) ? " (it is stopped)" : "",
            bytes(newest(peer)->rqueue, there), sent);
    else
        say_summary(ret,
                    "The peer does not read: its window is 0 and %s bytes wait in this "
                    "Send-Q.",
                    sent);
    if (peer && is_stopped(peer))
        say_fix(ret, "kill -CONT %d", peer->process.pid);
    say_fix(ret, "Look why the peer does not read; until it does nothing can be sent.");
    say_fix(ret, "A send timeout (TCP_USER_TIMEOUT) ends such a wait.");
    return CONFIDENCE_CERTAIN;
}

static enum confidence receive_window_small(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_ours(e);
    char window_text[TEXT_NUMBER_BYTES];
    uint64_t limited, window;

    if (!s || !is_open(s) || !newest(s)->wqueue || window_is_closed(e, s) ||
        !grew(s, TCP_INFO_rwnd_limited, &limited) || !info(s, TCP_INFO_snd_wnd, &window))
        return CONFIDENCE_NONE;
    if (limited * 1000 * 2 < s->between_ns)
        return CONFIDENCE_NONE;
    say_summary(ret, "The peer's window of %s bytes held the sender back for %llu of %llu ms.",
                bytes(window, window_text), (unsigned long long)(limited / 1000),
                (unsigned long long)(s->between_ns / CLOCK_MS_NS));
    say_fix(ret,
            "A larger SO_RCVBUF there, set before listen() or connect(), or a faster reader.");
    return CONFIDENCE_LIKELY;
}

/* --- the path ------------------------------------------------------------------------------------ */

static enum confidence interface_down(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_ours(e);

    if (!s || !is_open(s) || !e->route.seen || !e->route.interface[0] ||
        (e->route.up && e->route.carrier))
        return CONFIDENCE_NONE;
    say_summary(ret, "%s, by which its packets leave, %s.", e->route.interface,
                e->route.up ? "has no carrier" : "is down");
    say_fix(ret, "ip link set %s up%s", e->route.interface,
            e->route.up ? "; then look at the cable or the other end of it" : "");
    return newest(s)->wqueue ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

/* Sent again and again, and nothing at all came back while it was watched. */
static enum confidence peer_vanished(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_ours(e);
    char since[TEXT_DURATION_BYTES];
    uint64_t unacked, timeouts, silent_ms;

    if (!s || !is_open(s) || !info(s, TCP_INFO_unacked, &unacked) || !unacked ||
        !info(s, TCP_INFO_timeouts, &timeouts) || timeouts < 2 ||
        !info(s, TCP_INFO_last_ack_recv, &silent_ms))
        return CONFIDENCE_NONE;
    if (e->wire.packets_in) {
        say_ruled_out(ret, "the peer still answers");
        return CONFIDENCE_NONE;
    }
    say_summary(ret,
                "The peer has not answered for %s; the same data was sent %llu times again.",
                text_duration(silent_ms * CLOCK_MS_NS, since), (unsigned long long)timeouts);
    say_fix(ret, "Look whether the peer is up; TCP gives up by itself after tcp_retries2 "
                 "timeouts, sooner with TCP_USER_TIMEOUT.");
    return e->wire.seen ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

static enum confidence network_loss(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_ours(e);
    uint64_t again = 0, total = 0, sent = 0;

    if (!s || !is_open(s) || !info(s, TCP_INFO_total_retrans, &total) ||
        !info(s, TCP_INFO_data_segs_out, &sent))
        return CONFIDENCE_NONE;
    grew(s, TCP_INFO_total_retrans, &again);
    if (!again && !e->wire.retransmissions_out) {
        if (newest(s)->wqueue)
            say_ruled_out(ret, "nothing was sent again");
        return CONFIDENCE_NONE;
    }
    say_summary(ret,
                "Segments get lost: %llu of %llu were sent again, %llu of them while it was "
                "watched.",
                (unsigned long long)total, (unsigned long long)sent, (unsigned long long)again);
    say_fix(ret, "Look for drops on the way: ip -s link, tc -s qdisc, firewall counters.");
    return e->wire.seen || again ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

/* --- our own buffers -------------------------------------------------------------------------------- */

static enum confidence send_buffer_limited(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_ours(e);
    char room[TEXT_NUMBER_BYTES];
    uint64_t limited;

    if (!s || !is_open(s) || !grew(s, TCP_INFO_sndbuf_limited, &limited) ||
        limited * 1000 * 2 < s->between_ns)
        return CONFIDENCE_NONE;
    say_summary(ret, "The send buffer of %s bytes held it back for %llu of %llu ms.",
                bytes(s->detail.sndbuf, room), (unsigned long long)(limited / 1000),
                (unsigned long long)(s->between_ns / CLOCK_MS_NS));
    say_fix(ret, "Do not set SO_SNDBUF, or set it larger: the kernel then sizes it itself.");
    return CONFIDENCE_CERTAIN;
}

/* What waits in queues on the way, beyond the path's own time. */
#define QUEUEING_US 20000

static enum confidence congestion_limited(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_ours(e);
    char rtt_text[TEXT_DURATION_BYTES], least_text[TEXT_DURATION_BYTES];
    uint64_t rtt, least, waiting;

    if (!s || !is_open(s) || !s->later || !s->row.wqueue || !s->row_later.wqueue ||
        !info(s, TCP_INFO_rtt, &rtt) || !info(s, TCP_INFO_min_rtt, &least) ||
        !info(s, TCP_INFO_notsent_bytes, &waiting) || !waiting || rtt < least + QUEUEING_US)
        return CONFIDENCE_NONE;
    say_summary(ret,
                "The path takes no more: data waits for the congestion window, and the "
                "round trip is %s where the path alone takes %s.",
                text_duration(rtt * 1000, rtt_text), text_duration(least * 1000, least_text));
    say_fix(ret, "Send less, or find the slow link: ping shows where the time grows.");
    return CONFIDENCE_LIKELY;
}

const struct rule rules_stall[] = {
    {"process-stopped", process_stopped},
    {"interface-down", interface_down},
    {"app-not-reading", app_not_reading},
    {"peer-not-reading", peer_not_reading},
    {"peer-vanished", peer_vanished},
    {"network-loss", network_loss},
    {"send-buffer-limited", send_buffer_limited},
    {"receive-window-small", receive_window_small},
    {"congestion-limited", congestion_limited},
    {NULL, NULL},
};
