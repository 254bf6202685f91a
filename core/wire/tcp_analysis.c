#include "core/wire/tcp_analysis.h"

#include "core/model/snapshot.h"

#define REPEATS_UNSEEN_TOLD (-1) /* an ack beyond what was captured was told of */
#define WINDOW_NONE UINT32_MAX   /* it has sent nothing yet */
#define IN_FLIGHT_MAX UINT32_C(2000000000)

#define FLAGS_SYN_FIN (TCP_FLAG_SYN | TCP_FLAG_FIN)
#define FLAGS_SYN_FIN_RST (FLAGS_SYN_FIN | TCP_FLAG_RST)

/* A packet beside what its sender and its receiver said before. */
struct step {
    const struct tcp_packet *p;
    const struct tcp_facts *t;
    struct tcp_end *from, *to;
    uint64_t first_rtt_ns;
    uint32_t found; /* FINDING_BITs */
};

static void find(struct step *s, enum finding f)
{
    s->found |= FINDING_BIT(f);
}

static bool has_found(const struct step *s, enum finding f)
{
    return s->found & FINDING_BIT(f);
}

void tcp_track_init(struct tcp_track *track)
{
    *track = (struct tcp_track){.ends = {{.window = WINDOW_NONE}, {.window = WINDOW_NONE}}};
}

void tcp_track_done(struct tcp_track *track, struct tcp_room *room)
{
    tcp_segments_done(&track->ends[0].unacknowledged, room);
    tcp_segments_done(&track->ends[1].unacknowledged, room);
}

static bool is_syn(const struct tcp_facts *t)
{
    return (t->flags & (TCP_FLAG_SYN | TCP_FLAG_ACK)) == TCP_FLAG_SYN;
}

bool tcp_begins_anew(const struct tcp_track *track, const struct tcp_packet *p)
{
    const struct tcp_end *from = &track->ends[p->from];

    return is_syn(p->facts) && from->has_base && p->facts->seq != from->base;
}

/* A SYN is number 0.  Where it was not seen the first byte is number 1, as it would be. */
static void set_bases(struct step *s)
{
    if (!s->from->has_base) {
        s->from->base = s->t->flags & TCP_FLAG_SYN ? s->t->seq : s->t->seq - 1;
        s->from->has_base = true;
    }
    if (!s->to->has_base && s->t->flags & TCP_FLAG_ACK) {
        s->to->base = s->t->ack - 1;
        s->to->has_base = true;
    }
}

/* --- what the sender's own sequence says --- */

/* A byte where no room is: the answer says whether there is now. */
static bool is_probe(const struct step *s)
{
    if (s->p->len == 1 && s->from->has_next && s->t->seq == s->from->next && s->to->window == 0)
        return true;
    /* Linux asks with no byte, one before its next (tcp_xmit_probe_skb()), which on the wire
     * is a keep-alive. */
    return s->from->persists && s->p->len == 0 && s->from->has_next &&
           s->t->seq == s->from->next - 1 && !(s->t->flags & FLAGS_SYN_FIN_RST);
}

/* The right edge of what its receiver takes. */
static bool fills_window(const struct step *s)
{
    const struct tcp_end *to = s->to;
    unsigned shift = to->scaling == SCALING_SHIFT && !to->first_window ? to->shift : 0;

    return s->p->len && to->scaling != SCALING_UNKNOWN &&
           s->t->seq + s->p->len == to->ack + (to->window << shift) &&
           !(s->t->flags & FLAGS_SYN_FIN_RST);
}

/* Neither a byte nor an acknowledgment that was not there before: then it is about the window,
 * or an answer, or it repeats itself. */
static bool says_nothing_new(const struct step *s)
{
    return s->p->len == 0 && s->from->has_next && s->t->seq == s->from->next &&
           s->t->ack == s->from->ack && !(s->t->flags & FLAGS_SYN_FIN_RST);
}

static void judge_repeated_ack(struct step *s)
{
    uint32_t window = s->t->window;

    if (window != s->from->window) {
        if (window)
            find(s, FINDING_WINDOW_UPDATE);
    } else if (window == 0) {
        if (s->to->last_findings & FINDING_BIT(FINDING_ZERO_WINDOW_PROBE))
            find(s, FINDING_ZERO_WINDOW_PROBE_ACK);
    } else if (s->to->last_findings & FINDING_BIT(FINDING_KEEP_ALIVE)) {
        find(s, FINDING_KEEP_ALIVE_ACK);
    } else {
        s->from->repeats = s->from->repeats < 0 ? 1 : s->from->repeats + 1;
        find(s, FINDING_DUPLICATE_ACK);
    }
}

