/* bind(2) said that the address is in use. */
#include <errno.h>

#include "core/base/text.h"
#include "core/why/rules_words.h"

static const struct attempt *in_use(const struct evidence *e)
{
    const struct attempt *a = e->subject == WHY_BIND ? evidence_decisive(e) : NULL;

    return a && a->error == -EADDRINUSE ? a : NULL;
}

/* Whether two sockets bound like this meet: one of them has every address of a family that both
 * have, or both have the same one. */
static bool conflicts(const struct row *row, const struct attempt *a)
{
    struct row asked = {.local = a->to, .v6only = a->v6only};

    return row->local.port == a->to.port &&
           (row_covers(row, &a->to) || row_covers(&asked, &row->local));
}

typedef bool state_test(const struct row *row);

static bool is_listener(const struct row *row)
{
    return row->state == STATE_LISTEN;
}

static bool is_time_wait(const struct row *row)
{
    return row->state == STATE_TIME_WAIT;
}

static bool is_bound(const struct row *row)
{
    return row->state == STATE_BOUND_INACTIVE || (row->state == STATE_CLOSE);
}

static bool is_connection(const struct row *row)
{
    return row->state == STATE_ESTABLISHED || row->state == STATE_SYN_SENT ||
           row->state == STATE_SYN_RECV || row->state == STATE_CLOSE_WAIT;
}

static bool is_closing(const struct row *row)
{
    return row->state == STATE_FIN_WAIT1 || row->state == STATE_FIN_WAIT2 ||
           row->state == STATE_LAST_ACK || row->state == STATE_CLOSING;
}

static const struct sighting *holder_of(const struct evidence *e, const struct attempt *a,
                                        state_test *test)
{
    for (size_t i = 0; a && i < e->n_sightings; i++) {
        const struct sighting *s = &e->sightings[i];

        if (s->own_netns && test(&s->row) && conflicts(&s->row, a))
            return s;
    }
    return NULL;
}

/* socket(7), net/ipv4/inet_connection_sock.c: two sockets meet unless both have SO_REUSEADDR and
 * neither listens.  Ours has it here, so another is in the way only if it lacks it, which sock_diag
 * does not tell: of several kinds that may, none is sure. */
static bool with_reuse(const struct evidence *e)
{
    return e->endpoint.scheme != ENDPOINT_UDP && !e->no_reuseaddr;
}

static enum confidence how_sure(const struct evidence *e, const struct attempt *a)
{
    static state_test *const tests[] = {is_time_wait, is_bound, is_connection, is_closing};
    size_t kinds = 0;

    if (!with_reuse(e))
        return CONFIDENCE_CERTAIN;
    if (holder_of(e, a, is_listener))
        return CONFIDENCE_LIKELY;
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        kinds += holder_of(e, a, tests[i]) != NULL;
    return kinds > 1 ? CONFIDENCE_LIKELY : CONFIDENCE_CERTAIN;
}

static enum confidence by_listener(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = in_use(e);
    const struct sighting *s = holder_of(e, a, is_listener);
    char on[ADDR_TEXT_BYTES], holder[SIGHTING_HOLDER_BYTES];

    if (!s)
        return CONFIDENCE_NONE;
    say_summary(ret, "%s listens on %s.", sighting_holder(s, holder),
                addr_format(&s->row.local, on));
    say_fix(ret, "Stop %s, or take another port.", holder);
    return CONFIDENCE_CERTAIN;
}

static enum confidence by_time_wait(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = in_use(e);
    const struct sighting *s = holder_of(e, a, is_time_wait);
    char local[ADDR_TEXT_BYTES], peer[ADDR_TEXT_BYTES], left[TEXT_DURATION_BYTES];

    if (!s)
        return CONFIDENCE_NONE;
    say_summary(ret, "A connection %s -> %s is in TIME_WAIT for %s more%s.",
                addr_format(&s->row.local, local), addr_format(&s->row.peer, peer),
                text_duration((uint64_t)s->row.timer_ms * 1000000, left),
                with_reuse(e) ? ", and its socket had no SO_REUSEADDR" : "");
    if (with_reuse(e))
        say_fix(ret, "Set SO_REUSEADDR on the socket that made that connection, too.");
    else
        say_fix(ret, "Set SO_REUSEADDR before bind(): then TIME_WAIT does not hold the port.");
    say_fix(ret, "Or wait %s.", left);
    return how_sure(e, a);
}

static enum confidence by_connection(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = in_use(e);
    const struct sighting *s = holder_of(e, a, is_connection);
    char local[ADDR_TEXT_BYTES], peer[ADDR_TEXT_BYTES], holder[SIGHTING_HOLDER_BYTES];

    if (!s)
        return CONFIDENCE_NONE;
    say_summary(ret, "%s has the port in a connection %s -> %s (%s).",
                sighting_holder(s, holder), addr_format(&s->row.local, local),
                addr_format(&s->row.peer, peer), state_name((enum socket_state)s->row.state));
    say_fix(ret, "Take another port, or end that connection.");
    if (e->endpoint.scheme != ENDPOINT_UDP)
        say_fix(ret, "SO_REUSEADDR on both sockets allows it.");
    return how_sure(e, a);
}

static enum confidence by_closing(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = in_use(e);
    const struct sighting *s = holder_of(e, a, is_closing);
    char local[ADDR_TEXT_BYTES], peer[ADDR_TEXT_BYTES];

    if (!s)
        return CONFIDENCE_NONE;
    say_summary(ret, "A connection %s -> %s is still being closed (%s)%s.",
                addr_format(&s->row.local, local), addr_format(&s->row.peer, peer),
                state_name((enum socket_state)s->row.state),
                with_reuse(e) ? ", and its socket had no SO_REUSEADDR" : "");
    if (with_reuse(e))
        say_fix(ret, "Set SO_REUSEADDR on the socket that made that connection, too, or wait.");
    else
        say_fix(ret, "Set SO_REUSEADDR before bind(), or wait until it is closed.");
    return how_sure(e, a);
}

static enum confidence by_bound(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = in_use(e);
    const struct sighting *s = holder_of(e, a, is_bound);
    char on[ADDR_TEXT_BYTES], holder[SIGHTING_HOLDER_BYTES];
    bool tcp = e->endpoint.scheme != ENDPOINT_UDP;

    if (!s)
        return CONFIDENCE_NONE;
    say_summary(ret, "%s has a socket bound to %s%s.", sighting_holder(s, holder),
                addr_format(&s->row.local, on),
                tcp ? " that neither listens nor is connected" : "");
    say_fix(ret, "Stop %s, or take another port.", holder);
    return how_sure(e, a);
}

/* In the order of how sure each is to be in the way: one that listens always is. */
const struct rule rules_bind[] = {
    {"port-in-use-listener", by_listener}, {"port-in-use-bound", by_bound},
    {"port-in-use-connection", by_connection}, {"port-in-use-closing", by_closing},
    {"port-in-use-time-wait", by_time_wait}, {NULL, NULL},
};
