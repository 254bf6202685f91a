/* Datagrams. */
#include <errno.h>

#include "core/why/sighting_words.h"

static const struct attempt *datagram(const struct evidence *e)
{
    return e->endpoint.scheme == ENDPOINT_UDP && e->subject == WHY_CONNECT
               ? evidence_decisive(e)
               : NULL;
}

static enum confidence message_too_long(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = datagram(e);
    char to[ADDR_TEXT_BYTES];

    if (!a || a->send_error != -EMSGSIZE)
        return CONFIDENCE_NONE;
    say_summary(
        ret, "A datagram of %llu bytes does not go to %s: the way takes %u bytes a packet%s.",
        (unsigned long long)a->unsent_bytes, addr_format(&a->to, to),
        a->route.path_mtu ? a->route.path_mtu : a->route.mtu,
        a->unsent_bytes > 65507 ? ", and a datagram has 65,507 at most" : "");
    say_fix(ret, "Send smaller datagrams, or use TCP.");
    return CONFIDENCE_CERTAIN;
}

static enum confidence broadcast_not_permitted(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = datagram(e);
    char to[ADDR_TEXT_BYTES];

    if (!a || (a->error != -EACCES && a->send_error != -EACCES) ||
        (a->route.seen && a->route.kind != ROUTE_BROADCAST))
        return CONFIDENCE_NONE;
    say_summary(ret, "%s is a broadcast address, and the socket lacks SO_BROADCAST.",
                addr_format_ip(&a->to, to));
    say_fix(ret, "setsockopt(SO_BROADCAST) before connect() or sendto().");
    return CONFIDENCE_CERTAIN;
}

