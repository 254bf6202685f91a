#include "core/model/series.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/model/tcp_info.h"

#define FIRST_ROOM 64

static const struct series_info infos[SERIES_COUNT] = {
    [SERIES_SEND_QUEUE] = {"sendq_bytes", "Send-Q", UNIT_BYTES},
    [SERIES_RECEIVE_QUEUE] = {"recvq_bytes", "Recv-Q", UNIT_BYTES},
    [SERIES_RTT] = {"rtt_us", "rtt", UNIT_US},
    [SERIES_CWND] = {"cwnd_segments", "cwnd", UNIT_SEGMENTS},
    [SERIES_DELIVERY_RATE] = {"delivery_bytes_s", "delivery", UNIT_BYTES_S},
    [SERIES_SENT_RATE] = {"sent_bytes_s", "sent", UNIT_BYTES_S},
    [SERIES_RECEIVED_RATE] = {"received_bytes_s", "received", UNIT_BYTES_S},
    [SERIES_RETRANSMITS] = {"retransmitted_segments", "sent again", UNIT_SEGMENTS},
    [SERIES_MIN_RTT] = {"min_rtt_us", "least rtt", UNIT_US},
    [SERIES_IN_FLIGHT] = {"in_flight_bytes", "in flight", UNIT_BYTES},
    [SERIES_CWND_BYTES] = {"cwnd_bytes", "cwnd", UNIT_BYTES},
    [SERIES_PEER_WINDOW] = {"peer_window_bytes", "peer window", UNIT_BYTES},
    [SERIES_DROPS] = {"drops", "drops", UNIT_COUNT},
};

/* What TCP_INFO has as it is. */
static const struct {
    enum series_id id;
    enum tcp_info_id field;
} fields[] = {
    {SERIES_RTT, TCP_INFO_rtt},
    {SERIES_CWND, TCP_INFO_snd_cwnd},
    {SERIES_DELIVERY_RATE, TCP_INFO_delivery_rate},
    {SERIES_SENT_RATE, TCP_INFO_bytes_sent},
    {SERIES_RECEIVED_RATE, TCP_INFO_bytes_received},
    {SERIES_RETRANSMITS, TCP_INFO_total_retrans},
    {SERIES_MIN_RTT, TCP_INFO_min_rtt},
    {SERIES_PEER_WINDOW, TCP_INFO_snd_wnd},
};

/* Lines in the chart of a curve. */
static const struct {
    enum series_id curve;
    struct series_line line;
} lines[] = {
    {SERIES_RTT, {SERIES_MIN_RTT, 'm', "least"}},
    {SERIES_IN_FLIGHT, {SERIES_CWND_BYTES, 'c', "cwnd"}},
    {SERIES_IN_FLIGHT, {SERIES_PEER_WINDOW, 'w', "peer window"}},
    {SERIES_RECEIVE_QUEUE, {SERIES_SEND_QUEUE, 'l', "limit"}}, /* of a listener */
};

/* A line so many times above its curve would leave of that nothing but its lowest row. */
#define LINE_FAR 4

const struct series_info *series_info(enum series_id id)
{
    return &infos[id];
}

void series_done(struct series *s)
{
    free(s->samples);
    *s = (struct series){0};
}

void series_clear(struct series *s)
{
    s->first = s->n = 0;
    s->forgotten = 0;
    s->listens = false;
}

static const struct series_sample *sample_at(const struct series *s, size_t i)
{
    return &s->samples[(s->first + i) % s->room];
}

static void put(struct series_sample *sample, enum series_id id, uint64_t value)
{
    sample->values[id] = value;
    sample->known |= UINT32_C(1) << id;
}

static bool read_field(const struct socket_detail *d, enum tcp_info_id field, uint64_t *ret)
{
    struct value value = {.kind = VALUE_UNKNOWN};

    tcp_info_value(d, field, &value);
    if (value.kind != VALUE_NUMBER)
        return false;
    *ret = value.number;
    return true;
}

