#include "core/report/ping.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/text.h"
#include "core/wire/icmp_names.h"

#define US_NS 1000U
#define NS_MS 1e6
#define IP_HEADER_V4 20
#define IP_HEADER_V6 40
#define HOST_BYTES 256
#define MS_BYTES 32

static const char *const limit_names[] = {[PATH_MTU_LINK] = "link",
                                          [PATH_MTU_TOLD] = "told",
                                          [PATH_MTU_BLACK_HOLE] = "black-hole",
                                          [PATH_MTU_UNKNOWN] = "unknown"};

static bool is_v6(const struct ping_report *report)
{
    return report->settings->to.family == AF_INET6;
}

/* Size of the IP packet that carries a message. */
static size_t packet_bytes(const struct ping_report *report, size_t message_bytes)
{
    return message_bytes + (is_v6(report) ? IP_HEADER_V6 : IP_HEADER_V4);
}

/* ---- text ----------------------------------------------------------------------------- */

struct line {
    char *text;
    size_t used, size;
};

static void add(struct line *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct line *l, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(l->text + l->used, l->size - l->used, format, args);
    va_end(args);
    if (n > 0)
        l->used += (size_t)n < l->size - l->used ? (size_t)n : l->size - l->used - 1;
}

/* "0.031": milliseconds, whatever the locale makes of a decimal point. */
static const char *ms(uint64_t ns, char buf[MS_BYTES])
{
    uint64_t us = (ns + US_NS / 2) / US_NS;

    snprintf(buf, MS_BYTES, "%llu.%03u", (unsigned long long)(us / 1000),
             (unsigned)(us % 1000));
    return buf;
}

/* Which probe a line is about. */
static void add_subject(struct line *l, const struct ping_event *e,
                        const struct ping_report *report)
{
    if (report->settings->path_mtu)
        add(l, "packet of %zu bytes: ", packet_bytes(report, e->bytes));
    else
        add(l, "seq %llu: ", (unsigned long long)e->sequence);
}

static void add_reply(struct line *l, const struct ping_event *e,
                      const struct ping_report *report)
{
    char from[ADDR_TEXT_BYTES], time[MS_BYTES];

    addr_format_ip(&e->from, from);
    if (report->settings->path_mtu) {
        add_subject(l, e, report);
        add(l, "passed to %s and back", from);
    } else {
        add(l, "%zu bytes from %s: seq %llu", e->bytes, from, (unsigned long long)e->sequence);
    }
    if (e->has_ttl)
        add(l, ", %s %u", is_v6(report) ? "hop limit" : "ttl", e->ttl);
    if (e->has_rtt)
        add(l, ", %s ms", ms(e->rtt_ns, time));
    add(l, "%s%s%s", e->duplicate ? ", duplicate" : "",
        e->late && !e->duplicate ? ", after it was given up" : "",
        e->reordered ? ", out of order" : "");
}

/* "destination unreachable: fragmentation needed, next-hop MTU 1400, says 10.0.0.1: ..." */
static void add_icmp(struct line *l, const struct ping_event *e,
                     const struct ping_report *report)
{
    char from[ADDR_TEXT_BYTES], words[ICMP_TEXT_BYTES];
    const char *means = icmp_advice_of(report->advice, is_v6(report), e->type, e->code);

    add_subject(l, e, report);
    add(l, "%s", icmp_describe(is_v6(report), e->type, e->code, words));
    if (e->has_mtu)
        add(l, ", next-hop MTU %u", e->mtu);
    add(l, ", says %s%s", e->from_self ? "this host, " : "", addr_format_ip(&e->from, from));
    if (means)
        add(l, ": %s", means);
}

static void add_unsent(struct line *l, const struct ping_event *e,
                       const struct ping_report *report)
{
    add_subject(l, e, report);
    add(l, "not sent: %s (%s)", strerror(-e->error), err_name(e->error));
    if (e->has_mtu)
        add(l, ", the link's MTU is %u", e->mtu);
}

static void add_path_mtu(struct line *l, const struct path_mtu_result *r,
                         const struct ping_report *report)
{
    char teller[ADDR_TEXT_BYTES];

    if (r->limit != PATH_MTU_UNKNOWN)
        add(l, "path MTU %u bytes, ", r->bytes);
    switch (r->limit) {
    case PATH_MTU_LINK:
        add(l, "the most that leaves this host: no link on the way carries less");
        break;
    case PATH_MTU_TOLD:
        add(l, "told by %s", addr_format_ip(&r->teller, teller));
        break;
    case PATH_MTU_BLACK_HOLE:
        add(l, "found by trying: larger packets vanish and nobody says so (a black hole: "
               "something drops the ICMP errors)");
        break;
    case PATH_MTU_UNKNOWN:
        add(l, "path MTU unknown: %s answered at no size",
            addr_format_ip(&report->settings->to, teller));
        break;
    }
}

