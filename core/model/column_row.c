/* Columns of what every row holds. */
#include <net/if.h>
#include <pwd.h>
#include <stdio.h>

#include "core/base/clock.h"
#include "core/model/column_put.h"

GET(netid)
{
    put_text(v, kind_name((enum socket_kind)row->kind));
}

GET(proto)
{
    put_text(v, kind_protocol((enum socket_kind)row->kind));
}

GET(type)
{
    put_text(v, kind_type((enum socket_kind)row->kind));
}

GET(family)
{
    switch (row->local.family) {
    case AF_INET:
        put_text(v, "inet");
        break;
    case AF_INET6:
        put_text(v, "inet6");
        break;
    case AF_UNSPEC:
        break;
    default:
        put_text(v, kind_protocol((enum socket_kind)row->kind));
    }
}

GET(state)
{
    put_text(v, state_name((enum socket_state)row->state));
}

static void put_queue(struct value *v, uint32_t n)
{
    if (n == QUEUE_UNKNOWN)
        put_unknown(v, "the kernel does not tell it of this kind");
    else
        put_number(v, n);
}

GET(recvq)
{
    put_queue(v, row->rqueue);
}

GET(sendq)
{
    put_queue(v, row->wqueue);
}

GET(accept_used)
{
    if (row->state == STATE_LISTEN)
        put_queue(v, row->rqueue);
    else
        put_none(v, "it does not listen");
}

GET(accept_limit)
{
    if (row->state == STATE_LISTEN)
        put_queue(v, row->wqueue);
    else
        put_none(v, "it does not listen");
}

GET(local)
{
    v->kind = VALUE_TEXT;
    v->len = strlen(row_local(s, row, v->text));
}

GET(peer)
{
    v->kind = VALUE_TEXT;
    v->len = strlen(row_peer(s, row, v->text));
}

static bool has_ip(const struct addr *a, struct value *v)
{
    if (a->family == AF_INET || a->family == AF_INET6)
        return true;
    if (a->family != AF_UNSPEC)
        put_none(v, "not of the Internet");
    return false;
}

static void put_address(struct value *v, const struct addr *a)
{
    if (!has_ip(a, v))
        return;
    v->kind = VALUE_TEXT;
    v->len = strlen(addr_format_ip(a, v->text));
}

static void put_port(struct value *v, const struct addr *a)
{
    if (has_ip(a, v))
        put_number(v, a->port);
}

GET(local_address)
{
    put_address(v, &row->local);
}

GET(local_port)
{
    put_port(v, &row->local);
}

GET(peer_address)
{
    put_address(v, &row->peer);
}

GET(peer_port)
{
    put_port(v, &row->peer);
}

/* Another namespace numbers its devices for itself: there only the number is known. */
GET(interface)
{
    static _Thread_local struct {
        unsigned index;
        char name[IF_NAMESIZE];
    } last;
    bool ours = !s || row->netns >= s->n_netns || !s->netns[row->netns].name[0];

    if (!row->interface) {
        put_none(v, "it is bound to none");
        return;
    }
    if (ours && (last.index != row->interface || !last.name[0])) {
        last.index = row->interface;
        if (!if_indextoname(last.index, last.name))
            last.name[0] = '\0';
    }
    if (ours && last.name[0])
        put_foreign(v, last.name, sizeof(last.name));
    else
        put_number(v, row->interface);
}

GET(timer)
{
    char duration[TEXT_DURATION_BYTES];
    int n;

    if (row->timer == TIMER_OFF) {
        put_none(v, "none is running");
        return;
    }
    v->kind = VALUE_TEXT;
    n = snprintf(v->text, sizeof(v->text), "%s %s", timer_name((enum socket_timer)row->timer),
                 text_duration(row->timer_ms * CLOCK_MS_NS, duration));
    if (row->retransmits)
        n += snprintf(v->text + n, sizeof(v->text) - (size_t)n, ", %u retransmit%s",
                      row->retransmits, row->retransmits == 1 ? "" : "s");
    v->len = (size_t)n;
}

GET(timer_ms)
{
    if (row->timer == TIMER_OFF)
        put_none(v, "none is running");
    else
        put_number(v, row->timer_ms);
}

GET(retransmits)
{
    if (row->timer == TIMER_OFF)
        put_none(v, "no timer is running");
    else
        put_number(v, row->retransmits);
}

/* The kernel says uid 0 of what no process holds (any more). */
static bool has_uid(const struct row *row, struct value *v)
{
    if (row->uid == UID_UNKNOWN)
        put_unknown(v, "the kernel does not tell it of this kind");
    else if (!row->inode && !row->uid)
        put_unknown(v, "no process holds it");
    else
        return true;
    return false;
}

GET(uid)
{
    if (has_uid(row, v))
        put_number(v, row->uid);
}

#define USERS 64

