#include "ui/console/session_rows.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/model/tcp_info.h"

_Static_assert(2 * (MODEL_SESSIONS + MODEL_SERVERS) <= SESSION_ROWS, "a place is always free");

void session_rows_done(struct session_rows *r)
{
    free(r->places);
    *r = (struct session_rows){.at_ns = 0};
}

/* Its place, or the free one where it would be. */
static struct session_row *place_of(const struct session_rows *r, uint64_t cookie)
{
    size_t i = (size_t)(cookie * UINT64_C(0x9e3779b97f4a7c15) >> 50);

    while (r->places[i % SESSION_ROWS].cookie && r->places[i % SESSION_ROWS].cookie != cookie)
        i++;
    return &r->places[i % SESSION_ROWS];
}

static void add(struct session_rows *r, uint64_t cookie)
{
    if (cookie)
        place_of(r, cookie)->cookie = cookie;
}

static void fill(struct session_row *to, const struct snapshot *s, const struct row *row,
                 const struct socket_detail *d)
{
    to->has = true;
    to->rqueue = row->rqueue;
    to->wqueue = row->wqueue;
    if (!d)
        d = row_detail(s, row);
    to->has_rtt = d && tcp_info_read(d, TCP_INFO_rtt, &to->rtt_us);
}

void session_rows_refresh(struct session_rows *r, const struct model *m)
{
    const struct socket_portrait *p = model_focus_portrait(m);
    const struct snapshot *s = m->snapshot;

    if (!s || (r->at_ns == s->at_ns && r->status == m->status_changes && r->places))
        return;
    if (!r->places)
        r->places = mem_new(SESSION_ROWS, sizeof(*r->places));
    memset(r->places, 0, SESSION_ROWS * sizeof(*r->places));
    for (size_t i = 0; i < m->n_sessions; i++)
        add(r, m->sessions[i].cookie);
    for (size_t i = 0; i < m->n_servers; i++)
        add(r, m->servers[i].cookie);
    for (size_t i = 0; i < s->n_rows; i++) {
        struct session_row *place = s->rows[i].cookie ? place_of(r, s->rows[i].cookie) : NULL;

        if (place && place->cookie && s->rows[i].change != CHANGE_GONE)
            fill(place, s, &s->rows[i], NULL);
    }
    /* The selected one is looked up in full, whatever the list is asked for. */
    if (p && !p->gone && p->row.cookie && place_of(r, p->row.cookie)->cookie)
        fill(place_of(r, p->row.cookie), s, &p->row, &p->detail);
    r->at_ns = s->at_ns;
    r->status = m->status_changes;
}

const struct session_row *session_rows_find(const struct session_rows *r, uint64_t cookie)
{
    const struct session_row *place = r->places && cookie ? place_of(r, cookie) : NULL;

    return place && place->has ? place : NULL;
}
