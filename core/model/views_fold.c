#include "core/model/views_fold.h"

#include <string.h>

/* Index of the key, or where it belongs. */
static size_t key_index(const struct folds *f, uint64_t key)
{
    size_t low = 0, high = f->n;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (f->keys[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool folds_has(const struct folds *f, uint64_t key)
{
    size_t i = key_index(f, key);

    return i < f->n && f->keys[i] == key;
}

bool folds_set(struct folds *f, uint64_t key, bool folded)
{
    size_t i = key_index(f, key);
    bool had = i < f->n && f->keys[i] == key;

    if (had == folded)
        return true;
    if (folded && f->n == FOLDS_MAX)
        return false;
    if (folded) {
        memmove(f->keys + i + 1, f->keys + i, (f->n - i) * sizeof(f->keys[0]));
        f->keys[i] = key;
        f->n++;
    } else {
        memmove(f->keys + i, f->keys + i + 1, (f->n - i - 1) * sizeof(f->keys[0]));
        f->n--;
    }
    return true;
}

/* Only the keys of groups that this view has. */
static void forget_others(struct folds *f, const struct view *v)
{
    bool there[FOLDS_MAX] = {false};
    size_t kept = 0;

    for (size_t i = 0; i < v->n_groups; i++) {
        size_t at = key_index(f, v->groups[i].key);

        if (at < f->n && f->keys[at] == v->groups[i].key)
            there[at] = true;
    }
    for (size_t i = 0; i < f->n; i++)
        if (there[i])
            f->keys[kept++] = f->keys[i];
    f->n = kept;
}

void folds_apply(struct folds *f, const struct view *v, size_t n_rows)
{
    size_t hidden = 0;

    f->n_cuts = 0;
    f->shown = v ? v->n_lines : n_rows;
    if (v && f->n == FOLDS_MAX)
        forget_others(f, v);
    for (size_t i = 0; v && f->n && i < v->n_groups && f->n_cuts < FOLDS_MAX; i++) {
        const struct view_group *g = &v->groups[i];

        if (!g->n_lines || !folds_has(f, g->key))
            continue;
        hidden += g->n_lines;
        f->cuts[f->n_cuts].line = g->line;
        f->cuts[f->n_cuts++].hidden = hidden;
    }
    f->shown -= hidden;
}

/* Lines that are hidden by the cuts before number i. */
static size_t hidden_before(const struct folds *f, size_t i)
{
    return i ? f->cuts[i - 1].hidden : 0;
}

size_t folds_line(const struct folds *f, size_t place)
{
    size_t low = 0, high = f->n_cuts;

    /* How many cuts stand before the place. */
    while (low < high) {
        size_t middle = (low + high) / 2;

        if (f->cuts[middle].line - hidden_before(f, middle) < place)
            low = middle + 1;
        else
            high = middle;
    }
    return place + hidden_before(f, low);
}

size_t folds_place(const struct folds *f, size_t line)
{
    size_t low = 0, high = f->n_cuts;

    /* How many cuts stand before the line. */
    while (low < high) {
        size_t middle = (low + high) / 2;

        if (f->cuts[middle].line < line)
            low = middle + 1;
        else
            high = middle;
    }
    if (low) {
        size_t head = f->cuts[low - 1].line;
        size_t hides = f->cuts[low - 1].hidden - hidden_before(f, low - 1);

        if (line <= head + hides)
            return head - hidden_before(f, low - 1);
    }
    return line - hidden_before(f, low);
}
