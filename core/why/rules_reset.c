/* Reset: a connection that was there was torn down.
 *
 * tcp:tcp_send_reset says why the kernel sent it (include/net/rstreason.h); it is certain where the
 * sender is on this host.  Else the packets and the errno leave some causes open. */
#include <errno.h>
#include <string.h>

#include "core/base/text.h"
#include "core/why/rules_words.h"

/* The two ends of the connection that was reset, from our side. */
struct torn {
    struct addr local, peer;
    const struct wire_facts *wire;
    const struct attempt *attempt; /* NULL: a socket that was watched */
    int error;                     /* negative errno that a call of ours gave; 0: none */
};

static bool is_reset_error(int error)
{
    return error == -ECONNRESET || error == -EPIPE || error == -ECONNABORTED;
}

static bool torn_attempt(const struct evidence *e, struct torn *t)
{
    const struct attempt *a = evidence_decisive(e);

    if (!a || e->subject != WHY_CONNECT)
        return false;
    *t = (struct torn){.local = addr_unmapped(&a->from),
                       .peer = addr_unmapped(&a->to),
                       .wire = &a->wire,
                       .attempt = a,
                       .error = a->recv_error ? a->recv_error : a->send_error};
    if (!t->error && is_reset_error(a->error))
        t->error = a->error;
    return is_reset_error(t->error) || (a->wire.rst_in && a->wire.syn_ack_in);
}

static bool torn_socket(const struct evidence *e, struct torn *t)
{
    const struct sighting *s = evidence_ours(e);

    if (e->subject != WHY_SOCKET || !s || !s->later || s->row_later.state)
        return false;
    *t = (struct torn){.local = addr_unmapped(&s->row.local),
                       .peer = addr_unmapped(&s->row.peer),
                       .wire = &e->wire};
    return e->wire.rst_in || e->wire.rst_out ||
           evidence_event(e, KERNEL_RECEIVE_RESET, &t->local, &t->peer, "") ||
           evidence_event(e, KERNEL_SEND_RESET, &t->local, &t->peer, "");
}

static bool torn(const struct evidence *e, struct torn *t)
{
    return torn_attempt(e, t) || torn_socket(e, t);
}

static const struct kernel_event *sent_because(const struct evidence *e, const struct torn *t,
                                               const char *reason)
{
    return evidence_event(e, KERNEL_SEND_RESET, &t->local, &t->peer, reason);
}

static const char *peer_of(const struct torn *t, char buf[ADDR_TEXT_BYTES])
{
    return addr_format(&t->peer, buf);
}

/* --- the peer's program ------------------------------------------------------------------------ */

static enum confidence unread_data(const struct evidence *e, struct saying *ret)
{
    struct torn t;
    char peer[ADDR_TEXT_BYTES];
    uint64_t closes = 0;
    bool counted;

    if (!torn(e, &t))
        return CONFIDENCE_NONE;
    counted = counters_grew(&e->surroundings.before, &e->surroundings.after,
                            "TcpExt.TCPAbortOnClose", &closes) &&
              closes;
    if (!sent_because(e, &t, "TCP_ABORT_ON_CLOSE") && !counted)
        return CONFIDENCE_NONE;
    say_summary(ret,
                "The program at %s closed its socket with bytes in it that it had not read, so "
                "its kernel sent a reset.",
                peer_of(&t, peer));
    say_fix(ret,
            "Let it read until recv() gives 0 before close(), or shutdown(SHUT_WR) first.");
    return sent_because(e, &t, "TCP_ABORT_ON_CLOSE") ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

static enum confidence aborted(const struct evidence *e, struct saying *ret)
{
    struct torn t;
    char peer[ADDR_TEXT_BYTES];
    uint64_t n = 0;
    bool counted, said;

    if (!torn(e, &t) || sent_because(e, &t, "TCP_ABORT_ON_CLOSE"))
        return CONFIDENCE_NONE;
    counted = counters_grew(&e->surroundings.before, &e->surroundings.after,
                            "TcpExt.TCPAbortOnData", &n) &&
              n;
    said = sent_because(e, &t, "TCP_ABORT_ON_LINGER") || sent_because(e, &t, "TCP_STATE") ||
           sent_because(e, &t, "TCP_DISCONNECT");
    if (!counted && !said)
        return CONFIDENCE_NONE;
    say_summary(ret,
                "The program at %s cut the connection off: SO_LINGER with 0 seconds, or "
                "connect(AF_UNSPEC).",
                peer_of(&t, peer));
    say_fix(ret, "Let it close() without SO_LINGER 0, so that what it sent still arrives.");
    return said && counted ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

static enum confidence no_socket(const struct evidence *e, struct saying *ret)
{
    struct torn t;
    char peer[ADDR_TEXT_BYTES];

    if (!torn(e, &t) || !sent_because(e, &t, "NO_SOCKET"))
        return CONFIDENCE_NONE;
    say_summary(ret,
                "%s does not know this connection (any more): its side is gone, as after a "
                "restart.",
                peer_of(&t, peer));
    say_fix(ret, "Connect again; keep-alives tell sooner that a peer is gone.");
    return CONFIDENCE_CERTAIN;
}

/* --- somebody in between --------------------------------------------------------------------------- */

/* Routers count the TTL down: a reset that came another way than the peer's other packets. */
static enum confidence by_middle(const struct evidence *e, struct saying *ret)
{
    struct torn t;
    char peer[ADDR_TEXT_BYTES];

    if (!torn(e, &t) || !t.wire->rst_in || !t.wire->has_rst_in_ttl || !t.wire->has_reply_ttl ||
        t.wire->rst_in_ttl == t.wire->reply_ttl)
        return CONFIDENCE_NONE;
    say_summary(ret,
                "Something on the way sent the reset, not %s: it came with TTL %u, the peer's "
                "own packets with %u.",
                peer_of(&t, peer), t.wire->rst_in_ttl, t.wire->reply_ttl);
    say_fix(ret, "Look for a firewall, a proxy or a load balancer between the two.");
    return CONFIDENCE_LIKELY;
}

const struct rule rules_reset[] = {
    {"reset-unread-data", unread_data},
    {"reset-abort", aborted},
    {"reset-no-socket", no_socket},
    {"reset-by-middle", by_middle},
    {NULL, NULL},
};
