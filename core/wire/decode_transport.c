/* TCP (RFC 9293; options: RFC 7323, RFC 2018, RFC 7413) and UDP (RFC 768). */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "core/wire/decode_internal.h"

static const char TCP_LAYER[] = "Transmission Control Protocol";
static const char UDP_LAYER[] = "User Datagram Protocol";

enum {
    TCP_OPTION_EOL = 0,
    TCP_OPTION_NOP = 1,
    TCP_OPTION_MSS = 2,
    TCP_OPTION_WINDOW_SCALE = 3,
    TCP_OPTION_SACK_PERMITTED = 4,
    TCP_OPTION_SACK = 5,
    TCP_OPTION_TIMESTAMPS = 8,
    TCP_OPTION_FAST_OPEN = 34,
};

struct tcp {
    size_t at, header_len;
    uint16_t source, destination, offset_flags, checksum, urgent;
    const struct tcp_facts *facts;
};

/* Flags in the order of their bits; parted by `between`. */
static void flags_text(uint16_t flags, const char *between, char *buf, size_t size)
{
    static const char *const names[] = {"FIN", "SYN",      "RST",      "PSH",
                                        "ACK", "URG",      "ECE",      "CWR",
                                        "AE",  "Reserved", "Reserved", "Reserved"};
    size_t used = 0;

    buf[0] = '\0';
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        int n;

        if (!(flags >> i & 1))
            continue;
        n = snprintf(buf + used, size - used, "%s%s", used ? between : "", names[i]);
        if (n < 0 || (size_t)n >= size - used)
            return;
        used += (size_t)n;
    }
}

static void ports(struct decoder *k, uint8_t protocol, uint16_t source, uint16_t destination)
{
    k->d->flow.source.port = source;
    k->d->flow.destination.port = destination;
    k->d->flow.protocol = protocol;
}

static const char *tcp_option_name(uint8_t kind)
{
    switch (kind) {
    case TCP_OPTION_EOL:
        return "TCP Option - End of Option List (EOL)";
    case TCP_OPTION_NOP:
        return "TCP Option - No-Operation (NOP)";
    case TCP_OPTION_MSS:
        return "TCP Option - Maximum segment size";
    case TCP_OPTION_WINDOW_SCALE:
        return "TCP Option - Window scale";
    case TCP_OPTION_SACK_PERMITTED:
        return "TCP Option - SACK permitted";
    case TCP_OPTION_SACK:
        return "TCP Option - SACK";
    case TCP_OPTION_TIMESTAMPS:
        return "TCP Option - Timestamps";
    case 19:
        return "TCP Option - TCP MD5 signature";
    case 28:
        return "TCP Option - User Timeout";
    case 29:
        return "TCP Option - TCP Authentication Option";
    case 30:
        return "TCP Option - Multipath TCP";
    case TCP_OPTION_FAST_OPEN:
        return "TCP Option - Fast Open Cookie";
    case 253:
    case 254:
        return "TCP Option - Experimental";
    default:
        return "TCP Option - Unknown";
    }
}

/* Whether the length is one that the kind can have. */
static bool tcp_option_len_right(const struct option *o)
{
    switch (o->kind) {
    case TCP_OPTION_MSS:
        return o->len == 4;
    case TCP_OPTION_WINDOW_SCALE:
        return o->len == 3;
    case TCP_OPTION_SACK_PERMITTED:
        return o->len == 2;
    case TCP_OPTION_SACK:
        return o->len > 2 && (o->len - 2) % 8 == 0;
    case TCP_OPTION_TIMESTAMPS:
        return o->len == 10;
    case TCP_OPTION_FAST_OPEN:
        return o->len == 2 || (o->len >= 6 && o->len <= 18 && o->len % 2 == 0);
    default:
        return true;
    }
}

static void sack_option(struct decoder *k, struct option *o, struct tcp_facts *t)
{
    struct cursor *b = &o->body;

    FIELD(k, 2, tcp_option_name(o->kind), o->at, o->len, "%zu block%s", (o->len - 2) / 8,
          o->len == 10 ? "" : "s");
    while (cursor_left(b) >= 8 && t->n_sacks < TCP_SACKS) {
        size_t at = o->at + 2 + b->at;
        uint32_t left = cursor_be32(b), right = cursor_be32(b);

        t->sacks[t->n_sacks].left = left;
        t->sacks[t->n_sacks++].right = right;
        FIELD(k, 3, "Left Edge", at, 4, "%u", left);
        FIELD(k, 3, "Right Edge", at + 4, 4, "%u", right);
        INFO_ADD(k, " sack %u-%u", left, right);
    }
}

