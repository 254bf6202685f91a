/* What the statuses of our sessions and servers say, as rates. */
#include "core/model/model.h"

static void session_counts(const void *from, size_t i, struct rate_counts *ret)
{
    const struct session_status *s = &((const struct session_status *)from)[i];

    *ret = (struct rate_counts){.id = s->id};
    ret->counts[RATE_SENT] = s->sent_bytes;
    ret->counts[RATE_RECEIVED] = s->received_bytes;
    ret->counts[RATE_SENDS] = s->sends;
    ret->counts[RATE_RECEIVES] = s->receives;
    ret->counts[RATE_MESSAGES] = s->messages;
}

static void server_counts(const void *from, size_t i, struct rate_counts *ret)
{
    const struct server_status *s = &((const struct server_status *)from)[i];

    *ret = (struct rate_counts){.id = s->id};
    ret->counts[RATE_SENT] = s->sent_bytes;
    ret->counts[RATE_RECEIVED] = s->received_bytes;
    ret->counts[RATE_RECEIVES] = s->datagrams;
    ret->counts[RATE_ACCEPTED] = s->accepted;
    ret->counts[RATE_MESSAGES] = s->messages;
}

void model_look_at_rates(struct model *m, uint64_t at_ns)
{
    rates_look(&m->session_rates, at_ns, m->n_sessions, session_counts, m->sessions);
    rates_look(&m->server_rates, at_ns, m->n_servers, server_counts, m->servers);
}

const struct rate *model_rate(const struct model *m, uint64_t id)
{
    const struct rate *rate = rates_find(&m->session_rates, id);

    return rate ? rate : rates_find(&m->server_rates, id);
}
