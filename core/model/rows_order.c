/* The order of a snapshot's rows. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/model/column.h"

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

/* What is compared first of a row, made once and not at each comparison. */
struct key {
    uint64_t number;
    uint32_t row;
    uint8_t kind; /* enum value_kind */
};

struct order {
    const struct row *rows;
    bool descending, by_local, by_peer;
};

static int by_rest(const struct row *a, const struct row *b)
{
    int order = state_rank(a->state) - state_rank(b->state);

    if (!order)
        order = compare_addr(&a->local, &b->local);
    if (!order)
        order = compare_addr(&a->peer, &b->peer);
    if (!order)
        order = a->kind - b->kind;
    if (!order)
        order = compare_u64(a->inode, b->inode);
    return order ? order : compare_u64(a->cookie, b->cookie);
}

static int compare(const void *a, const void *b, void *ctx)
{
    const struct key *x = a, *y = b;
    const struct order *o = ctx;
    const struct row *left = &o->rows[x->row], *right = &o->rows[y->row];
    int order = 0;

    if (x->kind != y->kind)
        return x->kind == VALUE_NUMBER ? -1 : 1;
    if (o->by_local)
        order = compare_addr(&left->local, &right->local);
    else if (o->by_peer)
        order = compare_addr(&left->peer, &right->peer);
    else
        order = compare_u64(x->number, y->number);
    if (!order)
        order = by_rest(left, right);
    return o->descending ? -order : order;
}

/* The first bytes of a text as a number that sorts like them. */
static uint64_t beginning(const struct value *v)
{
    uint64_t number = 0;

    for (size_t i = 0; i < sizeof(number); i++)
        number = number << 8 | (i < v->len ? (unsigned char)v->text[i] : 0);
    return number;
}

static struct key key_of(const struct snapshot *s, const struct row *row, uint32_t index,
                         const struct column *by, struct value *scratch)
{
    struct key key = {.row = index, .kind = VALUE_NUMBER};

    if (!by || strcmp(by->name, "state") == 0) {
        key.number = (uint64_t)state_rank(row->state);
        return key;
    }
    scratch->kind = VALUE_UNKNOWN;
    by->get(s, row, scratch);
    if (scratch->kind == VALUE_UNKNOWN || scratch->kind == VALUE_NONE)
        key.kind = (uint8_t)scratch->kind;
    else
        key.number = scratch->kind == VALUE_TEXT ? beginning(scratch) : scratch->number;
    return key;
}

void rows_order(struct snapshot *s, size_t from, size_t end, const struct column *by,
                bool descending)
{
    size_t n = end - from;
    struct order order = {.rows = s->rows,
                          .descending = descending,
                          .by_local = by && strcmp(by->name, "local") == 0,
                          .by_peer = by && strcmp(by->name, "peer") == 0};
    struct key *keys = mem_new(n, sizeof(*keys));
    struct row *sorted = mem_new(n, sizeof(*sorted));
    struct value scratch;

    for (size_t i = 0; i < n; i++)
        keys[i] = key_of(s, &s->rows[from + i], (uint32_t)(from + i), by, &scratch);
    qsort_r(keys, n, sizeof(*keys), compare, &order);
    for (size_t i = 0; i < n; i++)
        sorted[i] = s->rows[keys[i].row];
    memcpy(s->rows + from, sorted, n * sizeof(*sorted));
    free(keys);
    free(sorted);
}
