/* probes/intake.h - the way of sockets from the kernel into a snapshot, whole or part by part.
 *
 * Not thread-safe: what it holds (netlink sockets, what the kernel cannot tell) belongs to the
 * thread that looks. */
#ifndef SOCKEYE_PROBES_INTAKE_H
#define SOCKEYE_PROBES_INTAKE_H

#include "core/model/probing.h"
#include "probes/diag_socket.h"

/* No host has so many; what is behind is told by err of the snapshot. */
#define INTAKE_ROWS_MAX 10000000U

struct intake;

struct intake *intake_new(void);
void intake_free(struct intake *in);

struct intake_order {
    const struct wish *wish;
    const struct filter *filter; /* of each row; NULL: all rows are taken */
    bool narrow;      /* the kernel may leave out what the wish's filter cannot match: n_total,
                  * n_states and n_kinds then count without it */
    size_t part_rows; /* how many rows make a part; 0: all are one */
    /* Called when rows of s make a part, not for the last one; takes them out (intake_empty()).
     * False ends the intake. */
    bool (*part)(void *ctx);
    void *ctx;
};

/* All sockets that the wish names into s, which is new; what is missing is told there.  False
 * when part() ended it. */
bool intake_run(struct intake *in, const struct intake_order *order, struct snapshot *s);

/* Keep the rows that match; where that is only known later. */
void intake_filter(const struct filter *filter, struct snapshot *s);

/* Forget the rows, keep the memory. */
void intake_empty(struct intake *in, struct snapshot *s);

/* One socket with every detail into s->selected.  `inode` is its namespace, 0: our own; it is
 * one of those of s.  -ENOENT: it is gone. */
int intake_lookup(struct intake *in, const struct row *key, uint64_t inode, struct snapshot *s,
                  struct err *err);

#endif
