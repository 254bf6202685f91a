/* core/model/views_fold.h - which groups of a view are folded, and which lines that leaves.
 *
 * Belongs to whoever shows the view; a fold needs no new snapshot. */
#ifndef SOCKEYE_MODEL_VIEWS_FOLD_H
#define SOCKEYE_MODEL_VIEWS_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/model/views.h"

#define FOLDS_MAX 512

/* All zero: nothing is folded. */
struct folds {
    size_t n;
    uint64_t keys[FOLDS_MAX]; /* sorted; of groups */
    /* Of the view that folds_apply() was given last: */
    size_t shown; /* lines */
    size_t n_cuts;
    struct {
        size_t line, hidden; /* the group's own line; lines hidden up to its end */
    } cuts[FOLDS_MAX];
};

bool folds_has(const struct folds *f, uint64_t key);
/* False: no more than FOLDS_MAX groups can be folded.  folds_apply() has to follow. */
bool folds_set(struct folds *f, uint64_t key, bool folded);

/* v NULL: n_rows lines, none of which folds.  Groups that are no more are forgotten when
 * there is no room for others. */
void folds_apply(struct folds *f, const struct view *v, size_t n_rows);

/* The line that is shown at a place, place < shown; and the place of a line: of a hidden one
 * that of its group. */
size_t folds_line(const struct folds *f, size_t place);
size_t folds_place(const struct folds *f, size_t line);

#endif
