/* The kernel runs the codes from the first on; each goes on to the next when it holds, else
 * jumps forward.  Landing on the end accepts a socket, landing 4 bytes behind it refuses it:
 * inet_diag_bc_run() and inet_diag_bc_audit() in net/ipv4/inet_diag.c.
 *
 * So here a block of codes is left at its end when it holds and 4 bytes behind its end when
 * not, whatever it is made of; blocks are joined by moving the second kind of jump. */
#include "probes/diag_bytecode.h"

#include <linux/inet_diag.h>
#include <string.h>

#include "core/model/filter_tree.h"

#define STEP sizeof(struct inet_diag_bc_op)

/* What a block says of every socket; nothing is written for the first two. */
enum verdict { NEVER, ALWAYS, DEPENDS };

struct program {
    uint8_t *bytes;
    size_t size, len;
    bool full;
    const struct diag_bytecode_reach *reach;
    const struct filter *filter;
};

/* ---- codes ---- */

static void emit(struct program *p, uint8_t code, const void *argument, size_t len)
{
    struct inet_diag_bc_op op = {.code = code};
    size_t whole = STEP + len;

    if (p->size - p->len < whole) {
        p->full = true;
        return;
    }
    op.yes = (uint8_t)whole;
    op.no = (uint16_t)(whole + STEP);
    memcpy(p->bytes + p->len, &op, STEP);
    if (len)
        memcpy(p->bytes + p->len + STEP, argument, len);
    p->len += whole;
}

static void jump_to(struct program *p, size_t from, size_t to)
{
    struct inet_diag_bc_op op;

    memcpy(&op, p->bytes + from, STEP);
    op.no = (uint16_t)(to - from);
    memcpy(p->bytes + from, &op, STEP);
}

/* The block from `start` to `middle` fails where the one behind it does. */
static void fail_later(struct program *p, size_t start, size_t middle)
{
    struct inet_diag_bc_op op;

    for (size_t at = start; at < middle; at += op.yes) {
        memcpy(&op, p->bytes + at, STEP);
        if (at + op.no == middle + STEP)
            jump_to(p, at, p->len + STEP);
    }
}

/* ---- blocks ---- */

/* Swap both ends of the block that was just written. */
static enum verdict negated(struct program *p, enum verdict v)
{
    if (v != DEPENDS)
        return v == NEVER ? ALWAYS : NEVER;
    emit(p, INET_DIAG_BC_JMP, NULL, 0);
    return DEPENDS;
}

/* Both blocks, the second of which begins at `middle`. */
static enum verdict joined(struct program *p, enum verdict first, size_t start, size_t middle,
                           enum verdict second)
{
    if (first == NEVER || second == NEVER) {
        p->len = start;
        return NEVER;
    }
    if (first == DEPENDS && second == DEPENDS && !p->full)
        fail_later(p, start, middle);
    return first == DEPENDS || second == DEPENDS ? DEPENDS : ALWAYS;
}

/* After the first of two blocks one of which is enough: where the second is put. */
static size_t otherwise(struct program *p, enum verdict first)
{
    size_t middle = p->len;

    if (first == DEPENDS)
        emit(p, INET_DIAG_BC_JMP, NULL, 0);
    return middle;
}

static enum verdict either(struct program *p, enum verdict first, size_t start, size_t middle,
                           enum verdict second)
{
    if (first == ALWAYS || second == ALWAYS) {
        p->len = start;
        return ALWAYS;
    }
    if (first == NEVER)
        return second;
    if (second == NEVER)
        p->len = middle;
    else if (!p->full)
        jump_to(p, middle, p->len);
    return DEPENDS;
}

/* ---- terms ---- */

static enum verdict port_is(struct program *p, bool local, uint32_t low, uint32_t high)
{
    struct inet_diag_bc_op least = {.no = (uint16_t)low}, most = {.no = (uint16_t)high};
    size_t start = p->len, middle;

