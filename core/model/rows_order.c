/* The order of a snapshot's rows.
 *
 * What is compared is made once for each row: a number that decides nearly always, and behind it
 * the whole text or address. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/texts.h"
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

/* The first bytes as a number that sorts like them. */
static uint64_t beginning(const void *bytes, size_t len)
{
    uint64_t number = 0;

    for (size_t i = 0; i < sizeof(number); i++)
        number = number << 8 | (i < len ? ((const unsigned char *)bytes)[i] : 0);
    return number;
}

/* Sorts like compare_addr() as far as it reaches: all of an IPv4 address, the first seven bytes of
 * another. */
static uint64_t addr_beginning(const struct addr *a)
{
    struct addr plain = addr_unmapped(a);
    uint64_t family = (uint64_t)plain.family << 56;

    if (plain.family == AF_INET)
        return family | beginning(plain.ip, 4) >> 8 | plain.port;
    return family | beginning(plain.ip, sizeof(plain.ip)) >> 8;
}

/* Listeners are few and looked for: they go first.  Last comes what has no state: datagrams,
 * netlink. */
static int state_rank(uint8_t state)
{
    return state == STATE_LISTEN ? 0 : state == STATE_CLOSE ? STATE_COUNT : state;
}

struct key {
    uint64_t number;
    uint64_t local, peer; /* addr_beginning(): decide between most rows of equal value */
    uint32_t row, text;   /* text: its place; 0: it is whole in number */
    uint8_t kind;         /* enum value_kind */
    uint8_t state;        /* state_rank() */
};

enum order_by { BY_STATE, BY_LOCAL, BY_PEER, BY_VALUE };

struct order {
    const struct row *rows;
    enum order_by by;
    const struct column *column;
    bool descending;
    struct texts texts;
};

/* Between rows of one state. */
static int by_rest(const struct row *a, const struct row *b)
{
    int order = compare_addr(&a->local, &b->local);

    if (!order)
        order = compare_addr(&a->peer, &b->peer);
    if (!order)
        order = a->kind - b->kind;
    if (!order)
        order = compare_u64(a->netns, b->netns);
    if (!order)
        order = compare_u64(a->inode, b->inode);
    return order ? order : compare_u64(a->cookie, b->cookie);
}

/* A number before a text before none before unknown. */
static int kind_rank(uint8_t kind)
{
    return kind == VALUE_UNKNOWN ? 3 : kind == VALUE_NONE ? 2 : kind == VALUE_TEXT ? 1 : 0;
}

static int compare(const void *a, const void *b, void *ctx)
{
    const struct key *x = a, *y = b;
    const struct order *o = ctx;
    const struct row *left = &o->rows[x->row], *right = &o->rows[y->row];
    int order = kind_rank(x->kind) - kind_rank(y->kind);

    if (order && (kind_rank(x->kind) > 1 || kind_rank(y->kind) > 1))
        return order;
    if (!order)
        order = compare_u64(x->number, y->number);
    if (!order && o->by == BY_LOCAL)
        order = compare_addr(&left->local, &right->local);
    if (!order && o->by == BY_PEER)
        order = compare_addr(&left->peer, &right->peer);
    if (!order && (x->text || y->text))
        order = strcmp(texts_at(&o->texts, x->text), texts_at(&o->texts, y->text));
    if (!order)
        order = x->state - y->state;
    if (!order)
        order = compare_u64(x->local, y->local);
    if (!order && x->local >> 56 == AF_INET) /* then it was compared whole */
        order = compare_u64(x->peer, y->peer);
    if (!order)
        order = by_rest(left, right);
    if (!order)
        return compare_u64(x->row, y->row) > 0 ? 1 : -1;
    return o->descending ? -order : order;
}

static bool is_ip(const struct addr *a)
{
    return a->family == AF_INET || a->family == AF_INET6;
}

static void take_value(struct order *o, const struct snapshot *s, const struct row *row,
                       struct value *scratch, struct key *key)
{
    column_value(o->column, s, row, scratch);
    key->kind = (uint8_t)scratch->kind;
    key->number = 0;
    if (scratch->kind == VALUE_TEXT) {
        key->number = beginning(scratch->text, scratch->len);
        if (scratch->len > sizeof(key->number))
            key->text = texts_add(&o->texts, scratch->text, scratch->len);
    } else if (scratch->kind == VALUE_NUMBER || scratch->kind == VALUE_FLAG) {
        key->number = scratch->number;
    }
}

static struct key key_of(struct order *o, const struct snapshot *s, size_t index,
                         struct value *scratch)
{
    const struct row *row = &s->rows[index];
    struct key key = {.row = (uint32_t)index,
                      .kind = VALUE_NUMBER,
                      .state = (uint8_t)state_rank(row->state),
                      .local = addr_beginning(&row->local),
                      .peer = addr_beginning(&row->peer)};
    const struct addr *end = o->by == BY_PEER ? &row->peer : &row->local;

    if (o->by == BY_STATE)
        key.number = key.state;
    else if (o->by != BY_VALUE && is_ip(end))
        key.number = addr_beginning(end);
    else
        take_value(o, s, row, scratch, &key);
    return key;
}

static struct order order_of(const struct snapshot *s, const struct column *by, bool descending)
{
    struct order order = {
        .rows = s->rows, .column = by, .descending = descending, .by = BY_VALUE};

    if (!by || strcmp(by->name, "state") == 0)
        order.by = BY_STATE;
    else if (strcmp(by->name, "local") == 0)
        order.by = BY_LOCAL;
    else if (strcmp(by->name, "peer") == 0)
        order.by = BY_PEER;
    else if (strcmp(by->name, "timer") == 0) /* its words would put 12 s before 2 s */
        order.column = column_find("timer_ms");
    return order;
}

void rows_order(struct snapshot *s, size_t from, size_t end, const struct column *by,
                bool descending)
{
    size_t n = end - from;
    struct order order = order_of(s, by, descending);
    struct key *keys = mem_new(n, sizeof(*keys));
    struct row *sorted = mem_new(n, sizeof(*sorted));
    struct value scratch;

    for (size_t i = 0; i < n; i++)
        keys[i] = key_of(&order, s, from + i, &scratch);
    qsort_r(keys, n, sizeof(*keys), compare, &order);
    for (size_t i = 0; i < n; i++)
        sorted[i] = s->rows[keys[i].row];
    memcpy(s->rows + from, sorted, n * sizeof(*sorted));
    texts_done(&order.texts);
    free(keys);
    free(sorted);
}
