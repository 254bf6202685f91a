/* Matching.  The parser is filter_parse.c; what a filter needs to know is filter_reach.c. */
#include "core/model/filter.h"

#include <fnmatch.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/model/filter_tree.h"
#include "core/model/tcp_info.h"

/* A process name as the kernel keeps it: TASK_COMM_LEN less the NUL. */
#define COMM_CHARS 15
/* So much of a container's id says which it is. */
#define CONTAINER_ID_CHARS 8
/* One part in so many of the busy time is a good part of it. */
#define LIMITED_PART 4

static bool compare_number(const struct filter_node *n, uint64_t value)
{
    return filter_compare(n->op, value, n->number, n->number);
}

/* ---- addresses ---- */

static bool is_ip(const struct addr *a)
{
    return a->family == AF_INET || a->family == AF_INET6;
}

/* Only netlink and vsock have ports elsewhere, and only who names them means those. */
static bool port_of(const struct filter_node *n, const struct addr *a, uint32_t *ret)
{
    if (n->addr.family != AF_UNSPEC && n->addr.family != a->family)
        return false;
    *ret = is_ip(a) ? a->port : a->number[1];
    return is_ip(a) || n->addr.family != AF_UNSPEC;
}

static bool port_matches(const struct filter_node *n, const struct row *row)
{
    uint32_t local = 0, peer = 0;
    bool has_local = port_of(n, &row->local, &local), has_peer = port_of(n, &row->peer, &peer);

    has_local = has_local && filter_compare(n->op, local, n->low, n->high);
    has_peer = has_peer && filter_compare(n->op, peer, n->low, n->high);
    if (n->side != SIDE_EITHER)
        return n->side == SIDE_LOCAL ? has_local : has_peer;
    /* "not this port" means on neither side. */
    return n->op == OP_NE ? has_local && has_peer : has_local || has_peer;
}

/* As the kernel does it: an IPv4 prefix fits IPv4-mapped addresses, an IPv6 one all of IPv6. */
static bool same_prefix(const struct filter_node *n, const struct addr *end)
{
    struct addr a = n->addr.family == AF_INET ? addr_unmapped(end) : *end;
    unsigned whole = n->prefix / 8, rest = n->prefix % 8;

    if (n->addr.family != a.family || memcmp(n->addr.ip, a.ip, whole) != 0)
        return false;
    return !rest || (n->addr.ip[whole] ^ a.ip[whole]) >> (8 - rest) == 0;
}

static const struct addr *end_of(const struct filter_node *n, const struct row *row)
{
    return n->side == SIDE_LOCAL ? &row->local : &row->peer;
}

static bool addr_matches(const struct filter_node *n, const struct row *row)
{
    const struct addr *end = end_of(n, row);
    bool any_address = n->addr.family == AF_UNSPEC, any_port = !n->low && n->high == 65535;
    bool equal;

    if (!is_ip(end))
        return any_address && any_port && n->op == OP_EQ;
    equal = (any_address || same_prefix(n, end)) &&
            (any_port || filter_compare(OP_EQ, end->port, n->low, n->high));
    return equal == (n->op == OP_EQ);
}

static bool fits(const char *pattern, const char *text)
{
    return strcasecmp(pattern, text) == 0 || fnmatch(pattern, text, FNM_CASEFOLD) == 0;
}

/* "rtnl", "kernel" or "rtnl:kernel" of "rtnl:kernel". */
static bool fits_end(const char *pattern, char *text)
{
    char *colon = strrchr(text, ':');

    if (!*pattern || fits(pattern, text))
        return true;
    if (!colon)
        return false;
    *colon = '\0';
    return fits(pattern, text) || fits(pattern, colon + 1);
}

static bool name_matches(const struct filter_node *n, const struct snapshot *s,
                         const struct row *row)
{
    char text[ROW_END_BYTES];
    bool local = n->side == SIDE_LOCAL, equal;

    if (row->local.family != n->addr.family)
        return false;
    if (n->addr.family == AF_UNIX) {
        /* The kernel does not say the other end's name. */
        equal = fits(n->word, local && s ? texts_at(&s->names, row->name) : "");
    } else {
        if (local)
            row_local(s, row, text);
        else
            row_peer(s, row, text);
        equal = fits_end(n->word, text);
    }
    return equal == (n->op == OP_EQ);
}

/* Ports that nobody chose; the names that the kernel gives are "@" and five hex digits, and no
 * name is one that nobody chose either. */
static bool autobound_matches(const struct filter_node *n, const struct snapshot *s,
                              const struct row *row)
{
    const char *name;

    if (is_ip(&row->local))
        return filter_compare(OP_EQ, row->local.port, n->low, n->high);
    if (row->local.family != AF_UNIX || !s)
        return false;
    name = texts_at(&s->names, row->name);
    return !*name ||
           (name[0] == '@' && strlen(name) == 6 && strspn(name + 1, "0123456789abcdef") == 5);
}

