/* The line and the fields of a packet. */
#include <stdio.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/hex.h"
#include "core/report/packets_internal.h"

#define DAY_SECONDS 86400
#define DATE_BYTES 11 /* of "2023-11-14 12:00:00" */
#define LINKTYPE_ETHERNET 1
#define ETHERNET_HEADER 14

/* ---- time ------------------------------------------------------------------------------- */

static void put_microseconds(struct packet_out *out, uint64_t ns)
{
    put_char(out, '.');
    put_digits(out, ns % CLOCK_SECOND_NS / 1000, 6);
}

static void put_calendar(struct packet_lines *l, uint64_t wall_ns, struct packet_out *out)
{
    uint64_t second = wall_ns / CLOCK_SECOND_NS;
    time_t seconds = (time_t)second;
    struct tm tm;

    if (!l->has_second || l->second != second) {
        if (!localtime_r(&seconds, &tm) ||
            !strftime(l->second_text, sizeof(l->second_text), "%Y-%m-%d %H:%M:%S", &tm))
            strcpy(l->second_text, "?          ?");
        l->second = second;
        l->has_second = true;
    }
    put_string(out, l->second_text + (l->time == PACKET_TIME_DATE ? 0 : DATE_BYTES));
    put_microseconds(out, wall_ns);
}

/* Packets of several interfaces may come in another order than their times. */
static void put_since(uint64_t before_ns, uint64_t wall_ns, struct packet_out *out)
{
    /* Of the times as they would be shown. */
    uint64_t now_us = wall_ns / 1000, before_us = before_ns / 1000;
    uint64_t us = now_us >= before_us ? now_us - before_us : before_us - now_us;
    uint64_t seconds = us / 1000000;

    put_char(out, now_us >= before_us ? ' ' : '-');
    if (seconds >= DAY_SECONDS) {
        put_number(out, seconds / DAY_SECONDS);
        put_literal(out, " days ");
    }
    put_digits(out, seconds / 3600 % 24, 2);
    put_char(out, ':');
    put_digits(out, seconds / 60 % 60, 2);
    put_char(out, ':');
    put_digits(out, seconds % 60, 2);
    put_microseconds(out, us * 1000);
}

static void put_time(struct packet_lines *l, const struct packet_facts *p,
                     struct packet_out *out)
{
    uint64_t wall_ns = p->packet->wall_ns;

    if (!l->has_last)
        l->first_ns = l->last_ns = wall_ns;
    l->has_last = true;
    if (l->time == PACKET_TIME_NONE)
        return;
    if (p->timeless)
        put_char(out, '?');
    else if (l->time == PACKET_TIME_EPOCH) {
        put_number(out, wall_ns / CLOCK_SECOND_NS);
        put_microseconds(out, wall_ns);
    } else if (l->time == PACKET_TIME_DELTA || l->time == PACKET_TIME_FIRST)
        put_since(l->time == PACKET_TIME_DELTA ? l->last_ns : l->first_ns, wall_ns, out);
    else
        put_calendar(l, wall_ns, out);
    put_char(out, ' ');
    l->last_ns = wall_ns;
}

/* ---- the rest of the line ----------------------------------------------------------------- */

static void put_mac(const uint8_t *mac, struct packet_out *out)
{
    char pair[3];

    for (int i = 0; i < 6; i++) {
        hex_write(mac + i, 1, pair);
        if (i)
            put_char(out, ':');
        put_bytes_to(out, pair, 2);
    }
}

