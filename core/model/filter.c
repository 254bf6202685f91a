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

static const struct owner *known(const struct owner *owner)
{
    return owner && owner->knowledge == OWNER_KNOWN ? owner : NULL;
}

static bool comm_matches(const struct filter_node *n, const struct owner *owner)
{
    size_t len = strlen(n->word);

    if (!owner)
        return false;
    /* The kernel has cut what is longer. */
    return strcmp(owner->comm, n->word) == 0 ||
           (len > COMM_CHARS && strlen(owner->comm) == COMM_CHARS &&
            strncmp(owner->comm, n->word, COMM_CHARS) == 0);
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

static bool text_matches(const struct filter_node *n, const struct row *row,
                         const struct owner *owner)
{
    char local[ADDR_TEXT_BYTES], peer[ADDR_TEXT_BYTES], pid[16] = "", line[400];

    if (owner)
        snprintf(pid, sizeof(pid), "%d", owner->pid);
    snprintf(line, sizeof(line), "%s %s %s %s %s %s %s", protocol_name(row->protocol),
             row_local(row, local), row_peer(row, peer),
             state_name((enum socket_state)row->state), ss_state_name(row->state),
             owner ? owner->comm : "", pid);
    return strcasestr(line, n->word) != NULL;
}

static bool leaf_matches(const struct filter_node *n, const struct row *row,
                         const struct owner *owner)
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
        return owner && compare(n->op, (uint32_t)owner->pid, n->low, n->low);
    case FILTER_USER:
        return row->uid == n->low;
    case FILTER_COMM:
        return comm_matches(n, owner);
    default:
        return text_matches(n, row, owner);
    }
}

static bool node_matches(const struct filter *f, uint16_t at, const struct row *row,
                         const struct owner *owner)
{
    const struct filter_node *n = &f->nodes[at];

    switch (n->kind) {
    case FILTER_AND:
        return node_matches(f, n->left, row, owner) && node_matches(f, n->right, row, owner);
    case FILTER_OR:
        return node_matches(f, n->left, row, owner) || node_matches(f, n->right, row, owner);
    case FILTER_NOT:
        return !node_matches(f, n->left, row, owner);
    default:
        return leaf_matches(n, row, owner);
    }
}

bool filter_match(const struct filter *f, const struct row *row, const struct owner *owner)
{
    return !f || node_matches(f, f->root, row, known(owner));
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
