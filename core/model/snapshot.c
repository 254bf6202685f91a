#include "core/model/snapshot.h"

#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void snapshot_free(struct snapshot *s)
{
    if (!s)
        return;
    free(s->rows);
    free(s->owners);
    free(s);
}

static int compare_inode(const void *key, const void *element)
{
    uint32_t inode = *(const uint32_t *)key, other = ((const struct owner *)element)->inode;

    return (inode > other) - (inode < other);
}

const struct owner *snapshot_owner(const struct snapshot *s, uint32_t inode)
{
    if (!s || !s->n_owners)
        return NULL;
    return bsearch(&inode, s->owners, s->n_owners, sizeof(*s->owners), compare_inode);
}

const char *owner_name(const struct owner *owner)
{
    return owner->comm[0] ? owner->comm : "?";
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

const char *protocol_name(uint8_t protocol)
{
    switch (protocol) {
    case IPPROTO_TCP:
        return "tcp";
    case IPPROTO_UDP:
        return "udp";
    case IPPROTO_UDPLITE:
        return "udplite";
    case IPPROTO_SCTP:
        return "sctp";
    case IPPROTO_DCCP:
        return "dccp";
    case IPPROTO_RAW:
        return "raw";
    default:
        return "?";
    }
}

/* "*" is every address of both families: an IPv6 socket that takes IPv4 too. */
static const char *format_end(const struct row *row, const struct addr *a,
                              char buf[ADDR_TEXT_BYTES])
{
    if (a->family != AF_INET6 || row->v6only || !addr_is_any(a))
        return addr_format(a, buf);
    if (a->port)
        snprintf(buf, ADDR_TEXT_BYTES, "*:%u", a->port);
    else
        snprintf(buf, ADDR_TEXT_BYTES, "*:*");
    return buf;
}

const char *row_local(const struct row *row, char buf[ADDR_TEXT_BYTES])
{
    return format_end(row, &row->local, buf);
}

const char *row_peer(const struct row *row, char buf[ADDR_TEXT_BYTES])
{
    return format_end(row, &row->peer, buf);
}

static int compare_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* IPv4 before IPv6, a mapped address with IPv4, then by number. */
static int compare_addr(const struct addr *a, const struct addr *b)
{
    struct addr x = addr_unmapped(a), y = addr_unmapped(b);
    int order = compare_u64(x.family, y.family);

    if (!order)
        order = memcmp(x.ip, y.ip, sizeof(x.ip));
    return order ? order : compare_u64(x.port, y.port);
}

/* Listeners are few and looked for: they go first. */
static int state_rank(uint8_t state)
{
    return state == STATE_LISTEN ? 0 : state;
}

static int compare_column(const struct row *a, const struct row *b, enum row_column column)
{
    switch (column) {
    case COLUMN_RECVQ:
        return compare_u64(a->rqueue, b->rqueue);
    case COLUMN_SENDQ:
        return compare_u64(a->wqueue, b->wqueue);
    case COLUMN_LOCAL:
        return compare_addr(&a->local, &b->local);
    case COLUMN_PEER:
        return compare_addr(&a->peer, &b->peer);
    case COLUMN_OURS: /* whose cookies are ours only the asker knows */
    case COLUMN_STATE:
    case COLUMN_COUNT:
        break;
    }
    return state_rank(a->state) - state_rank(b->state);
}

int row_compare(const struct row *a, const struct row *b, enum row_column column)
{
    int order = compare_column(a, b, column);

    if (!order)
        order = state_rank(a->state) - state_rank(b->state);
    if (!order)
        order = compare_addr(&a->local, &b->local);
    if (!order)
        order = compare_addr(&a->peer, &b->peer);
    if (!order)
        order = compare_u64(a->protocol, b->protocol);
    return order ? order : compare_u64(a->cookie, b->cookie);
}
