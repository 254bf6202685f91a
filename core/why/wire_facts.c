/* From the packets of a digest to the facts of one flow. */
#include <netinet/in.h>

#include "core/base/clock.h"
#include "core/why/wire_digest_internal.h"

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
    f->data_out_after_fin_in |= s->payload_bytes && f->fin_in && !f->rst_in;
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
        f->rst_in_has_ack = ack;
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
    if (again && out && s->payload_bytes > f->largest_again_bytes)
        f->largest_again_bytes = s->payload_bytes;
    f->retransmissions_in += again && !out;
    f->duplicate_acks_in += !out && s->findings & FINDING_BIT(FINDING_DUPLICATE_ACK);
    f->probes_out += out && s->findings & FINDING_BIT(FINDING_ZERO_WINDOW_PROBE);
    f->probes_in += !out && s->findings & FINDING_BIT(FINDING_ZERO_WINDOW_PROBE);
    f->keep_alives_out += out && s->findings & FINDING_BIT(FINDING_KEEP_ALIVE);
    f->keep_alives_in += !out && s->findings & FINDING_BIT(FINDING_KEEP_ALIVE);
    f->keep_alive_acks_in += !out && s->findings & FINDING_BIT(FINDING_KEEP_ALIVE_ACK);
}

/* closed_ns: since when the peer's window is 0; 0: it is not. */
static void time_closed(const struct seen *s, uint64_t *closed_ns, struct wire_facts *f)
{
    if (*closed_ns && s->wall_ns > *closed_ns)
        f->window_closed_ns += s->wall_ns - *closed_ns;
    *closed_ns = s->facts.window ? 0 : s->wall_ns;
}

