#include "core/model/snapshot.h"

#include <ctype.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

/* Where details begin: 0 says that there is none. */
#define DETAIL_ALIGNMENT 8

void snapshot_free(struct snapshot *s)
{
    /* What is shared is freed by whoever holds it last. */
    if (!s || atomic_fetch_sub(&s->sharers, 1) != 0)
        return;
    free(s->rows);
    free(s->changes);
    free(s->events);
    if (s->base) {
        snapshot_free(s->base);
    } else {
        free(s->details);
        free(s->netns);
        texts_done(&s->names);
        ownership_done(&s->owned);
    }
    free(s);
}

struct snapshot *snapshot_share(struct snapshot *s)
{
    atomic_fetch_add(&s->sharers, 1);
    return s;
}

struct snapshot *snapshot_revise(struct snapshot *s)
{
    struct snapshot *revised = mem_new(1, sizeof(*revised));

    memcpy(revised, s, offsetof(struct snapshot, n_changes));
    revised->base = snapshot_share(s->base ? s->base : s);
    revised->rows = mem_resize(NULL, s->n_rows + 1, sizeof(*s->rows));
    memcpy(revised->rows, s->rows, s->n_rows * sizeof(*s->rows));
    revised->has_selected = false;
    revised->has_unseen = s->has_unseen;
    revised->unseen = s->unseen;
    return revised;
}

const struct owner *snapshot_owner(const struct snapshot *s, uint32_t inode)
{
    return s ? ownership_find(&s->owned, inode) : NULL;
}

const struct socket_detail *row_detail(const struct snapshot *s, const struct row *row)
{
    if (!s || !row->detail)
        return NULL;
    return (const struct socket_detail *)(const void *)(s->details +
                                                        (size_t)row->detail * DETAIL_ALIGNMENT);
}

/* Only as much of `info` as is filled is kept. */
void snapshot_attach(struct snapshot *s, struct row *row, const struct socket_detail *detail)
{
    size_t len = offsetof(struct socket_detail, info) + detail->info_bytes;
    size_t at = s->details_bytes ? s->details_bytes : DETAIL_ALIGNMENT;
    size_t end = (at + len + DETAIL_ALIGNMENT - 1) / DETAIL_ALIGNMENT * DETAIL_ALIGNMENT;

    if (end / DETAIL_ALIGNMENT > UINT32_MAX)
        return;
    if (end > s->details_room) {
        s->details_room = 2 * end;
        s->details = mem_resize(s->details, s->details_room, 1);
    }
    memcpy(s->details + at, detail, len);
    row->detail = (uint32_t)(at / DETAIL_ALIGNMENT);
    s->details_bytes = end;
}

const char *state_name(enum socket_state state)
{
    static const char *const names[STATE_COUNT] = {
        [STATE_ESTABLISHED] = "ESTABLISHED",
        [STATE_SYN_SENT] = "SYN_SENT",
        [STATE_SYN_RECV] = "SYN_RECV",
        [STATE_FIN_WAIT1] = "FIN_WAIT1",
        [STATE_FIN_WAIT2] = "FIN_WAIT2",
        [STATE_TIME_WAIT] = "TIME_WAIT",
        [STATE_CLOSE] = "CLOSE",
        [STATE_CLOSE_WAIT] = "CLOSE_WAIT",
        [STATE_LAST_ACK] = "LAST_ACK",
        [STATE_LISTEN] = "LISTEN",
        [STATE_CLOSING] = "CLOSING",
        [STATE_NEW_SYN_RECV] = "NEW_SYN_RECV",
        [STATE_BOUND_INACTIVE] = "BOUND_INACTIVE",
    };

    return state > 0 && state < STATE_COUNT ? names[state] : "UNKNOWN";
}

/* Equal but for case and for '-' and '_', which the spellings place differently. */
static bool same_word(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (*a == '-' || *a == '_')
            a++;
        while (*b == '-' || *b == '_')
            b++;
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
            return false;
        if (!*a)
            return true;
    }
}

enum socket_state state_parse(const char *name)
{
    static const struct {
        const char *name;
        enum socket_state state;
    } others[] = {
        {"estab", STATE_ESTABLISHED}, {"unconn", STATE_CLOSE},     {"unconnected", STATE_CLOSE},
        {"closed", STATE_CLOSE},      {"listening", STATE_LISTEN},
    };

