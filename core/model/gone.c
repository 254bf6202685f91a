#include "core/model/gone.h"

#include <stdlib.h>

#include "core/base/mem.h"

void gone_done(struct gone *g)
{
    free(g->kept);
    *g = (struct gone){0};
}

static void keep(struct gone *g, const struct change *change)
{
    g->total++;
    if (g->n == GONE_KEPT) {
        g->kept[g->first] = *change;
        g->first = (g->first + 1) % GONE_KEPT;
        return;
    }
    if ((g->n & (g->n - 1)) == 0)
        g->kept = mem_resize(g->kept, g->n ? 2 * g->n : 1, sizeof(*g->kept));
    g->kept[g->n++] = *change;
}

/* The rows of a look were filtered already, with more than is known now. */
static bool is_hidden(const struct change *change, const struct filter *filter)
{
    struct row last = change->row;

    if (!change->no_look || !filter)
        return false;
    last.state = change->old_state ? change->old_state : last.state;
    return !filter_match(filter, NULL, &last) && !filter_match(filter, NULL, &change->row);
}

void gone_take(struct gone *g, const struct snapshot *s, const struct filter *filter)
{
    g->untold += s->changes_dropped;
    for (size_t i = 0; i < s->n_changes; i++)
        if (s->changes[i].kind == CHANGE_GONE && !is_hidden(&s->changes[i], filter))
            keep(g, &s->changes[i]);
}

const struct change *gone_at(const struct gone *g, size_t i)
{
    return &g->kept[(g->first + g->n - 1 - i) % GONE_KEPT];
}
