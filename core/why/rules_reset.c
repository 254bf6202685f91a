/* Reset: a connection that was there was torn down.
 *
 * tcp:tcp_send_reset says why the kernel sent it (include/net/rstreason.h); it is certain where the
 * sender is on this host.  Else the packets and the errno leave some causes open. */
#include <errno.h>
#include <string.h>

#include "core/why/sighting_words.h"

/* The two ends of the connection that was torn, from our side. */
struct torn {
    struct addr local, peer;
    const struct wire_facts *wire;
    const struct sighting *ours; /* as it was; NULL: not seen */
    int error;                   /* negative errno that a call of ours gave; 0: none */
    bool by_us;                  /* our own kernel sent the reset, or gave up */
};

static bool is_reset_error(int error)
{
    return error == -ECONNRESET || error == -EPIPE || error == -ECONNABORTED ||
           error == -ETIMEDOUT;
}

static const struct kernel_event *event(const struct evidence *e, const struct torn *t,
                                        enum kernel_event_kind kind, const char *reason)
{
    return evidence_event(e, kind, &t->local, &t->peer, reason);
}

/* The program's errno to come, at one end or the other. */
static const struct kernel_event *report(const struct evidence *e, const struct torn *t,
                                         int error)
{
    for (size_t i = 0; i < e->n_events; i++) {
        const struct kernel_event *k = &e->events[i];
        struct addr local = addr_unmapped(&k->local), peer = addr_unmapped(&k->peer);

        if (k->kind == KERNEL_ERROR_REPORT && k->error == error &&
            ((addr_equal(&local, &t->local) && addr_equal(&peer, &t->peer)) ||
             (addr_equal(&local, &t->peer) && addr_equal(&peer, &t->local))))
            return k;
    }
    return NULL;
}

static bool torn_attempt(const struct evidence *e, struct torn *t)
{
    const struct attempt *a = evidence_decisive(e);

    /* Who was never connected has no connection that could be torn: send(2), EPIPE. */
    if (!a || e->subject != WHY_CONNECT || a->to.family == AF_UNSPEC)
        return false;
    *t = (struct torn){.local = addr_unmapped(&a->from),
                       .peer = addr_unmapped(&a->to),
                       .wire = &a->wire,
                       .ours = evidence_ours(e),
                       .error = a->recv_error ? a->recv_error : a->send_error};
    if (!t->error && a->error != -ETIMEDOUT && is_reset_error(a->error))
        t->error = a->error;
    return is_reset_error(t->error) || (a->wire.rst_in && a->wire.syn_ack_in);
}

static bool torn_socket(const struct evidence *e, struct torn *t)
{
    const struct sighting *s = evidence_asked(e);

    if (e->subject != WHY_SOCKET || e->peer.family == AF_UNSPEC || (s && !sighting_vanished(s)))
        return false;
    *t = (struct torn){.local = addr_unmapped(&e->local),
                       .peer = addr_unmapped(&e->peer),
                       .wire = &e->wire,
                       .ours = s};
    return e->wire.rst_in || e->wire.rst_out || event(e, t, KERNEL_RECEIVE_RESET, "") ||
           event(e, t, KERNEL_SEND_RESET, "") || report(e, t, ETIMEDOUT);
}

static bool torn(const struct evidence *e, struct torn *t)
{
    const struct kernel_event *sent;

    if (!torn_attempt(e, t) && !torn_socket(e, t))
        return false;
    sent = event(e, t, KERNEL_SEND_RESET, "");
    if (sent) {
        struct addr local = addr_unmapped(&sent->local);

        t->by_us = addr_equal(&local, &t->local);
    } else {
        t->by_us = t->wire->rst_out && !t->wire->rst_in;
    }
    return true;
}

static const struct kernel_event *sent_because(const struct evidence *e, const struct torn *t,
                                               const char *reason)
{
    return event(e, t, KERNEL_SEND_RESET, reason);
}

/* "this side" or the peer's address: whose kernel sent it. */
static const char *who(const struct torn *t, char buf[ADDR_TEXT_BYTES])
{
    return addr_format(t->by_us ? &t->local : &t->peer, buf);
}

/* It came another way than the peer's other packets: routers count the TTL down. */
static bool has_other_ttl(const struct torn *t)
{
    return t->wire->rst_in && t->wire->has_rst_in_ttl && t->wire->has_reply_ttl &&
           t->wire->rst_in_ttl != t->wire->reply_ttl;
}

