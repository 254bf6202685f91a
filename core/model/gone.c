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

void gone_take(struct gone *g, const struct snapshot *s)
{
    g->untold += s->changes_dropped;
    for (size_t i = 0; i < s->n_changes; i++)
        if (s->changes[i].kind == CHANGE_GONE)
            keep(g, &s->changes[i]);
}

const struct change *gone_at(const struct gone *g, size_t i)
{
    return &g->kept[(g->first + g->n - 1 - i) % GONE_KEPT];
}
