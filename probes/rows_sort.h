/* probes/rows_sort.h - the order in which a view shows rows. */
#ifndef SOCKEYE_PROBES_ROWS_SORT_H
#define SOCKEYE_PROBES_ROWS_SORT_H

#include "core/model/probing.h"

/* The cookies of our own sockets, for quick questions. */
struct cookie_set {
    size_t n;
    uint64_t cookies[WISH_OURS]; /* sorted */
};

struct cookie_set cookie_set_of(const struct wish *wish);
bool cookie_set_has(const struct cookie_set *set, uint64_t cookie);

/* By wish->sort and wish->descending; without a column ours first, then by state. */
void rows_sort(struct snapshot *s, const struct wish *wish, const struct cookie_set *ours);

#endif