/* The kernel told of the reset when it came, and none of this host's told of one that it sent; the
 * peer is on this host. */
static bool nobody_here_sent_it(const struct evidence *e, const struct torn *t)
{
    const struct route_facts *route = evidence_route(e);

    return e->events_seen && event(e, t, KERNEL_RECEIVE_RESET, "") &&
           !event(e, t, KERNEL_SEND_RESET, "") &&
           (evidence_peer(e) || (route->seen && route->kind == ROUTE_LOCAL));
}

/* Only the packets are known, all of them, and they look like the peer's own. */
static bool only_wire(const struct evidence *e, const struct torn *t)
{
    return t->wire->rst_in && t->wire->syn_ack_in + t->wire->syn_ack_out &&
           !event(e, t, KERNEL_SEND_RESET, "") && !has_other_ttl(t) &&
           !nobody_here_sent_it(e, t);
}

/* --- closed with unread bytes ------------------------------------------------------------------ */

/* What the socket at that end still held when the kernel destroyed it; 0: not told. */
static uint32_t unread_there(const struct evidence *e, const struct torn *t)
{
    const struct addr *end = t->by_us ? &t->local : &t->peer;

    for (size_t i = 0; i < e->n_events; i++) {
        const struct kernel_event *k = &e->events[i];
        struct addr local = addr_unmapped(&k->local);

        if (k->kind == KERNEL_DESTROYED && addr_equal(&local, end) && k->unread_bytes)
            return k->unread_bytes;
    }
    return 0;
}

static enum confidence unread_data(const struct evidence *e, struct saying *ret)
{
    struct torn t;
    char end[ADDR_TEXT_BYTES], unread[TEXT_NUMBER_BYTES] = "some";
    uint64_t closes = 0;
    bool said;

    if (!torn(e, &t))
        return CONFIDENCE_NONE;
    said = sent_because(e, &t, "TCP_ABORT_ON_CLOSE");
    counters_grew(&e->surroundings.before, &e->surroundings.after, "TcpExt.TCPAbortOnClose",
                  &closes);
    if (!said && (e->events_seen || has_other_ttl(&t) ||
                  !(closes ||
                    (only_wire(e, &t) && t.wire->rst_in_has_ack && t.wire->payload_out_bytes))))
        return CONFIDENCE_NONE;
    if (unread_there(e, &t))
        text_number(unread_there(e, &t), unread);
    say_summary(ret,
                "The program at %s closed its socket with %s bytes in it that it had not read, "
                "so its kernel sent a reset.",
                who(&t, end), unread);
    say_fix(ret,
            "Let it read until recv() gives 0 before close(), or shutdown(SHUT_WR) first.");
    return said ? CONFIDENCE_CERTAIN : closes ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE;
}

/* --- cut off ------------------------------------------------------------------------------------- */

/* A listener that closes resets at once what waits in its queue. */
#define AT_ONCE_NS (50 * CLOCK_MS_NS)

static const struct kernel_event *listener_ended(const struct evidence *e, const struct torn *t)
{
    const struct kernel_event *sent = event(e, t, KERNEL_SEND_RESET, "");

    for (size_t i = 0; sent && i < e->n_events; i++) {
        const struct kernel_event *k = &e->events[i];

        if (k->kind == KERNEL_SET_STATE && k->old_state == STATE_LISTEN &&
            k->new_state == STATE_CLOSE && k->local.port == sent->local.port &&
            k->at_ns <= sent->at_ns && sent->at_ns - k->at_ns < AT_ONCE_NS)
            return k;
    }
    return NULL;
}

/* A program holds, or held, the other end: then it was not waiting in a queue. */
static bool was_accepted(const struct evidence *e)
{
    const struct sighting *peer = evidence_peer(e);

    return peer && peer->row.inode;
}

static enum confidence listener_closed(const struct evidence *e, struct saying *ret)
{
    const struct sighting *peer = evidence_peer(e);
    struct torn t;
    char end[ADDR_TEXT_BYTES];
    bool said, waited;

