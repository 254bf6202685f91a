/* core/model/gone.h - the sockets that are no more, the newest of them kept. */
#ifndef SOCKEYE_MODEL_GONE_H
#define SOCKEYE_MODEL_GONE_H

#include "core/model/changes.h"
#include "core/model/filter.h"

#define GONE_KEPT 4096

/* All zero: empty. */
struct gone {
    struct change *kept; /* a ring once it is full */
    size_t n, first;     /* how many; the oldest */
    uint64_t total;      /* ever: total - n are forgotten */
    uint64_t untold;     /* changes of any kind that a snapshot had no room for */
};

void gone_done(struct gone *g);

/* What s says is gone, but for what no look has filtered and the filter hides; filter may be
 * NULL. */
void gone_take(struct gone *g, const struct snapshot *s, const struct filter *filter);

/* The i-th newest, i < g->n, borrowed until the next gone_take(). */
const struct change *gone_at(const struct gone *g, size_t i);

#endif