    if (low > high)
        return NEVER;
    if (low == high) {
        emit(p, local ? INET_DIAG_BC_S_EQ : INET_DIAG_BC_D_EQ, &least, STEP);
        return DEPENDS;
    }
    if (low > 0)
        emit(p, local ? INET_DIAG_BC_S_GE : INET_DIAG_BC_D_GE, &least, STEP);
    middle = p->len;
    if (high < UINT16_MAX)
        emit(p, local ? INET_DIAG_BC_S_LE : INET_DIAG_BC_D_LE, &most, STEP);
    return joined(p, middle > start ? DEPENDS : ALWAYS, start, middle,
                  p->len > middle ? DEPENDS : ALWAYS);
}

static enum verdict compare_port(struct program *p, bool local, const struct filter_node *n)
{
    switch (n->op) {
    case OP_EQ:
        return port_is(p, local, n->low, n->high);
    case OP_NE:
        return negated(p, port_is(p, local, n->low, n->high));
    case OP_LT:
        return n->low ? port_is(p, local, 0, n->low - 1) : NEVER;
    case OP_GT:
        return n->high < UINT16_MAX ? port_is(p, local, n->high + 1, UINT16_MAX) : NEVER;
    case OP_LE:
        return port_is(p, local, 0, n->high);
    case OP_GE:
        return port_is(p, local, n->low, UINT16_MAX);
    }
    return ALWAYS;
}

static enum verdict host_is(struct program *p, bool local, int family, const uint8_t *ip,
                            unsigned bits)
{
    uint8_t condition[sizeof(struct inet_diag_hostcond) + 16] = {0};
    struct inet_diag_hostcond head;
    size_t ip_bytes = family == AF_INET6 ? 16 : 4;

    memset(&head, 0, sizeof(head)); /* with what lies between its members */
    head.family = (uint8_t)family;
    head.prefix_len = (uint8_t)bits;
    head.port = -1;
    memcpy(condition, &head, sizeof(head));
    memcpy(condition + sizeof(head), ip, ip_bytes);
    emit(p, local ? INET_DIAG_BC_S_COND : INET_DIAG_BC_D_COND, condition,
         sizeof(head) + ip_bytes);
    return DEPENDS;
}

/* An IPv4 condition would hold for IPv4-mapped addresses too. */
static enum verdict family_is(struct program *p, int family)
{
    static const uint8_t any[16];

    if (family == AF_UNSPEC)
        return ALWAYS;
    if (family == AF_INET6)
        return host_is(p, true, AF_INET6, any, 0);
    return family == AF_INET ? negated(p, host_is(p, true, AF_INET6, any, 0)) : NEVER;
}

static enum verdict port_term(struct program *p, const struct filter_node *n)
{
    size_t start = p->len, middle, second;
    enum verdict family = family_is(p, n->addr.family), first, last;

    if (family == NEVER)
        return NEVER;
    middle = p->len;
    if (n->side != SIDE_EITHER)
        return joined(p, family, start, middle, compare_port(p, n->side == SIDE_LOCAL, n));
    first = compare_port(p, true, n);
    if (n->op == OP_NE) { /* on neither side */
        second = p->len;
        last = joined(p, first, middle, second, compare_port(p, false, n));
    } else {
        second = otherwise(p, first);
        last = either(p, first, middle, second, compare_port(p, false, n));
    }
    return joined(p, family, start, middle, last);
}

static enum verdict address_term(struct program *p, const struct filter_node *n)
{
    bool local = n->side == SIDE_LOCAL;
    size_t start = p->len, middle;
    enum verdict v = ALWAYS;

    if (n->addr.family != AF_UNSPEC)
        v = host_is(p, local, n->addr.family, n->addr.ip, n->prefix);
    middle = p->len;
    v = joined(p, v, start, middle, port_is(p, local, n->low, n->high));
    return n->op == OP_NE ? negated(p, v) : v;
}

static enum verdict device_term(struct program *p, const struct filter_node *n, bool invert)
{
    uint32_t index = (uint32_t)n->number;

    if (!n->is_number)
        index = p->reach->device ? p->reach->device(n->word) : 0;
    if (!n->is_number && !index)
        return ALWAYS;
    emit(p, INET_DIAG_BC_DEV_COND, &index, sizeof(index));
    return (n->op == OP_NE) != invert ? negated(p, DEPENDS) : DEPENDS;
}

