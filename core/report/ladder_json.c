#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "core/base/clock.h"
#include "core/message/json_print.h"
#include "core/model/snapshot.h"
#include "core/report/ladder_line.h"
#include "core/report/ladder_out.h"

static void add_u64(cJSON *object, const char *name, uint64_t n)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRIu64, n);
    cJSON_AddRawToObject(object, name, text);
}

/* Decimal digits as a string: a double would lose the last ones. */
static void add_time(cJSON *object, const char *name, uint64_t wall_ns)
{
    char text[40];

    snprintf(text, sizeof(text), "%" PRIu64 ".%09" PRIu64, wall_ns / CLOCK_SECOND_NS,
             wall_ns % CLOCK_SECOND_NS);
    cJSON_AddStringToObject(object, name, text);
}

static void add_column(cJSON *object, const char *name, const struct ladder *l, uint8_t column)
{
    char text[ADDR_TEXT_BYTES];

    cJSON_AddStringToObject(object, name, ladder_column_name(l, column, text));
}

/* What is not known is null. */
static void add_known(cJSON *object, const char *name, bool known, uint64_t n)
{
    if (known)
        add_u64(object, name, n);
    else
        cJSON_AddNullToObject(object, name);
}

static void add_flags(cJSON *object, uint16_t flags)
{
    static const char *const names[] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"};
    char text[40];
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (flags >> i & 1)
            used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", used ? "," : "",
                                     names[i]);
    cJSON_AddStringToObject(object, "flags", text);
}

static void add_packet(cJSON *object, const struct ladder *l, const struct ladder_step *s)
{
    cJSON *findings;

    add_column(object, "from", l, s->from);
    add_column(object, "to", l, s->to);
    add_u64(object, "packet", packet_called(s->packet));
    if (s->count > 1 || s->answers)
        add_u64(object, "last_packet", packet_called(s->last_packet));
    add_known(object, "conversation", s->conversation != CONVERSATION_NONE, s->conversation);
    cJSON_AddStringToObject(object, "protocol", s->protocol);
    add_u64(object, "bytes", s->bytes);
    if (s->has & LADDER_TCP) {
        add_flags(object, s->flags);
        add_known(object, "seq", s->has & LADDER_SEQ, s->seq);
        if (s->flags & TCP_FLAG_ACK)
            add_known(object, "ack", s->has & LADDER_ACK, s->ack);
        add_known(object, "window", s->has & LADDER_WINDOW, s->window_bytes);
        if (s->count > 1 || s->answers)
            add_known(object, "last_window", s->has & LADDER_WINDOW, s->last_window_bytes);
    }
    if (s->answers)
        add_u64(object, "answers", s->answers);
    findings = cJSON_AddArrayToObject(object, "findings");
    for (unsigned f = 0; f < FINDING_COUNT; f++)
        if (s->findings & FINDING_BIT(f))
            cJSON_AddItemToArray(findings, cJSON_CreateString(finding_infos[f].id));
}

static cJSON *step_json(const struct ladder *l, const struct ladder_step *s)
{
    static const char *const kinds[] = {
        [LADDER_PACKET] = "packet", [LADDER_CALL] = "call", [LADDER_STATE] = "state"};
    cJSON *object = cJSON_CreateObject();
    char label[LADDER_LABEL_BYTES];

    cJSON_AddStringToObject(object, "kind", kinds[s->kind]);
    add_time(object, "time", s->wall_ns);
    if (s->count > 1 || s->answers)
        add_time(object, "last_time", s->last_wall_ns);
    add_u64(object, "count", s->count);
    if (s->kind == LADDER_PACKET) {
        add_packet(object, l, s);
    } else {
        add_column(object, "at", l, s->from);
    }
    if (s->kind == LADDER_CALL)
        cJSON_AddBoolToObject(object, "failed", s->failed);
    if (s->kind == LADDER_STATE) {
        cJSON_AddStringToObject(object, "state", state_name(s->state));
        cJSON_AddStringToObject(object, "seen_by", s->on_wire ? "wire" : "kernel");
    }
    cJSON_AddStringToObject(object, "label", ladder_label(s, label));
    return object;
}

void ladder_json(struct ladder_out *o, const struct ladder *l)
{
    const char *between = "[\n";

    for (uint64_t i = ladder_first(l); i < ladder_count(l) && !o->result; i++) {
        cJSON *object = step_json(l, ladder_step(l, i));
        char *text = json_print(object, false);

        ladder_put(o, between);
        ladder_put(o, text ? text : "null");
        free(text);
        cJSON_Delete(object);
        between = ",\n";
    }
    ladder_put(o, ladder_count(l) > ladder_first(l) ? "\n]\n" : "[]\n");
}
