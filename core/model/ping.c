#include "core/model/ping.h"

static void add_rtt(struct ping_stats *s, uint64_t rtt_ns)
{
    if (s->n_rtt == 0 || rtt_ns < s->rtt_min_ns)
        s->rtt_min_ns = rtt_ns;
    if (s->n_rtt == 0 || rtt_ns > s->rtt_max_ns)
        s->rtt_max_ns = rtt_ns;
    s->n_rtt++;
    s->rtt_sum += rtt_ns;
    s->rtt_squares += (unsigned __int128)rtt_ns * rtt_ns;
}

static void add_reply(struct ping_stats *s, const struct ping_event *e)
{
    /* iputils times duplicates like any reply. */
    if (e->has_rtt)
        add_rtt(s, e->rtt_ns);
    s->duplicates += e->duplicate;
    s->reordered += e->reordered;
    s->received += !e->duplicate;
    s->late += e->late && !e->duplicate;
}

static void add_error(struct ping_stats *s, const struct ping_event *e)
{
    s->icmp_errors++;
    for (size_t i = 0; i < s->n_errors; i++) {
        struct ping_error_count *known = &s->errors[i];

        if (known->type == e->type && known->code == e->code &&
            addr_same_ip(&known->from, &e->from)) {
            known->count++;
            return;
        }
    }
    if (s->n_errors < PING_ERROR_KINDS)
        s->errors[s->n_errors++] = (struct ping_error_count){
            .type = e->type, .code = e->code, .from = e->from, .count = 1};
}

void ping_stats_add(struct ping_stats *s, const struct ping_event *e)
{
    s->decided += e->decides;
    switch (e->kind) {
    case PING_SENT:
        s->sent++;
        break;
    case PING_REPLY:
        add_reply(s, e);
        break;
    case PING_ICMP:
        add_error(s, e);
        break;
    case PING_TIMEOUT:
        s->timeouts++;
        break;
    case PING_UNSENT:
        s->unsent++;
        break;
    case PING_MTU:
    case PING_ENDED:
        break;
    }
}

uint64_t ping_stats_lost(const struct ping_stats *s)
{
    return s->decided - s->received;
}

bool ping_stats_loss_percent(const struct ping_stats *s, double *ret)
{
    if (s->decided == 0)
        return false;
    *ret = 100.0 * (double)ping_stats_lost(s) / (double)s->decided;
    return true;
}

/* The whole part of the root, a bit at a time. */
static uint64_t root(unsigned __int128 n)
{
    uint64_t r = 0;

    for (uint64_t bit = UINT64_C(1) << 63; bit; bit >>= 1) {
        uint64_t larger = r | bit;

        if ((unsigned __int128)larger * larger <= n)
            r = larger;
    }
    return r;
}

bool ping_stats_rtt(const struct ping_stats *s, struct ping_rtt *ret)
{
    unsigned __int128 n = s->n_rtt, variance;

    if (n == 0)
        return false;
    /* (n * sum of squares - square of sum) / n^2, so that nothing is rounded before the root. */
    variance = (n * s->rtt_squares - s->rtt_sum * s->rtt_sum) / (n * n);
    *ret = (struct ping_rtt){.min_ns = s->rtt_min_ns,
                             .avg_ns = (uint64_t)(s->rtt_sum / n),
                             .max_ns = s->rtt_max_ns,
                             .mdev_ns = root(variance)};
    return true;
}
