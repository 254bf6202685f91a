/* Closing: a connection that is ending, or should be. */
#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/why/rules_words.h"

/* So many connections in TIME_WAIT on one port are worth a word; a quarter of the port range is. */
#define MANY_OF_RANGE 4

static bool stays(const struct sighting *s, enum socket_state state)
{
    return s && s->row.state == state && (!s->later || s->row_later.state == state);
}

static enum confidence close_wait_leak(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_ours(e);
    char holder[SIGHTING_HOLDER_BYTES], peer[ADDR_TEXT_BYTES];

    if (!stays(s, STATE_CLOSE_WAIT) || !s->later)
        return CONFIDENCE_NONE;
    say_summary(ret, "%s has closed its side, and %s has not closed its own.",
                addr_format(&s->row.peer, peer), sighting_holder(s, holder));
    if (s->process.pid)
        say_fix(ret,
                "%s must close() the socket when read gives 0: lsof -p %d -a -i shows which.",
                holder, s->process.pid);
    return CONFIDENCE_CERTAIN;
}

static enum confidence half_closed(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_ours(e);
    char holder[SIGHTING_HOLDER_BYTES], peer[ADDR_TEXT_BYTES];

    if (!stays(s, STATE_FIN_WAIT2) || !s->row.inode)
        return CONFIDENCE_NONE;
    say_summary(ret, "%s has closed its sending side and still reads; %s has not closed.",
                sighting_holder(s, holder), addr_format(&s->row.peer, peer));
    say_fix(ret,
            "Nothing, when it waits for the rest of an answer; else close() on both sides.");
    return CONFIDENCE_CERTAIN;
}

static enum confidence fin_wait_orphan(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_ours(e);
    char peer[ADDR_TEXT_BYTES];

    if (!s || s->row.inode ||
        (s->row.state != STATE_FIN_WAIT1 && s->row.state != STATE_FIN_WAIT2 &&
         s->row.state != STATE_CLOSING && s->row.state != STATE_LAST_ACK))
        return CONFIDENCE_NONE;
    say_summary(ret, "No process holds it any more (%s): the kernel waits for %s to close.",
                state_name((enum socket_state)s->row.state), addr_format(&s->row.peer, peer));
    say_fix(ret, "Nothing: it ends by itself, after tcp_fin_timeout in FIN_WAIT2.");
    return CONFIDENCE_CERTAIN;
}

static size_t count_time_wait(const struct evidence *e)
{
    size_t n = 0;

    for (size_t i = 0; i < e->n_sightings; i++)
        n += e->sightings[i].own_netns && e->sightings[i].row.state == STATE_TIME_WAIT;
    return n + e->sightings_left_out;
}

static enum confidence time_wait_normal(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_ours(e);
    char left[TEXT_DURATION_BYTES];

    if (!s || s->row.state != STATE_TIME_WAIT)
        return CONFIDENCE_NONE;
    say_summary(ret, "This side closed first; TIME_WAIT keeps late segments away for %s more.",
                text_duration((uint64_t)s->row.timer_ms * CLOCK_MS_NS, left));
    say_fix(ret, "Nothing: it is how TCP ends (RFC 9293, 3.6).");
    return CONFIDENCE_CERTAIN;
}

static enum confidence time_wait_many(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_ours(e);
    const struct limit_facts *limits = &e->surroundings.limits;
    size_t n = count_time_wait(e);
    unsigned range = limits->has_port_range ? limits->port_high - limits->port_low + 1U : 28232;

    if (!s || s->row.state != STATE_TIME_WAIT || n * MANY_OF_RANGE < range)
        return CONFIDENCE_NONE;
    say_summary(ret, "%zu connections of this port are in TIME_WAIT, of %u ports there are.", n,
                range);
    say_fix(ret,
            "Keep connections open and use them again, or let the other side close first.");
    return CONFIDENCE_CERTAIN;
}

const struct rule rules_closing[] = {
    {"close-wait-leak", close_wait_leak},   {"half-closed", half_closed},
    {"fin-wait-orphan", fin_wait_orphan},   {"time-wait-many", time_wait_many},
    {"time-wait-normal", time_wait_normal}, {NULL, NULL},
};