/* ---- owners ---- */

static bool is_comm(const char *pattern, const char *comm)
{
    /* The kernel has cut what is longer. */
    return strcmp(comm, pattern) == 0 || fnmatch(pattern, comm, 0) == 0 ||
           (strlen(pattern) > COMM_CHARS && strlen(comm) == COMM_CHARS &&
            strncmp(comm, pattern, COMM_CHARS) == 0);
}

static bool is_container(const char *pattern, const char *name)
{
    return strcmp(name, pattern) == 0 || fnmatch(pattern, name, 0) == 0 ||
           (strlen(pattern) >= CONTAINER_ID_CHARS &&
            strncmp(name, pattern, strlen(pattern)) == 0);
}

static bool is_process(const struct filter_node *n, const struct snapshot *s,
                       const struct process *p)
{
    switch (n->kind) {
    case FILTER_COMM:
        return is_comm(n->word, p->comm);
    case FILTER_COMMAND:
        return strstr(texts_at(&s->owned.texts, p->command), n->word);
    case FILTER_CONTAINER:
        return p->container && is_container(n->word, texts_at(&s->owned.texts, p->container));
    default: /* != asks whether none is that one */
        return filter_compare(n->op == OP_NE ? OP_EQ : n->op, (uint64_t)p->pid, n->number,
                              n->number);
    }
}

/* Whether one of the row's holders is meant; with != whether none of those known is. */
static bool holder_matches(const struct filter_node *n, const struct snapshot *s,
                           const struct row *row)
{
    const struct owner *owner = snapshot_owner(s, row->inode);
    bool found = false;

    if (!owner || (owner->knowledge != OWNER_KNOWN && owner->knowledge != OWNER_NONE))
        return false;
    for (size_t i = 0; !found && i < owner->n; i++)
        found = is_process(n, s, owner_process(&s->owned, owner, i));
    return found == (n->op != OP_NE);
}

static bool netns_matches(const struct filter_node *n, const struct snapshot *s,
                          const struct row *row)
{
    const struct netns *ns;
    bool equal;

    if (!s || row->netns >= s->n_netns)
        return false;
    ns = &s->netns[row->netns];
    equal = strcmp(ns->name[0] ? ns->name : "own", n->word) == 0 ||
            (n->is_number &&
             (ns->inode == n->number || (ns->pid && (uint64_t)ns->pid == n->number)));
    return equal == (n->op == OP_EQ);
}

/* ---- details and columns ---- */

static bool limited_matches(const struct snapshot *s, const struct row *row)
{
    const struct socket_detail *d = row_detail(s, row);
    uint64_t busy, window, buffer;

    if (row->timer == TIMER_PERSIST)
        return true;
    if (row->kind != KIND_TCP || row->state == STATE_LISTEN || !d ||
        !tcp_info_read(d, TCP_INFO_busy_time, &busy) ||
        !tcp_info_read(d, TCP_INFO_rwnd_limited, &window) ||
        !tcp_info_read(d, TCP_INFO_sndbuf_limited, &buffer))
        return false;
    return busy && window + buffer >= busy / LIMITED_PART;
}

static bool detail_matches(const struct filter_node *n, const struct snapshot *s,
                           const struct row *row)
{
    const struct socket_detail *d = row_detail(s, row);

    if (n->kind == FILTER_CGROUP)
        return d && (d->known & DETAIL_CGROUP) && compare_number(n, d->cgroup_id);
    return d && (d->known & DETAIL_MARK) && compare_number(n, d->mark & n->mask);
}

/* What a packet socket listens on is in its address.  The same name is another index in another
 * namespace; without names the row is one of our own. */
static bool device_matches(const struct filter_node *n, const struct snapshot *s,
                           const struct row *row)
{
    uint32_t index = row->local.family == AF_PACKET ? row->local.number[1] : row->interface;
    bool equal = false;

    if (n->is_number)
        equal = index == n->number;
    else if (index && s && row->name)
        equal = strcmp(texts_at(&s->names, row->name), n->word) == 0;
    else if (index)
        equal = index == if_nametoindex(n->word);
    return equal == (n->op == OP_EQ);
}

static bool column_matches(const struct filter_node *n, const struct snapshot *s,
                           const struct row *row)
{
    struct value v;
    uint64_t scaled;

    column_value(n->column, s, row, &v);
    if (v.kind == VALUE_TEXT && (n->op == OP_EQ || n->op == OP_NE))
        return fits(n->word, v.text) == (n->op == OP_EQ);
    if (!n->is_number || (v.kind != VALUE_NUMBER && v.kind != VALUE_FLAG))
        return false;
    if (__builtin_mul_overflow(v.number, n->scale, &scaled))
        scaled = UINT64_MAX;
    return compare_number(n, scaled);
}

