/* Stalled for want of a reader, or of something to read: a connection is there, and its bytes do
 * not move. */
#include <stdio.h>

#include "core/why/sighting_words.h"

/* A program that took nothing for so long does not merely do something else in between: those that
 * poll, draw or write to a disk come back within a second or two. */
#define SURELY_NOT_READING_NS (5 * CLOCK_SECOND_NS)

static const char *bytes(uint64_t n, char buf[TEXT_NUMBER_BYTES])
{
    return text_number(n, buf);
}

/* --- our own program ------------------------------------------------------------------------- */

/* Nobody has a descriptor of it yet. */
static bool waits_to_be_accepted(const struct sighting *s)
{
    return !s->row.inode && s->row.kind == KIND_TCP && s->row.state == STATE_ESTABLISHED;
}

/* Whose holders would read: who listens has what waits to be accepted. */
static const struct sighting *held_by(const struct evidence *e, const struct sighting *s)
{
    const struct sighting *listener =
        waits_to_be_accepted(s) ? listener_for(e, &s->row.local) : NULL;

    return listener ? listener : s;
}

static enum confidence process_stopped(const struct evidence *e, struct saying *ret)
{
    const struct sighting *asked = evidence_asked(e), *s;
    char holder[SIGHTING_HOLDER_BYTES], waiting[TEXT_NUMBER_BYTES], how[40];
    const struct row *row;

    if (!asked || sighting_vanished(asked))
        return CONFIDENCE_NONE;
    s = held_by(e, asked);
    if (!sighting_is_stopped(s))
        return CONFIDENCE_NONE;
    row = sighting_newest(asked);
    if (s->process.frozen)
        snprintf(how, sizeof(how), "frozen, with its control group");
    else
        snprintf(how, sizeof(how), "stopped (state %c)", s->process.state);
    if (row->state == STATE_LISTEN)
        say_summary(ret, "%s is %s; %u connections wait to be accepted by it.",
                    sighting_holder(s, holder), how, row->rqueue);
    else
        say_summary(ret, "%s is %s; %s bytes wait to be read by it.",
                    sighting_holder(s, holder), how, bytes(row_unread(row), waiting));
    if (s->process.state == 'T')
        say_fix(ret, "kill -CONT %d", s->process.pid);
    else if (s->process.state == 't')
        say_fix(ret, "Let its debugger continue it: grep TracerPid /proc/%d/status.",
                s->process.pid);
    else
        say_fix(ret, "Thaw its control group (cat /proc/%d/cgroup), or unpause its container.",
                s->process.pid);
    return row->rqueue ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

/* Who could accept it, in its namespace; of several that share the port, one whose queue it may be in. */
static const char *acceptor(const struct evidence *e, const struct sighting *s,
                            char buf[SIGHTING_HOLDER_BYTES])
{
    const struct sighting *found = NULL;

    for (size_t i = 0; i < e->n_sightings; i++) {
        const struct sighting *l = &e->sightings[i];

        if (l->role == ROLE_LISTENER && l->own_netns == s->own_netns &&
            l->netns_inode == s->netns_inode && row_covers(&l->row, &s->row.local) &&
            (!found || l->row.rqueue > found->row.rqueue))
            found = l;
    }
    if (found)
        return sighting_holder(found, buf);
    snprintf(buf, SIGHTING_HOLDER_BYTES, "%s", "no program");
    return buf;
}

static void say_not_read(const struct evidence *e, const struct sighting *s, uint64_t waited_ns,
                         struct saying *ret)
{
    char holder[SIGHTING_HOLDER_BYTES], waiting[TEXT_NUMBER_BYTES], took[TEXT_DURATION_BYTES];

