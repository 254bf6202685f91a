#include "core/why/sighting_words.h"

bool sighting_grew(const struct sighting *s, enum tcp_info_id id, uint64_t *ret)
{
    uint64_t before, after;

    if (!sighting_stays(s) || !tcp_info_read(&s->detail, id, &before) ||
        !tcp_info_read(&s->detail_later, id, &after) || after < before)
        return false;
    *ret = after - before;
    return true;
}

bool sighting_info(const struct sighting *s, enum tcp_info_id id, uint64_t *ret)
{
    return tcp_info_read(sighting_stays(s) ? &s->detail_later : &s->detail, id, ret);
}

const struct row *sighting_newest(const struct sighting *s)
{
    return sighting_stays(s) ? &s->row_later : &s->row;
}

bool sighting_stays(const struct sighting *s)
{
    return s->later && s->row_later.state;
}

bool sighting_vanished(const struct sighting *s)
{
    return s->later && !s->row_later.state;
}

bool sighting_sends(const struct sighting *s)
{
    if (s->row.kind != KIND_TCP && s->row.kind != KIND_MPTCP)
        return false;
    if (s->later && s->row_later.state != s->row.state)
        return false;
    switch ((enum socket_state)s->row.state) {
    case STATE_ESTABLISHED:
    case STATE_CLOSE_WAIT:
    case STATE_FIN_WAIT1:
    case STATE_CLOSING:
    case STATE_LAST_ACK:
        return true;
    default:
        return false;
    }
}

unsigned sighting_share(const struct sighting *s, enum tcp_info_id id)
{
    uint64_t us;

    if (!sighting_grew(s, id, &us) || !s->between_ns)
        return 0;
    return (unsigned)(us * 1000 * 100 / s->between_ns);
}

uint32_t row_unread(const struct row *row)
{
    switch ((enum socket_state)row->state) {
    case STATE_LISTEN:
        return 0;
    case STATE_CLOSE_WAIT:
    case STATE_CLOSING:
    case STATE_LAST_ACK:
        return row->rqueue ? row->rqueue - 1 : 0;
    default:
        return row->rqueue;
    }
}

/* Bytes that the program took out of its receive queue between the looks; false: not known. */
static bool bytes_read(const struct sighting *s, uint64_t *ret)
{
    uint64_t came;

    if (!sighting_grew(s, TCP_INFO_bytes_received, &came))
        return false;
    came += s->row.rqueue;
    *ret = came > s->row_later.rqueue ? came - s->row_later.rqueue : 0;
    return true;
}

bool sighting_does_not_read(const struct sighting *s, uint64_t *ret_ns)
{
    uint64_t taken, since_ms;

    if (!sighting_stays(s) || !row_unread(&s->row) || s->row_later.rqueue < s->row.rqueue)
        return false;
    if (s->row.kind == KIND_TCP && (!bytes_read(s, &taken) || taken))
        return false;
    *ret_ns = s->between_ns;
    /* Bytes are read in order: the newest waits as long as none came. */
    if (tcp_info_read(&s->detail_later, TCP_INFO_last_data_recv, &since_ms) &&
        since_ms * CLOCK_MS_NS > *ret_ns)
        *ret_ns = since_ms * CLOCK_MS_NS;
    return true;
}

bool sighting_is_stopped(const struct sighting *s)
{
    return !s->owner_past && s->n_stopped && s->n_stopped == s->n_holders &&
           process_is_stopped(&s->process) &&
           (!s->process_state_later || s->process_state_later == s->process.state);
}

const struct wire_facts *evidence_wire(const struct evidence *e)
{
    const struct attempt *a = evidence_decisive(e);

    return e->subject == WHY_CONNECT && a ? &a->wire : &e->wire;
}

const struct route_facts *evidence_route(const struct evidence *e)
{
    const struct attempt *a = evidence_decisive(e);

    return e->subject == WHY_CONNECT && a ? &a->route : &e->route;
}

const struct sighting *evidence_asked(const struct evidence *e)
{
    return e->subject == WHY_SOCKET ? evidence_ours(e) : NULL;
}
