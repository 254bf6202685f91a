/* The figures of one look: where each is read, what it was, how it stands. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/model/host_internal.h"

#define SUMMED 3
#define PERCENT 100
/* So many segments sent again are no accident. */
#define RESENT_FEW 10

/* Where a figure comes from. */
struct source {
    const char *counters[SUMMED]; /* summed; the first must be there */
    const char *limit;            /* GAUGE; NULL: there is none */
    const char *pressure;         /* GAUGE: from here on it is watched; NULL: `watch` */
    /* Of the limit in percent; what a counter grew by in the recent past; a share in millionths.
     * 0: never. */
    uint64_t watch, bad;
    enum { GAUGE, COUNTER, SHARE, PORTS, WORST } from;
    bool pages; /* GAUGE: in pages, the limit, too */
};

static const struct source sources[HOST_FIGURE_COUNT] = {
    [HOST_ESTABLISHED] = {.from = GAUGE, .counters = {"Tcp.CurrEstab"}},
    [HOST_RETRANSMITTED] = {.from = SHARE,
                            .counters = {"Tcp.RetransSegs"},
                            .watch = 10000,
                            .bad = 50000},
    [HOST_SEGMENTS_OUT] = {.from = COUNTER, .counters = {"Tcp.OutSegs"}},
    [HOST_SEGMENTS_IN] = {.from = COUNTER, .counters = {"Tcp.InSegs"}},
    [HOST_LISTEN_OVERFLOWS] = {.from = COUNTER,
                               .counters = {"TcpExt.ListenOverflows"},
                               .bad = 1},
    [HOST_LISTEN_DROPS] = {.from = COUNTER, .counters = {"TcpExt.ListenDrops"}, .bad = 1},
    [HOST_SYN_COOKIES] = {.from = COUNTER, .counters = {"TcpExt.SyncookiesSent"}, .watch = 1},
    [HOST_ATTEMPTS_FAILED] = {.from = COUNTER, .counters = {"Tcp.AttemptFails"}, .watch = 60},
    [HOST_RESETS_SENT] = {.from = COUNTER, .counters = {"Tcp.OutRsts"}, .watch = 600},
    [HOST_CONNECTIONS_RESET] = {.from = COUNTER, .counters = {"Tcp.EstabResets"}, .watch = 60},
    [HOST_TIME_WAIT] = {.from = GAUGE,
                        .counters = {"sockstat.TCP.tw"},
                        .limit = "sysctl.tcp_max_tw_buckets.0",
                        .watch = 50,
                        .bad = 90},
    [HOST_ORPHANS] = {.from = GAUGE,
                      .counters = {"sockstat.TCP.orphan"},
                      .limit = "sysctl.tcp_max_orphans.0",
                      .watch = 25,
                      .bad = 90},
    [HOST_PORTS] = {.from = PORTS, .counters = {NULL}, .watch = 50, .bad = 90},
    [HOST_PORTS_WORST] = {.from = WORST, .counters = {NULL}, .watch = 25, .bad = 90},
    [HOST_TCP_MEMORY] = {.from = GAUGE,
                         .counters = {"sockstat.TCP.mem"},
                         .limit = "sysctl.tcp_mem.2",
                         .pressure = "sysctl.tcp_mem.1",
                         .pages = true,
                         .watch = 50,
                         .bad = 90},
    [HOST_UDP_MEMORY] = {.from = GAUGE,
                         .counters = {"sockstat.UDP.mem"},
                         .limit = "sysctl.udp_mem.2",
                         .pressure = "sysctl.udp_mem.1",
                         .pages = true,
                         .watch = 50,
                         .bad = 90},
    [HOST_UDP_ERRORS] = {.from = COUNTER,
                         .counters = {"Udp.InErrors", "Udp6InErrors"},
                         .bad = 1},
    [HOST_UDP_OVERFLOWS] = {.from = COUNTER,
                            .counters = {"Udp.RcvbufErrors", "Udp6RcvbufErrors"},
                            .bad = 1},
    [HOST_INTERFACE_DROPS] = {.from = COUNTER,
                              .counters = {"dev.rx_drop", "dev.tx_drop"},
                              .watch = 1},
};

/* --- what was read ------------------------------------------------------------------------ */

bool host_number(const struct host_reading *r, const char *name, uint64_t *ret)
{
    for (size_t i = 0; i < r->counters.n; i++)
        if (strcmp(r->counters.list[i].name, name) == 0) {
            *ret = r->counters.list[i].value;
            return true;
        }
    return false;
}

