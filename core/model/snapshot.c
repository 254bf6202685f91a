#include "core/model/snapshot.h"

#include <ctype.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/model/host.h"
#include "core/model/views.h"

/* Where details begin: 0 says that there is none. */
#define DETAIL_ALIGNMENT 8

void snapshot_free(struct snapshot *s)
{
    /* What is shared is freed by whoever holds it last. */
    if (!s || atomic_fetch_sub(&s->sharers, 1) != 0)
        return;
    view_free(s->view);
    free(s->rows);
    free(s->changes);
    free(s->events);
    host_reading_free(s->host);
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

    memcpy(revised, s, offsetof(struct snapshot, n_gone));
    revised->view = NULL;
    revised->base = snapshot_share(s->base ? s->base : s);
    revised->rows = mem_resize(NULL, s->n_rows + 1, sizeof(*s->rows));
    memcpy(revised->rows, s->rows, s->n_rows * sizeof(*s->rows));
    revised->has_unseen = s->has_unseen;
    revised->unseen = s->unseen;
    return revised;
}

const struct owner *snapshot_owner(const struct snapshot *s, uint32_t inode)
{
    return s ? ownership_find(&s->owned, inode) : NULL;
}

bool row_of_kernel(const struct row *row)
{
    return row->kind == KIND_NETLINK && row->local.number[1] == 0;
}

const struct owner *snapshot_owner_of(const struct snapshot *s, const struct row *row)
{
    static const struct owner nobody = {.knowledge = OWNER_NONE};
    const struct owner *now =
        row->inode && !row_of_kernel(row) ? snapshot_owner(s, row->inode) : &nobody;
    const struct owner *past = NULL;

    if (s && now && now->knowledge == OWNER_NONE)
        past = ownership_find_past(&s->owned, row->cookie);
    return past ? past : now;
}

const struct socket_detail *row_detail(const struct snapshot *s, const struct row *row)
{
    if (!s || !row->detail)
        return NULL;
    return (const struct socket_detail *)(const void *)(s->details +
                                                        (size_t)row->detail * DETAIL_ALIGNMENT);
}