    for (int state = STATE_ESTABLISHED; state < STATE_COUNT; state++)
        if (same_word(name, state_name((enum socket_state)state)))
            return (enum socket_state)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (same_word(name, others[i].name))
            return others[i].state;
    return (enum socket_state)0;
}

const char *timer_name(enum socket_timer timer)
{
    static const char *const names[] = {
        [TIMER_OFF] = "",
        [TIMER_ON] = "on",
        [TIMER_KEEPALIVE] = "keepalive",
        [TIMER_TIMEWAIT] = "timewait",
        [TIMER_PERSIST] = "persist",
    };

    return (size_t)timer < sizeof(names) / sizeof(names[0]) ? names[timer] : "unknown";
}

static const struct {
    const char *name, *protocol, *type;
    uint8_t ip_protocol;
} kinds[KIND_COUNT] = {
    [KIND_TCP] = {"tcp", "tcp", "stream", IPPROTO_TCP},
    [KIND_MPTCP] = {"mptcp", "mptcp", "stream", IPPROTO_TCP},
    [KIND_SCTP] = {"sctp", "sctp", "stream", IPPROTO_SCTP},
    [KIND_DCCP] = {"dccp", "dccp", "dccp", IPPROTO_DCCP},
    [KIND_UDP] = {"udp", "udp", "dgram", IPPROTO_UDP},
    [KIND_UDPLITE] = {"udplite", "udplite", "dgram", IPPROTO_UDPLITE},
    [KIND_RAW] = {"raw", "raw", "raw"},
    [KIND_ICMP] = {"icmp", "icmp", "dgram", IPPROTO_ICMP},
    [KIND_UNIX_STREAM] = {"u_str", "unix", "stream"},
    [KIND_UNIX_DGRAM] = {"u_dgr", "unix", "dgram"},
    [KIND_UNIX_SEQPACKET] = {"u_seq", "unix", "seqpacket"},
    [KIND_PACKET_RAW] = {"p_raw", "packet", "raw"},
    [KIND_PACKET_DGRAM] = {"p_dgr", "packet", "dgram"},
    [KIND_NETLINK] = {"nl", "netlink", "raw"},
    [KIND_VSOCK_STREAM] = {"v_str", "vsock", "stream"},
    [KIND_VSOCK_DGRAM] = {"v_dgr", "vsock", "dgram"},
    [KIND_VSOCK_SEQPACKET] = {"v_seq", "vsock", "seqpacket"},
};

const char *kind_name(enum socket_kind kind)
{
    return kind < KIND_COUNT ? kinds[kind].name : "?";
}

const char *kind_protocol(enum socket_kind kind)
{
    return kind < KIND_COUNT ? kinds[kind].protocol : "?";
}

const char *kind_type(enum socket_kind kind)
{
    return kind < KIND_COUNT ? kinds[kind].type : "?";
}

uint8_t kind_ip_protocol(enum socket_kind kind)
{
    return kind < KIND_COUNT ? kinds[kind].ip_protocol : 0;
}

/* "*" is every address of both families: an IPv6 socket that takes IPv4 too. */
static const char *format_end(const struct row *row, const struct addr *a, char *buf)
{
    if (a->family != AF_INET6 || row->v6only || !addr_is_any(a))
        return addr_format(a, buf);
    if (a->port)
        snprintf(buf, ADDR_TEXT_BYTES, "*:%u", a->port);
    else
        snprintf(buf, ADDR_TEXT_BYTES, "*:*");
    return buf;
}

/* ss shows a name or "*", then the inode. */
static const char *format_unix(const char *name, const struct addr *a, char *buf)
{
    snprintf(buf, ROW_END_BYTES, "%s %u", *name ? name : "*", a->number[0]);
    return buf;
}

const char *row_local(const struct snapshot *s, const struct row *row, char buf[ROW_END_BYTES])
{
    if (row->local.family == AF_UNIX)
        return format_unix(s ? texts_at(&s->names, row->name) : "", &row->local, buf);
    return format_end(row, &row->local, buf);
}

const char *row_peer(const struct snapshot *s, const struct row *row, char buf[ROW_END_BYTES])
{
    (void)s;
    if (row->peer.family == AF_UNIX)
        return format_unix("", &row->peer, buf);
    return format_end(row, &row->peer, buf);
}