static void note_window(const struct seen *s, bool out, struct wire_facts *f)
{
    bool zero = s->facts.window == 0 &&
                !(s->facts.flags & (TCP_FLAG_RST | TCP_FLAG_SYN | TCP_FLAG_FIN));

    f->zero_window_out += out && zero;
    f->zero_window_in += !out && zero;
    if (!out && !(s->facts.flags & TCP_FLAG_RST))
        f->window_in_closed = zero;
    if (!s->has_window || s->facts.flags & TCP_FLAG_RST)
        return;
    if (out) {
        f->has_window_out = true;
        f->window_out_bytes = s->window_bytes;
        return;
    }
    if (!f->has_window_in || s->window_bytes < f->least_window_in_bytes)
        f->least_window_in_bytes = s->window_bytes;
    if (!f->has_window_in || s->window_bytes > f->largest_window_in_bytes)
        f->largest_window_in_bytes = s->window_bytes;
    f->has_window_in = true;
    f->window_in_bytes = s->window_bytes;
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

/* --- what was acknowledged ------------------------------------------------------------------ */

/* Sequence numbers count modulo 2^32 (RFC 9293, 3.4). */
static bool seq_reaches(uint32_t one, uint32_t other)
{
    return (int32_t)(one - other) >= 0;
}

struct acked {
    bool any, has_expected;
    uint32_t ack;                 /* the highest that came */
    const struct tcp_facts *sack; /* the newest packet that has blocks */
    uint32_t expected;            /* the highest that we acknowledged: what we take next */
    uint64_t closed_ns;           /* since when the peer's window is 0; 0: it is not */
};

static void follow_acks(const struct seen *s, bool out, struct acked *a, struct wire_facts *f)
{
    if (!out && s->facts.flags & TCP_FLAG_RST && f->rst_in == 1)
        f->rst_acceptable = !a->has_expected || s->facts.seq == a->expected;
    if (!(s->facts.flags & TCP_FLAG_ACK))
        return;
    if (out && (!a->has_expected || seq_reaches(s->facts.ack, a->expected))) {
        a->has_expected = true;
        a->expected = s->facts.ack;
    }
    if (out)
        return;
    if (!a->any || seq_reaches(s->facts.ack, a->ack))
        a->ack = s->facts.ack;
    a->any = true;
    if (s->facts.n_sacks)
        a->sack = &s->facts;
    if (s->rtt_ns && (!f->rtts++ || s->rtt_ns < f->least_rtt_ns))
        f->least_rtt_ns = s->rtt_ns;
}

static bool is_acked(const struct acked *a, uint32_t from, uint32_t end)
{
    if (a->any && seq_reaches(a->ack, end))
        return true;
    for (size_t i = 0; a->sack && i < a->sack->n_sacks && i < TCP_SACKS; i++)
        if (seq_reaches(from, a->sack->sacks[i].left) &&
            seq_reaches(a->sack->sacks[i].right, end))
            return true;
    return false;
}

/* Which of our segments came through, by their length. */
static void compare_lengths(const struct wire_digest *d, const struct flow_pick *pick,
                            const struct acked *a, struct wire_facts *f)
{
    uint32_t stuck = 0;

    for (size_t i = 0; i < d->n; i++) {
        const struct seen *s = &d->list[i];

        if (!s->tcp || !s->payload_bytes || seen_direction(s, pick) != FLOW_OUT)
            continue;
        if (!is_acked(a, s->facts.seq, s->facts.seq + s->payload_bytes)) {
            if (s->payload_bytes > stuck)
                stuck = s->payload_bytes;
            continue;
        }
        f->passed_small |= s->payload_bytes < stuck;
        if (s->payload_bytes > f->largest_acked_bytes)
            f->largest_acked_bytes = s->payload_bytes;
    }
}

/* --- small segments that wait for an acknowledgement -------------------------------------------- */

/* Shorter than a full segment on any path that IPv6 may take (RFC 8200, 5): Nagle's algorithm may
 * hold it back. */
#define SMALL_BYTES 1220
/* Linux delays an acknowledgement by 40 ms at least, others by up to 500 (RFC 1122, 4.2.3.2); a
 * timer may be some ms early. */
#define DELAYED_LEAST_NS (30 * CLOCK_MS_NS)
#define DELAYED_MOST_NS (500 * CLOCK_MS_NS)
/* What the acknowledgement released leaves in the same interrupt, not when a program comes to
 * write again. */
#define RELEASED_NS (500 * UINT64_C(1000))

struct nagle {
    uint64_t data_ns, ack_ns; /* of the last data without an answer, of its bare ACK; 0: none */
    uint32_t end;
};

/* from: the packet is of the side whose segments wait.  travel_ns: how long it takes what the
 * acknowledgement released to be seen here. */
static void follow_nagle(struct nagle *n, const struct seen *s, bool from, uint64_t travel_ns,
                         uint32_t *waits, uint64_t *longest_ns)
{
    uint64_t waited = n->ack_ns - n->data_ns;

    if (!from && s->payload_bytes) {
        *n = (struct nagle){0};
    } else if (!from) {
        if (n->data_ns && !n->ack_ns && s->facts.flags & TCP_FLAG_ACK &&
            seq_reaches(s->facts.ack, n->end))
            n->ack_ns = s->wall_ns;
    } else if (s->payload_bytes) {
        if (n->ack_ns && s->payload_bytes < SMALL_BYTES &&
            waited >= DELAYED_LEAST_NS + travel_ns && waited <= DELAYED_MOST_NS &&
            s->wall_ns - n->ack_ns <= RELEASED_NS + travel_ns) {
            ++*waits;
            if (waited > *longest_ns)
                *longest_ns = waited;
        }
        *n = (struct nagle){.data_ns = s->wall_ns, .end = s->facts.seq + s->payload_bytes};
    }
}

static void count_nagle(const struct wire_digest *d, const struct flow_pick *pick,
                        struct wire_facts *f)
{
    uint64_t travel_ns = f->rtts ? f->least_rtt_ns : 0;
    struct nagle ours = {0}, theirs = {0};

    for (size_t i = 0; i < d->n; i++) {
        const struct seen *s = &d->list[i];
        enum flow_direction direction = seen_direction(s, pick);

        if (!s->tcp || direction == FLOW_NONE)
            continue;
        follow_nagle(&ours, s, direction == FLOW_OUT, 0, &f->nagle_waits_out,
                     &f->nagle_wait_ns);
        follow_nagle(&theirs, s, direction == FLOW_IN, travel_ns, &f->nagle_waits_in,
                     &f->nagle_wait_ns);
    }
}

/* --- all of it ------------------------------------------------------------------------------------ */

static void take_said(const struct wire_digest *d, const struct seen *s, bool out,
                      struct wire_facts *f)
{
    const struct said_bytes *said;

    if (s->conversation >= DIGEST_CONVERSATIONS)
        return;
    said = d->said[s->conversation][s->direction];
    if (said)
        *(out ? &f->said_out : &f->said_in) = *said;
}

static void take_tcp_packet(const struct seen *s, bool out, struct acked *a,
                            struct wire_facts *f)
{
    count_findings(s, out, f);
    note_window(s, out, f);
    follow_acks(s, out, a, f);
    if (!out && !(s->facts.flags & (TCP_FLAG_RST | TCP_FLAG_SYN)))
        time_closed(s, &a->closed_ns, f);
}

/* A datagram to our address, or one that our kernel refused for want of a socket; the answer to a
 * SYN of ours that comes from elsewhere. */
static void note_stranger(const struct seen *s, const struct flow_pick *pick,
                          struct wire_facts *f)
{
    const uint16_t both = TCP_FLAG_SYN | TCP_FLAG_ACK;
    bool answer = s->tcp ? f->syn_out && (s->facts.flags & both) == both
                         : s->flow.protocol == IPPROTO_UDP;

    if (answer && pick->protocol == s->flow.protocol && pick->local.port &&
        addr_equal(&s->flow.destination, &pick->local))
        f->stranger = s->flow.source;
}

void wire_digest_facts(const struct wire_digest *d, const struct addr *local,
                       const struct addr *peer, uint8_t protocol, int64_t to_monotonic_ns,
                       struct wire_facts *ret)
{
    struct flow_pick pick = flow_pick_of(local, peer, protocol);
    const struct seen *last[2] = {NULL, NULL};
    struct acked acked = {0};

    *ret = (struct wire_facts){.incomplete = d->left_out > 0};
    for (size_t i = 0; i < d->n; i++) {
        const struct seen *s = &d->list[i];
        enum flow_direction direction = seen_direction(s, &pick);
        uint64_t at_ns = seen_at_ns(s, to_monotonic_ns);

        if (direction == FLOW_NONE) {
            note_stranger(s, &pick, ret);
            continue;
        }
        if (s->icmp_error) {
            if (direction == FLOW_OUT)
                add_icmp(s, at_ns, ret);
            continue;
        }
        if (direction == FLOW_OUT)
            count_out(s, at_ns, ret);
        else
            count_in(s, at_ns, ret);
        if (!s->tcp)
            continue;
        take_tcp_packet(s, direction == FLOW_OUT, &acked, ret);
        last[direction == FLOW_OUT] = s;
    }
    compare_lengths(d, &pick, &acked, ret);
    count_nagle(d, &pick, ret);
    for (int out = 0; out < 2; out++)
        if (last[out])
            take_said(d, last[out], out, ret);
}