void socket_detail_copy(struct socket_detail *to, const struct socket_detail *attached)
{
    memset(to, 0, sizeof(*to));
    memcpy(to, attached, offsetof(struct socket_detail, info) + attached->info_bytes);
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
    [KIND_RAW] = {"raw", "raw", "raw", 0},
    [KIND_ICMP] = {"icmp", "icmp", "dgram", IPPROTO_ICMP},
    [KIND_UNIX_STREAM] = {"u_str", "unix", "stream", 0},
    [KIND_UNIX_DGRAM] = {"u_dgr", "unix", "dgram", 0},
    [KIND_UNIX_SEQPACKET] = {"u_seq", "unix", "seqpacket", 0},
    [KIND_PACKET_RAW] = {"p_raw", "packet", "raw", 0},
    [KIND_PACKET_DGRAM] = {"p_dgr", "packet", "dgram", 0},
    [KIND_NETLINK] = {"nl", "netlink", "raw", 0},
    [KIND_VSOCK_STREAM] = {"v_str", "vsock", "stream", 0},
    [KIND_VSOCK_DGRAM] = {"v_dgr", "vsock", "dgram", 0},
    [KIND_VSOCK_SEQPACKET] = {"v_seq", "vsock", "seqpacket", 0},
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

/* "*" is every address of both families: an IPv6 socket that takes IPv4 too.  The interface is
 * told once, of the local end. */
static const char *format_inet(const struct row *row, const struct addr *a, char *buf)
{
    struct addr bare = *a;

    bare.scope = 0;
    if (a->family != AF_INET6 || row->v6only || !addr_is_any(a))
        return addr_format(&bare, buf);
    if (a->port)
        snprintf(buf, ADDR_TEXT_BYTES, "*:%u", a->port);
    else
        snprintf(buf, ADDR_TEXT_BYTES, "*:*");
    return buf;
}

static const char *interface_name(const struct snapshot *s, const struct row *row, char buf[16])
{
    if (s && row->name)
        return texts_at(&s->names, row->name);
    snprintf(buf, 16, "if%u", row->interface);
    return buf;
}

/* "127.0.0.1%lo:80" */
static const char *format_bound(const struct snapshot *s, const struct row *row, char *buf)
{
    char end[ADDR_TEXT_BYTES], number[16];
    const char *colon = strrchr(format_inet(row, &row->local, end), ':');

    if (!colon)
        colon = end + strlen(end);
    snprintf(buf, ROW_END_BYTES, "%.*s%%%s%s", (int)(colon - end), end,
             interface_name(s, row, number), colon);
    return buf;
}

/* A name or "*", then the inode, which a long name leaves room for. */
static const char *format_unix(const char *name, const struct addr *a, char *buf)
{
    char cut[ROW_END_BYTES - sizeof(" 4294967295") + 1];

    text_clean(name, strlen(name), cut, sizeof(cut));
    snprintf(buf, ROW_END_BYTES, "%s %u", *cut ? cut : "*", a->number[0]);
    return buf;
}

struct named_number {
    uint32_t number;
    const char *name;
};

static const char *name_of(const struct named_number *names, size_t n, uint32_t number)
{
    for (size_t i = 0; i < n; i++)
        if (names[i].number == number)
            return names[i].name;
    return NULL;
}

/* linux/netlink.h, by the names of iproute2's nl_protos. */
static const char *format_netlink(const struct addr *a, char *buf)
{
    static const struct named_number names[] = {
        {0, "rtnl"},    {1, "unused"},      {2, "usersock"},   {3, "fw"},
        {4, "tcpdiag"}, {5, "nflog"},       {6, "xfrm"},       {7, "selinux"},
        {8, "iscsi"},   {9, "audit"},       {10, "fiblookup"}, {11, "connector"},
        {12, "nft"},    {13, "ip6fw"},      {14, "dec-rt"},    {15, "uevent"},
        {16, "genl"},   {18, "scsi-trans"}, {19, "ecryptfs"},  {20, "rdma"},
        {21, "crypto"}, {22, "smc"},
    };
    const char *name = name_of(names, sizeof(names) / sizeof(names[0]), a->number[0]);
    char number[16], port[16] = "kernel";

    snprintf(number, sizeof(number), "%u", a->number[0]);
    if (a->number[1])
        snprintf(port, sizeof(port), "%u", a->number[1]);
    snprintf(buf, ROW_END_BYTES, "%s:%s", name ? name : number, port);
    return buf;
}

/* linux/if_ether.h */
static const char *format_packet(const struct snapshot *s, const struct row *row, char *buf)
{
    static const struct named_number names[] = {
        {0x0003, "*"},       {0x0800, "ip"},   {0x0806, "arp"},     {0x8035, "rarp"},
        {0x8100, "802.1Q"},  {0x86dd, "ipv6"}, {0x8847, "mpls_uc"}, {0x8863, "ppp_disc"},
        {0x8864, "ppp_ses"}, {0x888e, "pae"},  {0x88a8, "802.1ad"}, {0x88ca, "tipc"},
        {0x88cc, "LLDP"},    {0x88f7, "1588"}, {0x000c, "can"},     {0x0004, "802_2"},
    };
    uint32_t type = row->local.number[0];
    const char *name = name_of(names, sizeof(names) / sizeof(names[0]), type);
    char number[16], interface[16];

    snprintf(number, sizeof(number), "[%u]", type);
    snprintf(buf, ROW_END_BYTES, "%s:%s", name ? name : number,
             row->interface ? interface_name(s, row, interface) : "*");
    return buf;
}

static const char *any_or(uint32_t number, char buf[16])
{
    snprintf(buf, 16, number == UINT32_MAX ? "*" : "%u", number);
    return buf;
}

/* linux/vm_sockets.h: VMADDR_CID_ANY, VMADDR_PORT_ANY. */
static const char *format_vsock(const struct addr *a, char *buf)
{
    char cid[16], port[16];

    snprintf(buf, ROW_END_BYTES, "%s:%s", any_or(a->number[0], cid),
             any_or(a->number[1], port));
    return buf;
}

const char *row_local(const struct snapshot *s, const struct row *row, char buf[ROW_END_BYTES])
{
    switch (row->local.family) {
    case AF_UNIX:
        return format_unix(s ? texts_at(&s->names, row->name) : "", &row->local, buf);
    case AF_NETLINK:
        return format_netlink(&row->local, buf);
    case AF_PACKET:
        return format_packet(s, row, buf);
    case AF_VSOCK:
        return format_vsock(&row->local, buf);
    default:
        return row->interface ? format_bound(s, row, buf) : format_inet(row, &row->local, buf);
    }
}

const char *row_peer(const struct snapshot *s, const struct row *row, char buf[ROW_END_BYTES])
{
    (void)s;
    switch (row->local.family) {
    case AF_UNIX:
        return format_unix("", &row->peer, buf);
    case AF_NETLINK:
    case AF_PACKET:
        if (row->peer.family == AF_NETLINK)
            snprintf(buf, ROW_END_BYTES, "%u:%u", row->peer.number[0], row->peer.number[1]);
        else
            snprintf(buf, ROW_END_BYTES, "*");
        return buf;
    case AF_VSOCK:
        return format_vsock(&row->peer, buf);
    default:
        return format_inet(row, &row->peer, buf);
    }
}