static void tcp_option(struct decoder *k, struct option *o, struct tcp_facts *t)
{
    const char *name = tcp_option_name(o->kind);
    struct cursor *b = &o->body;

    switch (o->kind) {
    case TCP_OPTION_MSS:
        t->has_mss = true;
        t->mss = cursor_be16(b);
        FIELD(k, 2, name, o->at, o->len, "%u bytes", t->mss);
        break;
    case TCP_OPTION_WINDOW_SCALE:
        t->has_window_scale = true;
        t->window_scale = cursor_u8(b);
        FIELD(k, 2, name, o->at, o->len, "%u%s", t->window_scale,
              t->window_scale > 14 ? " (counts as 14)" : "");
        break;
    case TCP_OPTION_TIMESTAMPS:
        t->has_timestamps = true;
        t->ts_value = cursor_be32(b);
        t->ts_echo = cursor_be32(b);
        FIELD(k, 2, name, o->at, o->len, "TSval %u, TSecr %u", t->ts_value, t->ts_echo);
        break;
    case TCP_OPTION_SACK:
        sack_option(k, o, t);
        break;
    case TCP_OPTION_SACK_PERMITTED:
        t->sack_permitted = true;
        FIELD(k, 2, name, o->at, o->len, "%s", "");
        break;
    case TCP_OPTION_EOL:
    case TCP_OPTION_NOP:
        FIELD(k, 2, name, o->at, o->len, "%s", "");
        break;
    case TCP_OPTION_FAST_OPEN:
        FIELD(k, 2, name, o->at, o->len, o->len > 2 ? "cookie of %zu bytes" : "cookie request",
              o->len - 2);
        break;
    default:
        FIELD(k, 2, name, o->at, o->len, "kind %u, %zu bytes", o->kind, o->len);
    }
}

static void tcp_options(struct decoder *k, size_t area_end, struct tcp_facts *t)
{
    struct option o;
    enum option_result result;

    size_t len = area_end - k->c.at, there = cursor_left(&k->c);

    FIELD(k, 1, "Options", k->c.at, there < len ? there : len, "%zu bytes", len);
    while ((result = decode_option(k, area_end, &o)) == OPTION_ONE) {
        if (!tcp_option_len_right(&o)) {
            FIELD_CHECKED(k, 2, tcp_option_name(o.kind), o.at, o.len, FIELD_BAD,
                          "length %zu is none that it can have", o.len);
            decode_malformed(k, TCP_LAYER);
            continue;
        }
        tcp_option(k, &o, t);
        if (o.kind == TCP_OPTION_EOL)
            break;
    }
    if (result == OPTION_BAD) {
        FIELD_CHECKED(k, 2, tcp_option_name(o.kind), o.at, 1, FIELD_BAD, "kind %u, length %zu",
                      o.kind, o.len);
        decode_malformed(k, TCP_LAYER);
    } else if (result == OPTION_CUT) {
        decode_cut(k, TCP_LAYER);
    }
}