    if (!torn(e, &t))
        return CONFIDENCE_NONE;
    said = (sent_because(e, &t, "TCP_STATE") || sent_because(e, &t, "")) &&
           !sent_because(e, &t, "TCP_ABORT_ON_CLOSE") && listener_ended(e, &t);
    /* Without a process it also ends: then its state says so. */
    waited = peer && !peer->row.inode && sighting_vanished(peer) && !e->events_seen &&
             (peer->row.state == STATE_ESTABLISHED || peer->row.state == STATE_CLOSE_WAIT);
    if ((!said && !waited) || was_accepted(e))
        return CONFIDENCE_NONE;
    say_summary(ret,
                "The listener at %s was closed while this connection waited in its queue: "
                "nobody had accepted it.",
                who(&t, end));
    say_fix(ret,
            "Let it accept what waits before it closes, or connect again when it is back.");
    /* A program that accepts, stops to listen and resets looks the same where its end was not seen
     * before. */
    return said && peer ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

static enum confidence destroyed(const struct evidence *e, struct saying *ret)
{
    struct torn t;
    char end[ADDR_TEXT_BYTES];

    if (!torn(e, &t) || (!report(e, &t, ECONNABORTED) && t.error != -ECONNABORTED))
        return CONFIDENCE_NONE;
    say_summary(ret,
                "An administrator's SOCK_DESTROY ended the socket at %s: its program gets "
                "ECONNABORTED.",
                who(&t, end));
    say_fix(ret, "Look who ran ss -K, or which manager of networks or containers does it.");
    return CONFIDENCE_CERTAIN;
}

static enum confidence aborted(const struct evidence *e, struct saying *ret)
{
    struct torn t;
    char end[ADDR_TEXT_BYTES];
    uint64_t n = 0;
    bool said, alike;

    if (!torn(e, &t) || sent_because(e, &t, "TCP_ABORT_ON_CLOSE") ||
        (listener_ended(e, &t) && !was_accepted(e)) || report(e, &t, ECONNABORTED) ||
        t.error == -ECONNABORTED)
        return CONFIDENCE_NONE;
    counters_grew(&e->surroundings.before, &e->surroundings.after, "TcpExt.TCPAbortOnData", &n);
    /* tcp_disconnect() gives the state as its reason; what else does was ruled out above. */
    said = sent_because(e, &t, "TCP_ABORT_ON_LINGER") || sent_because(e, &t, "TCP_STATE") ||
           sent_because(e, &t, "TCP_DISCONNECT_WITH_DATA");
    alike = only_wire(e, &t) && t.wire->rst_in_has_ack && !t.wire->data_out_after_fin_in;
    if (!said && !(n && !e->events_seen && !has_other_ttl(&t)) && !alike)
        return CONFIDENCE_NONE;
    say_summary(ret,
                "The program at %s cut the connection off: SO_LINGER with 0 seconds, or "
                "connect(AF_UNSPEC).",
                who(&t, end));
    say_fix(ret, "Let it close() without SO_LINGER 0, so that what it sent still arrives.");
    if (said)
        return n || e->events_seen ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
    return n ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE;
}

/* --- written to who is not there any more --------------------------------------------------------- */

/* tcp_reset() reports EPIPE in CLOSE_WAIT only: the peer had closed.  It does so when nothing was
 * written after that, too: then the reset is the peer's own. */
static bool reported_broken(const struct evidence *e, const struct torn *t)
{
    bool wrote_nothing = t->wire->fin_in && t->wire->rst_in && !t->wire->data_out_after_fin_in;

    return report(e, t, EPIPE) && !wrote_nothing;
}

static enum confidence broken_pipe(const struct evidence *e, struct saying *ret)
{
    struct torn t;
    char end[ADDR_TEXT_BYTES];
    bool told;

    if (!torn(e, &t))
        return CONFIDENCE_NONE;
    told = reported_broken(e, &t) || (t.error == -EPIPE && t.wire->fin_in) ||
           sent_because(e, &t, "TCP_TIMEWAIT_SOCKET") ||
           sent_because(e, &t, "TCP_ABORT_ON_DATA") ||
           (t.wire->rst_in && t.wire->data_out_after_fin_in && !t.wire->rst_in_has_ack);
    if (!told && t.error != -EPIPE)
        return CONFIDENCE_NONE;
    say_summary(ret,
                "The program at %s had closed the connection; what was written after that was "
                "answered with a reset, and every further write gives EPIPE.",
                who(&t, end));
    say_fix(ret, "When read gives 0 the peer has closed: close() then, and do not write.");
    return told ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

/* We have just connected: a host that said SYN ACK does not lose the connection without a word. */
static bool is_fresh(const struct evidence *e, const struct torn *t)
{
    return e->subject == WHY_CONNECT && t->wire->syn_ack_in;
}

/* It needs no beginning: a reset without an ACK answers what no socket takes. */
static bool is_of_no_socket(const struct evidence *e, const struct torn *t)
{
    return t->wire->rst_in && !sent_because(e, t, "") && !has_other_ttl(t) &&
           !nobody_here_sent_it(e, t) && !t->wire->rst_in_has_ack && !t->wire->fin_in &&
           t->wire->rst_acceptable;
}

static enum confidence no_socket(const struct evidence *e, struct saying *ret)
{
    struct torn t;
    char end[ADDR_TEXT_BYTES];
    bool said, alike;

