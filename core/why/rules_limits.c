/* The way would take more: a buffer at one of the ends, or the window that it gives, does not. */
#include "core/why/sender_words.h"

/* A larger one holds back on a long way only, where it takes a round trip to be filled again. */
#define LONG_WAY_US 10000

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
    uint64_t lost = sender_lost(s), sent, mss, room = s->detail_later.sndbuf / 2;

    if (!lost || !sighting_grew(s, TCP_INFO_data_segs_out, &sent) ||
        !sighting_info(s, TCP_INFO_snd_mss, &mss) || !mss)
        return false;
    /* 1.2 / sqrt(lost / sent) segments < room / mss (Mathis et al., 1997) */
    return 1.44 * (double)sent * (double)mss * (double)mss <
           (double)lost * (double)room * (double)room;
}

static enum confidence send_buffer_limited(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_sender(e);
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
    const struct sighting *s = evidence_sender(e);
    uint64_t window, rtt = 0, queued_rtt, least;
    char text[TEXT_NUMBER_BYTES];
    unsigned share = s ? sighting_share(s, TCP_INFO_rwnd_limited) : 0;

    if (share < MOSTLY_PERCENT)
        return CONFIDENCE_NONE;
    window = sender_window(e, s);
    sighting_info(s, TCP_INFO_rtt, &rtt);
    if (!window || (window > SMALL_WINDOW && rtt < LONG_WAY_US))
        return CONFIDENCE_NONE;
    if (window > SMALL_WINDOW && sender_is_queueing(s, &queued_rtt, &least)) {
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

const struct rule rules_limits[] = {
    {"send-buffer-limited", send_buffer_limited},
    {"receive-window-small", receive_window_small},
    {NULL, NULL},
};
