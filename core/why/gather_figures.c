/* What the kernel counted of a connection between two looks, in words. */
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/model/tcp_info.h"
#include "core/why/gather_internal.h"

#define FIGURES_BYTES 600

static void put(char *line, const char *text)
{
    size_t used = strlen(line);

    snprintf(line + used, FIGURES_BYTES - used, "%s%s", used ? ", " : "", text);
}

static void put_growth(char *line, const struct sighting *s, enum tcp_info_id id,
                       const char *words)
{
    uint64_t before, after;
    char number[TEXT_NUMBER_BYTES], text[96];

    if (!tcp_info_read(&s->detail, id, &before) ||
        !tcp_info_read(&s->detail_later, id, &after) || after <= before)
        return;
    snprintf(text, sizeof(text), "%s %s", text_number(after - before, number), words);
    put(line, text);
}

/* Of the time between the looks. */
static void put_share(char *line, const struct sighting *s, enum tcp_info_id id,
                      const char *words)
{
    uint64_t before, after;
    char text[96];

    if (!s->between_ns || !tcp_info_read(&s->detail, id, &before) ||
        !tcp_info_read(&s->detail_later, id, &after) || after <= before)
        return;
    snprintf(text, sizeof(text), "%s %llu %% of the time", words,
             (unsigned long long)((after - before) * 100 * 1000 / s->between_ns));
    put(line, text);
}

static void put_number(char *line, const struct sighting *s, enum tcp_info_id id,
                       const char *words)
{
    char number[TEXT_NUMBER_BYTES], text[96];
    uint64_t n;

    if (!tcp_info_read(&s->detail_later, id, &n) || !n || n == UINT32_MAX)
        return;
    snprintf(text, sizeof(text), "%s %s", words, text_number(n, number));
    put(line, text);
}

static void put_time(char *line, const struct sighting *s, enum tcp_info_id id,
                     unsigned unit_ns, const char *words)
{
    char duration[TEXT_DURATION_BYTES], text[96];
    uint64_t n;

    if (!tcp_info_read(&s->detail_later, id, &n) || !n || n == UINT32_MAX)
        return;
    snprintf(text, sizeof(text), "%s %s", words, text_duration(n * unit_ns, duration));
    put(line, text);
}

static void put_buffer(char *line, const struct sighting *s)
{
    char queued[TEXT_NUMBER_BYTES], room[TEXT_NUMBER_BYTES], text[96];
    const struct socket_detail *d = &s->detail_later;

    if (!(d->known & DETAIL_MEMINFO) || !d->wmem_queued)
        return;
    snprintf(text, sizeof(text), "its send buffer of %s holds %s with all that they take",
             text_number(d->sndbuf, room), text_number(d->wmem_queued, queued));
    put(line, text);
}

void gather_say_figures(struct gathering *g, const struct sighting *s, uint64_t at_ns)
{
    char line[FIGURES_BYTES] = "";
    uint64_t window;

    if (s->row.kind != KIND_TCP || !s->row_later.state || s->row.state == STATE_LISTEN)
        return;
    put_growth(line, s, TCP_INFO_bytes_acked, "bytes acknowledged");
    put_growth(line, s, TCP_INFO_bytes_received, "bytes received");
    put_growth(line, s, TCP_INFO_data_segs_out, "segments sent");
    put_growth(line, s, TCP_INFO_total_retrans, "of them again");
    put_growth(line, s, TCP_INFO_dsack_dups, "of those for nothing");
    put_number(line, s, TCP_INFO_timeouts, "timeouts in a row");
    put_number(line, s, TCP_INFO_probes, "probes unanswered");
    put_number(line, s, TCP_INFO_sacked, "segments overtook a missing one:");
    put_share(line, s, TCP_INFO_busy_time, "busy");
    put_share(line, s, TCP_INFO_rwnd_limited, "held by the peer's window");
    put_share(line, s, TCP_INFO_sndbuf_limited, "held by the send buffer");
    put_number(line, s, TCP_INFO_notsent_bytes, "bytes never sent");
    put_number(line, s, TCP_INFO_unacked, "segments on the way");
    put_number(line, s, TCP_INFO_snd_cwnd, "congestion window");
    put_buffer(line, s);
    put_time(line, s, TCP_INFO_rtt, 1000, "round trip");
    put_time(line, s, TCP_INFO_min_rtt, 1000, "the least");
    put_time(line, s, TCP_INFO_last_data_recv, CLOCK_MS_NS, "since data last came");
    put_time(line, s, TCP_INFO_last_ack_recv, CLOCK_MS_NS, "since an ACK");
    if (tcp_info_read(&s->detail_later, TCP_INFO_snd_wnd, &window))
        put(line, window ? "the peer's window is open" : "the peer's window is 0");
    if (line[0])
        evidence_say(g->e, "TCP_INFO", at_ns, "%s: %s",
                     s->role == ROLE_OURS ? "this socket" : "the other end", line);
}