/* The listener's buffer was full: it dropped. */
static enum confidence receive_overflow(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = e->subject == WHY_SOCKET ? evidence_ours(e) : NULL;
    const struct attempt *a = datagram(e);
    char holder[SIGHTING_HOLDER_BYTES], dropped[TEXT_NUMBER_BYTES];
    uint64_t before, after, grew = 0;
    bool full;

    if (a)
        s = listener_for(e, &a->to);
    if (!s || s->row.kind != KIND_UDP || !(s->detail.known & DETAIL_MEMINFO))
        return CONFIDENCE_NONE;
    before = s->detail.drops;
    after = s->later && s->detail_later.known & DETAIL_MEMINFO ? s->detail_later.drops : before;
    counters_grew(&e->surroundings.before, &e->surroundings.after,
                  s->row.local.family == AF_INET6 ? "Udp6RcvbufErrors" : "Udp.RcvbufErrors",
                  &grew);
    if (e->subject == WHY_SOCKET)
        grew = 0; /* of the whole namespace; the socket's own count tells */
    /* What was dropped long ago is no cause of today's: it has to be full still. */
    full = s->row.rqueue >= s->detail.rcvbuf / 2 &&
           (!sighting_stays(s) || s->row_later.rqueue >= s->detail.rcvbuf / 2);
    if (after == before && !(grew && full) && !(before && full))
        return CONFIDENCE_NONE;
    say_summary(ret,
                "%s does not read fast enough: its receive buffer is full, and %s datagrams "
                "were dropped.",
                sighting_holder(s, holder), text_number(after, dropped));
    if (sighting_is_stopped(s))
        say_fix(ret, "kill -CONT %d", s->process.pid);
    say_fix(ret, "Read in a thread of its own, or a larger SO_RCVBUF (net.core.rmem_max).");
    return after > before || grew ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

/* The kernel hands a group's datagrams only to sockets of an interface on which somebody has
 * joined it: ip(7), IP_ADD_MEMBERSHIP. */
static enum confidence multicast_no_member(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = datagram(e);
    const struct group_facts *f = &e->surroundings.group;
    char group[ADDR_TEXT_BYTES];

    if (!a || !f->seen || a->error || a->send_error || a->recv_error || a->received_bytes ||
        f->members || f->other_members)
        return CONFIDENCE_NONE;
    addr_format_ip(&a->to, group);
    if (f->members_elsewhere)
        say_summary(ret,
                    "%s was joined on %s, and the datagram leaves by %s, where nobody has.",
                    group, f->elsewhere, a->route.interface);
    else
        say_summary(ret, "Nobody %s has joined the group %s, and nobody answers.",
                    a->route.loopback ? "on this host" : "that can be seen from here", group);
    say_fix(ret, "The receiver joins it with setsockopt(IP_ADD_MEMBERSHIP or IPV6_JOIN_GROUP) "
                 "on the interface by which it comes; bind() alone does not.");
    say_fix(ret, "ip maddress show lists the groups of this host.");
    return a->route.loopback ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
}

/* A connected socket takes datagrams of its peer only, and the kernel refuses those of others. */
static enum confidence reply_other_address(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = datagram(e);
    char to[ADDR_TEXT_BYTES], from[ADDR_TEXT_BYTES];

    if (!a || a->received_bytes || a->wire.stranger.family == AF_UNSPEC)
        return CONFIDENCE_NONE;
    say_summary(ret,
                "The answer comes from %s, not from %s, which was asked: a connected socket "
                "does not take it.",
                addr_format(&a->wire.stranger, from), addr_format(&a->to, to));
    say_fix(ret,
            "Let the server answer from the address that was asked (IP_PKTINFO), or bind a "
            "socket for each.");
    say_fix(ret, "Or ask %s, or use a socket that is not connected, with recvfrom().", from);
    return CONFIDENCE_CERTAIN;
}

static bool says_port(const struct icmp_sighting *m)
{
    return m->family == AF_INET ? m->type == 3 && m->code == 3 : m->type == 1 && m->code == 4;
}

/* What a socket sent while it was watched was refused. */
static enum confidence refused_there(const struct evidence *e, struct saying *ret)
{
    const struct sighting *s = evidence_ours(e);
    const struct icmp_sighting *m = e->subject == WHY_SOCKET && s && s->row.kind == KIND_UDP
                                        ? icmp_that(&e->wire, says_port)
                                        : NULL;
    char to[ADDR_TEXT_BYTES], from[ADDR_TEXT_BYTES];

    if (!m)
        return CONFIDENCE_NONE;
    say_summary(
        ret,
        "Nobody listens on %s: %s answers its datagrams with ICMP that the port is closed.",
        addr_format(&e->peer, to), addr_format_ip(&m->from, from));
    say_fix(ret, "Start the server there, or check the port number; send() and recv() give "
                 "ECONNREFUSED.");
    return CONFIDENCE_LIKELY;
}

/* A datagram that nobody answers: a socket takes it, or nothing is known. */
static enum confidence taken(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = datagram(e);
    const struct sighting *s;
    char holder[SIGHTING_HOLDER_BYTES], on[ADDR_TEXT_BYTES], place[PLACE_BYTES];

    if (!a || a->error || a->send_error || a->recv_error || a->received_bytes ||
        delivered_nothing_there(e, a))
        return CONFIDENCE_NONE;
    if (e->surroundings.group.seen && !e->surroundings.group.members)
        return CONFIDENCE_NONE; /* bound to all addresses it may be, and still gets nothing */
    s = listener_for(e, &a->to);
    if (!s)
        s = listener_asked(e, a);
    if (!s)
        return CONFIDENCE_NONE;
    say_summary(ret, "%s has a socket on %s%s, and takes what comes; it answered nothing.",
                sighting_holder(s, holder), addr_format(&s->row.local, on),
                place_words(s, place));
    return CONFIDENCE_LIKELY;
}

static bool says_too_big(const struct icmp_sighting *m)
{
    return m->family == AF_INET ? m->type == 3 && m->code == 4 : m->type == 2;
}

/* The kernel learns from it, and sends the next one in pieces; this one is lost. */
static enum confidence too_long_for_the_way(const struct evidence *e, struct saying *ret)
{
    const struct attempt *a = datagram(e);
    const struct icmp_sighting *m = a ? icmp_that(&a->wire, says_too_big) : NULL;
    char from[ADDR_TEXT_BYTES];

    if (!m || a->received_bytes)
        return CONFIDENCE_NONE;
    say_summary(ret,
                "%s threw the datagram away: the way takes %u bytes a packet, and it has %llu "
                "without its headers.",
                addr_format_ip(&m->from, from), m->mtu, (unsigned long long)a->sent_bytes);
    say_fix(ret, "Send it again: the kernel has learnt of it, and sends it in pieces.");
    say_fix(ret, "Or send at most %u bytes.",
            m->mtu > HEADER_BYTES ? m->mtu - HEADER_BYTES : m->mtu);
    return CONFIDENCE_CERTAIN;
}

const struct rule rules_udp[] = {
    {"message-too-long", message_too_long},
    {"message-too-long", too_long_for_the_way},
    {"broadcast-not-permitted", broadcast_not_permitted},
    {"receive-overflow", receive_overflow},
    {"multicast-no-member", multicast_no_member},
    {"reply-other-address", reply_other_address},
    {"no-listener", refused_there},
    {"healthy", taken},
    {NULL, NULL},
};
