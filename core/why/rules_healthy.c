/* Nothing is wrong: what was asked for worked. */
#include "core/why/rules_words.h"

#include <stdio.h>

#include "core/base/text.h"

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

static enum confidence socket_healthy(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_ours(e);

    if (e->subject != WHY_SOCKET || !s)
        return CONFIDENCE_NONE;
    say_summary(ret, "Nothing holds it up: %s, Recv-Q %u, Send-Q %u.",
                state_name((enum socket_state)s->row.state), s->row.rqueue, s->row.wqueue);
    return CONFIDENCE_POSSIBLE;
}

const struct rule rules_healthy[] = {
    {"healthy", healthy},
    {"healthy", socket_healthy},
    {NULL, NULL},
};
