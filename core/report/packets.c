#include "core/report/packets.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/mem.h"

static void add_tcp(cJSON *object, const struct dissection *d)
{
    static const struct {
        const char *name;
        unsigned bit;
    } flags[] = {{"FIN", TCP_FLAG_FIN}, {"SYN", TCP_FLAG_SYN}, {"RST", TCP_FLAG_RST},
                 {"PSH", TCP_FLAG_PSH}, {"ACK", TCP_FLAG_ACK}, {"URG", TCP_FLAG_URG},
                 {"ECE", TCP_FLAG_ECE}, {"CWR", TCP_FLAG_CWR}};
    cJSON *tcp, *names;

    if (!d->has_tcp)
        return;
    tcp = cJSON_AddObjectToObject(object, "tcp");
    cJSON_AddNumberToObject(tcp, "seq", d->tcp.seq);
    cJSON_AddNumberToObject(tcp, "ack", d->tcp.ack);
    cJSON_AddNumberToObject(tcp, "window", d->tcp.window);
    names = cJSON_AddArrayToObject(tcp, "flags");
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        if (d->tcp.flags & flags[i].bit)
            cJSON_AddItemToArray(names, cJSON_CreateString(flags[i].name));
    if (d->tcp.has_mss)
        cJSON_AddNumberToObject(tcp, "mss", d->tcp.mss);
    if (d->tcp.has_window_scale)
        cJSON_AddNumberToObject(tcp, "window_scale", d->tcp.window_scale);
}

static void add_fields(cJSON *object, const struct dissection *d)
{
    static const char *const validity[] = {
        [FIELD_GOOD] = "good",
        [FIELD_BAD] = "bad",
        [FIELD_OFFLOADED] = "offloaded",
        [FIELD_UNCHECKED] = "unchecked",
    };
    cJSON *list = cJSON_AddArrayToObject(object, "fields");

    for (size_t i = 0; i < d->n_fields; i++) {
        const struct field *f = &d->fields[i];
        cJSON *o = cJSON_CreateObject();

        cJSON_AddStringToObject(o, "name", f->name);
        cJSON_AddStringToObject(o, "value", field_value(d, f));
        cJSON_AddNumberToObject(o, "offset", f->offset);
        cJSON_AddNumberToObject(o, "length", f->length);
        cJSON_AddNumberToObject(o, "depth", f->depth);
        if (f->validity != FIELD_PLAIN)
            cJSON_AddStringToObject(o, "validity", validity[f->validity]);
        cJSON_AddItemToArray(list, o);
    }
}

static void add_bytes(cJSON *object, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    char *hex = mem_new(2 * len + 1, 1);

    for (size_t i = 0; i < len; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    cJSON_AddStringToObject(object, "bytes", hex);
    free(hex);
}

static void add_ends(cJSON *object, const struct dissection *d)
{
    char text[ADDR_TEXT_BYTES];
    bool ports = d->flow.protocol == IPPROTO_TCP || d->flow.protocol == IPPROTO_UDP;

    if (!d->has_flow)
        return;
    cJSON_AddStringToObject(object, "source",
                            ports ? addr_format(&d->flow.source, text)
                                  : addr_format_ip(&d->flow.source, text));
    cJSON_AddStringToObject(object, "destination",
                            ports ? addr_format(&d->flow.destination, text)
                                  : addr_format_ip(&d->flow.destination, text));
}

cJSON *packet_json(uint64_t number, const struct packet *p, const char *interface,
                   const struct dissection *d, const uint8_t *bytes, size_t captured)
{
    cJSON *o = cJSON_CreateObject();
    char time[40];

    cJSON_AddNumberToObject(o, "number", (double)number);
    snprintf(time, sizeof(time), "%llu.%09llu",
             (unsigned long long)(p->wall_ns / CLOCK_SECOND_NS),
             (unsigned long long)(p->wall_ns % CLOCK_SECOND_NS));
    cJSON_AddItemToObject(o, "time", cJSON_CreateRaw(time));
    cJSON_AddStringToObject(o, "interface", interface);
    cJSON_AddNumberToObject(o, "length", p->length);
    cJSON_AddNumberToObject(o, "captured", (double)captured);
    cJSON_AddStringToObject(o, "protocol", d->protocol);
    add_ends(o, d);
    cJSON_AddStringToObject(o, "info", d->info);
    add_tcp(o, d);
    cJSON_AddNumberToObject(o, "payload_offset", d->payload_at);
    cJSON_AddNumberToObject(o, "payload_length", d->payload_len);
    if (d->truncated_in)
        cJSON_AddStringToObject(o, "truncated_in", d->truncated_in);
    if (d->malformed_in)
        cJSON_AddStringToObject(o, "malformed_in", d->malformed_in);
    add_fields(o, d);
    add_bytes(o, bytes, captured);
    return o;
}

const char *packet_line(const struct packet *p, const char *interface,
                        const struct dissection *d, char buf[PACKET_LINE_BYTES])
{
    time_t seconds = (time_t)(p->wall_ns / CLOCK_SECOND_NS);
    char clock[16], source[ADDR_TEXT_BYTES], destination[ADDR_TEXT_BYTES];
    struct tm tm;

    localtime_r(&seconds, &tm);
    strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
    if (d->has_flow && d->flow.protocol == IPPROTO_TCP)
        snprintf(buf, PACKET_LINE_BYTES, "%s.%06llu %s %s > %s %s", clock,
                 (unsigned long long)(p->wall_ns % CLOCK_SECOND_NS / 1000), interface,
                 addr_format(&d->flow.source, source),
                 addr_format(&d->flow.destination, destination), d->info);
    else if (d->has_flow)
        snprintf(buf, PACKET_LINE_BYTES, "%s.%06llu %s %s > %s %s %s", clock,
                 (unsigned long long)(p->wall_ns % CLOCK_SECOND_NS / 1000), interface,
                 addr_format_ip(&d->flow.source, source),
                 addr_format_ip(&d->flow.destination, destination), d->protocol, d->info);
    else
        snprintf(buf, PACKET_LINE_BYTES, "%s.%06llu %s %s %s", clock,
                 (unsigned long long)(p->wall_ns % CLOCK_SECOND_NS / 1000), interface,
                 d->protocol, d->info);
    return buf;
}