bool ping_line(const struct ping_event *e, const struct ping_report *report,
               char ret[PING_LINE_BYTES])
{
    struct line l = {.text = ret, .size = PING_LINE_BYTES};
    char time[TEXT_DURATION_BYTES];

    ret[0] = '\0';
    switch (e->kind) {
    case PING_REPLY:
        add_reply(&l, e, report);
        return true;
    case PING_ICMP:
        add_icmp(&l, e, report);
        return true;
    case PING_TIMEOUT:
        add_subject(&l, e, report);
        if (report->settings->path_mtu)
            add(&l, "no answer");
        else
            add(&l, "no answer within %s", text_duration(report->settings->timeout_ns, time));
        return true;
    case PING_UNSENT:
        add_unsent(&l, e, report);
        return true;
    case PING_MTU:
        add_path_mtu(&l, &e->path_mtu, report);
        return true;
    case PING_SENT:
    case PING_ENDED:
        break;
    }
    return false;
}

static void add_errors(struct line *l, const struct ping_stats *s,
                       const struct ping_report *report)
{
    uint64_t listed = 0;
    char words[ICMP_TEXT_BYTES], from[ADDR_TEXT_BYTES];

    for (size_t i = 0; i < s->n_errors; i++) {
        const struct ping_error_count *e = &s->errors[i];

        add(l, "\n%llu x %s, says %s", (unsigned long long)e->count,
            icmp_describe(is_v6(report), e->type, e->code, words),
            addr_format_ip(&e->from, from));
        listed += e->count;
    }
    if (listed < s->icmp_errors)
        add(l, "\n%llu x other errors", (unsigned long long)(s->icmp_errors - listed));
}

void ping_summary(const struct ping_stats *s, const struct ping_report *report,
                  char ret[PING_SUMMARY_BYTES])
{
    struct line l = {.text = ret, .size = PING_SUMMARY_BYTES};
    const struct {
        uint64_t n;
        const char *what;
    } parts[] = {
        {s->duplicates, "duplicates"},  {s->late, "late"},
        {s->reordered, "out of order"}, {s->icmp_errors, "ICMP errors"},
        {s->unsent, "not sent"},        {s->sent - s->decided, "still under way"},
    };
    char host[HOST_BYTES], min[MS_BYTES], avg[MS_BYTES], max[MS_BYTES], mdev[MS_BYTES];
    double loss;
    struct ping_rtt rtt;

    text_clean(report->host, strlen(report->host), host, sizeof(host));
    add(&l, "%s: %llu sent, %llu received", host, (unsigned long long)s->sent,
        (unsigned long long)s->received);
    if (ping_stats_loss_percent(s, &loss)) {
        unsigned tenths = (unsigned)(loss * 10 + 0.5);

        add(&l, tenths % 10 ? ", %u.%u%% lost" : ", %u%% lost", tenths / 10, tenths % 10);
    }
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (parts[i].n)
            add(&l, ", %llu %s", (unsigned long long)parts[i].n, parts[i].what);
    if (ping_stats_rtt(s, &rtt))
        add(&l, "\nrtt min/avg/max/mdev %s/%s/%s/%s ms", ms(rtt.min_ns, min),
            ms(rtt.avg_ns, avg), ms(rtt.max_ns, max), ms(rtt.mdev_ns, mdev));
    add_errors(&l, s, report);
}

/* ---- JSON ----------------------------------------------------------------------------- */

static void put_addr(cJSON *o, const char *name, const struct addr *a)
{
    char text[ADDR_TEXT_BYTES];

    if (a->family == AF_UNSPEC)
        cJSON_AddNullToObject(o, name);
    else
        cJSON_AddStringToObject(o, name, addr_format_ip(a, text));
}

static void put_number(cJSON *o, const char *name, bool known, double value)
{
    if (known)
        cJSON_AddNumberToObject(o, name, value);
    else
        cJSON_AddNullToObject(o, name);
}

static void put_reply(cJSON *o, const struct ping_event *e)
{
    put_number(o, "ttl", e->has_ttl, e->ttl);
    put_number(o, "rtt_ms", e->has_rtt, (double)e->rtt_ns / NS_MS);
    cJSON_AddBoolToObject(o, "duplicate", e->duplicate);
    cJSON_AddBoolToObject(o, "late", e->late);
    cJSON_AddBoolToObject(o, "reordered", e->reordered);
}

static void put_words(cJSON *o, bool v6, uint8_t type, uint8_t code)
{
    char words[ICMP_TEXT_BYTES];

    cJSON_AddNumberToObject(o, "type", type);
    cJSON_AddNumberToObject(o, "code", code);
    cJSON_AddStringToObject(o, "words", icmp_describe(v6, type, code, words));
}

