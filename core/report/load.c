#include "core/report/load.h"

#include <stdio.h>

#include "core/base/clock.h"
#include "core/base/line.h"
#include "core/base/text.h"

#define US_NS 1e3
#define SECOND_NS 1e9

static const char *const status_names[] = {"other", "1xx", "2xx", "3xx", "4xx", "5xx"};

bool load_succeeded(const struct load_report *r)
{
    return !r->err.code && !r->n_errors && !r->counts.failed && r->counts.done > 0;
}

static bool has_answers(const struct load_settings *s)
{
    return s->as != LOAD_SEND && s->as != LOAD_RECEIVE;
}

static bool is_datagram(const struct load_settings *s)
{
    return s->endpoint.scheme == ENDPOINT_UDP || s->endpoint.scheme == ENDPOINT_UNIX_DGRAM ||
           s->endpoint.scheme == ENDPOINT_UNIX_SEQPACKET;
}

static double per_second(uint64_t n, uint64_t ns)
{
    return ns ? (double)n * SECOND_NS / (double)ns : 0;
}

/* A rate with separators, whole: no person reads the fraction of many. */
static const char *whole_text(double rate, char buf[TEXT_NUMBER_BYTES])
{
    return text_number(rate < (double)UINT64_MAX ? (uint64_t)rate : UINT64_MAX, buf);
}

static const char *rate_text(uint64_t n, uint64_t ns, char buf[TEXT_NUMBER_BYTES])
{
    return whole_text(per_second(n, ns) + 0.5, buf);
}

static uint64_t unfinished(const struct load_counts *c)
{
    return c->begun - c->done - c->failed;
}

/* "ECONNREFUSED" or "mismatch" */
static const char *error_name(const struct load_error *e)
{
    return e->fault == LOAD_FAULT_ERRNO ? err_name(e->code) : load_fault_names[e->fault];
}

/* ---- text ----------------------------------------------------------------------------- */

/* "0.031": milliseconds, whatever the locale makes of a decimal point. */
static void add_ms(struct line_out *l, const char *name, uint64_t ns)
{
    uint64_t us = (ns + 500) / 1000;

    line_add(l, "%s %llu.%03llu", name, (unsigned long long)(us / 1000),
             (unsigned long long)(us % 1000));
}

void load_progress_line(const struct load_report *r, const struct load_report *before,
                        char ret[LOAD_LINE_BYTES])
{
    static const struct load_report none;
    const struct load_report *b = before ? before : &none;
    uint64_t ns = r->elapsed_ns - b->elapsed_ns;
    char done[TEXT_NUMBER_BYTES], rate[TEXT_NUMBER_BYTES], in[TEXT_NUMBER_BYTES],
        out[TEXT_NUMBER_BYTES];
    struct line_out l = line_in(ret, LOAD_LINE_BYTES);

    line_add(&l, "%3llu s  %u open  %s done  %s/s  %s B/s out  %s B/s in",
             (unsigned long long)(r->elapsed_ns / CLOCK_SECOND_NS), r->open,
             text_number(r->counts.done, done),
             rate_text(r->counts.done - b->counts.done, ns, rate),
             rate_text(r->counts.sent_bytes - b->counts.sent_bytes, ns, out),
             rate_text(r->counts.received_bytes - b->counts.received_bytes, ns, in));
    if (r->latency.count) {
        add_ms(&l, "  p50", r->latency.p50_ns);
        add_ms(&l, ", p99", r->latency.p99_ns);
        line_add(&l, " ms");
    }
    if (r->counts.failed || r->counts.failed_connections)
        line_add(&l, "  %llu failed",
                 (unsigned long long)(r->counts.failed + r->counts.failed_connections));
}

static void add_requests(struct line_out *l, const struct load_report *r,
                         const struct load_settings *s)
{
    const struct load_counts *c = &r->counts;
    char done[TEXT_NUMBER_BYTES], failed[TEXT_NUMBER_BYTES], rate[TEXT_NUMBER_BYTES],
        rest[TEXT_NUMBER_BYTES];

    line_add(l, "%-12s %s done, %s failed", has_answers(s) ? "requests" : "messages",
             text_number(c->done, done), text_number(c->failed, failed));
    if (unfinished(c))
        line_add(l, ", %s unfinished", text_number(unfinished(c), rest));
    line_add(l, "; %s a second\n", rate_text(c->done, r->elapsed_ns, rate));
    if (r->unbegun)
        line_add(l, "%-12s due, and not begun in the end: %s\n", "",
                 text_number(r->unbegun, rest));
}