bool packet_is_link(const char *layer)
{
    static const char *const names[] = {"Ethernet",     "IEEE 802.", "802.1Q",
                                        "Linux cooked", "Loopback",  "Null"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strncmp(layer, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

/* The first layer of any other kind, as its fields tell it. */
static void put_first_layer(const struct dissection *d, struct packet_out *out)
{
    bool link = d->n_fields > 0 && packet_is_link(d->fields[0].name);

    for (size_t i = 0; link && i < d->n_fields && (i == 0 || d->fields[i].depth > 0); i++) {
        const struct field *f = &d->fields[i];

        put_clean(out, f->name);
        if (*field_value(d, f)) {
            put_char(out, ' ');
            put_clean(out, field_value(d, f));
        }
        put_literal(out, ", ");
    }
}

static void put_link(const struct packet_facts *p, struct packet_out *out)
{
    char type[5];

    if (p->packet->link_type == LINKTYPE_ETHERNET && p->captured >= ETHERNET_HEADER) {
        put_mac(p->bytes + 6, out);
        put_literal(out, " > ");
        put_mac(p->bytes, out);
        put_literal(out, ", ethertype 0x");
        put_string(out, hex_write(p->bytes + 12, 2, type));
        put_literal(out, ", ");
    } else {
        put_first_layer(p->dissection, out);
    }
    put_literal(out, "length ");
    put_number(out, p->packet->length);
    put_literal(out, ": ");
}

static void put_flow(const struct flow *flow, struct packet_out *out)
{
    if (flow->protocol) {
        put_end(out, &flow->source);
        put_literal(out, " -> ");
        put_end(out, &flow->destination);
    } else {
        put_ip(out, &flow->source);
        put_literal(out, " -> ");
        put_ip(out, &flow->destination);
    }
    put_char(out, ' ');
}

static void put_findings(const struct packet_note *note, struct packet_out *out)
{
    const char *between = " [";

    for (unsigned f = 0; f < FINDING_COUNT; f++) {
        if (note->findings & FINDING_BIT(f)) {
            put_string(out, between);
            put_string(out, finding_infos[f].id);
            between = ", ";
        }
    }
    if (note->findings)
        put_char(out, ']');
}

static void put_what(const struct packet_lines *l, const struct packet_facts *p,
                     struct packet_out *out)
{
    const struct dissection *d = p->dissection;
    size_t len = strlen(d->protocol);
    /* "UDP 40000 -> 53" has said it already. */
    bool named = !l->quick && strncmp(d->info, d->protocol, len) == 0;

    if (!named) {
        put_bytes_to(out, d->protocol, len);
        put_char(out, ' ');
    }
    if (d->has_flow)
        put_flow(&d->flow, out);
    if (l->quick) {
        put_literal(out, "len ");
        put_number(out, d->has_flow ? d->payload_claimed : p->packet->length);
    } else {
        put_string(out, d->info);
    }
}

void packet_line(struct packet_lines *l, const struct packet_facts *p, struct packet_out *out)
{
    if (l->number) {
        put_number(out, packet_called(p->number));
        put_char(out, ' ');
    }
    put_time(l, p, out);
    if (!l->same_place || p->interface) {
        put_clean(out, p->interface ? p->interface : "?");
        put_char(out, ' ');
    }
    if (l->link)
        put_link(p, out);
    put_what(l, p, out);
    if (p->note && !l->quick)
        put_findings(p->note, out);
    if (p->comment) {
        put_literal(out, " # ");
        put_clean(out, p->comment);
    }
    put_char(out, '\n');
}

/* ---- fields ------------------------------------------------------------------------------- */

void packet_fields(const struct packet_facts *p, struct packet_out *out)
{
    static const char *const words[] = {[FIELD_GOOD] = " (right)",
                                        [FIELD_BAD] = " (wrong)",
                                        [FIELD_OFFLOADED] = " (left to the hardware)",
                                        [FIELD_UNCHECKED] = " (not all was captured)"};
    const struct dissection *d = p->dissection;

    for (size_t i = 0; i < d->n_fields; i++) {
        const struct field *f = &d->fields[i];

        for (unsigned depth = 0; depth < f->depth + 1U; depth++)
            put_literal(out, "    ");
        put_clean(out, f->name);
        if (*field_value(d, f)) {
            put_literal(out, ": ");
            put_clean(out, field_value(d, f));
        }
        if (f->validity != FIELD_PLAIN && f->validity < sizeof(words) / sizeof(words[0]))
            put_string(out, words[f->validity]);
        put_char(out, '\n');
    }
    if (d->fields_dropped) {
        put_literal(out, "    and ");
        put_number(out, d->fields_dropped);
        put_literal(out, " more fields\n");
    }
}