static void judge_sequence(struct step *s)
{
    unsigned flags = s->t->flags;

    if (is_probe(s)) {
        find(s, FINDING_ZERO_WINDOW_PROBE);
        return;
    }
    if (s->t->window == 0 && !(flags & FLAGS_SYN_FIN_RST))
        find(s, FINDING_ZERO_WINDOW);
    if (s->from->has_next && seq_before(s->from->next, s->t->seq) && !(flags & TCP_FLAG_RST)) {
        find(s, FINDING_LOST_SEGMENT);
        s->from->in_flight_unknown = true;
    }
    if (s->p->len <= 1 && s->from->has_next && s->t->seq == s->from->next - 1 &&
        !(flags & FLAGS_SYN_FIN_RST))
        find(s, FINDING_KEEP_ALIVE);
    if (fills_window(s))
        find(s, FINDING_WINDOW_FULL);
    if (says_nothing_new(s))
        judge_repeated_ack(s);
}

/* --- what it says of its peer --- */

static void judge_acknowledgment(struct step *s)
{
    struct tcp_end *from = s->from, *to = s->to;

    if (s->t->ack != from->ack || !from->has_packet) {
        from->ack_packet = s->p->number;
        from->repeats = 0;
    }
    if (!(s->t->flags & TCP_FLAG_ACK) || !to->has_gap_mark ||
        !seq_before(to->without_gap, s->t->ack))
        return;
    /* Told once of what was lost, not with each ACK that follows: what came behind the gap
     * counts from now on, and while nothing does, the repetitions of its ACKs are the mark. */
    if (seq_before(to->without_gap, to->next)) {
        to->without_gap = to->next;
        find(s, FINDING_ACK_UNSEEN);
    } else {
        if (to->repeats == 0)
            find(s, FINDING_ACK_UNSEEN);
        to->repeats = REPEATS_UNSEEN_TOLD;
    }
}

/* --- bytes that were there before --- */

static void judge_repetition(struct step *s)
{
    const struct tcp_end *from = s->from, *to = s->to;
    uint32_t len = s->p->len, end = s->t->seq + len;
    bool syn_fin = s->t->flags & FLAGS_SYN_FIN;
    bool behind = from->has_next && seq_before(s->t->seq, from->next);

    if ((!len && !syn_fin) || has_found(s, FINDING_KEEP_ALIVE))
        return;
    /* The byte of a probe, sent again with what follows it. */
    if (len > 1 && s->t->seq == from->next - 1)
        behind = false;
    if (len && to->has_ack && !seq_before(to->ack, end)) {
        find(s, FINDING_SPURIOUS_RETRANSMISSION);
        return;
    }
    if (!behind)
        return;
    if ((to->repeats >= 2 || to->repeats == REPEATS_UNSEEN_TOLD) && to->ack == s->t->seq &&
        s->p->wall_ns - to->ack_wall_ns < FAST_RETRANSMISSION_NS)
        find(s, FINDING_FAST_RETRANSMISSION);
    else if (s->p->wall_ns - from->next_wall_ns <
                 (s->first_rtt_ns ? s->first_rtt_ns : OVERTAKEN_USUAL_NS) &&
             from->next != end + syn_fin)
        find(s, FINDING_OUT_OF_ORDER);
    else
        find(s, FINDING_RETRANSMISSION);
}

/* --- what is remembered --- */

static void remember_sent(struct step *s, struct tcp_room *room)
{
    struct tcp_end *from = s->from;
    uint32_t end = s->t->seq + s->p->len + (s->t->flags & FLAGS_SYN_FIN ? 1 : 0);

    if (end != s->t->seq)
        tcp_segments_add(&from->unacknowledged, room,
                         &(struct tcp_segment){.packet = s->p->number,
                                               .wall_ns = s->p->wall_ns,
                                               .seq = s->t->seq,
                                               .end = end});
    /* The byte of a probe may not have been taken, and the 0 of a RST that answers a SYN is no
     * number of its sender's (RFC 9293, 3.5.2). */
    if (has_found(s, FINDING_ZERO_WINDOW_PROBE) ||
        (s->t->flags & TCP_FLAG_RST && !from->has_next && end == 0))
        return;
    if (!from->has_next || seq_before(from->next, end)) {
        from->has_next = true;
        from->next = end;
        from->next_wall_ns = s->p->wall_ns;
    }
    if (!from->has_gap_mark || s->t->seq == from->without_gap) {
        from->has_gap_mark = true;
        from->without_gap = from->next;
    }
}