static void tcp_fields(struct decoder *k, const struct tcp *h)
{
    const struct tcp_facts *t = h->facts;
    size_t at = h->at;
    char flags[64];

    flags_text(t->flags, ", ", flags, sizeof(flags));
    FIELD(k, 0, TCP_LAYER, at, h->header_len < 20 ? 20 : h->header_len, "%u -> %u", h->source,
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
static void tcp_info(struct decoder *k, const struct tcp_facts *t, size_t body_at)
{
    char flags[64];

    flags_text(t->flags, " ", flags, sizeof(flags));
    INFO(k, "%s", flags[0] ? flags : "no flags");
    if (k->end > body_at)
        INFO_ADD(k, " len %zu", k->end - body_at);
    INFO_ADD(k, " win %u", t->window);
}

static void tcp_info_end(struct decoder *k, const struct tcp_facts *t)
{
    if (t->has_mss)
        INFO_ADD(k, " mss %u", t->mss);
    if (t->has_window_scale)
        INFO_ADD(k, " ws %u", t->window_scale);
    INFO_ADD(k, " seq %u", t->seq);
    if (t->flags & TCP_FLAG_ACK)
        INFO_ADD(k, " ack %u", t->ack);
}

/* A header of which only the first bytes are there: ports, if it has those. */
static void tcp_cut(struct decoder *k, const struct tcp *h)
{
    if (k->c.len - h->at >= 4)
        INFO(k, "TCP %u -> %u", h->source, h->destination);
    decode_cut(k, TCP_LAYER);
}

void decode_tcp(struct decoder *k)
{
    struct cursor *c = &k->c;
    struct tcp_facts *t = &k->d->tcp;
    struct tcp h = {.at = c->at, .facts = t};
    size_t there = cursor_left(c);

    h.source = cursor_be16(c);
    h.destination = cursor_be16(c);
    t->seq = cursor_be32(c);
    t->ack = cursor_be32(c);
    h.offset_flags = cursor_be16(c);
    t->window = cursor_be16(c);
    h.checksum = cursor_be16(c);
    h.urgent = cursor_be16(c);
    t->flags = h.offset_flags & 0xfff;
    h.header_len = (h.offset_flags >> 12) * 4U;
    t->header_len = (uint8_t)h.header_len;
    k->d->protocol = "TCP";
    if (there >= 4)
        ports(k, IPPROTO_TCP, h.source, h.destination);
    if (k->what & DECODE_FIELDS)
        tcp_fields(k, &h);
    if (c->short_read) {
        tcp_cut(k, &h);
        return;
    }
    k->d->has_tcp = true;
    if (decode_wants_info(k))
        tcp_info(k, t, h.at + h.header_len);
    if (h.header_len < 20 || h.at + h.header_len > k->end) {
        decode_malformed(k, TCP_LAYER);
        return;
    }
    if (h.header_len > 20)
        tcp_options(k, h.at + h.header_len, t);
    if (h.at + h.header_len <= c->len) {
        c->at = h.at + h.header_len;
        decode_data(k);
    } else {
        decode_payload(k, h.at + h.header_len);
    }
    if (decode_wants_info(k))
        tcp_info_end(k, t);
}

/* Where the datagram ends.  A first fragment has less than its length says, a super-datagram
 * of segmentation offload may say 0 (as RFC 2675 does for jumbograms). */
static size_t udp_end(const struct decoder *k, size_t at, uint16_t length)
{
    size_t end = at + length;

    if (length == 0 || (k->fragment && end > k->end))
        return k->end;
    return end;
}

static enum field_validity udp_checksum(const struct decoder *k, size_t at, size_t len,
                                        uint16_t checksum)
{
    if (checksum)
        return decode_checksum(k, at, len, IPPROTO_UDP, checksum);
    /* 0: the sender computed none.  IPv6 does not allow that (RFC 8200, 8.1). */
    return k->d->flow.source.family == AF_INET6 ? FIELD_BAD : FIELD_PLAIN;
}

void decode_udp(struct decoder *k)
{
    struct cursor *c = &k->c;
    size_t at = c->at, there = cursor_left(c), end;
    uint16_t source = cursor_be16(c), destination = cursor_be16(c);
    uint16_t length = cursor_be16(c), checksum = cursor_be16(c);
    bool bad;

    k->d->protocol = "UDP";
    if (there >= 4) {
        ports(k, IPPROTO_UDP, source, destination);
        INFO(k, "UDP %u -> %u", source, destination);
    }
    end = udp_end(k, at, length);
    bad = end > k->end || end < at + 8;
    FIELD(k, 0, UDP_LAYER, at, 8, "%u -> %u", source, destination);
    FIELD(k, 1, "Source Port", at, 2, "%u", source);
    FIELD(k, 1, "Destination Port", at + 2, 2, "%u", destination);
    FIELD_CHECKED(k, 1, "Length", at + 4, 2, bad ? FIELD_BAD : FIELD_PLAIN, "%u", length);
    FIELD_CHECKED(k, 1, "Checksum", at + 6, 2,
                  bad ? FIELD_UNCHECKED : udp_checksum(k, at, end - at, checksum), "0x%04x%s",
                  checksum, checksum ? "" : " (none)");
    if (c->short_read) {
        decode_cut(k, UDP_LAYER);
        return;
    }
    if (bad)
        decode_malformed(k, UDP_LAYER);
    else
        decode_ends_at(k, end);
    decode_data(k);
    INFO_ADD(k, " len %u", k->d->payload_claimed);
}
