#include "core/why/wire_digest.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/wire/conversation.h"
#include "core/wire/icmp_names.h"
#include "core/wire/quoted.h"

#define DIGEST_PACKETS 32768
#define DIGEST_CONVERSATIONS 1024
#define SAID_PACKETS 24 /* of one flow, each in a line of its own */

/* What is kept of a packet. */
struct seen {
    uint64_t number, wall_ns;
    struct flow flow; /* of an ICMP error: that of the quoted packet */
    bool tcp, icmp_error;
    uint8_t ttl, icmp_family, icmp_type, icmp_code, window_scale, direction;
    bool has_ttl, has_window;
    uint32_t mtu;
    struct addr icmp_from;
    struct tcp_facts facts;
    uint32_t findings, window_bytes, payload_bytes;
};

struct wire_digest {
    struct conversations *conversations;
    struct dissection dissection;
    size_t n, left_out;
    struct seen list[DIGEST_PACKETS];
};

struct wire_digest *wire_digest_new(void)
{
    struct wire_digest *d = mem_map(sizeof(*d));

    d->conversations = conversations_new(DIGEST_CONVERSATIONS);
    return d;
}

void wire_digest_free(struct wire_digest *d)
{
    if (!d)
        return;
    conversations_free(d->conversations);
    mem_unmap(d, sizeof(*d));
}

/* --- taking packets ----------------------------------------------------------------------- */

/* Types of ICMP and ICMPv6 that report an error about a packet, which they quote behind eight
 * bytes (RFC 792, RFC 4443). */
static bool is_error(uint8_t family, uint8_t type)
{
    return family == AF_INET ? type == 3 || type == 11 || type == 12 || type == 5
                             : type >= 1 && type <= 4;
}

static uint16_t be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

/* The flow of the packet that an ICMP error quotes. */
static bool read_quoted(const uint8_t *icmp, size_t len, struct seen *s)
{
    struct cursor c = cursor_over(icmp, len);
    struct quoted q;
    const uint8_t *ports;

    cursor_take(&c, 8);
    if (c.short_read || !quoted_read(&c, &q) || q.later_fragment)
        return false;
    ports = cursor_take(&c, 4);
    s->flow =
        (struct flow){.source = q.source, .destination = q.destination, .protocol = q.protocol};
    if (ports) {
        s->flow.source.port = be16(ports);
        s->flow.destination.port = be16(ports + 2);
    }
    /* "fragmentation needed" has it in the header's last two bytes, "packet too big" in four. */
    if (s->icmp_family == AF_INET && s->icmp_type == 3 && s->icmp_code == 4)
        s->mtu = be16(icmp + 6);
    if (s->icmp_family == AF_INET6 && s->icmp_type == 2)
        s->mtu = (uint32_t)be16(icmp + 4) << 16 | be16(icmp + 6);
    return true;
}

static bool take_icmp(const struct dissection *d, const uint8_t *bytes, size_t captured,
                      struct seen *s)
{
    size_t at = d->payload_at >= 8 ? d->payload_at - 8 : 0;

    s->icmp_family = d->flow.source.family == AF_INET6 ? AF_INET6 : AF_INET;
    s->icmp_type = d->icmp_type;
    s->icmp_code = d->icmp_code;
    s->icmp_from = d->flow.source;
    s->icmp_from.port = 0;
    s->icmp_error = is_error(s->icmp_family, s->icmp_type);
    return s->icmp_error && at < captured && read_quoted(bytes + at, captured - at, s);
}

static void take_tcp(const struct dissection *d, const struct packet_note *note, struct seen *s)
{
    s->tcp = true;
    s->facts = d->tcp;
    s->findings = note->findings;
    s->direction = note->direction;
    s->has_window = note->has & NOTE_WINDOW;
    s->window_bytes = note->window_bytes;
}

void wire_digest_add(struct wire_digest *d, uint64_t number, const struct packet *packet,
                     const uint8_t *bytes, size_t captured)
{
    struct dissection *x = &d->dissection;
    struct packet_note note = {.conversation = CONVERSATION_NONE};
    struct seen s = {.number = number, .wall_ns = packet->wall_ns};

    decode(bytes, captured, packet->length, packet->link_type, DECODE_FLOW, x);
    if (!x->has_flow)
        return;
    conversations_add(d->conversations, number, packet, x, &note);
    s.flow = x->flow;
    s.has_ttl = x->has_ttl;
    s.ttl = x->ttl;
    s.payload_bytes = x->payload_claimed;
    if (x->has_icmp && !take_icmp(x, bytes, captured, &s))
        return;
    if (x->has_tcp)
        take_tcp(x, &note, &s);
    if (d->n == DIGEST_PACKETS)
        d->left_out++;
    else
        d->list[d->n++] = s;
}