static void add_bytes(struct line_out *l, const char *name, uint64_t n, uint64_t ns)
{
    char bytes[TEXT_NUMBER_BYTES], rate[TEXT_NUMBER_BYTES], bits[TEXT_NUMBER_BYTES];

    line_add(l, "%-12s %s bytes; %s B/s, %s kbit/s\n", name, text_number(n, bytes),
             rate_text(n, ns, rate), whole_text(per_second(n, ns) / 125, bits));
}

static void add_latency(struct line_out *l, const struct load_latency *y)
{
    const struct {
        const char *name;
        uint64_t ns;
    } figures[] = {{"min", y->min_ns},   {", mean", y->mean_ns}, {", p50", y->p50_ns},
                   {", p90", y->p90_ns}, {", p99", y->p99_ns},   {", p99.9", y->p999_ns},
                   {", max", y->max_ns}};

    if (!y->count)
        return;
    line_add(l, "%-12s ", "latency");
    for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
        add_ms(l, figures[i].name, figures[i].ns);
    line_add(l, " ms\n");
}

static void add_details(struct line_out *l, const struct load_report *r,
                        const struct load_settings *s)
{
    const struct load_counts *c = &r->counts;
    char text[TEXT_NUMBER_BYTES];

    if (s->as == LOAD_SEND)
        line_add(l, "%-12s %s bytes of those sent were not acknowledged in the end\n", "",
                 text_number(c->unacknowledged_bytes, text));
    if (is_datagram(s) && s->as == LOAD_ECHO)
        line_add(l, "%-12s %llu lost, %llu late, %llu duplicated, %llu reordered\n",
                 "datagrams", (unsigned long long)c->lost, (unsigned long long)c->late,
                 (unsigned long long)c->duplicated, (unsigned long long)c->reordered);
    if (s->as != LOAD_HTTP)
        return;
    line_add(l, "%-12s", "status");
    for (size_t i = 1; i < 7; i++)
        if (c->status[i % 6])
            line_add(l, " %s %s", status_names[i % 6], text_number(c->status[i % 6], text));
    line_add(l, "\n");
}

static void add_errors(struct line_out *l, const struct load_report *r)
{
    if (!r->n_errors)
        line_add(l, "errors       none");
    for (size_t i = 0; i < r->n_errors; i++) {
        const struct load_error *e = &r->errors[i];
        char count[TEXT_NUMBER_BYTES];

        line_add(l, "%s%-12s %s %s in %s", i ? "\n" : "", i ? "" : "errors",
                 text_number(e->count, count), error_name(e), load_stage_names[e->stage]);
        if (e->first[0])
            line_add(l, "; the first: %s", e->first);
    }
    if (r->other_errors)
        line_add(l, "\n             %llu of further kinds",
                 (unsigned long long)r->other_errors);
}

void load_text(const struct load_report *r, const struct load_settings *s,
               char ret[LOAD_TEXT_BYTES])
{
    struct line_out l = line_in(ret, LOAD_TEXT_BYTES);
    char endpoint[ENDPOINT_TEXT_BYTES], opened[TEXT_NUMBER_BYTES], failed[TEXT_NUMBER_BYTES];

    line_add(&l, "%s as %s, %llu.%03llu s%s\n", endpoint_format(&s->endpoint, endpoint),
             load_as_names[s->as], (unsigned long long)(r->elapsed_ns / CLOCK_SECOND_NS),
             (unsigned long long)(r->elapsed_ns % CLOCK_SECOND_NS / CLOCK_MS_NS),
             r->interrupted ? ", interrupted" : "");
    line_add(&l, "%-12s %u asked for, %s opened, %s failed\n", "connections", s->connections,
             text_number(r->counts.opened, opened),
             text_number(r->counts.failed_connections, failed));
    add_requests(&l, r, s);
    add_bytes(&l, "sent", r->counts.sent_bytes, r->elapsed_ns);
    add_bytes(&l, "received", r->counts.received_bytes, r->elapsed_ns);
    add_latency(&l, &r->latency);
    add_details(&l, r, s);
    add_errors(&l, r);
}

/* ---- JSON ----------------------------------------------------------------------------- */

static void add_number(cJSON *o, const char *name, uint64_t n)
{
    cJSON_AddNumberToObject(o, name, (double)n);
}