static bool read_sum(const struct host_reading *r, const struct source *s, uint64_t *ret)
{
    uint64_t sum, more;

    if (!host_number(r, s->counters[0], &sum))
        return false;
    /* Without IPv6 in the kernel there is no second half. */
    for (size_t i = 1; i < SUMMED && s->counters[i]; i++)
        sum += host_number(r, s->counters[i], &more) ? more : 0;
    *ret = sum;
    return true;
}

__attribute__((format(printf, 2, 3))) static void unknown(struct host_figure *f,
                                                          const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(f->note, sizeof(f->note), format, args);
    va_end(args);
}

/* A name of the kernel's, without where it was read. */
static void not_there(struct host_figure *f, const struct host_reading *r, const char *name)
{
    char text[ERR_TEXT_BYTES];
    const char *end = strrchr(name, '.');

    err_format(&r->err, text, sizeof(text));
    if (r->err.code)
        unknown(f, "%s", text);
    else if (strncmp(name, "sysctl.", 7) == 0)
        unknown(f, "no net.ipv4.%.*s here: only the initial network namespace shows it",
                (int)(end - name - 7), name + 7);
    else
        unknown(f, "this kernel does not count %s", name);
}

/* --- figures ------------------------------------------------------------------------------ */

static enum host_state by_share(const struct source *s, uint64_t value, uint64_t limit)
{
    unsigned __int128 hundredfold = (unsigned __int128)value * PERCENT;

    if (!limit)
        return HOST_PLAIN;
    if (s->bad && hundredfold >= (unsigned __int128)limit * s->bad)
        return HOST_BAD;
    return s->watch && hundredfold >= (unsigned __int128)limit * s->watch ? HOST_WATCH
                                                                          : HOST_USUAL;
}

static void set_value(struct host_figure *f, struct host_look *now, enum host_figure_id id,
                      uint64_t value)
{
    f->known = true;
    f->value = value;
    now->known |= UINT32_C(1) << id;
    now->values[id] = value;
}

static void judge_gauge(const struct host_reading *r, const struct source *s,
                        enum host_figure_id id, struct host_look *now, struct host_figure *f)
{
    uint64_t unit = s->pages ? r->page_bytes : 1, value, limit, pressure;
    char text[HOST_VALUE_BYTES];

    if (!read_sum(r, s, &value)) {
        not_there(f, r, s->counters[0]);
        return;
    }
    set_value(f, now, id, value * unit);
    f->state = HOST_PLAIN;
    if (!s->limit)
        return;
    f->has_limit = host_number(r, s->limit, &limit);
    if (!f->has_limit) {
        f->state = HOST_UNKNOWN;
        not_there(f, r, s->limit);
        return;
    }
    f->limit = limit * unit;
    f->state = by_share(s, value, limit);
    if (!s->pressure || !host_number(r, s->pressure, &pressure))
        return;
    snprintf(f->note, sizeof(f->note), "the kernel saves from %s on",
             host_value(HOST_BYTES, pressure * unit, text));
    if (f->state < HOST_BAD)
        f->state = value >= pressure ? HOST_WATCH : HOST_USUAL;
}

static void count(struct host_look *now, enum host_figure_id id, uint64_t value)
{
    now->counted |= UINT32_C(1) << id;
    now->counts[id] = value;
}

/* What was counted since a look; false: that look does not know, or the counter went back. */
static bool grew(const struct host_look *now, const struct host_look *since,
                 enum host_figure_id id, uint64_t *ret)
{
    if (!since || !(since->counted >> id & 1) || now->counts[id] < since->counts[id])
        return false;
    *ret = now->counts[id] - since->counts[id];
    return true;
}

static enum host_state by_growth(const struct source *s, uint64_t by)
{
    if (!s->watch && !s->bad)
        return HOST_PLAIN;
    if (s->bad && by >= s->bad)
        return HOST_BAD;
    return s->watch && by >= s->watch ? HOST_WATCH : HOST_USUAL;
}

static void judge_counted(const struct host *h, const struct source *s, enum host_figure_id id,
                          struct host_look *now, struct host_figure *f)
{
    const struct host_look *before = host_newest(h);
    uint64_t by;

    f->has_all = true;
    f->all = now->counts[id];
    f->has_recent = grew(now, host_recent(h, now->at_ns), id, &f->recent);
    if (!grew(now, before, id, &by)) {
        unknown(f, "a rate takes two looks");
        return;
    }
    set_value(f, now, id,
              (uint64_t)((unsigned __int128)by * 1000 * CLOCK_SECOND_NS /
                         (now->at_ns - before->at_ns)));
    f->state = by_growth(s, f->has_recent ? f->recent : by);
}