/* --- the facts of a flow ------------------------------------------------------------------ */

static enum flow_direction direction_of(const struct seen *s, const struct flow_pick *pick)
{
    return flow_match(pick, &s->flow, s->wall_ns);
}

static uint64_t monotonic(const struct seen *s, int64_t to_monotonic_ns)
{
    return (uint64_t)((int64_t)s->wall_ns + to_monotonic_ns);
}

static void count_out(const struct seen *s, uint64_t at_ns, struct wire_facts *f)
{
    bool syn = s->facts.flags & TCP_FLAG_SYN, ack = s->facts.flags & TCP_FLAG_ACK;

    f->packets_out++;
    f->last_out_ns = at_ns;
    f->payload_out_bytes += s->payload_bytes;
    if (s->payload_bytes > f->largest_out_bytes)
        f->largest_out_bytes = s->payload_bytes;
    if (!s->tcp)
        return;
    f->syn_out += syn && !ack;
    f->syn_ack_out += syn && ack;
    if (s->facts.flags & TCP_FLAG_RST && !f->rst_out++)
        f->rst_out_ns = at_ns;
    if (s->facts.flags & TCP_FLAG_FIN && !f->fin_out++)
        f->fin_out_ns = at_ns;
}

static void count_in(const struct seen *s, uint64_t at_ns, struct wire_facts *f)
{
    bool syn = s->facts.flags & TCP_FLAG_SYN, ack = s->facts.flags & TCP_FLAG_ACK;
    bool rst = s->facts.flags & TCP_FLAG_RST;

    f->packets_in++;
    f->last_in_ns = at_ns;
    f->payload_in_bytes += s->payload_bytes;
    if (!rst && s->has_ttl && !f->has_reply_ttl) {
        f->has_reply_ttl = true;
        f->reply_ttl = s->ttl;
    }
    if (!s->tcp)
        return;
    f->syn_in += syn && !ack;
    f->syn_ack_in += syn && ack;
    if (rst && !f->rst_in++) {
        f->rst_in_ns = at_ns;
        f->has_rst_in_ttl = s->has_ttl;
        f->rst_in_ttl = s->ttl;
    }
    if (s->facts.flags & TCP_FLAG_FIN && !f->fin_in++)
        f->fin_in_ns = at_ns;
}

static void count_findings(const struct seen *s, bool out, struct wire_facts *f)
{
    const uint32_t repeated = FINDING_BIT(FINDING_RETRANSMISSION) |
                              FINDING_BIT(FINDING_FAST_RETRANSMISSION) |
                              FINDING_BIT(FINDING_SPURIOUS_RETRANSMISSION);
    bool again = s->findings & repeated;

    f->retransmissions_out += again && out;
    f->retransmissions_in += again && !out;
    f->duplicate_acks_in += !out && s->findings & FINDING_BIT(FINDING_DUPLICATE_ACK);
    f->probes_out += out && s->findings & FINDING_BIT(FINDING_ZERO_WINDOW_PROBE);
    f->probes_in += !out && s->findings & FINDING_BIT(FINDING_ZERO_WINDOW_PROBE);
    f->keep_alives_out += out && s->findings & FINDING_BIT(FINDING_KEEP_ALIVE);
    f->keep_alives_in += !out && s->findings & FINDING_BIT(FINDING_KEEP_ALIVE);
    f->keep_alive_acks_in += !out && s->findings & FINDING_BIT(FINDING_KEEP_ALIVE_ACK);
}

static void note_window(const struct seen *s, bool out, struct wire_facts *f)
{
    bool zero = s->facts.window == 0 &&
                !(s->facts.flags & (TCP_FLAG_RST | TCP_FLAG_SYN | TCP_FLAG_FIN));

    f->zero_window_out += out && zero;
    f->zero_window_in += !out && zero;
    if (!s->has_window || s->facts.flags & TCP_FLAG_RST)
        return;
    if (out) {
        f->has_window_out = true;
        f->window_out_bytes = s->window_bytes;
    } else {
        f->has_window_in = true;
        f->window_in_bytes = s->window_bytes;
    }
}

