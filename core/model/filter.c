/* Matching.  The parser is filter_parse.c. */
#include "core/model/filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/model/filter_tree.h"

/* A process name as the kernel keeps it: TASK_COMM_LEN less the NUL. */
#define COMM_CHARS 15

void filter_free(struct filter *f)
{
    free(f);
}

static bool compare(enum filter_op op, uint32_t value, uint32_t low, uint32_t high)
{
    switch (op) {
    case OP_EQ:
        return value >= low && value <= high;
    case OP_NE:
        return value < low || value > high;
    case OP_LT:
        return value < low;
    case OP_GT:
        return value > high;
    case OP_LE:
        return value <= high;
    case OP_GE:
        return value >= low;
    }
    return false;
}

static bool port_matches(const struct filter_node *n, const struct row *row)
{
    bool local = compare(n->op, row->local.port, n->low, n->high);
    bool peer = compare(n->op, row->peer.port, n->low, n->high);

    if (n->side != SIDE_EITHER)
        return n->side == SIDE_LOCAL ? local : peer;
    /* "not this port" means on neither side. */
    return n->op == OP_NE ? local && peer : local || peer;
}

static bool same_prefix(const struct addr *a, const struct addr *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;

    if (a->family != b->family || memcmp(a->ip, b->ip, whole) != 0)
        return false;
    return !rest || (a->ip[whole] ^ b->ip[whole]) >> (8 - rest) == 0;
}

static bool addr_matches(const struct filter_node *n, const struct row *row)
{
    const struct addr *end = n->side == SIDE_LOCAL ? &row->local : &row->peer;
    struct addr plain = addr_unmapped(end);

    if (n->addr.family != AF_UNSPEC && !same_prefix(&n->addr, &plain, n->prefix))
        return false;
    return compare(OP_EQ, end->port, n->low, n->high);
}

static bool is_comm(const struct filter_node *n, const char *comm)
{
    /* The kernel has cut what is longer. */
    return strcmp(comm, n->word) == 0 ||
           (strlen(n->word) > COMM_CHARS && strlen(comm) == COMM_CHARS &&
            strncmp(comm, n->word, COMM_CHARS) == 0);
}

/* Whether one of the row's holders is meant. */
static bool holder_matches(const struct filter_node *n, const struct snapshot *s,
                           const struct row *row)
{
    const struct owner *owner = snapshot_owner(s, row->inode);

    for (size_t i = 0; owner && i < owner->n; i++) {
        const struct process *p = owner_process(&s->owned, owner, i);

        if (n->kind == FILTER_COMM ? is_comm(n, p->comm)
                                   : compare(n->op, (uint32_t)p->pid, n->low, n->low))
            return true;
    }
    return false;
}

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
        if (strcasestr(line, n->word))
            return true;
    }
    return false;
}

static bool leaf_matches(const struct filter_node *n, const struct snapshot *s,
                         const struct row *row)
{
    switch (n->kind) {
    case FILTER_STATE:
        return row->state < STATE_COUNT && (n->states >> row->state & 1);
    case FILTER_PORT:
        return port_matches(n, row);
    case FILTER_ADDR:
        return addr_matches(n, row);
    case FILTER_RECVQ:
        return compare(n->op, row->rqueue, n->low, n->low);
    case FILTER_SENDQ:
        return compare(n->op, row->wqueue, n->low, n->low);
    case FILTER_PID:
    case FILTER_COMM:
        return holder_matches(n, s, row);
    case FILTER_USER:
        return row->uid == n->low;
    default:
        return text_matches(n, s, row);
    }
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

bool filter_needs_owner(const struct filter *f)
{
    for (uint16_t i = 0; f && i < f->n_nodes; i++) {
        enum filter_kind kind = f->nodes[i].kind;

        if (kind == FILTER_PID || kind == FILTER_COMM || kind == FILTER_TEXT)
            return true;
    }
    return false;
}

/* States in which a part can match, and those in which it must: "not" swaps them. */
struct reach {
    uint32_t can, must;
};

static struct reach reach_of(const struct filter *f, uint16_t at)
{
    const struct filter_node *n = &f->nodes[at];
    struct reach a, b;

    switch (n->kind) {
    case FILTER_AND:
        a = reach_of(f, n->left);
        b = reach_of(f, n->right);
        return (struct reach){a.can & b.can, a.must & b.must};
    case FILTER_OR:
        a = reach_of(f, n->left);
        b = reach_of(f, n->right);
        return (struct reach){a.can | b.can, a.must | b.must};
    case FILTER_NOT:
        a = reach_of(f, n->left);
        return (struct reach){FILTER_EVERY_STATE & ~a.must, FILTER_EVERY_STATE & ~a.can};
    case FILTER_STATE:
        return (struct reach){n->states, n->states};
    default:
        return (struct reach){FILTER_EVERY_STATE, 0};
    }
}

uint32_t filter_states(const struct filter *f)
{
    return f ? reach_of(f, f->root).can : FILTER_EVERY_STATE;
}

uint32_t filter_parts(const struct filter *f)
{
    (void)f;
    return 0;
}
