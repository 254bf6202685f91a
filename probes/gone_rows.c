#include "probes/gone_rows.h"

#include <string.h>

#include "core/base/mem.h"
#include "core/model/changes.h"
#include "probes/rows_sort.h"

static void forget_old(struct gone_rows *g, uint64_t now_ns)
{
    size_t kept = 0;

    for (size_t i = 0; i < g->n; i++)
        if (now_ns < g->rows[i].at_ns + CHANGE_MARK_NS)
            g->rows[kept++] = g->rows[i];
    g->n = kept;
}

/* Those that no look saw never stood anywhere. */
static void learn(struct gone_rows *g, const struct snapshot *s)
{
    for (size_t i = 0; i < s->n_changes && g->n < GONE_ROWS; i++) {
        const struct change *c = &s->changes[i];
        struct gone_row *gone = &g->rows[g->n];

        if (c->kind != CHANGE_GONE || c->no_look)
            continue;
        *gone = (struct gone_row){.at_ns = s->at_ns, .row = c->row};
        gone->row.change = CHANGE_GONE;
        gone->row.name = gone->row.detail = 0;
        g->n++;
    }
}

void gone_rows_put(struct gone_rows *g, struct snapshot *s, const struct wish *wish)
{
    const struct cookie_set ours = cookie_set_of(wish);

    forget_old(g, s->at_ns);
    learn(g, s);
    if (!g->n)
        return;
    s->rows = mem_resize(s->rows, s->n_rows + g->n, sizeof(*s->rows));
    for (size_t i = 0; i < g->n; i++)
        s->rows[s->n_rows++] = g->rows[i].row;
    s->n_gone = g->n;
    rows_sort(s, wish, &ours);
}
