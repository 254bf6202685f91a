#include "core/why/wire_digest_internal.h"

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

#define SAID_PACKETS 24 /* of one flow, each in a line of its own */

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
    for (size_t i = 0; i < DIGEST_CONVERSATIONS; i++) {
        free(d->said[i][FROM_FIRST]);
        free(d->said[i][FROM_SECOND]);
    }
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
    s->conversation = note->conversation;
    s->rtt_ns = note->has & NOTE_RTT ? note->rtt_ns : 0;
}

/* The first bytes of each side, where the handshake was seen: behind the SYN stands byte 1. */
static void keep_said(struct wire_digest *d, const struct packet_note *note,
                      const uint8_t *bytes, size_t captured)
{
    const struct dissection *x = &d->dissection;
    const struct conversation *c = conversations_get(d->conversations, note->conversation);
    struct said_bytes **slot, *said;
    uint32_t at = note->relative_seq - 1, skip, n, room;

    if (!x->payload_claimed || note->conversation >= DIGEST_CONVERSATIONS || !c ||
        !(c->completeness & COMPLETE_SYN) || !(note->has & NOTE_RELATIVE) ||
        (size_t)x->payload_at + x->payload_len > captured)
        return;
    slot = &d->said[note->conversation][note->direction];
    if (!*slot)
        *slot = mem_new(1, sizeof(**slot));
    said = *slot;
    said->seen = true;
    if (at > said->len) { /* what is between did not come yet, or was not captured */
        said->cut = true;
        return;
    }
    skip = said->len - at;
    if (skip >= x->payload_claimed)
        return;
    n = x->payload_len > skip ? x->payload_len - skip : 0;
    room = EVIDENCE_HEAD_BYTES - (uint32_t)said->len;
    if (n > room)
        n = room;
    memcpy(said->bytes + said->len, bytes + x->payload_at + skip, n);
    said->len = (uint16_t)(said->len + n);
    said->cut |= n < x->payload_claimed - skip;
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
    if (x->has_tcp) {
        take_tcp(x, &note, &s);
        keep_said(d, &note, bytes, captured);
    }
    if (d->n == DIGEST_PACKETS)
        d->left_out++;
    else
        d->list[d->n++] = s;
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
        line->seq = s->tcp ? s->facts.seq : 0;
        if (!s->icmp_error) {
            line->from = s->flow.source;
            line->to = s->flow.destination;
        }
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
        enum flow_direction direction = seen_direction(&d->list[i], &pick);

        if (direction == FLOW_NONE)
            continue;
        at_ns = seen_at_ns(&d->list[i], to_monotonic_ns);
        if (said++ < SAID_PACKETS)
            say_one(&d->list[i], direction == FLOW_OUT, at_ns, e);
        else
            passed++;
    }
    if (passed)
        evidence_say(e, "capture", at_ns, "and %zu more packets of this flow", passed);
}
