/* A packet as one object on one line. */
#include <netinet/in.h>

#include "core/base/clock.h"
#include "core/base/hex.h"
#include "core/report/packets.h"

/* What a name in front of a value looks like, with the comma before it. */
#define put_key(out, key) put_literal(out, ",\"" key "\":")

static void put_null(struct packet_out *out)
{
    put_literal(out, "null");
}

static void put_text(struct packet_out *out, const char *text)
{
    if (text)
        put_json_string(out, text);
    else
        put_null(out);
}

/* Digits as they are: a double would lose the last ones. */
static void put_time(struct packet_out *out, const struct packet_facts *p)
{
    uint64_t ns = p->packet->wall_ns;

    put_key(out, "time");
    if (p->timeless) {
        put_null(out);
        return;
    }
    put_char(out, '"');
    put_number(out, ns / CLOCK_SECOND_NS);
    put_char(out, '.');
    put_digits(out, ns % CLOCK_SECOND_NS, 9);
    put_char(out, '"');
}

static void put_address(struct packet_out *out, const struct addr *a)
{
    put_char(out, '"');
    put_ip(out, a);
    put_char(out, '"');
}

static void put_flow(struct packet_out *out, const struct dissection *d)
{
    if (!d->has_flow) {
        put_literal(out, ",\"src\":null,\"dst\":null");
        return;
    }
    put_key(out, "src");
    put_address(out, &d->flow.source);
    put_key(out, "dst");
    put_address(out, &d->flow.destination);
    if (d->flow.protocol) {
        put_key(out, "sport");
        put_number(out, d->flow.source.port);
        put_key(out, "dport");
        put_number(out, d->flow.destination.port);
    }
}

static void put_flags(struct packet_out *out, unsigned flags)
{
    static const char *const names[] = {"FIN", "SYN", "RST", "PSH", "ACK",
                                        "URG", "ECE", "CWR", "AE"};
    const char *between = "";

    put_key(out, "flags");
    put_char(out, '"');
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (flags >> i & 1) {
            put_string(out, between);
            put_string(out, names[i]);
            between = ",";
        }
    }
    put_char(out, '"');
}

static void put_tcp(struct packet_out *out, const struct tcp_facts *t)
{
    put_flags(out, t->flags);
    put_key(out, "seq");
    put_number(out, t->seq);
    put_key(out, "ack");
    put_number(out, t->ack);
    put_key(out, "window");
    put_number(out, t->window);
    if (t->has_mss) {
        put_key(out, "mss");
        put_number(out, t->mss);
    }
    if (t->has_window_scale) {
        put_key(out, "window_scale");
        put_number(out, t->window_scale);
    }
    if (t->has_timestamps) {
        put_key(out, "ts_value");
        put_number(out, t->ts_value);
        put_key(out, "ts_echo");
        put_number(out, t->ts_echo);
    }
    if (t->n_sacks) {
        put_key(out, "sacks");
        for (unsigned i = 0; i < t->n_sacks; i++) {
            put_string(out, i ? ",[" : "[[");
            put_number(out, t->sacks[i].left);
            put_char(out, ',');
            put_number(out, t->sacks[i].right);
            put_char(out, ']');
        }
        put_char(out, ']');
    }
}

/* Its header was cut before it said how long it is. */
static bool length_unknown(const struct dissection *d)
{
    if (!d->truncated_in)
        return false;
    return (d->flow.protocol == IPPROTO_TCP && !d->has_tcp) ||
           strcmp(d->truncated_in, "User Datagram Protocol") == 0;
}

static void put_transport(struct packet_out *out, const struct dissection *d)
{
    if (d->has_tcp)
        put_tcp(out, &d->tcp);
    if (d->has_icmp) {
        put_key(out, "type");
        put_number(out, d->icmp_type);
        put_key(out, "code");
        put_number(out, d->icmp_code);
    }
    if (d->has_flow) {
        put_key(out, "payload_len");
        if (length_unknown(d))
            put_null(out);
        else
            put_number(out, d->payload_claimed);
    }
}

static void put_note(struct packet_out *out, const struct packet_note *note)
{
    const char *between = "";

    if (note->conversation != CONVERSATION_NONE) {
        put_key(out, "conversation");
        put_number(out, note->conversation);
    }
    if (note->has & NOTE_RTT) {
        put_key(out, "rtt_us");
        put_number(out, note->rtt_ns / 1000);
    }
    if (note->has & NOTE_IN_FLIGHT) {
        put_key(out, "in_flight");
        put_number(out, note->in_flight_bytes);
    }
    put_key(out, "findings");
    put_char(out, '[');
    for (unsigned f = 0; note->findings >> f && f < FINDING_COUNT; f++) {
        if (note->findings & FINDING_BIT(f)) {
            put_string(out, between);
            put_char(out, '"');
            put_string(out, finding_infos[f].id);
            put_char(out, '"');
            between = ",";
        }
    }
    put_char(out, ']');
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

static void put_field(struct packet_out *out, const struct dissection *d, const struct field *f)
{
    put_literal(out, "{\"name\":");
    put_json_string(out, f->name);
    put_key(out, "value");
    put_json_string(out, field_value(d, f));
    put_key(out, "offset");
    put_number(out, f->offset);
    put_key(out, "length");
    put_number(out, f->length);
    put_key(out, "depth");
    put_number(out, f->depth);
    if (validity_text(f->validity)) {
        put_key(out, "checksum");
        put_json_string(out, validity_text(f->validity));
    }
    put_char(out, '}');
}

static void put_fields(struct packet_out *out, const struct dissection *d)
{
    put_key(out, "fields");
    put_char(out, '[');
    for (size_t i = 0; i < d->n_fields; i++) {
        if (i)
            put_char(out, ',');
        put_field(out, d, &d->fields[i]);
    }
    put_char(out, ']');
    if (d->fields_dropped) {
        put_key(out, "fields_dropped");
        put_number(out, d->fields_dropped);
    }
}

static void put_hex(struct packet_out *out, const struct packet_facts *p)
{
    put_key(out, "hex");
    put_char(out, '"');
    hex_write(p->bytes, p->captured, packet_out_room(out, 2 * p->captured + 1));
    out->used += 2 * p->captured;
    put_char(out, '"');
}

void packet_json(const struct packet_facts *p, unsigned with, struct packet_out *out)
{
    const struct dissection *d = p->dissection;

    put_literal(out, "{\"n\":");
    put_number(out, packet_called(p->number));
    put_time(out, p);
    put_key(out, "len");
    put_number(out, p->packet->length);
    put_key(out, "caplen");
    put_number(out, p->captured);
    put_key(out, "interface");
    put_text(out, p->interface);
    put_key(out, "proto");
    put_json_string(out, d->protocol);
    put_flow(out, d);
    put_transport(out, d);
    put_key(out, "info");
    put_json_string(out, d->info);
    if (d->truncated_in) {
        put_key(out, "truncated_in");
        put_json_string(out, d->truncated_in);
    }
    if (d->malformed_in) {
        put_key(out, "malformed_in");
        put_json_string(out, d->malformed_in);
    }
    if (p->comment) {
        put_key(out, "comment");
        put_json_string(out, p->comment);
    }
    if (p->note)
        put_note(out, p->note);
    if (with & PACKET_JSON_FIELDS)
        put_fields(out, d);
    if (with & PACKET_JSON_BYTES)
        put_hex(out, p);
    put_literal(out, "}\n");
}
