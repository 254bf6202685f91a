#include "ui/console/facts.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdarg.h>
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
        label, offsetof(struct tcp_info, member),                                              \
            sizeof(((struct tcp_info *)NULL)->member), unit                                    \
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
    FIELD("retrans now", tcpi_retrans, UNIT_SEGMENTS),
    FIELD("retrans ever", tcpi_total_retrans, UNIT_SEGMENTS),
    FIELD("rto in a row", tcpi_retransmits, UNIT_COUNT),
    FIELD("probes", tcpi_probes, UNIT_COUNT),
    FIELD("backoff", tcpi_backoff, UNIT_COUNT),
    FIELD("sent", tcpi_bytes_sent, UNIT_BYTES),
    FIELD("acked", tcpi_bytes_acked, UNIT_BYTES),
    FIELD("received", tcpi_bytes_received, UNIT_BYTES),
    FIELD("delivery", tcpi_delivery_rate, UNIT_RATE),
    FIELD("pacing", tcpi_pacing_rate, UNIT_RATE),
    FIELD("busy", tcpi_busy_time, UNIT_TIME),
    FIELD("by window", tcpi_rwnd_limited, UNIT_SHARE),
    FIELD("by sndbuf", tcpi_sndbuf_limited, UNIT_SHARE),
};

void facts_add(struct facts *f, const char *label, enum style style, const char *format, ...)
{
    struct fact *fact = &f->list[f->n];
    va_list args;

    if (f->n == FACTS_MAX)
        return;
    f->n++;
    fact->label = label;
    fact->style = style;
    va_start(args, format);
    vsnprintf(fact->value, sizeof(fact->value), format, args);
    va_end(args);
}

static void add_bytes(struct facts *f, const char *label, enum style style, uint64_t bytes)
{
    char number[TEXT_NUMBER_BYTES];

    facts_add(f, label, style, "%s bytes", text_number(bytes, number));
}

/* --- of the row ------------------------------------------------------------------------- */

static void add_timer(struct facts *f, const struct row *row)
{
    char left[TEXT_DURATION_BYTES], times[48] = "";
    enum style style = row->timer == TIMER_PERSIST ? STYLE_BAD : STYLE_NORMAL;

    if (row->timer == TIMER_OFF) {
        facts_add(f, "timer", STYLE_DIM, "none is running");
        return;
    }
    text_duration(row->timer_ms * UINT64_C(1000000), left);
    if (row->retransmits) {
        snprintf(times, sizeof(times), ", sent %u times in vain", row->retransmits);
        style = STYLE_BAD;
    }
    facts_add(f, "timer", style, "%s fires in %s%s", timer_name(row->timer), left, times);
}

static void add_owner(struct facts *f, const struct model *m, const struct row *row)
{
    char owner[MODEL_OWNER_BYTES];

    model_owner(m, row, owner);
    if (owner[0])
        facts_add(f, "owner", STYLE_NORMAL, "%s", owner);
    else if (!row->inode)
        facts_add(f, "owner", STYLE_DIM, "none: no process can hold it now");
    else
        facts_add(f, "owner", STYLE_DIM, "?");
}

void facts_of_row(struct facts *f, const struct model *m, const struct row *row)
{
    facts_add(f, "state", STYLE_NORMAL, "%s", state_name(row->state));
    add_timer(f, row);
    add_owner(f, m, row);
    /* The kernel gives uid 0 for what has no socket any more. */
    if (row->inode)
        facts_add(f, "uid, inode", STYLE_NORMAL, "%u, %u", row->uid, row->inode);
    else
        facts_add(f, "uid, inode", STYLE_DIM, "?, none");
    if (row->cookie)
        facts_add(f, "cookie", STYLE_DIM, "%llx", (unsigned long long)row->cookie);
    else
        facts_add(f, "cookie", STYLE_DIM, "?");
}

/* --- TCP_INFO --------------------------------------------------------------------------- */

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
        facts_add(f, label, STYLE_BAD, "%s, %u %% of busy", time,
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
        add_bytes(f, field->label, STYLE_NORMAL, value);
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

/* Alloc of limit, with what the limit is called in socket(7). */
static void add_buffer(struct facts *f, const char *label, uint32_t used, uint32_t limit)
{
    char a[TEXT_NUMBER_BYTES], b[TEXT_NUMBER_BYTES];

    facts_add(f, label, used >= limit ? STYLE_BAD : STYLE_NORMAL, "%s of %s bytes",
              text_number(used, a), text_number(limit, b));
}

static void add_memory(struct facts *f, const struct socket_detail *d)
{
    char number[TEXT_NUMBER_BYTES];

    if (!d->has_meminfo) {
        facts_add(f, "memory", STYLE_DIM, "?");
        return;
    }
    add_buffer(f, "rcvbuf", d->rmem_alloc, d->rcvbuf);
    add_buffer(f, "sndbuf", d->wmem_queued, d->sndbuf);
    add_bytes(f, "on the way", STYLE_NORMAL, d->wmem_alloc);
    add_bytes(f, "forward", STYLE_NORMAL, d->fwd_alloc);
    add_bytes(f, "options", STYLE_NORMAL, d->optmem);
    add_bytes(f, "backlog", STYLE_NORMAL, d->backlog);
    facts_add(f, "drops", d->drops ? STYLE_BAD : STYLE_NORMAL, "%s packet%s",
              text_number(d->drops, number), d->drops == 1 ? "" : "s");
}

void facts_of_detail(struct facts *f, const struct socket_detail *d)
{
    if (!d) {
        facts_add(f, "TCP_INFO", STYLE_DIM, "? not asked for yet");
        return;
    }
    /* A listener fills no more than its queue, which its row shows already. */
    if (d->row.state == STATE_LISTEN) {
        add_memory(f, d);
        return;
    }
    if (!d->info_bytes)
        facts_add(f, "TCP_INFO", STYLE_DIM, "? the kernel gives none in this state");
    for (size_t i = 0; d->info_bytes && i < sizeof(fields) / sizeof(fields[0]); i++)
        add_field(f, d, &fields[i]);
    facts_add(f, "congestion", d->congestion[0] ? STYLE_NORMAL : STYLE_DIM, "%s",
              d->congestion[0] ? d->congestion : "?");
    add_memory(f, d);
}
