#include "core/report/packets.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/hex.h"
#include "core/base/mem.h"
#include "core/base/text.h"

/* A string that may hold anything, as text that may go anywhere. */
static void add_text(cJSON *object, const char *name, const char *text)
{
    size_t size;
    char *clean;

    if (!text) {
        cJSON_AddNullToObject(object, name);
        return;
    }
    size = strlen(text) * 4 + 1; /* a byte becomes \xNN at most */
    clean = mem_new(size, 1);
    text_clean(text, strlen(text), clean, size);
    cJSON_AddStringToObject(object, name, clean);
    free(clean);
}

static void add_u64(cJSON *object, const char *name, uint64_t n)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRIu64, n);
    cJSON_AddRawToObject(object, name, text);
}

/* Digits as they are: a double would lose the last ones. */
static void add_time(cJSON *object, uint64_t wall_ns)
{
    char text[40];

    snprintf(text, sizeof(text), "%" PRIu64 ".%09" PRIu64, wall_ns / CLOCK_SECOND_NS,
             wall_ns % CLOCK_SECOND_NS);
    cJSON_AddRawToObject(object, "time", text);
}

/* With a port where the flow has ports. */
static const char *end_text(const struct flow *flow, const struct addr *a,
                            char buf[ADDR_TEXT_BYTES])
{
    return flow->protocol ? addr_format(a, buf) : addr_format_ip(a, buf);
}

static void add_flow(cJSON *object, const struct dissection *d)
{
    char text[ADDR_TEXT_BYTES];

    if (!d->has_flow) {
        cJSON_AddNullToObject(object, "source");
        cJSON_AddNullToObject(object, "destination");
        return;
    }
    cJSON_AddStringToObject(object, "source", end_text(&d->flow, &d->flow.source, text));
    cJSON_AddStringToObject(object, "destination",
                            end_text(&d->flow, &d->flow.destination, text));
}

static void add_tcp(cJSON *object, const struct dissection *d)
{
    const struct tcp_facts *t = &d->tcp;
    cJSON *tcp;

    if (!d->has_tcp)
        return;
    tcp = cJSON_AddObjectToObject(object, "tcp");
    cJSON_AddNumberToObject(tcp, "seq", t->seq);
    cJSON_AddNumberToObject(tcp, "ack", t->ack);
    cJSON_AddNumberToObject(tcp, "window", t->window);
    cJSON_AddNumberToObject(tcp, "flags", t->flags);
    cJSON_AddNumberToObject(tcp, "payload", d->payload_claimed);
    if (t->has_mss)
        cJSON_AddNumberToObject(tcp, "mss", t->mss);
    if (t->has_window_scale)
        cJSON_AddNumberToObject(tcp, "window_scale", t->window_scale);
    if (t->has_timestamps) {
        cJSON_AddNumberToObject(tcp, "ts_value", t->ts_value);
        cJSON_AddNumberToObject(tcp, "ts_echo", t->ts_echo);
    }
}

static void add_payload(cJSON *object, const struct packet_facts *r)
{
    const struct dissection *d = r->dissection;
    size_t len = d->payload_len;
    char *hex;

    if (d->payload_at > r->captured || len > r->captured - d->payload_at)
        len = 0; /* a dissection of other bytes */
    hex = mem_new(len * 2 + 1, 1);
    hex_write(len ? r->bytes + d->payload_at : r->bytes, len, hex);
    cJSON_AddStringToObject(object, "payload_hex", hex);
    free(hex);
}

static const char *validity_text(uint8_t validity)
{
    static const char *const names[] = {
        [FIELD_GOOD] = "good",
        [FIELD_BAD] = "bad",
        [FIELD_OFFLOADED] = "offloaded",
        [FIELD_UNCHECKED] = "unchecked",
    };

    return validity < sizeof(names) / sizeof(names[0]) ? names[validity] : NULL;
}

static void add_fields(cJSON *object, const struct dissection *d)
{
    cJSON *fields = cJSON_AddArrayToObject(object, "fields");

    for (size_t i = 0; i < d->n_fields; i++) {
        const struct field *f = &d->fields[i];
        const char *validity = validity_text(f->validity);
        cJSON *field = cJSON_CreateObject();

        cJSON_AddStringToObject(field, "name", f->name);
        add_text(field, "value", field_value(d, f));
        cJSON_AddNumberToObject(field, "offset", f->offset);
        cJSON_AddNumberToObject(field, "length", f->length);
        cJSON_AddNumberToObject(field, "depth", f->depth);
        if (validity)
            cJSON_AddStringToObject(field, "checksum", validity);
        cJSON_AddItemToArray(fields, field);
    }
    if (d->fields_dropped)
        cJSON_AddNumberToObject(object, "fields_dropped", (double)d->fields_dropped);
}

cJSON *packet_json(const struct packet_facts *r)
{
    const struct dissection *d = r->dissection;
    cJSON *object = cJSON_CreateObject();

    add_u64(object, "number", r->number);
    add_time(object, r->packet->wall_ns);
    add_text(object, "interface", r->interface);
    cJSON_AddNumberToObject(object, "length", r->packet->length);
    cJSON_AddNumberToObject(object, "captured", (double)r->captured);
    cJSON_AddStringToObject(object, "protocol", d->protocol);
    add_flow(object, d);
    add_text(object, "info", d->info);
    add_text(object, "truncated_in", d->truncated_in);
    add_text(object, "malformed_in", d->malformed_in);
    add_tcp(object, d);
    add_payload(object, r);
    add_fields(object, d);
    return object;
}

static void local_time(uint64_t wall_ns, char *buf, size_t size)
{
    time_t seconds = (time_t)(wall_ns / CLOCK_SECOND_NS);
    struct tm tm;
    size_t n;

    if (!localtime_r(&seconds, &tm)) {
        snprintf(buf, size, "?");
        return;
    }
    n = strftime(buf, size, "%H:%M:%S", &tm);
    snprintf(buf + n, size - n, ".%06" PRIu64, wall_ns % CLOCK_SECOND_NS / 1000);
}

size_t packet_line(const struct packet_facts *r, char buf[PACKET_LINE_BYTES])
{
    const struct dissection *d = r->dissection;
    char when[32], source[ADDR_TEXT_BYTES], destination[ADDR_TEXT_BYTES], ends[160] = "";
    char interface[80] = "?", line[PACKET_LINE_BYTES];
    /* "UDP 40000 -> 53" has said it already. */
    bool named = strncmp(d->info, d->protocol, strlen(d->protocol)) == 0;

    local_time(r->packet->wall_ns, when, sizeof(when));
    if (r->interface)
        text_clean(r->interface, strlen(r->interface), interface, sizeof(interface));
    if (d->has_flow)
        snprintf(ends, sizeof(ends), "%s -> %s ", end_text(&d->flow, &d->flow.source, source),
                 end_text(&d->flow, &d->flow.destination, destination));
    snprintf(line, sizeof(line), "%s %s %s%s%s%s", when, interface, named ? "" : d->protocol,
             named ? "" : " ", ends, d->info);
    return text_clean(line, strlen(line), buf, PACKET_LINE_BYTES);
}