static void remember_said(struct step *s)
{
    struct tcp_end *from = s->from;

    from->window = s->t->window;
    from->ack = s->t->ack;
    from->has_ack = s->t->flags & TCP_FLAG_ACK;
    from->has_packet = true;
    from->ack_wall_ns = s->p->wall_ns;
    from->last_findings = s->found;
    from->sacked = 0;
    /* A block of what is acknowledged anyway says that it came twice (RFC 2883, 4). */
    for (unsigned i = 0; i < s->t->n_sacks; i++)
        if (seq_before(s->t->ack, s->t->sacks[i].right))
            from->sacked += s->t->sacks[i].right - s->t->sacks[i].left;
}

static void acknowledge(struct step *s, struct tcp_room *room, struct packet_note *ret)
{
    struct tcp_segment segment;

    if (!(s->t->flags & TCP_FLAG_ACK))
        return;
    s->to->in_flight_unknown = false;
    if (!tcp_segments_acknowledge(&s->to->unacknowledged, room, s->t->ack, &segment))
        return;
    ret->has |= NOTE_ABOUT;
    ret->about = segment.packet;
    if (s->p->wall_ns >= segment.wall_ns) {
        ret->has |= NOTE_RTT;
        ret->rtt_ns = s->p->wall_ns - segment.wall_ns;
    }
}

static void note_in_flight(const struct step *s, struct packet_note *ret)
{
    uint32_t bytes = tcp_segments_span(&s->from->unacknowledged) - s->to->sacked;

    if (!s->p->len || s->from->in_flight_unknown || !bytes || bytes >= IN_FLIGHT_MAX)
        return;
    ret->has |= NOTE_IN_FLIGHT;
    ret->in_flight_bytes = bytes - (s->t->flags & FLAGS_SYN_FIN ? 1 : 0);
}

/* --- window scaling --- */

static void learn_scaling(struct step *s)
{
    struct tcp_end *from = s->from, *to = s->to;

    if (!(s->t->flags & TCP_FLAG_SYN)) {
        if (s->t->flags & TCP_FLAG_ACK)
            from->first_window = false;
        return;
    }
    from->first_window = true;
    if (s->t->has_window_scale) {
        from->scaling = SCALING_SHIFT;
        from->shift =
            s->t->window_scale > WINDOW_SCALE_MAX ? WINDOW_SCALE_MAX : s->t->window_scale;
        if (s->t->flags & TCP_FLAG_ACK && to->scaling == SCALING_NONE)
            from->scaling = SCALING_NONE;
    } else if (from->scaling == SCALING_UNKNOWN) {
        /* Only what both offer is used. */
        from->scaling = to->scaling = SCALING_NONE;
    }
}

static void note_window(const struct step *s, struct packet_note *ret)
{
    bool syn = s->t->flags & TCP_FLAG_SYN;

    if (!syn && s->from->scaling == SCALING_UNKNOWN)
        return;
    ret->has |= NOTE_WINDOW;
    ret->window_bytes = s->t->window;
    if (!syn && s->from->scaling == SCALING_SHIFT)
        ret->window_bytes <<= s->from->shift;
}

/* --- the connection --- */

static void learn_handshake(struct tcp_track *track, struct conversation *about,
                            const struct step *s)
{
    unsigned flags = s->t->flags & (TCP_FLAG_SYN | TCP_FLAG_ACK);

    if (flags == TCP_FLAG_SYN)
        track->syn_wall_ns = s->p->wall_ns;
    if (flags != TCP_FLAG_ACK || !track->syn_wall_ns || track->first_rtt_ns)
        return;
    track->first_rtt_ns = s->p->wall_ns - track->syn_wall_ns;
    if (s->t->flags & TCP_FLAG_RST || s->p->wall_ns < track->syn_wall_ns)
        return;
    about->has_handshake_rtt = true;
    about->handshake_rtt_ns = track->first_rtt_ns;
}

static void learn_offers(struct conversation *about, const struct step *s)
{
    unsigned from = s->p->from;

    if (!(s->t->flags & TCP_FLAG_SYN))
        return;
    about->sack_permitted[from] = s->t->sack_permitted;
    about->has_window_scale[from] = s->t->has_window_scale;
    about->window_scale[from] = s->t->window_scale;
}

static void learn_completeness(struct conversation *about, const struct step *s, bool first)
{
    unsigned flags = s->t->flags;
    unsigned handshake = flags & (TCP_FLAG_SYN | TCP_FLAG_ACK);

    if (handshake == TCP_FLAG_SYN && first)
        about->completeness |= COMPLETE_SYN | (s->p->len ? COMPLETE_DATA : 0);
    else if (handshake == (TCP_FLAG_SYN | TCP_FLAG_ACK))
        about->completeness |= COMPLETE_SYN_ACK;
    else if (handshake == TCP_FLAG_ACK)
        about->completeness |= s->p->len ? COMPLETE_DATA : COMPLETE_ACK;
    if ((flags & (TCP_FLAG_FIN | TCP_FLAG_ACK)) == (TCP_FLAG_FIN | TCP_FLAG_ACK))
        about->completeness |= COMPLETE_FIN;
    if (flags & TCP_FLAG_RST)
        about->completeness |= COMPLETE_RST;
}

