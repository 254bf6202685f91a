/* probes/gone_rows.h - rows that went, shown for a moment more where they stood. */
#ifndef SOCKEYE_PROBES_GONE_ROWS_H
#define SOCKEYE_PROBES_GONE_ROWS_H

#include "core/model/probing.h"

/* Nobody follows more at once; what else went is in the snapshot's changes all the same. */
#define GONE_ROWS 256

/* All zero: none. */
struct gone_rows {
    size_t n;
    struct gone_row {
        uint64_t at_ns;
        struct row row;
    } rows[GONE_ROWS];
};

/* Learn what went from the changes of s, and put what went within CHANGE_MARK_NS back among its
 * rows, in the wish's order, marked CHANGE_GONE and counted in s->n_gone. */
void gone_rows_put(struct gone_rows *g, struct snapshot *s, const struct wish *wish);

#endif