/* The user database can be far away: each uid is asked for once by each thread. */
GET(user)
{
    static _Thread_local struct {
        uint32_t uid;
        bool asked;
        char name[40];
    } users[USERS];
    size_t slot = row->uid % USERS;
    struct passwd entry, *found = NULL;
    char buf[1024];

    if (!has_uid(row, v))
        return;
    if (!users[slot].asked || users[slot].uid != row->uid) {
        users[slot].uid = row->uid;
        users[slot].asked = true;
        getpwuid_r(row->uid, &entry, buf, sizeof(buf), &found);
        snprintf(users[slot].name, sizeof(users[slot].name), "%s", found ? found->pw_name : "");
    }
    if (users[slot].name[0])
        put_foreign(v, users[slot].name, sizeof(users[slot].name));
    else
        put_number(v, row->uid);
}

GET(inode)
{
    if (row->inode)
        put_number(v, row->inode);
    else
        put_none(v, row_without_inode(row));
}

GET(cookie)
{
    if (row->cookie)
        put_number(v, row->cookie);
    else
        put_unknown(v, "/proc does not tell it");
}

GET(netns)
{
    if (!s || row->netns >= s->n_netns)
        put_unknown(v, NULL);
    else if (s->netns[row->netns].name[0])
        put_text(v, s->netns[row->netns].name);
    else
        put_text(v, "own");
}

GET(v6only)
{
    if (row->local.family == AF_INET6)
        put_flag(v, row->v6only);
    else
        put_none(v, "not of IPv6");
}

static const struct column columns[] = {
    TEXT_COLUMN(netid, "Netid", 0, "The kind of socket, as ss names it."),
    TEXT_COLUMN(state, "State", 0,
                "The state; TIME_WAIT and ESTABLISHED are normal in number, CLOSE_WAIT that "
                "stays is a program that does not close."),
    NUMBER_COLUMN(recvq, "Recv-Q", UNIT_BYTES, 0,
                  "Bytes that came and were not read, normally 0; of a listener: connections "
                  "not accepted yet."),
    NUMBER_COLUMN(sendq, "Send-Q", UNIT_BYTES, 0,
                  "Bytes that the peer has not acknowledged, normally soon 0; of a listener: "
                  "how many connections may wait."),
    TEXT_COLUMN(local, "Local Address:Port", 0,
                "Our end; of a Unix socket its name and inode; * is every address."),
    TEXT_COLUMN(peer, "Peer Address:Port", 0, "The other end; * where there is none."),
    TEXT_COLUMN(proto, "Proto", 0, "The protocol: tcp, udp, unix, packet, netlink, ..."),
    TEXT_COLUMN(type, "Type", 0, "stream, dgram, seqpacket or raw."),
    TEXT_COLUMN(family, "Family", 0,
                "The address family; an inet6 socket may serve IPv4 too, see v6only."),
    TEXT_COLUMN(local_address, "Local Address", 0, "The address of our end."),
    NUMBER_COLUMN(local_port, "Local Port", UNIT_NONE, 0,
                  "The port of our end; 0: none yet; of a raw socket its protocol."),
    TEXT_COLUMN(peer_address, "Peer Address", 0, "The address of the other end."),
    NUMBER_COLUMN(peer_port, "Peer Port", UNIT_NONE, 0, "The port of the other end; 0: none."),
    TEXT_COLUMN(interface, "Interface", 0,
                "The device that it is bound to (SO_BINDTODEVICE); normally none."),
    TEXT_COLUMN(
        netns, "Netns", 0,
        "The network namespace: own, a name of ip-netns, or a process that lives there."),
    NUMBER_COLUMN(accept_used, "Accept-Q", UNIT_COUNT, 0,
                  "Of a listener: connections that wait to be accepted; normally 0, above the "
                  "limit new ones are dropped."),
    NUMBER_COLUMN(accept_limit, "Accept-Limit", UNIT_COUNT, 0,
                  "Of a listener: how many may wait: listen(2)'s backlog, at most somaxconn."),
    TEXT_COLUMN(timer, "Timer", 0,
                "The timer that runs and when it fires: on sends again, persist asks a peer "
                "whose window is 0."),
    NUMBER_COLUMN(timer_ms, "Timer-ms", UNIT_MS, 0, "How long until the timer fires."),
    NUMBER_COLUMN(retransmits, "Retransmits", UNIT_COUNT, 0,
                  "How often the running timer fired without an answer; normally 0."),
    NUMBER_COLUMN(uid, "Uid", UNIT_NONE, 0, "The user who made it."),
    TEXT_COLUMN(user, "User", 0, "The name of the user who made it."),
    NUMBER_COLUMN(
        inode, "Inode", UNIT_NONE, 0,
        "What the socket is called in /proc/PID/fd; none: no process holds it (yet)."),
    NUMBER_COLUMN(cookie, "Cookie", UNIT_NONE, 0,
                  "SO_COOKIE: which socket it is, never given twice; ss writes it in hex."),
    TEXT_COLUMN(v6only, "V6only", 0,
                "IPV6_V6ONLY: yes takes no IPv4; no serves both, which is normal."),
};

const struct column *columns_of_row(size_t *ret_n)
{
    *ret_n = sizeof(columns) / sizeof(columns[0]);
    return columns;
}
