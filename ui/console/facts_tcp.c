/* The kernel's header and core/wire/decode.h both name TCP's flags, so this file knows no
 * packets. */
#include "ui/console/facts.h"

#include <linux/tcp.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"

/* TCP_INFINITE_SSTHRESH of include/net/tcp.h: slow start has never ended. */
#define SSTHRESH_INFINITE 0x7fffffffU

enum unit {
    UNIT_BYTES,
    UNIT_SEGMENTS,
    UNIT_RATE,  /* bytes a second; all ones: no limit */
    UNIT_TIME,  /* microseconds */
    UNIT_RTT,   /* microseconds; 0 or all ones: not measured yet */
    UNIT_SHARE, /* microseconds, and how much of the busy time */
    UNIT_COUNT,
    UNIT_SSTHRESH,
    UNIT_CA_STATE,
};

struct info_field {
    const char *label;
    size_t offset, size;
    enum unit unit;
};

#define FIELD(label, member, unit)                                                             \
    {                                                                                          \
        label, offsetof(struct tcp_info, member), sizeof(((struct tcp_info *)NULL)->member),   \
            unit                                                                               \
    }

static const struct info_field fields[] = {
    FIELD("rtt", tcpi_rtt, UNIT_RTT),
    FIELD("rttvar", tcpi_rttvar, UNIT_RTT),
    FIELD("least rtt", tcpi_min_rtt, UNIT_RTT),
    FIELD("rto", tcpi_rto, UNIT_TIME),
    FIELD("cwnd", tcpi_snd_cwnd, UNIT_SEGMENTS),
    FIELD("ssthresh", tcpi_snd_ssthresh, UNIT_SSTHRESH),
    FIELD("phase", tcpi_ca_state, UNIT_CA_STATE),
    FIELD("peer window", tcpi_snd_wnd, UNIT_BYTES),
    FIELD("mss send", tcpi_snd_mss, UNIT_BYTES),
    FIELD("mss receive", tcpi_rcv_mss, UNIT_BYTES),
    FIELD("path mtu", tcpi_pmtu, UNIT_BYTES),
    FIELD("unacked", tcpi_unacked, UNIT_SEGMENTS),
    FIELD("not sent", tcpi_notsent_bytes, UNIT_BYTES),
    FIELD("lost", tcpi_lost, UNIT_SEGMENTS),
    FIELD("retransmitted", tcpi_retrans, UNIT_SEGMENTS),
    FIELD("retrans total", tcpi_total_retrans, UNIT_SEGMENTS),
    FIELD("rto in a row", tcpi_retransmits, UNIT_COUNT),
    FIELD("probes", tcpi_probes, UNIT_COUNT),
    FIELD("backoff", tcpi_backoff, UNIT_COUNT),
    FIELD("sent", tcpi_bytes_sent, UNIT_BYTES),
    FIELD("acked", tcpi_bytes_acked, UNIT_BYTES),
    FIELD("received", tcpi_bytes_received, UNIT_BYTES),
    FIELD("delivery", tcpi_delivery_rate, UNIT_RATE),
    FIELD("pacing", tcpi_pacing_rate, UNIT_RATE),
    FIELD("busy", tcpi_busy_time, UNIT_TIME),
    FIELD("rwnd limited", tcpi_rwnd_limited, UNIT_SHARE),
    FIELD("sndbuf limited", tcpi_sndbuf_limited, UNIT_SHARE),
};

/* False when the kernel did not fill the field. */
static bool field_read(const struct socket_detail *d, const struct info_field *field,
                       uint64_t *ret)
{
    uint64_t u64;
    uint32_t u32;

    if (field->offset + field->size > d->info_bytes ||
        field->offset + field->size > sizeof(d->info))
        return false;
    if (field->size == sizeof(u64)) {
        memcpy(&u64, d->info + field->offset, sizeof(u64));
        *ret = u64;
    } else if (field->size == sizeof(u32)) {
        memcpy(&u32, d->info + field->offset, sizeof(u32));
        *ret = u32;
    } else {
        *ret = d->info[field->offset];
    }
    return true;
}

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
    static const struct info_field busy_field = FIELD("", tcpi_busy_time, UNIT_TIME);
    char time[48];
    uint64_t busy = 0;

    write_us(us, time, sizeof(time));
    if (us && field_read(d, &busy_field, &busy) && busy)
        facts_add(f, label, STYLE_BAD, "%s, %u %% busy", time,
                  (unsigned)((unsigned __int128)us * 100 / busy));
    else
        facts_add(f, label, STYLE_NORMAL, "%s", time);
}

static void add_rtt(struct facts *f, const struct info_field *field, uint64_t us)
{
    char time[48];

    if (!us || us == UINT32_MAX)
        facts_add(f, field->label, STYLE_DIM, "not measured yet");
    else
        facts_add(f, field->label, STYLE_NORMAL, "%s", write_us(us, time, sizeof(time)));
}

static void add_rate(struct facts *f, const struct info_field *field, uint64_t rate)
{
    char number[TEXT_NUMBER_BYTES];

    if (rate == UINT64_MAX)
        facts_add(f, field->label, STYLE_DIM, "no limit");
    else if (!rate)
        facts_add(f, field->label, STYLE_DIM, "not measured yet");
    else
        facts_add(f, field->label, STYLE_NORMAL, "%s bytes/s", text_number(rate, number));
}

static void add_segments(struct facts *f, const char *label, uint64_t n)
{
    char number[TEXT_NUMBER_BYTES];

    facts_add(f, label, STYLE_NORMAL, "%s segment%s", text_number(n, number),
              n == 1 ? "" : "s");
}

/* TCP_CA_Open ... of include/uapi/linux/tcp.h. */
static void add_phase(struct facts *f, const char *label, uint64_t state)
{
    static const char *const names[] = {"open", "disorder", "cwr", "recovery", "loss"};

    if (state < sizeof(names) / sizeof(names[0]))
        facts_add(f, label, state ? STYLE_BUSY : STYLE_NORMAL, "%s", names[state]);
    else
        facts_add(f, label, STYLE_BUSY, "%llu", (unsigned long long)state);
}

static void add_field(struct facts *f, const struct socket_detail *d,
                      const struct info_field *field)
{
    char text[48];
    uint64_t value;

    if (!field_read(d, field, &value)) {
        facts_add(f, field->label, STYLE_DIM, "?");
        return;
    }
    switch (field->unit) {
    case UNIT_BYTES:
        facts_add_bytes(f, field->label, STYLE_NORMAL, value);
        break;
    case UNIT_SSTHRESH:
        if (value >= SSTHRESH_INFINITE) {
            facts_add(f, field->label, STYLE_DIM, "not set");
            break;
        }
        add_segments(f, field->label, value);
        break;
    case UNIT_SEGMENTS:
        add_segments(f, field->label, value);
        break;
    case UNIT_RATE:
        add_rate(f, field, value);
        break;
    case UNIT_TIME:
        facts_add(f, field->label, STYLE_NORMAL, "%s", write_us(value, text, sizeof(text)));
        break;
    case UNIT_RTT:
        add_rtt(f, field, value);
        break;
    case UNIT_SHARE:
        add_share(f, d, field->label, value);
        break;
    case UNIT_COUNT:
        facts_add(f, field->label, STYLE_NORMAL, "%llu", (unsigned long long)value);
        break;
    case UNIT_CA_STATE:
        add_phase(f, field->label, value);
        break;
    }
}

void facts_of_tcp_info(struct facts *f, const struct socket_detail *d)
{
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        add_field(f, d, &fields[i]);
}