static enum verdict kind_term(const struct filter_node *n, bool invert)
{
    if (!(n->set & KINDS_INET))
        return invert ? ALWAYS : NEVER;
    if ((n->set & KINDS_INET) == KINDS_INET)
        return invert ? NEVER : ALWAYS;
    return ALWAYS; /* it depends on which protocol is dumped */
}

/* Where a row does not say it, the kernel's answer is another: only what must hold can be asked
 * for, never its opposite. */
static enum verdict known_term(struct program *p, const struct filter_node *n, bool invert)
{
    struct inet_diag_markcond mark = {.mark = (uint32_t)n->number, .mask = (uint32_t)n->mask};
    size_t start = p->len, middle;

    if (invert)
        return ALWAYS;
    if (n->kind == FILTER_AUTOBOUND) {
        emit(p, INET_DIAG_BC_AUTO, NULL, 0);
        middle = p->len;
        return joined(p, DEPENDS, start, middle, port_is(p, true, n->low, n->high));
    }
    if (n->kind == FILTER_CGROUP)
        emit(p, INET_DIAG_BC_CGROUP_COND, &n->number, sizeof(n->number));
    else if (p->reach->privileged)
        emit(p, INET_DIAG_BC_MARK_COND, &mark, sizeof(mark));
    else
        return ALWAYS;
    return n->op == OP_NE ? negated(p, DEPENDS) : DEPENDS;
}

static enum verdict exact_term(struct program *p, const struct filter_node *n)
{
    switch (n->kind) {
    case FILTER_PORT:
        return port_term(p, n);
    case FILTER_ADDR:
        return address_term(p, n);
    case FILTER_FAMILY:
        return family_is(p, n->addr.family);
    default: /* a name of another family */
        return NEVER;
    }
}

static enum verdict leaf(struct program *p, const struct filter_node *n, bool invert)
{
    enum verdict v;

    switch (n->kind) {
    case FILTER_PORT:
    case FILTER_ADDR:
    case FILTER_FAMILY:
    case FILTER_NAME:
        v = exact_term(p, n);
        return invert ? negated(p, v) : v;
    case FILTER_DEVICE:
        return device_term(p, n, invert);
    case FILTER_KIND:
        return kind_term(n, invert);
    case FILTER_MARK:
    case FILTER_CGROUP:
    case FILTER_AUTOBOUND:
        return known_term(p, n, invert);
    default:
        return ALWAYS;
    }
}

/* "not" is carried down to the terms, so that what is let through there stays let through. */
static enum verdict compile(struct program *p, uint16_t at, bool invert)
{
    const struct filter_node *n = &p->filter->nodes[at];
    size_t start = p->len, middle;
    enum verdict first;
    bool both;

    if (n->kind == FILTER_NOT)
        return compile(p, n->left, !invert);
    if (n->kind != FILTER_AND && n->kind != FILTER_OR)
        return leaf(p, n, invert);
    both = (n->kind == FILTER_AND) != invert;
    first = compile(p, n->left, invert);
    if (first == (both ? NEVER : ALWAYS))
        return first;
    middle = both ? p->len : otherwise(p, first);
    if (both)
        return joined(p, first, start, middle, compile(p, n->right, invert));
    return either(p, first, start, middle, compile(p, n->right, invert));
}

size_t diag_bytecode(const struct filter *f, const struct diag_bytecode_reach *reach,
                     uint8_t *buf, size_t size)
{
    struct program p = {.bytes = buf,
                        .size = size < DIAG_BYTECODE_BYTES ? size : DIAG_BYTECODE_BYTES,
                        .reach = reach,
                        .filter = f};
    enum verdict v = f ? compile(&p, f->root, false) : ALWAYS;

    if (v == ALWAYS)
        return 0;
    if (v == NEVER)
        emit(&p, INET_DIAG_BC_JMP, NULL, 0);
    return p.full ? 0 : p.len;
}