    bytes(row_unread(&s->row_later), waiting);
    text_duration(waited_ns, took);
    if (!s->row.inode && s->row.kind == KIND_TCP) {
        say_summary(ret,
                    "%s has not accepted this connection for %s; %s bytes wait in its Recv-Q.",
                    acceptor(e, s, holder), took, waiting);
        say_fix(ret, "Let it call accept() for what waits at its listener: ss -ltn.");
        return;
    }
    say_summary(ret, "%s has read nothing for %s; %s bytes wait in its Recv-Q.",
                sighting_holder(s, holder), took, waiting);
    if (s->process.pid)
        say_fix(ret, "Look where it waits: cat /proc/%d/stack /proc/%d/wchan, or gdb -p %d.",
                s->process.pid, s->process.pid, s->process.pid);
}

/* One of its holders was seen, and could read. */
static bool is_seen_running(const struct sighting *s)
{
    return s->n_holders && s->process.has_state && s->n_stopped < s->n_holders;
}

static enum confidence app_not_reading(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_asked(e);
    uint64_t window, waited_ns;

    if (!s || !sighting_does_not_read(s, &waited_ns))
        return CONFIDENCE_NONE;
    say_not_read(e, s, waited_ns, ret);
    /* Who has closed sends no more; that this side has not is what matters. */
    if (s->row.state == STATE_CLOSE_WAIT)
        return CONFIDENCE_POSSIBLE;
    /* Who may not be seen may be stopped. */
    if (s->row.kind != KIND_TCP || !is_seen_running(held_by(e, s)))
        return CONFIDENCE_LIKELY;
    if (sighting_info(s, TCP_INFO_rcv_wnd, &window) && window == 0)
        return CONFIDENCE_CERTAIN;
    if (s->detail.known & DETAIL_MEMINFO && s->row_later.rqueue >= s->detail.rcvbuf / 4)
        return CONFIDENCE_CERTAIN;
    return waited_ns >= SURELY_NOT_READING_NS ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

/* Nothing to read, and nobody to read it: it still waits in the accept queue. */
static enum confidence not_accepted(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_asked(e);
    char holder[SIGHTING_HOLDER_BYTES], took[TEXT_DURATION_BYTES];

    if (!s || !waits_to_be_accepted(s) || !sighting_stays(s) || s->row_later.inode ||
        s->row.rqueue)
        return CONFIDENCE_NONE;
    say_summary(ret, "%s has not accepted this connection for %s; it waits at the listener.",
                acceptor(e, s, holder), text_duration(s->between_ns, took));
    say_fix(ret, "Let it call accept() for what waits at its listener: ss -ltn.");
    return CONFIDENCE_LIKELY;
}

/* --- the peer's program ---------------------------------------------------------------------- */

static bool is_closed(const struct row *row, const struct socket_detail *detail)
{
    uint64_t window, mss;

    if (!tcp_info_read(detail, TCP_INFO_snd_wnd, &window))
        return row->timer == TIMER_PERSIST;
    if (window == 0)
        return true;
    /* What is left of the window is less than a segment: it is only asked by probes whether it
     * grew.  The same timer runs where a segment could not leave this host. */
    return row->timer == TIMER_PERSIST && tcp_info_read(detail, TCP_INFO_snd_mss, &mss) &&
           window < mss;
}

/* What holds it back for half of the time is what it waits for. */
#define MOSTLY_PERCENT 50

/* How the peer's window holds the Send-Q. */
enum holding { HOLDS_NOT, HOLDS_PARTLY, HOLDS_ALL };

/* The most that goes there at once; where nothing tells, what was the most without scaling. */
static uint64_t window_there(const struct wire_facts *wire, const struct sighting *peer)
{
    if (wire->has_window_in)
        return wire->largest_window_in_bytes;
    if (peer && peer->detail.known & DETAIL_MEMINFO)
        return peer->detail.rcvbuf;
    return UINT16_MAX;
}

static enum holding window_holds(const struct evidence *e, const struct sighting *s)
{
    const struct wire_facts *wire = evidence_wire(e);
    const struct sighting *peer = evidence_peer(e);
    bool first = is_closed(&s->row, &s->detail), last;
    uint64_t acked = 0;

    if (!s->row.wqueue || !sighting_newest(s)->wqueue)
        return HOLDS_NOT;
    if (!sighting_stays(s))
        return first ? HOLDS_PARTLY : HOLDS_NOT;
    last = is_closed(&s->row_later, &s->detail_later);
    if (first && last && sighting_grew(s, TCP_INFO_bytes_acked, &acked) && !acked)
        return HOLDS_ALL;
    /* A slow reader's window is closed for most of the time, whatever goes through. */
    if (wire->window_closed_ns * 2 >= s->between_ns)
        return HOLDS_ALL;
    /* It closed meanwhile: what went through was the rest of the window. */
    if (!last || (!first && sighting_share(s, TCP_INFO_rwnd_limited) < MOSTLY_PERCENT))
        return HOLDS_NOT;
    /* A small buffer with a fast reader is empty again and again, and moves some windows a
     * second. */
    if (peer && sighting_stays(peer) && !peer->row.rqueue && !peer->row_later.rqueue)
        return HOLDS_NOT;
    return acked * CLOCK_SECOND_NS > 3 * window_there(wire, peer) * s->between_ns
               ? HOLDS_NOT
               : HOLDS_PARTLY;
}

static void say_peer_fix(const struct sighting *peer, struct saying *ret)
{
    if (peer && sighting_is_stopped(peer))
        say_fix(ret, "kill -CONT %d", peer->process.pid);
    say_fix(ret, "Look why the peer does not read; until it does nothing can be sent.");
    say_fix(ret, "A send timeout (TCP_USER_TIMEOUT) ends such a wait.");
}

static void say_reader(const struct evidence *e, const struct sighting *peer,
                       struct saying *ret, const char *rest)
{
    char holder[SIGHTING_HOLDER_BYTES], there[TEXT_NUMBER_BYTES];
    bool accepted = peer->row.inode || peer->row.kind != KIND_TCP;

    if (accepted)
        sighting_holder(peer, holder);
    else
        acceptor(e, peer, holder);
    say_summary(ret, "%s at the other end %s%s: %s bytes wait in its Recv-Q%s.", holder,
                accepted ? "does not read" : "has not accepted the connection",
                sighting_is_stopped(peer) ? " (it is stopped)" : "",
                bytes(row_unread(sighting_newest(peer)), there), rest);
}

/* The probes of a closed window that nobody has acknowledged: an acknowledgement sets their number
 * back to 0 (tcp_ack()). */
static uint64_t probes_in_vain(const struct evidence *e, const struct sighting *s)
{
    uint64_t probes = 0;

    if (evidence_wire(e)->packets_in || !sighting_info(s, TCP_INFO_probes, &probes))
        return 0;
    return probes;
}

/* The other end can be seen, and has nothing to read: its window is open, and that does not come
 * here. */
static bool peer_has_read(const struct sighting *peer)
{
    return peer && sighting_stays(peer) && peer->row.inode && !peer->row.rqueue &&
           !peer->row_later.rqueue;
}

static enum confidence peer_not_reading(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_ours(e), *peer = evidence_peer(e);
    char sent[TEXT_NUMBER_BYTES], rest[160];
    enum holding holding;

    if (!s || !sighting_sends(s) || !sighting_newest(s)->wqueue)
        return CONFIDENCE_NONE;
    holding = window_holds(e, s);
    if (holding == HOLDS_NOT) {
        say_ruled_out(ret, "the peer's window is open");
        return CONFIDENCE_NONE;
    }
    if (probes_in_vain(e, s) && peer_has_read(peer)) {
        say_ruled_out(ret, "the peer has read everything; what it says of its window does not "
                           "arrive");
        return CONFIDENCE_NONE;
    }
    bytes(sighting_newest(s)->wqueue, sent);
    snprintf(rest, sizeof(rest), ", its window is closed, and %s wait in this Send-Q", sent);
    if (peer && sighting_newest(peer)->rqueue)
        say_reader(e, peer, ret, rest);
    else
        say_summary(ret,
                    "The peer does not read%s: its window is closed, and %s bytes wait in "
                    "this Send-Q.",
                    holding == HOLDS_ALL ? "" : " fast enough", sent);
    say_peer_fix(peer, ret);
    /* One may be passed over: net.ipv4.tcp_invalid_ratelimit is 500 ms. */
    if (probes_in_vain(e, s) && !(peer && sighting_newest(peer)->rqueue))
        return probes_in_vain(e, s) >= 2 ? CONFIDENCE_POSSIBLE : CONFIDENCE_LIKELY;
    /* Without a process it is first of all one that nobody holds any more. */
    if (!s->row.inode && s->row.state != STATE_ESTABLISHED)
        return CONFIDENCE_LIKELY;
    return holding == HOLDS_ALL ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

/* All was sent and acknowledged, by a kernel: the program there has not looked at it. */
static enum confidence peer_leaves_unread(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_ours(e), *peer = evidence_peer(e);
    uint64_t waited_ns;

    if (!s || !peer || !sighting_sends(s) || sighting_newest(s)->wqueue ||
        !sighting_does_not_read(peer, &waited_ns))
        return CONFIDENCE_NONE;
    say_reader(e, peer, ret, "");
    if (sighting_is_stopped(peer))
        say_fix(ret, "kill -CONT %d", peer->process.pid);
    say_fix(ret, "Look what the program there waits for; the bytes are in its hands.");
    return sighting_is_stopped(peer) || waited_ns >= SURELY_NOT_READING_NS ? CONFIDENCE_CERTAIN
                                                                           : CONFIDENCE_LIKELY;
}

const struct rule rules_stall[] = {
    {"process-stopped", process_stopped},     {"app-not-reading", app_not_reading},
    {"app-not-reading", not_accepted},        {"peer-not-reading", peer_not_reading},
    {"peer-not-reading", peer_leaves_unread}, {NULL, NULL},
};