static cJSON *latency_json(const struct load_latency *y)
{
    cJSON *o;

    if (!y->count)
        return cJSON_CreateNull();
    o = cJSON_CreateObject();
    cJSON_AddNumberToObject(o, "min", (double)y->min_ns / US_NS);
    cJSON_AddNumberToObject(o, "mean", (double)y->mean_ns / US_NS);
    cJSON_AddNumberToObject(o, "p50", (double)y->p50_ns / US_NS);
    cJSON_AddNumberToObject(o, "p90", (double)y->p90_ns / US_NS);
    cJSON_AddNumberToObject(o, "p99", (double)y->p99_ns / US_NS);
    cJSON_AddNumberToObject(o, "p99.9", (double)y->p999_ns / US_NS);
    cJSON_AddNumberToObject(o, "max", (double)y->max_ns / US_NS);
    return o;
}

static cJSON *errors_json(const struct load_report *r)
{
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; i < r->n_errors; i++) {
        const struct load_error *e = &r->errors[i];
        cJSON *o = cJSON_CreateObject();

        cJSON_AddStringToObject(o, "error", error_name(e));
        cJSON_AddStringToObject(o, "in", load_stage_names[e->stage]);
        add_number(o, "count", e->count);
        if (e->first[0])
            cJSON_AddStringToObject(o, "first", e->first);
        cJSON_AddItemToArray(list, o);
    }
    if (r->other_errors) {
        cJSON *o = cJSON_CreateObject();

        cJSON_AddStringToObject(o, "error", "other");
        add_number(o, "count", r->other_errors);
        cJSON_AddItemToArray(list, o);
    }
    return list;
}

static cJSON *requests_json(const struct load_report *r)
{
    cJSON *o = cJSON_CreateObject();

    add_number(o, "begun", r->counts.begun);
    add_number(o, "done", r->counts.done);
    add_number(o, "failed", r->counts.failed);
    add_number(o, "unfinished", unfinished(&r->counts));
    add_number(o, "unbegun", r->unbegun);
    cJSON_AddNumberToObject(o, "per_second", per_second(r->counts.done, r->elapsed_ns));
    return o;
}

static cJSON *bytes_json(const struct load_report *r, const struct load_settings *s)
{
    const struct load_counts *c = &r->counts;
    cJSON *o = cJSON_CreateObject();

    add_number(o, "sent", c->sent_bytes);
    add_number(o, "received", c->received_bytes);
    cJSON_AddNumberToObject(o, "sent_per_second", per_second(c->sent_bytes, r->elapsed_ns));
    cJSON_AddNumberToObject(o, "received_per_second",
                            per_second(c->received_bytes, r->elapsed_ns));
    if (s->as == LOAD_SEND)
        add_number(o, "unacknowledged", c->unacknowledged_bytes);
    return o;
}

/* What only some of them have. */
static void add_details_json(cJSON *o, const struct load_report *r,
                             const struct load_settings *s)
{
    cJSON *part;

    if (is_datagram(s) && s->as == LOAD_ECHO) {
        part = cJSON_AddObjectToObject(o, "datagrams");
        add_number(part, "lost", r->counts.lost);
        add_number(part, "late", r->counts.late);
        add_number(part, "duplicated", r->counts.duplicated);
        add_number(part, "reordered", r->counts.reordered);
    }
    if (s->as == LOAD_HTTP) {
        part = cJSON_AddObjectToObject(o, "status");
        for (size_t i = 1; i < 7; i++)
            add_number(part, status_names[i % 6], r->counts.status[i % 6]);
    }
}

cJSON *load_json(const struct load_report *r, const struct load_settings *s)
{
    char endpoint[ENDPOINT_TEXT_BYTES];
    cJSON *o = cJSON_CreateObject(), *connections;

    add_number(o, "schema", 1);
    cJSON_AddStringToObject(o, "endpoint", endpoint_format(&s->endpoint, endpoint));
    cJSON_AddStringToObject(o, "as", load_as_names[s->as]);
    cJSON_AddNumberToObject(o, "elapsed_s", (double)r->elapsed_ns / SECOND_NS);
    cJSON_AddBoolToObject(o, "interrupted", r->interrupted);
    connections = cJSON_AddObjectToObject(o, "connections");
    add_number(connections, "asked", s->connections);
    add_number(connections, "opened", r->counts.opened);
    add_number(connections, "failed", r->counts.failed_connections);
    cJSON_AddItemToObject(o, "requests", requests_json(r));
    cJSON_AddItemToObject(o, "bytes", bytes_json(r, s));
    cJSON_AddItemToObject(o, "latency_us", latency_json(&r->latency));
    add_details_json(o, r, s);
    cJSON_AddItemToObject(o, "errors", errors_json(r));
    return o;
}
