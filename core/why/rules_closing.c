/* Closing: a connection that is ending, or should be. */
#include <stdio.h>

#include "core/why/sighting_words.h"

static bool is_in(const struct sighting *s, enum socket_state state)
{
    return s && s->row.state == state && (!s->later || s->row_later.state == state);
}

/* --- the peer has closed ----------------------------------------------------------------------- */

/* How long a peer that has close()d still knows the connection: tcp_fin_timeout is 60 s.  After it
 * nothing that this side sends can be read. */
#define FORGOTTEN_NS (60 * CLOCK_SECOND_NS)

/* Since when it has been closed there: what comes from the peer later than its FIN answers our own
 * data, of which there was none. */
static uint64_t closed_since_ns(const struct sighting *s)
{
    uint64_t ms;

    if (!sighting_info(s, TCP_INFO_last_ack_recv, &ms) || ms * CLOCK_MS_NS < s->between_ns)
        return s->between_ns;
    return ms * CLOCK_MS_NS;
}

/* The peer's end, where it can be seen, has no process or is no more: it was close()d, not only
 * shut down. */
static bool peer_has_left(const struct evidence *e)
{
    const struct sighting *peer = evidence_peer(e);

    if (peer)
        return !peer->row.inode || sighting_vanished(peer);
    return e->rows_seen && e->route.kind == ROUTE_LOCAL && e->route.seen;
}

static enum confidence close_wait_leak(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_asked(e);
    char holder[SIGHTING_HOLDER_BYTES], peer[ADDR_TEXT_BYTES], since[TEXT_DURATION_BYTES];
    uint64_t sent;

    if (!is_in(s, STATE_CLOSE_WAIT) || !s->later)
        return CONFIDENCE_NONE;
    /* A half-closed connection is still of use to a program that is answering. */
    if ((sighting_grew(s, TCP_INFO_bytes_sent, &sent) && sent) || s->row_later.wqueue) {
        say_ruled_out(ret, "this side still sends");
        return CONFIDENCE_NONE;
    }
    addr_format(&s->row.peer, peer);
    text_duration(closed_since_ns(s), since);
    if (!s->row.inode)
        say_summary(ret, "%s has closed its side for %s, and no program has even accepted it.",
                    peer, since);
    else
        say_summary(ret, "%s has closed its side for %s, and %s has not closed its own%s.",
                    peer, since, sighting_holder(s, holder),
                    s->row_later.rqueue ? " nor read to the end" : "");
    if (s->process.pid && s->row.inode)
        say_fix(ret,
                "%s must close() the socket when read gives 0: lsof -p %d -a -i shows which.",
                holder, s->process.pid);
    return closed_since_ns(s) >= FORGOTTEN_NS || peer_has_left(e) ? CONFIDENCE_CERTAIN
                                                                  : CONFIDENCE_LIKELY;
}

/* --- this side has ------------------------------------------------------------------------------ */

static enum confidence half_closed(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_asked(e);
    char holder[SIGHTING_HOLDER_BYTES], peer[ADDR_TEXT_BYTES];

    if (!is_in(s, STATE_FIN_WAIT2) || !s->row.inode)
        return CONFIDENCE_NONE;
    say_summary(ret, "%s has closed its sending side and still reads; %s has not closed.",
                sighting_holder(s, holder), addr_format(&s->row.peer, peer));
    say_fix(ret,
            "Nothing, when it waits for the rest of an answer; else close() on both sides.");
    return CONFIDENCE_CERTAIN;
}

static enum confidence fin_wait_orphan(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_asked(e);
    char peer[ADDR_TEXT_BYTES], unsent[64] = "";

    if (!s || s->row.inode ||
        (s->row.state != STATE_FIN_WAIT1 && s->row.state != STATE_FIN_WAIT2 &&
         s->row.state != STATE_CLOSING && s->row.state != STATE_LAST_ACK))
        return CONFIDENCE_NONE;
    if (s->row.wqueue > 1) /* its FIN is one */
        snprintf(unsent, sizeof(unsent), " and has %u bytes to bring to it", s->row.wqueue - 1);
    /* Of these two the peer has closed already. */
    say_summary(ret, "No process holds it any more (%s): the kernel waits for %s to %s%s.",
                state_name((enum socket_state)s->row.state), addr_format(&s->row.peer, peer),
                s->row.state == STATE_LAST_ACK || s->row.state == STATE_CLOSING
                    ? "acknowledge that this side has closed, too"
                    : "close",
                unsent);
    say_fix(ret, "Nothing: it ends by itself, %s.",
            s->row.state == STATE_FIN_WAIT2 ? "after tcp_fin_timeout"
                                            : "after tcp_orphan_retries timeouts");
    return CONFIDENCE_CERTAIN;
}

/* --- TIME_WAIT ------------------------------------------------------------------------------------ */

/* So many of all ports are taken for a minute each: at that rate the rest is gone within it, too. */
#define MANY_OF_RANGE 4
/* net.ipv4.ip_local_port_range as the kernel begins with it: 32768 to 60999. */
#define USUAL_RANGE 28232

static enum confidence time_wait_normal(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_asked(e);
    char left[TEXT_DURATION_BYTES], holder[SIGHTING_HOLDER_BYTES] = "";

    if (!s || s->row.state != STATE_TIME_WAIT)
        return CONFIDENCE_NONE;
    if (s->process.pid && s->owner_past)
        sighting_holder(s, holder);
    say_summary(ret,
                "This side%s%s closed first; TIME_WAIT keeps late segments away for %s more.",
                holder[0] ? ", that " : "", holder,
                text_duration((uint64_t)s->row.timer_ms * CLOCK_MS_NS, left));
    say_fix(ret, "Nothing: it is how TCP ends (RFC 9293, 3.6).");
    return CONFIDENCE_CERTAIN;
}

static enum confidence time_wait_many(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_asked(e);
    const struct limit_facts *limits = &e->surroundings.limits;
    unsigned range =
        limits->has_port_range ? limits->port_high - limits->port_low + 1U : USUAL_RANGE;

    if (!s || s->row.state != STATE_TIME_WAIT || e->time_waits * MANY_OF_RANGE < range)
        return CONFIDENCE_NONE;
    say_summary(ret,
                "%zu connections of these ports are in TIME_WAIT; there are %u ports to "
                "connect from.",
                e->time_waits, range);
    say_fix(ret,
            "Keep connections open and use them again, or let the other side close first.");
    return CONFIDENCE_CERTAIN;
}

const struct rule rules_closing[] = {
    {"fin-wait-orphan", fin_wait_orphan},   {"close-wait-leak", close_wait_leak},
    {"half-closed", half_closed},           {"time-wait-many", time_wait_many},
    {"time-wait-normal", time_wait_normal}, {NULL, NULL},
};