static void put_info(struct series_sample *sample, const struct row *row,
                     const struct socket_detail *d)
{
    uint64_t value, other;

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (read_field(d, fields[i].field, &value))
            put(sample, fields[i].id, value);
    /* Send-Q is write_seq - snd_una, notsent_bytes write_seq - snd_nxt, both of the same moment. */
    if (row->wqueue != QUEUE_UNKNOWN && read_field(d, TCP_INFO_notsent_bytes, &value) &&
        value <= row->wqueue)
        put(sample, SERIES_IN_FLIGHT, row->wqueue - value);
    if (read_field(d, TCP_INFO_snd_cwnd, &value) && read_field(d, TCP_INFO_snd_mss, &other) &&
        other)
        put(sample, SERIES_CWND_BYTES, value * other);
}

/* A full ring gives its oldest sample away; until then it grows. */
static struct series_sample *new_sample(struct series *s)
{
    if (s->n == s->room && s->room < SERIES_SAMPLES) {
        size_t room = s->room ? 2 * s->room : FIRST_ROOM;

        /* Nothing was forgotten yet: the samples stand in order from 0 on. */
        s->room = room < SERIES_SAMPLES ? room : SERIES_SAMPLES;
        s->samples = mem_resize(s->samples, s->room, sizeof(*s->samples));
    }
    if (s->n == s->room) {
        s->first = (s->first + 1) % s->room;
        s->n--;
        s->forgotten++;
    }
    return &s->samples[(s->first + s->n++) % s->room];
}

void series_add(struct series *s, uint64_t at_ns, const struct row *row,
                const struct socket_detail *d)
{
    bool is_tcp = row->kind == KIND_TCP || row->kind == KIND_MPTCP;
    struct series_sample *sample;

    if (s->n && at_ns <= series_at_ns(s, s->n - 1))
        return;
    sample = new_sample(s);
    *sample = (struct series_sample){.at_ns = at_ns};
    s->listens = row->state == STATE_LISTEN;
    if (row->wqueue != QUEUE_UNKNOWN)
        put(sample, SERIES_SEND_QUEUE, row->wqueue);
    if (row->rqueue != QUEUE_UNKNOWN)
        put(sample, SERIES_RECEIVE_QUEUE, row->rqueue);
    if (d && d->known & DETAIL_MEMINFO)
        put(sample, SERIES_DROPS, d->drops);
    if (d && is_tcp && !s->listens && d->known & DETAIL_INFO)
        put_info(sample, row, d);
}

uint64_t series_at_ns(const struct series *s, size_t i)
{
    return sample_at(s, i)->at_ns;
}

/* How many, not how fast. */
static bool is_count(enum series_id id)
{
    return id == SERIES_RETRANSMITS || id == SERIES_DROPS;
}

static bool is_difference(enum series_id id)
{
    return id == SERIES_SENT_RATE || id == SERIES_RECEIVED_RATE || is_count(id);
}

/* What came since the sample before; counters that fall are another socket's. */
static bool difference(const struct series *s, size_t i, enum series_id id, uint64_t *ret)
{
    const struct series_sample *sample = sample_at(s, i), *before;
    uint64_t more;

    if (i == 0)
        return false;
    before = sample_at(s, i - 1);
    if (!(before->known & UINT32_C(1) << id) || sample->values[id] < before->values[id])
        return false;
    more = sample->values[id] - before->values[id];
    if (!is_count(id))
        more = (uint64_t)((unsigned __int128)more * CLOCK_SECOND_NS /
                          (sample->at_ns - before->at_ns));
    *ret = more;
    return true;
}

bool series_value(const struct series *s, size_t i, enum series_id id, uint64_t *ret)
{
    const struct series_sample *sample = sample_at(s, i);

    if (!(sample->known & UINT32_C(1) << id))
        return false;
    if (is_difference(id))
        return difference(s, i, id, ret);
    *ret = sample->values[id];
    return true;
}

bool series_range(const struct series *s, enum series_id id, struct series_range *ret)
{
    struct series_range range = {.least = UINT64_MAX};
    bool known = false;

    for (size_t i = 0; i < s->n; i++) {
        uint64_t value;

        range.has_newest = series_value(s, i, id, &value);
        if (!range.has_newest)
            continue;
        known = true;
        range.newest = value;
        range.least = value < range.least ? value : range.least;
        range.most = value > range.most ? value : range.most;
    }
    if (known)
        *ret = range;
    return known;
}

/* --- for a person ----------------------------------------------------------------------- */

