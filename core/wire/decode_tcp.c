/* TCP's header (RFC 9293, 3.1). */
#include <netinet/in.h>

#include "core/wire/decode_app.h"
#include "core/wire/decode_internal.h"

static const char LAYER[] = DECODE_TCP_LAYER;

struct tcp {
    size_t at, header_len;
    uint16_t source, destination, offset_flags, checksum, urgent;
    const struct tcp_facts *facts;
};

struct flag {
    uint8_t len;
    char name[11]; /* of a constant length, so that copying it needs no call */
};

/* In the order of their bits. */
static const struct flag FLAGS[] = {
    {3, "FIN"}, {3, "SYN"}, {3, "RST"}, {3, "PSH"},      {3, "ACK"},      {3, "URG"},
    {3, "ECE"}, {3, "CWR"}, {2, "AE"},  {8, "Reserved"}, {8, "Reserved"}, {8, "Reserved"},
};

#define FLAGS_TEXT_BYTES 80

/* Parted by `between`, of which two bytes can be read.  Returns the length; buf has room for all of them. */
static size_t flags_text(uint16_t flags, const char *between, size_t between_len,
                         char buf[FLAGS_TEXT_BYTES])
{
    size_t used = 0;

    for (unsigned left = flags & 0xfff; left; left &= left - 1) {
        const struct flag *f = &FLAGS[__builtin_ctz(left)];

        if (used) {
            memcpy(buf + used, between, 2);
            used += between_len;
        }
        memcpy(buf + used, f->name, sizeof(f->name));
        used += f->len;
    }
    buf[used] = '\0';
    return used;
}

static void tcp_fields(struct decoder *k, const struct tcp *h)
{
    const struct tcp_facts *t = h->facts;
    size_t at = h->at;
    char flags[FLAGS_TEXT_BYTES];

    flags_text(t->flags, ", ", 2, flags);
    FIELD(k, 0, LAYER, at, h->header_len < 20 ? 20 : h->header_len, "%u -> %u", h->source,
          h->destination);
    FIELD(k, 1, "Source Port", at, 2, "%u", h->source);
    FIELD(k, 1, "Destination Port", at + 2, 2, "%u", h->destination);
    FIELD(k, 1, "Sequence Number", at + 4, 4, "%u", t->seq);
    FIELD(k, 1, "Acknowledgment Number", at + 8, 4, "%u", t->ack);
    FIELD_CHECKED(k, 1, "Header Length", at + 12, 1,
                  h->header_len >= 20 ? FIELD_PLAIN : FIELD_BAD, "%zu bytes", h->header_len);
    FIELD(k, 1, "Flags", at + 12, 2, "0x%03x (%s)", t->flags, flags[0] ? flags : "none");
    FIELD(k, 1, "Window", at + 14, 2, "%u", t->window);
    FIELD_CHECKED(
        k, 1, "Checksum", at + 16, 2,
        decode_checksum(k, at, k->end > at ? k->end - at : 0, IPPROTO_TCP, h->checksum),
        "0x%04x", h->checksum);
    FIELD(k, 1, "Urgent Pointer", at + 18, 2, "%u", h->urgent);
}

/* What tells packets apart comes first: a narrow pane cuts the end. */
static void tcp_info(struct decoder *k, const struct tcp *h, bool options)
{
    const struct tcp_facts *t = h->facts;
    size_t body_at = h->at + h->header_len;
    char flags[FLAGS_TEXT_BYTES];
    size_t flags_len = flags_text(t->flags, " ", 1, flags);

    if (flags_len)
        decode_say(k, flags, flags_len);
    else
        SAY(k, "no flags");
    if (k->end > body_at)
        SAY_NUMBER(k, " len ", k->end - body_at);
    SAY_NUMBER(k, " win ", t->window);
    if (!options)
        return;
    for (unsigned i = 0; i < t->n_sacks; i++) {
        SAY_NUMBER(k, " sack ", t->sacks[i].left);
        SAY_NUMBER(k, "-", t->sacks[i].right);
    }
    if (t->has_mss)
        SAY_NUMBER(k, " mss ", t->mss);
    if (t->has_window_scale)
        SAY_NUMBER(k, " ws ", t->window_scale);
    SAY_NUMBER(k, " seq ", t->seq);
    if (t->flags & TCP_FLAG_ACK)
        SAY_NUMBER(k, " ack ", t->ack);
}

/* A header of which only the first bytes are there: ports, if it has those. */
static void tcp_cut(struct decoder *k, const struct tcp *h)
{
    if (k->c.len - h->at >= 4)
        INFO(k, "TCP %u -> %u", h->source, h->destination);
    decode_cut(k, LAYER);
}

/* Whatever is behind the header. */
static void tcp_payload(struct decoder *k, size_t at)
{
    if (at > k->c.len) {
        decode_payload(k, at);
        return;
    }
    k->c.at = at;
    k->c.short_read = false;
    decode_payload(k, at);
    if (!decode_app(k))
        decode_data(k);
}

static inline __attribute__((always_inline)) void read_fields(struct cursor *c, struct tcp *h,
                                                              struct tcp_facts *t)
{
    h->source = cursor_be16(c);
    h->destination = cursor_be16(c);
    t->seq = cursor_be32(c);
    t->ack = cursor_be32(c);
    h->offset_flags = cursor_be16(c);
    t->window = cursor_be16(c);
    h->checksum = cursor_be16(c);
    h->urgent = cursor_be16(c);
}

/* False when it is cut. */
static bool read_header(struct cursor *c, struct tcp *h, struct tcp_facts *t)
{
    if (cursor_left(c) >= 20) {
        /* Of a constant length, so that the compiler sees that no read can fail. */
        struct cursor whole = cursor_over(cursor_take(c, 20), 20);

        read_fields(&whole, h, t);
    } else {
        read_fields(c, h, t);
    }
    t->flags = h->offset_flags & 0xfff;
    h->header_len = (h->offset_flags >> 12) * 4U;
    t->header_len = (uint8_t)h->header_len;
    return !c->short_read;
}

void decode_tcp(struct decoder *k)
{
    struct cursor *c = &k->c;
    struct tcp h = {.at = c->at, .facts = &k->d->tcp};
    bool whole = read_header(c, &h, &k->d->tcp), fits;
    size_t body;

    k->d->protocol = "TCP";
    if (c->len - h.at >= 4)
        decode_ports(k, IPPROTO_TCP, h.source, h.destination);
    if (k->what & DECODE_FIELDS)
        tcp_fields(k, &h);
    if (!whole) {
        tcp_cut(k, &h);
        return;
    }
    k->d->has_tcp = true;
    k->info_len = 0;
    body = h.at + h.header_len;
    fits = h.header_len >= 20 && body <= k->end;
    if (!fits) {
        decode_malformed(k, LAYER);
    } else {
        if (h.header_len > 20)
            decode_tcp_options(k, body);
        tcp_payload(k, body);
    }
    if (decode_wants_info(k))
        tcp_info(k, &h, fits);
}
