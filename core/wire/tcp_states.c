#include "core/wire/tcp_states.h"

#include "core/model/snapshot.h"
#include "core/wire/tcp_segments.h"

static bool acknowledges_fin(const struct tcp_states *s, unsigned whose,
                             const struct tcp_facts *t)
{
    return t->flags & TCP_FLAG_ACK && s->has_fin[whose] &&
           !seq_before(t->ack, s->fin_end[whose]);
}

static void syn(struct tcp_states *s, unsigned from, bool ack)
{
    if (s->of[from] == STATE_ESTABLISHED) /* sent again: its peer has not seen the last ACK */
        return;
    s->of[from] = ack ? STATE_SYN_RECV : STATE_SYN_SENT;
    if (ack && !s->of[!from])
        s->of[!from] = STATE_SYN_SENT;
}

/* Whoever speaks without SYN has a connection; so has whoever is acknowledged. */
static void established(struct tcp_states *s, unsigned from)
{
    unsigned to = !from;

    if (!s->of[from] || s->of[from] == STATE_SYN_SENT)
        s->of[from] = STATE_ESTABLISHED;
    if (!s->of[to] || s->of[to] == STATE_SYN_RECV)
        s->of[to] = STATE_ESTABLISHED;
}

static void fin_acknowledged(struct tcp_states *s, unsigned whose)
{
    switch (s->of[whose]) {
    case STATE_FIN_WAIT1:
        s->of[whose] = STATE_FIN_WAIT2;
        break;
    case STATE_CLOSING:
        s->of[whose] = STATE_TIME_WAIT;
        break;
    case STATE_LAST_ACK:
        s->of[whose] = STATE_CLOSE;
        break;
    default:
        break;
    }
}

static void fin_sent(struct tcp_states *s, unsigned from, bool knows_peers)
{
    switch (s->of[from]) {
    case STATE_CLOSE_WAIT:
        s->of[from] = knows_peers ? STATE_LAST_ACK : STATE_CLOSING;
        break;
    case STATE_ESTABLISHED:
    case STATE_SYN_RECV:
        s->of[from] = STATE_FIN_WAIT1;
        break;
    default:
        break;
    }
}

static void fin_received(struct tcp_states *s, unsigned to)
{
    switch (s->of[to]) {
    case STATE_ESTABLISHED:
    case STATE_SYN_RECV:
        s->of[to] = STATE_CLOSE_WAIT;
        break;
    case STATE_FIN_WAIT1:
        s->of[to] = STATE_CLOSING;
        break;
    case STATE_FIN_WAIT2:
        s->of[to] = STATE_TIME_WAIT;
        break;
    default:
        break;
    }
}

void tcp_states_next(struct tcp_states *s, unsigned from, const struct tcp_facts *t,
                     uint32_t len)
{
    unsigned to = !from;

    if (t->flags & TCP_FLAG_RST) {
        s->of[0] = s->of[1] = STATE_CLOSE;
        return;
    }
    if (t->flags & TCP_FLAG_SYN) {
        syn(s, from, t->flags & TCP_FLAG_ACK);
        return;
    }
    if (s->of[from] == STATE_CLOSE)
        return;
    if (t->flags & TCP_FLAG_ACK)
        established(s, from);
    if (acknowledges_fin(s, to, t))
        fin_acknowledged(s, to);
    if (t->flags & TCP_FLAG_FIN && !s->has_fin[from]) {
        s->has_fin[from] = true;
        s->fin_end[from] = t->seq + len + 1;
        fin_sent(s, from, acknowledges_fin(s, to, t));
        fin_received(s, to);
    }
}
