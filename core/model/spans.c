#include "core/model/spans.h"

#include <stdio.h>

#include "core/base/text.h"

/* A stretch that ended at end_ns; 0: it did not happen, or has not ended yet.  *at_ns moves on. */
static void add_phase(struct spans *s, const char *label, uint64_t *at_ns, uint64_t end_ns)
{
    if (!end_ns || end_ns < *at_ns)
        return;
    s->list[s->n++] = (struct span){.label = label, .from_ns = *at_ns, .until_ns = end_ns};
    *at_ns = end_ns;
}

/* The phase that a session is in, or failed in; NULL: none. */
static const char *phase_now(const struct session_status *status)
{
    const struct phases *p = &status->phases;
    bool tls = status->endpoint.scheme == ENDPOINT_TLS;

    if (status->state == SESSION_CLOSED || p->first_byte)
        return NULL;
    if (!p->resolved && !p->connected)
        return status->server_id ? NULL : "resolve";
    if (!p->connected)
        return "connect";
    if (status->proxy[0] && !p->proxied)
        return "proxy";
    if (tls && !p->secured)
        return "tls";
    return status->state == SESSION_FAILED ? NULL : "first byte";
}

void spans_of_session(struct spans *s, const struct session_status *status, uint64_t now_ns)
{
    const struct phases *p = &status->phases;
    const char *now = phase_now(status);
    uint64_t at_ns = p->begun ? p->begun : status->opened_ns;
    bool failed = status->state == SESSION_FAILED;

    *s = (struct spans){0};
    add_phase(s, "resolve", &at_ns, p->resolved);
    add_phase(s, "connect", &at_ns, p->connected);
    add_phase(s, "proxy", &at_ns, p->proxied);
    add_phase(s, "tls", &at_ns, p->secured);
    add_phase(s, "first byte", &at_ns, p->first_byte);
    if (failed)
        now_ns = status->changed_ns;
    if (!now || now_ns < at_ns)
        return;
    s->list[s->n++] = (struct span){.label = now,
                                    .from_ns = at_ns,
                                    .until_ns = now_ns,
                                    .end = failed ? SPAN_FAILED : SPAN_LASTS};
}

void spans_of_states(struct spans *s, const struct state_path *path)
{
    *s = (struct spans){.forgotten = path->forgotten};
    for (size_t i = 0; i < path->n; i++) {
        bool last = i + 1 == path->n;

        s->list[s->n++] = (struct span){
            .label = state_name((enum socket_state)path->steps[i].state),
            .from_ns = path->steps[i].from_ns,
            .until_ns = last ? path->seen_ns : path->steps[i + 1].from_ns,
            .end = last && !path->gone ? SPAN_LASTS : SPAN_ENDED,
            .unseen = i == 0 && !path->steps[i].exact,
        };
    }
}

bool spans_range(const struct spans *s, uint64_t *ret_from_ns, uint64_t *ret_until_ns)
{
    uint64_t until_ns = 0;

    for (size_t i = 0; i < s->n; i++)
        if (s->list[i].until_ns > until_ns)
            until_ns = s->list[i].until_ns;
    if (!s->n)
        return false;
    *ret_from_ns = s->list[0].from_ns;
    *ret_until_ns = until_ns;
    return true;
}

const char *span_text(const struct span *s, char buf[SPAN_TEXT_BYTES])
{
    char time[TEXT_DURATION_BYTES];

    text_duration(s->until_ns > s->from_ns ? s->until_ns - s->from_ns : 0, time);
    snprintf(buf, SPAN_TEXT_BYTES, "%s%s%s", s->unseen ? ">" : "", time,
             s->end == SPAN_LASTS    ? " so far"
             : s->end == SPAN_FAILED ? ", failed"
                                     : "");
    return buf;
}