/* Nobody says what state it was in that answered a SYN with RST: there was none. */
static uint8_t state_before_reset(const struct tcp_states *states, unsigned from)
{
    if (!states->of[from] && states->of[!from] == STATE_SYN_SENT)
        return STATE_CLOSE;
    return states->of[from];
}

static void learn_end(struct tcp_track *track, struct conversation *about, const struct step *s)
{
    unsigned from = s->p->from;

    if (s->t->flags & TCP_FLAG_RST && !about->has_reset_by) {
        about->has_reset_by = true;
        about->reset_by = (uint8_t)from;
        about->reset_state = state_before_reset(&track->states, from);
    } else if (s->t->flags & TCP_FLAG_FIN && !about->has_closed_first) {
        about->has_closed_first = true;
        about->closed_first = (uint8_t)from;
    }
    tcp_states_next(&track->states, from, s->t, s->p->len);
}

/* --- the note --- */

static void note_repetition(const struct step *s, struct packet_note *ret)
{
    const uint32_t again = FINDING_BIT(FINDING_RETRANSMISSION) |
                           FINDING_BIT(FINDING_FAST_RETRANSMISSION) |
                           FINDING_BIT(FINDING_SPURIOUS_RETRANSMISSION);

    if (has_found(s, FINDING_DUPLICATE_ACK)) {
        ret->duplicate_acks = (uint32_t)s->from->repeats;
        ret->about = s->from->ack_packet;
        ret->has |= NOTE_ABOUT;
    } else if (s->found & again &&
               tcp_segments_find(&s->from->unacknowledged, s->t->seq, &ret->about)) {
        ret->has |= NOTE_ABOUT;
    }
}

static void note_relative(const struct step *s, struct packet_note *ret)
{
    ret->has |= NOTE_RELATIVE;
    ret->relative_seq = s->t->seq - s->from->base;
    if (s->t->flags & TCP_FLAG_ACK)
        ret->relative_ack = s->t->ack - s->to->base;
}

static void note_states(const struct tcp_track *track, struct packet_note *ret)
{
    ret->states[0] = track->states.of[0];
    ret->states[1] = track->states.of[1];
    if (ret->states[0] || ret->states[1])
        ret->has |= NOTE_STATES;
}

/* A SYN ACK with another number than its sender's before: the SYN was not captured. */
static void begin_answer_anew(struct step *s, struct tcp_room *room)
{
    if ((s->t->flags & (TCP_FLAG_SYN | TCP_FLAG_ACK)) != (TCP_FLAG_SYN | TCP_FLAG_ACK) ||
        !s->from->has_base || s->t->seq == s->from->base)
        return;
    s->from->base = s->t->seq;
    tcp_segments_done(&s->from->unacknowledged, room);
    find(s, FINDING_PORT_REUSED);
}

void tcp_analyse(struct tcp_track *track, struct tcp_room *room, struct conversation *about,
                 const struct tcp_packet *p, uint32_t before, struct packet_note *ret)
{
    struct step s = {.p = p,
                     .t = p->facts,
                     .from = &track->ends[p->from],
                     .to = &track->ends[!p->from],
                     .first_rtt_ns = track->first_rtt_ns,
                     .found = before};
    bool first = !s.from->has_packet && !s.to->has_packet;

    /* A RST may have carried a number that was not its sender's (RFC 9293, 3.5.2): a SYN sent
     * again sets that right. */
    if (is_syn(p->facts) && s.from->has_gap_mark)
        s.from->next = s.from->without_gap;
    begin_answer_anew(&s, room);
    set_bases(&s);
    judge_sequence(&s);
    judge_acknowledgment(&s);
    judge_repetition(&s);
    note_repetition(&s, ret);
    note_relative(&s, ret);
    note_window(&s, ret);
    remember_sent(&s, room);
    remember_said(&s);
    acknowledge(&s, room, ret);
    note_in_flight(&s, ret);
    learn_scaling(&s);
    learn_handshake(track, about, &s);
    learn_offers(about, &s);
    learn_completeness(about, &s, first);
    learn_end(track, about, &s);
    note_states(track, ret);
    ret->findings = s.found;
}