const char *series_title(const struct series *s, enum series_id id)
{
    return s->listens && id == SERIES_RECEIVE_QUEUE ? "accept queue" : infos[id].title;
}

enum column_unit series_unit(const struct series *s, enum series_id id)
{
    return s->listens && id == SERIES_RECEIVE_QUEUE ? UNIT_COUNT : infos[id].unit;
}

enum series_id series_in_order(size_t i)
{
    static const enum series_id order[SERIES_COUNT] = {
        SERIES_SEND_QUEUE,  SERIES_RECEIVE_QUEUE, SERIES_IN_FLIGHT, SERIES_RTT,
        SERIES_CWND,        SERIES_DELIVERY_RATE, SERIES_SENT_RATE, SERIES_RECEIVED_RATE,
        SERIES_RETRANSMITS, SERIES_DROPS,         SERIES_MIN_RTT,   SERIES_CWND_BYTES,
        SERIES_PEER_WINDOW,
    };

    return order[i];
}

/* Whether it is a line in a chart that is shown. */
static bool is_line(const struct series *s, enum series_id id)
{
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        if (lines[i].line.id == id && (id != SERIES_SEND_QUEUE || s->listens))
            return true;
    return false;
}

bool series_shown(const struct series *s, enum series_id id)
{
    struct series_range range;

    if (is_line(s, id) || !series_range(s, id, &range))
        return false;
    /* In bytes it stands beside what is in flight. */
    if (id == SERIES_CWND)
        return !series_range(s, SERIES_CWND_BYTES, &range) ||
               !series_range(s, SERIES_IN_FLIGHT, &range);
    return id != SERIES_DROPS || s->listens || range.most;
}

size_t series_lines(const struct series *s, enum series_id curve,
                    struct series_line ret[SERIES_LINES])
{
    struct series_range range;
    size_t n = 0;

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        if (lines[i].curve == curve && (lines[i].line.id != SERIES_SEND_QUEUE || s->listens) &&
            series_range(s, lines[i].line.id, &range))
            ret[n++] = lines[i].line;
    return n;
}

uint64_t series_scale(const struct series *s, enum series_id curve)
{
    struct series_line list[SERIES_LINES];
    size_t n = series_lines(s, curve, list);
    struct series_range range;
    uint64_t most = series_range(s, curve, &range) ? range.most : 0;

    for (size_t i = 0; i < n; i++) {
        series_range(s, list[i].id, &range);
        if (range.most > most && (!most || range.most / LINE_FAR <= most))
            most = range.most;
    }
    return most;
}

static const char *rate_figure(uint64_t value, char buf[SERIES_FIGURE_BYTES])
{
    static const char *const units[] = {"B/s", "kB/s", "MB/s", "GB/s"};
    uint64_t factor = 1;
    size_t i = 0;

    while (value / factor >= 10000 && i + 1 < sizeof(units) / sizeof(units[0])) {
        factor *= 1000;
        i++;
    }
    if (i == 0)
        snprintf(buf, SERIES_FIGURE_BYTES, "%llu %s", (unsigned long long)value, units[i]);
    else
        snprintf(buf, SERIES_FIGURE_BYTES, "%llu.%llu %s", (unsigned long long)(value / factor),
                 (unsigned long long)(value % factor * 10 / factor), units[i]);
    return buf;
}

const char *series_figure(enum column_unit unit, uint64_t value, char buf[SERIES_FIGURE_BYTES])
{
    char number[TEXT_NUMBER_BYTES];

    if (unit == UNIT_BYTES_S)
        return rate_figure(value, buf);
    if (unit == UNIT_US && value >= 1000000)
        snprintf(buf, SERIES_FIGURE_BYTES, "%llu.%03u s", (unsigned long long)(value / 1000000),
                 (unsigned)(value / 1000 % 1000));
    else if (unit == UNIT_US)
        snprintf(buf, SERIES_FIGURE_BYTES, "%u.%03u ms", (unsigned)(value / 1000),
                 (unsigned)(value % 1000));
    else
        snprintf(buf, SERIES_FIGURE_BYTES, "%s%s", text_number(value, number),
                 unit == UNIT_BYTES ? " B" : "");
    return buf;
}
