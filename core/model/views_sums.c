/* Sums in the order that somebody wants them in. */
#include <stdlib.h>
#include <string.h>

#include "core/model/views.h"

static const char *const order_names[SUMS_ORDERS] = {
    [SUMS_USUAL] = "",      [SUMS_NAME] = "name",   [SUMS_COUNT] = "count",
    [SUMS_RECVQ] = "recvq", [SUMS_SENDQ] = "sendq",
};

const char *sums_order_name(enum sums_order by)
{
    return order_names[by];
}

bool sums_order_parse(const char *name, enum sums_order *ret)
{
    for (int i = 0; i < SUMS_ORDERS; i++) {
        if (strcmp(order_names[i], name) == 0) {
            *ret = (enum sums_order)i;
            return true;
        }
    }
    return false;
}

struct sums {
    const struct snapshot *s;
    const struct view *v;
    enum sums_order by;
    bool descending;
};

static const struct view_group *group_of(const struct sums *sums, uint32_t line)
{
    return &sums->v->groups[sums->v->lines[line].group];
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* Of states the kernel's order is the name's. */
static int compare_names(const struct sums *sums, const struct view_group *a,
                         const struct view_group *b)
{
    const struct process *p = sums->s->owned.processes;
    int order;

    if (a->kind != GROUP_PROCESS)
        return compare_numbers(a->key, b->key);
    order = strcmp(p[a->process].comm, p[b->process].comm);
    return order ? order : p[a->process].pid - p[b->process].pid;
}

static int compare(const void *x, const void *y, void *ctx)
{
    const struct sums *sums = ctx;
    uint32_t first = *(const uint32_t *)x, second = *(const uint32_t *)y;
    const struct view_group *a = group_of(sums, first), *b = group_of(sums, second);
    int order = 0;

    /* What no process has comes last, however much it is. */
    if (a->kind != b->kind)
        return a->kind - b->kind;
    if (sums->by == SUMS_NAME)
        order = compare_names(sums, a, b);
    else if (sums->by == SUMS_COUNT)
        order = compare_numbers(a->n, b->n);
    else if (sums->by == SUMS_RECVQ)
        order = compare_numbers(a->rqueue_bytes, b->rqueue_bytes);
    else if (sums->by == SUMS_SENDQ)
        order = compare_numbers(a->wqueue_bytes, b->wqueue_bytes);
    order = sums->descending ? -order : order;
    return order ? order : compare_numbers(first, second);
}

void view_order_sums(const struct snapshot *s, const struct view *v, enum sums_order by,
                     bool descending, uint32_t *ret)
{
    struct sums sums = {.s = s, .v = v, .by = by, .descending = descending};

    for (size_t i = 0; i < v->n_lines; i++)
        ret[i] = (uint32_t)i;
    if (by != SUMS_USUAL)
        qsort_r(ret, v->n_lines, sizeof(*ret), compare, &sums);
}
