/* Nothing is wrong: what was asked for worked. */
#include <stdio.h>

#include "core/why/sighting_words.h"

static enum confidence healthy(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = evidence_decisive(e);
    char to[sizeof(e->target)], took[TEXT_DURATION_BYTES];

    if (!a || a->error || a->undecided || a->send_error || a->recv_error)
        return CONFIDENCE_NONE;
    if (e->subject == WHY_CONNECT && e->endpoint.scheme == ENDPOINT_UDP && !a->received_bytes)
        return CONFIDENCE_NONE;
    snprintf(to, sizeof(to), "%s", e->target);
    text_duration(a->elapsed_ns, took);
    if (e->subject == WHY_BIND)
        say_summary(ret, "%s can be bound.", to);
    else
        say_summary(ret, "%s answers: connected after %s.", to, took);
    return CONFIDENCE_LIKELY;
}

/* Bytes that wait, and are not fewer than before. */
static bool is_held(const struct sighting *s)
{
    uint64_t acked;

    if (s->row.state == STATE_LISTEN)
        return s->row.rqueue > s->row.wqueue;
    if (!sighting_stays(s) || !s->row.wqueue || s->row_later.wqueue < s->row.wqueue)
        return false;
    return !sighting_grew(s, TCP_INFO_bytes_acked, &acked) || !acked;
}

static enum confidence socket_healthy(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_asked(e);
    const struct row *row;

    if (!s || sighting_vanished(s))
        return CONFIDENCE_NONE;
    row = sighting_newest(s);
    if (row->state == STATE_LISTEN)
        say_summary(ret, "It listens: %u connections wait to be accepted where %u may.",
                    row->rqueue, row->wqueue);
    else
        say_summary(ret, "Nothing holds it up: %s, Recv-Q %u, Send-Q %u.",
                    state_name((enum socket_state)row->state), row->rqueue, row->wqueue);
    return is_held(s) ? CONFIDENCE_POSSIBLE : CONFIDENCE_LIKELY;
}

const struct rule rules_healthy[] = {
    {"healthy", healthy},
    {"healthy", socket_healthy},
    {NULL, NULL},
};
