#include "core/why/sender_words.h"

const struct sighting *evidence_sender(const struct evidence *e)
{
    const struct sighting *s = evidence_ours(e);

    return s && sighting_sends(s) ? s : NULL;
}

/* The capture sees what comes before a firewall here does; TCP counts what reaches it. */
bool sender_is_silent(const struct evidence *e, const struct sighting *s)
{
    const struct wire_facts *wire = evidence_wire(e);
    uint64_t came;

    if (sighting_grew(s, TCP_INFO_segs_in, &came))
        return !came;
    return wire->seen && !wire->packets_in;
}

bool sender_has_lost_before(const struct sighting *s)
{
    uint64_t again, timeouts, sent, duplicates = 0, overtook;

    if (sighting_info(s, TCP_INFO_sacked, &overtook) && overtook)
        return true;
    if (!sighting_info(s, TCP_INFO_total_retrans, &again) ||
        !sighting_info(s, TCP_INFO_timeouts, &timeouts) ||
        !sighting_info(s, TCP_INFO_data_segs_out, &sent))
        return false;
    sighting_info(s, TCP_INFO_dsack_dups, &duplicates);
    /* Each timeout sends one segment again, and a probe of the tail may have been before. */
    again -= again < timeouts + 1 + duplicates ? again : timeouts + 1 + duplicates;
    return again >= 2 && again * 100 >= sent * LOSS_PERCENT;
}

bool sender_asks_in_vain(const struct sighting *s, uint64_t *ret_times)
{
    uint64_t unacked = 0, timeouts = 0, probes = 0;

    sighting_info(s, TCP_INFO_unacked, &unacked);
    sighting_info(s, TCP_INFO_timeouts, &timeouts);
    sighting_info(s, TCP_INFO_probes, &probes);
    if (!unacked)
        timeouts = 0;
    *ret_times = timeouts > probes ? timeouts : probes;
    return *ret_times >= UNANSWERED;
}

uint64_t sender_lost(const struct sighting *s)
{
    uint64_t again = 0, duplicates = 0;

    sighting_grew(s, TCP_INFO_total_retrans, &again);
    sighting_grew(s, TCP_INFO_dsack_dups, &duplicates);
    return again > duplicates ? again - duplicates : 0;
}

bool sender_is_queueing(const struct sighting *s, uint64_t *ret_rtt, uint64_t *ret_least)
{
    return sighting_info(s, TCP_INFO_rtt, ret_rtt) &&
           sighting_info(s, TCP_INFO_min_rtt, ret_least) &&
           *ret_rtt >= *ret_least + QUEUEING_US && *ret_rtt >= 2 * *ret_least;
}

uint64_t sender_window(const struct evidence *e, const struct sighting *s)
{
    const struct wire_facts *wire = evidence_wire(e);
    const struct sighting *peer = evidence_peer(e);
    uint64_t window = 0, before = 0;

    sighting_info(s, TCP_INFO_snd_wnd, &window);
    if (tcp_info_read(&s->detail, TCP_INFO_snd_wnd, &before) && before > window)
        window = before;
    if (!window && peer && peer->detail.known & DETAIL_MEMINFO)
        window = peer->detail.rcvbuf;
    if (wire->has_window_in && (wire->syn_ack_in || wire->syn_in) &&
        wire->largest_window_in_bytes > window)
        window = wire->largest_window_in_bytes;
    return window;
}