    if (!torn(e, &t) || report(e, &t, EPIPE))
        return CONFIDENCE_NONE;
    said = sent_because(e, &t, "NO_SOCKET");
    alike = is_of_no_socket(e, &t);
    if (!said && !alike)
        return CONFIDENCE_NONE;
    say_summary(ret,
                "%s does not know this connection (any more): its side is gone, as after a "
                "restart.",
                who(&t, end));
    say_fix(ret, "Connect again; keep-alives tell sooner that a peer is gone.");
    if (said)
        return CONFIDENCE_CERTAIN;
    return is_fresh(e, &t) ? CONFIDENCE_POSSIBLE : CONFIDENCE_LIKELY;
}

/* --- somebody in between --------------------------------------------------------------------------- */

static enum confidence by_rule(const struct evidence *e, struct saying *ret)
{
    struct acting acting;
    struct torn t;

    if (!torn(e, &t) || event(e, &t, KERNEL_SEND_RESET, "") || !t.wire->rst_in)
        return CONFIDENCE_NONE;
    acting = acting_rule(e, NULL, FIREWALL_REJECT);
    if (!acting.grew || !acting.rule->tcp_reset)
        return CONFIDENCE_NONE;
    say_summary(ret, "A firewall rule of this host answers with a reset: %s (%s).",
                acting.rule->text, acting.rule->where);
    if (acting.rule->remove[0])
        say_fix(ret, "%s", acting.rule->remove);
    return CONFIDENCE_CERTAIN;
}

/* What it answers never left: this host gave the answer itself. */
static enum confidence by_own_rule(const struct evidence *e, struct saying *ret)
{
    const struct firewall_facts *f = &e->surroundings.firewall;
    struct torn t;

    if (e->subject != WHY_SOCKET || !torn(e, &t) || !is_of_no_socket(e, &t) || !t.wire->seen ||
        t.wire->incomplete || t.wire->packets_out)
        return CONFIDENCE_NONE;
    for (size_t i = 0; i < f->n_rules; i++)
        if (f->rules[i].action == FIREWALL_REJECT && f->rules[i].tcp_reset) {
            say_summary(ret,
                        "A reset came though nothing had left that it could answer: a firewall "
                        "rule of this host gives it, as it seems %s (%s).",
                        f->rules[i].text, f->rules[i].where);
            if (f->rules[i].remove[0])
                say_fix(ret, "%s", f->rules[i].remove);
            return CONFIDENCE_LIKELY;
        }
    return CONFIDENCE_NONE;
}

/* A filter answers as a host without such a connection would. */
static enum confidence by_filter(const struct evidence *e, struct saying *ret)
{
    struct torn t;
    char end[ADDR_TEXT_BYTES];

    if (!torn(e, &t) || !is_fresh(e, &t) || !is_of_no_socket(e, &t))
        return CONFIDENCE_NONE;
    say_summary(
        ret,
        "%s took the connection and answers %s with a reset, as if it did not know it: a "
        "filter there, or a filter, proxy or balancer on the way does so.",
        addr_format(&t.peer, end),
        t.wire->payload_out_bytes ? "what is said on it" : "its first packet");
    say_fix(ret, "Look there for rules that reject with tcp reset: nft list ruleset; and for "
                 "tcp_abort_on_overflow: sysctl net.ipv4.tcp_abort_on_overflow");
    return CONFIDENCE_LIKELY;
}

static enum confidence by_middle(const struct evidence *e, struct saying *ret)
{
    const struct sighting *peer = evidence_peer(e);
    struct torn t;
    char end[ADDR_TEXT_BYTES];
    bool unsent, open;

