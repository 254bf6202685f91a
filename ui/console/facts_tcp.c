/* TCP_INFO for a person: which fields, in which order, and what is worth a colour.  What they mean
 * stands in core/model/tcp_info.h. */
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/model/tcp_info.h"
#include "ui/console/facts.h"

static const enum tcp_info_id shown[] = {
    TCP_INFO_rtt,
    TCP_INFO_rttvar,
    TCP_INFO_min_rtt,
    TCP_INFO_rto,
    TCP_INFO_snd_cwnd,
    TCP_INFO_snd_ssthresh,
    TCP_INFO_ca_state,
    TCP_INFO_snd_wnd,
    TCP_INFO_snd_mss,
    TCP_INFO_rcv_mss,
    TCP_INFO_pmtu,
    TCP_INFO_unacked,
    TCP_INFO_notsent_bytes,
    TCP_INFO_lost,
    TCP_INFO_retrans,
    TCP_INFO_total_retrans,
    TCP_INFO_timeouts,
    TCP_INFO_probes,
    TCP_INFO_backoff,
    TCP_INFO_bytes_sent,
    TCP_INFO_bytes_acked,
    TCP_INFO_bytes_received,
    TCP_INFO_delivery_rate,
    TCP_INFO_pacing_rate,
    TCP_INFO_busy_time,
    TCP_INFO_rwnd_limited,
    TCP_INFO_sndbuf_limited,
};

/* Microseconds without loss: "0.045 ms", "12.413204 s". */
static const char *write_us(uint64_t us, char *buf, size_t size)
{
    if (us < 1000000)
        snprintf(buf, size, "%u.%03u ms", (unsigned)(us / 1000), (unsigned)(us % 1000));
    else
        snprintf(buf, size, "%llu.%06u s", (unsigned long long)(us / 1000000),
                 (unsigned)(us % 1000000));
    return buf;
}

static void add_share(struct facts *f, const struct socket_detail *d, const char *label,
                      uint64_t us)
{
    char time[48];
    uint64_t busy = 0;

    write_us(us, time, sizeof(time));
    if (us && tcp_info_read(d, TCP_INFO_busy_time, &busy) && busy)
        facts_add(f, label, STYLE_BAD, "%s, %u %% busy", time,
                  (unsigned)((unsigned __int128)us * 100 / busy));
    else
        facts_add(f, label, STYLE_NORMAL, "%s", time);
}

static void add_number(struct facts *f, const struct socket_detail *d,
                       const struct tcp_info_field *field, uint64_t n)
{
    char number[TEXT_NUMBER_BYTES], time[48];

    if (field->sense == SENSE_LIMITED) {
        add_share(f, d, field->title, n);
        return;
    }
    text_number(n, number);
    switch ((enum column_unit)field->unit) {
    case UNIT_BYTES:
        facts_add_bytes(f, field->title, STYLE_NORMAL, n);
        break;
    case UNIT_SEGMENTS:
        facts_add(f, field->title, STYLE_NORMAL, "%s segment%s", number, n == 1 ? "" : "s");
        break;
    case UNIT_BYTES_S:
        facts_add(f, field->title, STYLE_NORMAL, "%s bytes/s", number);
        break;
    case UNIT_US:
        facts_add(f, field->title, STYLE_NORMAL, "%s", write_us(n, time, sizeof(time)));
        break;
    case UNIT_MS:
        facts_add(f, field->title, STYLE_NORMAL, "%s ms", number);
        break;
    case UNIT_NONE:
    case UNIT_COUNT:
    case UNIT_PERCENT:
        facts_add(f, field->title, STYLE_NORMAL, "%s", number);
        break;
    }
}

static void add_field(struct facts *f, const struct socket_detail *d, enum tcp_info_id id)
{
    const struct tcp_info_field *field = tcp_info_field(id);
    struct value value = {.kind = VALUE_UNKNOWN};
    enum style style = STYLE_NORMAL;

    tcp_info_value(d, id, &value);
    switch (value.kind) {
    case VALUE_UNKNOWN:
        facts_add(f, field->title, STYLE_DIM, "?");
        break;
    case VALUE_NONE:
        facts_add(f, field->title, STYLE_DIM, "%s", value.why);
        break;
    case VALUE_TEXT: /* the phase of congestion control */
        if (strcmp(value.text, "open") != 0)
            style = STYLE_BUSY;
        facts_add(f, field->title, style, "%s", value.text);
        break;
    case VALUE_NUMBER:
    case VALUE_FLAG:
        add_number(f, d, field, value.number);
        break;
    }
}

void facts_of_tcp_info(struct facts *f, const struct socket_detail *d)
{
    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
        add_field(f, d, shown[i]);
}