/* ---- text ---- */

static const char *ss_state_name(uint8_t state)
{
    static const char *const names[STATE_COUNT] = {
        "",           "ESTAB",     "SYN-SENT",     "SYN-RECV",       "FIN-WAIT-1",
        "FIN-WAIT-2", "TIME-WAIT", "UNCONN",       "CLOSE-WAIT",     "LAST-ACK",
        "LISTEN",     "CLOSING",   "NEW-SYN-RECV", "BOUND-INACTIVE",
    };

    return state < STATE_COUNT ? names[state] : "";
}

static bool text_matches(const struct filter_node *n, const struct snapshot *s,
                         const struct row *row)
{
    char local[ROW_END_BYTES], peer[ROW_END_BYTES], line[600];
    const struct owner *owner = snapshot_owner(s, row->inode);

    snprintf(line, sizeof(line), "%s %s %s %s %s", kind_name((enum socket_kind)row->kind),
             row_local(s, row, local), row_peer(s, row, peer),
             state_name((enum socket_state)row->state), ss_state_name(row->state));
    if (strcasestr(line, n->word))
        return true;
    for (size_t i = 0; owner && i < owner->n; i++) {
        const struct process *p = owner_process(&s->owned, owner, i);

        snprintf(line, sizeof(line), "%s %d", p->comm, p->pid);
        if (strcasestr(line, n->word) ||
            strcasestr(texts_at(&s->owned.texts, p->command), n->word) ||
            strcasestr(texts_at(&s->owned.texts, p->container), n->word))
            return true;
    }
    return false;
}

/* A flag that is set; a column that is none is only a word. */
static bool flag_matches(const struct filter_node *n, const struct snapshot *s,
                         const struct row *row)
{
    struct value v;

    column_value(n->column, s, row, &v);
    switch (v.kind) {
    case VALUE_FLAG:
        return v.number != 0;
    case VALUE_NUMBER:
    case VALUE_TEXT:
        return text_matches(n, s, row);
    case VALUE_UNKNOWN:
    case VALUE_NONE:
        break;
    }
    return false;
}

/* ---- all of it ---- */

static bool leaf_matches(const struct filter_node *n, const struct snapshot *s,
                         const struct row *row)
{
    switch (n->kind) {
    case FILTER_STATE:
        return row->state < STATE_COUNT && (n->set >> row->state & 1);
    case FILTER_KIND:
        return row->kind < KIND_COUNT && (n->set >> row->kind & 1);
    case FILTER_FAMILY:
        return row->local.family == n->addr.family;
    case FILTER_PORT:
        return port_matches(n, row);
    case FILTER_ADDR:
        return addr_matches(n, row);
    case FILTER_NAME:
        return name_matches(n, s, row);
    case FILTER_DEVICE:
        return device_matches(n, s, row);
    case FILTER_MARK:
    case FILTER_CGROUP:
        return detail_matches(n, s, row);
    case FILTER_AUTOBOUND:
        return autobound_matches(n, s, row);
    case FILTER_RECVQ:
        return row->rqueue != QUEUE_UNKNOWN && compare_number(n, row->rqueue);
    case FILTER_SENDQ:
        return row->wqueue != QUEUE_UNKNOWN && compare_number(n, row->wqueue);
    case FILTER_UID:
        return row->uid != UID_UNKNOWN && compare_number(n, row->uid);
    case FILTER_INODE:
        return compare_number(n, row->inode);
    case FILTER_COOKIE:
        return row->cookie && compare_number(n, row->cookie);
    case FILTER_PID:
    case FILTER_COMM:
    case FILTER_COMMAND:
    case FILTER_CONTAINER:
        return holder_matches(n, s, row);
    case FILTER_NETNS:
        return netns_matches(n, s, row);
    case FILTER_COLUMN:
        return column_matches(n, s, row);
    case FILTER_FLAG:
        return flag_matches(n, s, row);
    case FILTER_LIMITED:
        return limited_matches(s, row);
    case FILTER_TEXT:
        return text_matches(n, s, row);
    case FILTER_AND:
    case FILTER_OR:
    case FILTER_NOT:
        break;
    }
    return false;
}

static bool node_matches(const struct filter *f, uint16_t at, const struct snapshot *s,
                         const struct row *row)
{
    const struct filter_node *n = &f->nodes[at];

    switch (n->kind) {
    case FILTER_AND:
        return node_matches(f, n->left, s, row) && node_matches(f, n->right, s, row);
    case FILTER_OR:
        return node_matches(f, n->left, s, row) || node_matches(f, n->right, s, row);
    case FILTER_NOT:
        return !node_matches(f, n->left, s, row);
    default:
        return leaf_matches(n, s, row);
    }
}

bool filter_match(const struct filter *f, const struct snapshot *s, const struct row *row)
{
    return !f || node_matches(f, f->root, s, row);
}
