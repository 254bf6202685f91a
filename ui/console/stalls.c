#include "ui/console/stalls.h"

static struct stall *find(struct stalls *s, uint64_t cookie)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->list[i].row.cookie == cookie)
            return &s->list[i];
    return NULL;
}

/* Bytes that the peer ought to take. */
static bool waits(const struct row *row)
{
    return row->wqueue && row->cookie && (row->kind == KIND_TCP || row->kind == KIND_MPTCP) &&
           row->state != STATE_LISTEN && row->state != STATE_CLOSE &&
           row->state != STATE_TIME_WAIT;
}

static void begin(struct stall *stall, const struct row *row, const struct session_status *s,
                  uint64_t now_ns)
{
    *stall = (struct stall){.session_id = s->id, .since_ns = now_ns};
    stall->persist_since_ns = row->timer == TIMER_PERSIST ? now_ns : 0;
    stall->sent_bytes = s->sent_bytes;
    stall->row = *row;
}

static void look_at(struct stalls *s, const struct row *row,
                    const struct session_status *session, uint64_t now_ns)
{
    struct stall *stall = find(s, row->cookie);

    if (!stall && s->n == STALLS_MAX)
        return;
    if (!stall)
        begin(stall = &s->list[s->n++], row, session, now_ns);
    else if (stall->row.wqueue != row->wqueue || stall->row.state != row->state ||
             stall->sent_bytes != session->sent_bytes)
        begin(stall, row, session, now_ns);
    if (row->timer != TIMER_PERSIST)
        stall->persist_since_ns = 0;
    else if (!stall->persist_since_ns)
        stall->persist_since_ns = now_ns;
    stall->row = *row;
    stall->seen = true;
}

void stalls_look(struct stalls *s, const struct model *m, uint64_t now_ns)
{
    size_t kept = 0;

    for (size_t i = 0; i < s->n; i++)
        s->list[i].seen = false;
    for (size_t i = 0; m->snapshot && i < m->snapshot->n_rows; i++) {
        const struct row *row = &m->snapshot->rows[i];
        const struct session_status *session =
            waits(row) ? model_session_by_cookie(m, row->cookie) : NULL;

        if (session)
            look_at(s, row, session, now_ns);
    }
    for (size_t i = 0; i < s->n; i++)
        if (s->list[i].seen)
            s->list[kept++] = s->list[i];
    s->n = kept;
}

static uint64_t due_ns(const struct stall *stall)
{
    uint64_t still = stall->since_ns + STALL_NS;
    uint64_t shut =
        stall->persist_since_ns ? stall->persist_since_ns + STALL_PERSIST_NS : still;

    return shut < still ? shut : still;
}

struct stall *stalls_due(struct stalls *s, uint64_t now_ns)
{
    for (size_t i = 0; i < s->n; i++)
        if (!s->list[i].told && due_ns(&s->list[i]) <= now_ns)
            return &s->list[i];
    return NULL;
}

uint64_t stalls_next_ns(const struct stalls *s)
{
    uint64_t next = UINT64_MAX;

    for (size_t i = 0; i < s->n; i++)
        if (!s->list[i].told && due_ns(&s->list[i]) < next)
            next = due_ns(&s->list[i]);
    return next;
}

bool stalls_has(const struct stalls *s, uint64_t cookie)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->list[i].row.cookie == cookie)
            return true;
    return false;
}
