/* What a filter's answer can depend on, so that no more is asked of the kernel and of /proc. */
#include "core/model/filter_tree.h"

bool filter_needs_owner(const struct filter *f)
{
    for (uint16_t i = 0; f && i < f->n_nodes; i++) {
        const struct filter_node *n = &f->nodes[i];

        switch (n->kind) {
        case FILTER_PID:
        case FILTER_COMM:
        case FILTER_COMMAND:
        case FILTER_CONTAINER:
        case FILTER_TEXT:
        case FILTER_FLAG: /* may turn out to be only a word */
            return true;
        case FILTER_COLUMN:
            if (n->column->owners)
                return true;
            break;
        default:
            break;
        }
    }
    return false;
}

uint32_t filter_parts(const struct filter *f)
{
    uint32_t parts = 0;

    for (uint16_t i = 0; f && i < f->n_nodes; i++) {
        const struct filter_node *n = &f->nodes[i];

        switch (n->kind) {
        case FILTER_MARK:
            parts |= DETAIL_MARK;
            break;
        case FILTER_CGROUP:
            parts |= DETAIL_CGROUP;
            break;
        case FILTER_LIMITED:
            parts |= DETAIL_INFO;
            break;
        case FILTER_COLUMN:
        case FILTER_FLAG:
            parts |= n->column->parts;
            break;
        default:
            break;
        }
    }
    return parts;
}

/* States or kinds with which a part can match, and those with which it must: "not" swaps
 * them. */
struct reach {
    uint32_t can, must;
};

static struct reach state_reach(const struct filter_node *n)
{
    if (n->kind == FILTER_STATE)
        return (struct reach){n->set, n->set};
    return (struct reach){FILTER_EVERY_STATE, 0};
}

static struct reach family_reach(int family)
{
    switch (family) {
    case AF_INET:
    case AF_INET6: /* one of two */
        return (struct reach){KINDS_INET, 0};
    case AF_UNIX:
        return (struct reach){KINDS_UNIX, KINDS_UNIX};
    case AF_PACKET:
        return (struct reach){KINDS_PACKET, KINDS_PACKET};
    case AF_NETLINK:
        return (struct reach){KIND_BIT(KIND_NETLINK), KIND_BIT(KIND_NETLINK)};
    case AF_VSOCK:
        return (struct reach){KINDS_VSOCK, KINDS_VSOCK};
    default:
        return (struct reach){KINDS_ALL, 0};
    }
}

static struct reach kind_reach(const struct filter_node *n)
{
    uint32_t kinds;

    switch (n->kind) {
    case FILTER_KIND:
        return (struct reach){n->set, n->set};
    case FILTER_FAMILY:
        return family_reach(n->addr.family);
    case FILTER_NAME:
        return (struct reach){family_reach(n->addr.family).can, 0};
    case FILTER_PORT:
        kinds = n->addr.family == AF_UNSPEC ? KINDS_INET : family_reach(n->addr.family).can;
        return (struct reach){kinds, 0};
    case FILTER_ADDR:
        /* "*" is any address of any family. */
        kinds =
            n->addr.family == AF_UNSPEC && !n->low && n->high == 65535 ? KINDS_ALL : KINDS_INET;
        return (struct reach){kinds, 0};
    case FILTER_AUTOBOUND:
        return (struct reach){KINDS_INET | KINDS_UNIX, 0};
    case FILTER_LIMITED:
        return (struct reach){KINDS_INET, 0};
    default:
        return (struct reach){KINDS_ALL, 0};
    }
}

static struct reach reach_of(const struct filter *f, uint16_t at, uint32_t all,
                             struct reach (*leaf)(const struct filter_node *n))
{
    const struct filter_node *n = &f->nodes[at];
    struct reach a, b;

    switch (n->kind) {
    case FILTER_AND:
        a = reach_of(f, n->left, all, leaf);
        b = reach_of(f, n->right, all, leaf);
        return (struct reach){a.can & b.can, a.must & b.must};
    case FILTER_OR:
        a = reach_of(f, n->left, all, leaf);
        b = reach_of(f, n->right, all, leaf);
        return (struct reach){a.can | b.can, a.must | b.must};
    case FILTER_NOT:
        a = reach_of(f, n->left, all, leaf);
        return (struct reach){all & ~a.must, all & ~a.can};
    default:
        return leaf(n);
    }
}

uint32_t filter_states(const struct filter *f)
{
    return f ? reach_of(f, f->root, FILTER_EVERY_STATE, state_reach).can : FILTER_EVERY_STATE;
}

uint32_t filter_kinds(const struct filter *f)
{
    return f ? reach_of(f, f->root, KINDS_ALL, kind_reach).can : KINDS_ALL;
}

bool filter_names_states(const struct filter *f, uint32_t *ret_by_name)
{
    bool any = false;

    *ret_by_name = 0;
    for (uint16_t i = 0; f && i < f->n_nodes; i++) {
        if (f->nodes[i].kind != FILTER_STATE)
            continue;
        any = true;
        *ret_by_name |= (uint32_t)f->nodes[i].number;
    }
    return any;
}