static void add_icmp(const struct seen *s, uint64_t at_ns, struct wire_facts *f)
{
    if (f->n_icmp == EVIDENCE_ICMP)
        return;
    f->icmp[f->n_icmp++] = (struct icmp_sighting){.from = s->icmp_from,
                                                  .family = s->icmp_family,
                                                  .type = s->icmp_type,
                                                  .code = s->icmp_code,
                                                  .mtu = s->mtu,
                                                  .at_ns = at_ns};
}

void wire_digest_facts(const struct wire_digest *d, const struct addr *local,
                       const struct addr *peer, uint8_t protocol, int64_t to_monotonic_ns,
                       struct wire_facts *ret)
{
    struct flow_pick pick = flow_pick_of(local, peer, protocol);

    *ret = (struct wire_facts){.incomplete = d->left_out > 0};
    for (size_t i = 0; i < d->n; i++) {
        const struct seen *s = &d->list[i];
        enum flow_direction direction = direction_of(s, &pick);
        uint64_t at_ns = monotonic(s, to_monotonic_ns);

        if (direction == FLOW_NONE)
            continue;
        if (s->icmp_error) {
            if (direction == FLOW_OUT)
                add_icmp(s, at_ns, ret);
            continue;
        }
        if (direction == FLOW_OUT)
            count_out(s, at_ns, ret);
        else
            count_in(s, at_ns, ret);
        if (s->tcp) {
            count_findings(s, direction == FLOW_OUT, ret);
            note_window(s, direction == FLOW_OUT, ret);
        }
    }
}

/* --- in words ------------------------------------------------------------------------------ */

static void flags_words(uint16_t flags, char buf[48])
{
    static const char *const names[] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG"};
    size_t used = 0;

    buf[0] = '\0';
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (flags & 1U << i && flags != TCP_FLAG_PSH)
            used += (size_t)snprintf(buf + used, 48 - used, "%s%s", used ? " " : "", names[i]);
}

static void say_one(const struct seen *s, bool out, uint64_t at_ns, struct evidence *e)
{
    char from[ADDR_TEXT_BYTES], to[ADDR_TEXT_BYTES], flags[48], found[64] = "";
    struct evidence_line *line;

    if (s->icmp_error) {
        line = evidence_say(e, "capture", at_ns, "%s answers with ICMP%s type %u code %u",
                            addr_format_ip(&s->icmp_from, from),
                            s->icmp_family == AF_INET6 ? "v6" : "", s->icmp_type, s->icmp_code);
    } else if (s->tcp) {
        flags_words(s->facts.flags, flags);
        for (int i = 0; i < FINDING_COUNT; i++)
            if (s->findings & FINDING_BIT(i))
                snprintf(found, sizeof(found), ", %s", finding_infos[i].id);
        line = evidence_say(e, "capture", at_ns, "%s %s, %u bytes, window %u%s%s",
                            out ? "sent" : "came", flags, s->payload_bytes,
                            s->has_window ? s->window_bytes : s->facts.window, found, "");
    } else {
        line = evidence_say(e, "capture", at_ns, "datagram %s -> %s, %u bytes",
                            addr_format(&s->flow.source, from),
                            addr_format(&s->flow.destination, to), s->payload_bytes);
    }
    if (line) {
        line->has_packet = true;
        line->packet = s->number;
    }
}

void wire_digest_say(const struct wire_digest *d, const struct addr *local,
                     const struct addr *peer, uint8_t protocol, int64_t to_monotonic_ns,
                     struct evidence *e)
{
    struct flow_pick pick = flow_pick_of(local, peer, protocol);
    size_t said = 0, passed = 0;
    uint64_t at_ns = e->began_ns;

    for (size_t i = 0; i < d->n; i++) {
        enum flow_direction direction = direction_of(&d->list[i], &pick);

        if (direction == FLOW_NONE)
            continue;
        at_ns = monotonic(&d->list[i], to_monotonic_ns);
        if (said++ < SAID_PACKETS)
            say_one(&d->list[i], direction == FLOW_OUT, at_ns, e);
        else
            passed++;
    }
    if (passed)
        evidence_say(e, "capture", at_ns, "and %zu more packets of this flow", passed);
}