static void put_icmp(cJSON *o, const struct ping_event *e, const struct ping_report *report)
{
    const char *means = icmp_advice_of(report->advice, is_v6(report), e->type, e->code);

    put_words(o, is_v6(report), e->type, e->code);
    if (means)
        cJSON_AddStringToObject(o, "means", means);
    if (e->has_mtu)
        cJSON_AddNumberToObject(o, "mtu", e->mtu);
    cJSON_AddBoolToObject(o, "from_this_host", e->from_self);
}

static cJSON *path_mtu_json(const struct path_mtu_result *r)
{
    cJSON *o = cJSON_CreateObject();

    cJSON_AddStringToObject(o, "event", "mtu");
    put_number(o, "mtu_bytes", r->limit != PATH_MTU_UNKNOWN, r->bytes);
    cJSON_AddStringToObject(o, "limit", limit_names[r->limit]);
    if (r->limit == PATH_MTU_TOLD)
        put_addr(o, "from", &r->teller);
    return o;
}

cJSON *ping_event_json(const struct ping_event *e, const struct ping_report *report)
{
    static const char *const names[] = {[PING_REPLY] = "reply",
                                        [PING_ICMP] = "error",
                                        [PING_TIMEOUT] = "timeout",
                                        [PING_UNSENT] = "unsent"};
    cJSON *o;

    if (e->kind == PING_SENT || e->kind == PING_ENDED)
        return NULL;
    if (e->kind == PING_MTU)
        return path_mtu_json(&e->path_mtu);
    o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "event", names[e->kind]);
    cJSON_AddNumberToObject(o, "sequence", (double)e->sequence);
    cJSON_AddNumberToObject(o, "bytes", (double)e->bytes);
    cJSON_AddNumberToObject(o, "packet_bytes", (double)packet_bytes(report, e->bytes));
    if (e->kind == PING_REPLY || e->kind == PING_ICMP)
        put_addr(o, "from", &e->from);
    if (e->kind == PING_REPLY)
        put_reply(o, e);
    else if (e->kind == PING_ICMP)
        put_icmp(o, e, report);
    else if (e->kind == PING_UNSENT)
        cJSON_AddStringToObject(o, "error", err_name(e->error));
    if (e->kind == PING_UNSENT && e->has_mtu)
        cJSON_AddNumberToObject(o, "mtu", e->mtu);
    return o;
}

static void put_rtt(cJSON *o, const struct ping_stats *s)
{
    struct ping_rtt rtt;
    cJSON *item;

    if (!ping_stats_rtt(s, &rtt)) {
        cJSON_AddNullToObject(o, "rtt_ms");
        return;
    }
    item = cJSON_AddObjectToObject(o, "rtt_ms");
    cJSON_AddNumberToObject(item, "min", (double)rtt.min_ns / NS_MS);
    cJSON_AddNumberToObject(item, "avg", (double)rtt.avg_ns / NS_MS);
    cJSON_AddNumberToObject(item, "max", (double)rtt.max_ns / NS_MS);
    cJSON_AddNumberToObject(item, "mdev", (double)rtt.mdev_ns / NS_MS);
}

cJSON *ping_summary_json(const struct ping_stats *s, const struct ping_report *report)
{
    cJSON *o = cJSON_CreateObject(), *list;
    char host[HOST_BYTES];
    double loss = 0;
    bool known = ping_stats_loss_percent(s, &loss);

    text_clean(report->host, strlen(report->host), host, sizeof(host));
    cJSON_AddStringToObject(o, "event", "summary");
    cJSON_AddNumberToObject(o, "schema", 1);
    cJSON_AddStringToObject(o, "host", host);
    put_addr(o, "address", &report->settings->to);
    cJSON_AddNumberToObject(o, "sent", (double)s->sent);
    cJSON_AddNumberToObject(o, "received", (double)s->received);
    cJSON_AddNumberToObject(o, "lost", (double)ping_stats_lost(s));
    put_number(o, "loss_percent", known, loss);
    cJSON_AddNumberToObject(o, "under_way", (double)(s->sent - s->decided));
    cJSON_AddNumberToObject(o, "duplicates", (double)s->duplicates);
    cJSON_AddNumberToObject(o, "late", (double)s->late);
    cJSON_AddNumberToObject(o, "reordered", (double)s->reordered);
    cJSON_AddNumberToObject(o, "timeouts", (double)s->timeouts);
    cJSON_AddNumberToObject(o, "unsent", (double)s->unsent);
    cJSON_AddNumberToObject(o, "icmp_errors", (double)s->icmp_errors);
    put_rtt(o, s);
    list = cJSON_AddArrayToObject(o, "errors");
    for (size_t i = 0; i < s->n_errors; i++) {
        cJSON *item = cJSON_CreateObject();

        put_words(item, is_v6(report), s->errors[i].type, s->errors[i].code);
        put_addr(item, "from", &s->errors[i].from);
        cJSON_AddNumberToObject(item, "count", (double)s->errors[i].count);
        cJSON_AddItemToArray(list, item);
    }
    return o;
}
