/* Nothing is wrong: what was asked for worked. */
#include <stdio.h>
#include <string.h>

#include "core/why/sighting_words.h"

static void say_answers(const struct attempt *a, const char *to, const char *took,
                        struct saying *ret)
{
    const uint8_t *end = memchr(a->peek, '\n', a->peek_len);
    char line[80], quiet[TEXT_DURATION_BYTES];

    if (a->peek_len > 7 && memcmp(a->peek, "HTTP/1.", 7) == 0 && end) {
        text_clean(a->peek, (size_t)(end - a->peek) - (end[-1] == '\r'), line, sizeof(line));
        say_summary(ret, "%s answers: connected after %s; it says \"%s\".", to, took, line);
    } else if (a->sent_bytes && a->listened && !a->received_bytes && !a->peer_closed) {
        say_summary(
            ret, "%s answers: connected after %s; it took %llu bytes, and said nothing for %s.",
            to, took, (unsigned long long)a->sent_bytes, text_duration(a->quiet_ns, quiet));
    } else {
        say_summary(ret, "%s answers: connected after %s.", to, took);
    }
}

/* What was said is sent again and again, and nobody acknowledges it. */
static bool is_unacknowledged(const struct evidence *e, const struct attempt *a)
{
    const struct sighting *s = evidence_ours(e);
    uint64_t again = 0, held_here = 0, unacked;

    if (!s || e->subject != WHY_CONNECT || a->received_bytes || !sighting_newest(s)->wqueue ||
        !sighting_info(s, TCP_INFO_unacked, &unacked))
        return false;
    sighting_info(s, TCP_INFO_timeouts, &again);
    sighting_info(s, TCP_INFO_probes, &held_here); /* what could not leave is tried again so */
    return unacked ? again : held_here;
}

static enum confidence healthy(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = evidence_decisive(e);
    char to[sizeof(e->target)], took[TEXT_DURATION_BYTES];

    if (!a || a->error || a->undecided || a->send_error || a->recv_error)
        return CONFIDENCE_NONE;
    if (e->subject == WHY_CONNECT && e->endpoint.scheme == ENDPOINT_UDP && !a->received_bytes)
        return CONFIDENCE_NONE;
    if (is_unacknowledged(e, a)) {
        say_ruled_out(ret, "nobody acknowledges what was said");
        return CONFIDENCE_NONE;
    }
    snprintf(to, sizeof(to), "%s", e->target);
    text_duration(a->elapsed_ns, took);
    if (e->subject == WHY_BIND)
        say_summary(ret, "%s can be bound.", to);
    else
        say_answers(a, to, took, ret);
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

    if (!s || sighting_vanished(s) || is_held(s))
        return CONFIDENCE_NONE;
    row = sighting_newest(s);
    if (row->state == STATE_LISTEN)
        say_summary(ret, "It listens: %u connections wait to be accepted where %u may.",
                    row->rqueue, row->wqueue);
    else
        say_summary(ret, "Nothing holds it up: %s, Recv-Q %u, Send-Q %u.",
                    state_name((enum socket_state)row->state), row->rqueue, row->wqueue);
    return CONFIDENCE_LIKELY;
}

const struct rule rules_healthy[] = {
    {"healthy", healthy},
    {"healthy", socket_healthy},
    {NULL, NULL},
};