static void judge_counter(const struct host *h, const struct host_reading *r,
                          const struct source *s, enum host_figure_id id, struct host_look *now,
                          struct host_figure *f)
{
    char number[TEXT_NUMBER_BYTES];
    uint64_t value;

    if (!read_sum(r, s, &value)) {
        not_there(f, r, s->counters[0]);
        return;
    }
    count(now, id, value);
    judge_counted(h, s, id, now, f);
    if (id == HOST_INTERFACE_DROPS && r->dropper_drops && f->known)
        snprintf(f->note, sizeof(f->note), "most of all %s: %s in all", r->dropper,
                 text_number(r->dropper_drops, number));
}

static uint64_t share_of(uint64_t part, uint64_t whole)
{
    return whole ? (uint64_t)((unsigned __int128)part * 1000000 / whole) : 0;
}

/* Of the segments sent. */
static void judge_share(const struct host *h, const struct host_reading *r,
                        const struct source *s, enum host_figure_id id, struct host_look *now,
                        struct host_figure *f)
{
    const struct host_look *before = host_newest(h), *past = host_recent(h, now->at_ns);
    uint64_t resent, by;

    if (!read_sum(r, s, &resent) || !host_number(r, "Tcp.OutSegs", &now->base)) {
        not_there(f, r, s->counters[0]);
        return;
    }
    count(now, id, resent);
    f->has_all = true;
    f->all = share_of(resent, now->base);
    if (!grew(now, before, id, &by) || now->base < before->base) {
        unknown(f, "a rate takes two looks");
        return;
    }
    set_value(f, now, id, share_of(by, now->base - before->base));
    f->state = HOST_USUAL;
    f->has_recent = grew(now, past, id, &f->recent) && now->base >= past->base;
    if (f->has_recent && f->recent >= RESENT_FEW)
        f->state = by_growth(s, share_of(f->recent, now->base - past->base));
}

static const char *why_not_counted(const struct host_reading *r, char *text, size_t size)
{
    if (!r->tally_err.code)
        return "the sockets have not been counted yet";
    err_format(&r->tally_err, text, size);
    return text;
}

static void judge_ports(const struct host_reading *r, const struct source *s,
                        enum host_figure_id id, struct host_look *now, struct host_figure *f)
{
    const struct host_tally *t = r->tally;
    char text[ERR_TEXT_BYTES], from[ADDR_TEXT_BYTES], to[ADDR_TEXT_BYTES];

    if (!t) {
        unknown(f, "%s", why_not_counted(r, text, sizeof(text)));
        return;
    }
    if (!t->port_high) {
        unknown(f, "net.ipv4.ip_local_port_range cannot be read");
        return;
    }
    f->has_limit = true;
    f->limit = t->port_high - t->port_low + 1U;
    set_value(f, now, id, s->from == WORST ? t->worst.n : t->ports_taken);
    f->state = by_share(s, f->value, f->limit);
    if (s->from == PORTS)
        snprintf(f->note, sizeof(f->note), "%u to %u", t->port_low, t->port_high);
    else if (t->worst.n)
        snprintf(f->note, sizeof(f->note), "%s to %s%s", addr_format_ip(&t->worst.local, from),
                 addr_format(&t->worst.peer, to),
                 t->destinations_left_out ? ", of those that there was room for" : "");
}

void host_judge(struct host *h, const struct host_reading *r, struct host_look *now)
{
    for (int i = 0; i < HOST_FIGURE_COUNT; i++) {
        enum host_figure_id id = (enum host_figure_id)i;
        struct host_figure *f = &h->figures[id];
        const struct source *s = &sources[id];

        *f = (struct host_figure){.state = HOST_UNKNOWN};
        switch (s->from) {
        case GAUGE:
            judge_gauge(r, s, id, now, f);
            break;
        case COUNTER:
            judge_counter(h, r, s, id, now, f);
            break;
        case SHARE:
            judge_share(h, r, s, id, now, f);
            break;
        case PORTS:
        case WORST:
            judge_ports(r, s, id, now, f);
            break;
        }
    }
}

/* sock_diag: connections that wait to be accepted, and how many may; one more fits in. */
enum host_state host_listener_state(const struct row *row)
{
    if (row->rqueue == QUEUE_UNKNOWN || row->wqueue == QUEUE_UNKNOWN)
        return HOST_UNKNOWN;
    if (row->rqueue > row->wqueue)
        return HOST_BAD;
    return row->rqueue && row->rqueue * UINT64_C(2) >= row->wqueue ? HOST_WATCH : HOST_USUAL;
}
