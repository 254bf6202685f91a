/* What the snapshots tell of the one socket that is followed, kept over time. */
#include "core/model/changes.h"
#include "core/model/model.h"

const struct socket_portrait *model_focus_portrait(const struct model *m)
{
    const struct snapshot *s = m->snapshot;
    const struct row *row = &m->focus.row;

    if (!s || !s->has_selected || m->focus.kind != FOCUS_ROW)
        return NULL;
    if (row->cookie && s->selected.row.cookie)
        return s->selected.row.cookie == row->cookie ? &s->selected : NULL;
    return addr_equal(&s->selected.row.local, &row->local) &&
                   addr_equal(&s->selected.row.peer, &row->peer)
               ? &s->selected
               : NULL;
}

const struct row *model_focus_now(const struct model *m)
{
    const struct row *row = model_focus_row(m);
    const struct socket_portrait *p = model_focus_portrait(m);

    /* A row that is gone stays in the table for a moment. */
    if (row && row->change == CHANGE_GONE)
        return NULL;
    /* The one lookup may see a row that the filter hides. */
    return row ? row : p && !p->gone ? &p->row : NULL;
}

/* What the kernel said between this look and the one before. */
static void follow_changes(struct model *m)
{
    const struct snapshot *s = m->snapshot;

    for (size_t i = 0; m->focus.kind == FOCUS_ROW && i < s->n_changes; i++) {
        const struct change *change = &s->changes[i];

        if (!model_same_socket(&change->row, &m->focus.row))
            continue;
        if (change->kind == CHANGE_GONE)
            state_path_end(&m->path, change->at_ns);
        else if (change->by_event)
            state_path_change(&m->path, change->old_state, change->row.state, change->at_ns);
    }
}

void model_watch_focus(struct model *m)
{
    const struct row *row = model_focus_now(m);
    const struct socket_portrait *p = model_focus_portrait(m);
    uint64_t at_ns = m->snapshot->at_ns;

    follow_changes(m);
    if (!row) {
        if (p && p->gone)
            state_path_end(&m->path, at_ns);
        return;
    }
    state_path_look(&m->path, row->state, at_ns);
    /* The lookup's own moment makes rates right however long the dump took. */
    if (p && !p->gone)
        series_add(&m->series, p->at_ns ? p->at_ns : at_ns, &p->row, &p->detail);
    else
        series_add(&m->series, at_ns, row, NULL);
}

void model_forget_watched(struct model *m)
{
    series_clear(&m->series);
    m->path = (struct state_path){0};
}