    if (!torn(e, &t) || !t.wire->rst_in || event(e, &t, KERNEL_SEND_RESET, ""))
        return CONFIDENCE_NONE;
    unsent = nobody_here_sent_it(e, &t);
    open = peer && sighting_stays(peer) && peer->row_later.state == STATE_ESTABLISHED;
    if (!has_other_ttl(&t) && !unsent && !open)
        return CONFIDENCE_NONE;
    addr_format(&t.peer, end);
    if (has_other_ttl(&t))
        say_summary(ret,
                    "Something on the way sent the reset, not %s: it came with TTL %u, the "
                    "peer's own packets with %u.",
                    end, t.wire->rst_in_ttl, t.wire->reply_ttl);
    else
        say_summary(ret, "Something else sent the reset, not %s: %s.", end,
                    open ? "its socket is still open" : "its kernel sent none");
    say_fix(ret, "Look for a firewall, a proxy or a load balancer between the two.");
    return unsent || open ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

/* --- the kernel gave up --------------------------------------------------------------------------- */

static enum confidence keepalive_timeout(const struct evidence *e, struct saying *ret)
{
    struct torn t;
    char end[ADDR_TEXT_BYTES];
    bool said, probed;

    if (!torn(e, &t))
        return CONFIDENCE_NONE;
    said = sent_because(e, &t, "TCP_KEEPALIVE_TIMEOUT");
    probed = t.ours && t.ours->row.timer == TIMER_KEEPALIVE && !t.ours->row.wqueue &&
             !t.wire->payload_out_bytes && !t.wire->packets_in;
    if (!said && !(probed && (report(e, &t, ETIMEDOUT) || t.error == -ETIMEDOUT ||
                              (t.wire->keep_alives_out && t.by_us))))
        return CONFIDENCE_NONE;
    say_summary(ret,
                "%s did not answer the keep-alives, so the kernel ended the connection: "
                "ETIMEDOUT.",
                addr_format(&t.peer, end));
    say_fix(ret, "Look whether the peer is up, and what on the way forgets idle connections; "
                 "TCP_KEEPIDLE, TCP_KEEPINTVL and TCP_KEEPCNT say how long it may be silent.");
    return CONFIDENCE_CERTAIN;
}

/* tcp_retries2 lets data be sent again 15 times, a quarter of an hour; RFC 1122 (4.2.3.5) asks for
 * 100 s at least, which is eight times.  Who gives up after less was told to. */
#define RETRIES_USUAL 8

static enum confidence user_timeout(const struct evidence *e, struct saying *ret)
{
    struct torn t;
    char end[ADDR_TEXT_BYTES];
    uint64_t times = 0;

    if (!torn(e, &t) || sent_because(e, &t, "TCP_KEEPALIVE_TIMEOUT") ||
        (!report(e, &t, ETIMEDOUT) && t.error != -ETIMEDOUT))
        return CONFIDENCE_NONE;
    if (!t.ours || !tcp_info_read(&t.ours->detail, TCP_INFO_timeouts, &times))
        return CONFIDENCE_NONE;
    if (!t.ours->row.wqueue && !t.wire->payload_out_bytes &&
        t.ours->row.timer == TIMER_KEEPALIVE)
        return CONFIDENCE_NONE;
    addr_format(&t.peer, end);
    if (times >= RETRIES_USUAL) {
        say_ruled_out(ret, "it was sent again as often as the kernel does by itself");
        return CONFIDENCE_NONE;
    }
    say_summary(ret,
                "%s did not acknowledge in the time that TCP_USER_TIMEOUT gives, so the kernel "
                "ended the connection: ETIMEDOUT.",
                end);
    say_fix(ret, "Look whether the peer is up; a longer TCP_USER_TIMEOUT bridges longer gaps.");
    return CONFIDENCE_CERTAIN;
}

/* --- nothing of it: an ordinary end --------------------------------------------------------------- */

static enum confidence ordinary_end(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_asked(e);
    struct torn t;

    if (!s || !sighting_vanished(s) || torn(e, &t) || s->row.state == STATE_LISTEN ||
        !((e->wire.fin_in && e->wire.fin_out) || event(e, &t, KERNEL_SET_STATE, "")))
        return CONFIDENCE_NONE;
    say_summary(ret, "It was closed in the ordinary way while it was watched.");
    return CONFIDENCE_LIKELY;
}

const struct rule rules_reset[] = {
    {"keepalive-timeout", keepalive_timeout},
    {"user-timeout", user_timeout},
    {"firewall-reject", by_rule},
    {"reset-destroyed", destroyed},
    {"reset-listener-closed", listener_closed},
    {"broken-pipe", broken_pipe},
    {"reset-unread-data", unread_data},
    {"reset-abort", aborted},
    {"reset-by-middle", by_middle},
    {"reset-by-middle", by_filter},
    {"reset-by-middle", by_own_rule},
    {"reset-no-socket", no_socket},
    {"healthy", ordinary_end},
    {NULL, NULL},
};
