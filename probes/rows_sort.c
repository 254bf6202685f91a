#include "probes/rows_sort.h"

#include <stdlib.h>
#include <string.h>

static int by_cookie(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

struct cookie_set cookie_set_of(const struct wish *wish)
{
    struct cookie_set set = {.n = wish->n_ours < WISH_OURS ? wish->n_ours : WISH_OURS};

    memcpy(set.cookies, wish->ours, set.n * sizeof(set.cookies[0]));
    qsort(set.cookies, set.n, sizeof(set.cookies[0]), by_cookie);
    return set;
}

bool cookie_set_has(const struct cookie_set *set, uint64_t cookie)
{
    /* 0 is a cookie nobody has asked for yet. */
    return cookie &&
           bsearch(&cookie, set->cookies, set->n, sizeof(set->cookies[0]), by_cookie) != NULL;
}

/* Ours to the front; returns how many.  What order that leaves does not matter yet. */
static size_t ours_first(struct row *rows, size_t n, const struct cookie_set *ours)
{
    size_t front = 0;

    for (size_t i = 0; i < n && ours->n; i++) {
        if (cookie_set_has(ours, rows[i].cookie)) {
            struct row moved = rows[front];

            rows[front++] = rows[i];
            rows[i] = moved;
        }
    }
    return front;
}

void rows_sort(struct snapshot *s, const struct wish *wish, const struct cookie_set *ours)
{
    size_t front = wish->sort ? 0 : ours_first(s->rows, s->n_rows, ours);

    rows_order(s, 0, front, wish->sort, wish->descending);
    rows_order(s, front, s->n_rows, wish->sort, wish->descending);
}
