/* Whether a filter can match one connection only. */
#include <string.h>

#include "core/model/filter_tree.h"

/* What the terms that must all hold say of the two ends; 0 and AF_UNSPEC: nothing yet. */
struct ends {
    struct addr local, peer;
};

static void learn_address(struct addr *end, const struct filter_node *n)
{
    unsigned whole = n->addr.family == AF_INET6 ? 128 : 32;

    if ((n->addr.family != AF_INET && n->addr.family != AF_INET6) || n->prefix != whole)
        return;
    end->family = n->addr.family;
    memcpy(end->ip, n->addr.ip, sizeof(end->ip));
}

static void learn(const struct filter *f, uint16_t at, struct ends *ends)
{
    const struct filter_node *n = &f->nodes[at];
    struct addr *end = n->side == SIDE_LOCAL ? &ends->local : &ends->peer;

    if (n->kind == FILTER_AND) {
        learn(f, n->left, ends);
        learn(f, n->right, ends);
    }
    if ((n->kind != FILTER_ADDR && n->kind != FILTER_PORT) || n->op != OP_EQ ||
        n->side == SIDE_EITHER)
        return;
    if (n->kind == FILTER_ADDR)
        learn_address(end, n);
    if (n->low == n->high && n->low && n->addr.family != AF_NETLINK &&
        n->addr.family != AF_VSOCK)
        end->port = (uint16_t)n->low;
}

bool filter_pins(const struct filter *f, struct filter_pin *ret)
{
    struct ends ends = {0};

    if (!f)
        return false;
    learn(f, f->root, &ends);
    if (!ends.local.port || !ends.peer.port || ends.local.family == AF_UNSPEC ||
        ends.local.family != ends.peer.family)
        return false;
    ret->local = ends.local;
    ret->peer = ends.peer;
    return true;
}
