/* Columns of what the kernel attaches beside struct tcp_info. */
#include <inttypes.h>
#include <stdio.h>

#include "core/base/line.h"
#include "core/model/column_put.h"

#define DETAIL_GET(id, part)                                                                   \
    GET(id)                                                                                    \
    {                                                                                          \
        const struct socket_detail *d = detail_with(s, row, part, v);                          \
                                                                                               \
        if (d)                                                                                 \
            put_number(v, d->id);                                                              \
    }

DETAIL_GET(rmem_alloc, DETAIL_MEMINFO)
DETAIL_GET(rcvbuf, DETAIL_MEMINFO)
DETAIL_GET(wmem_alloc, DETAIL_MEMINFO)
DETAIL_GET(sndbuf, DETAIL_MEMINFO)
DETAIL_GET(fwd_alloc, DETAIL_MEMINFO)
DETAIL_GET(wmem_queued, DETAIL_MEMINFO)
DETAIL_GET(optmem, DETAIL_MEMINFO)
DETAIL_GET(backlog, DETAIL_MEMINFO)
DETAIL_GET(drops, DETAIL_MEMINFO)
DETAIL_GET(mark, DETAIL_MARK)
DETAIL_GET(class_id, DETAIL_CLASS_ID)
DETAIL_GET(tos, DETAIL_TOS)
DETAIL_GET(tclass, DETAIL_TCLASS)
DETAIL_GET(md5_keys, DETAIL_MD5)
DETAIL_GET(groups, DETAIL_GROUPS)
DETAIL_GET(vfs_inode, DETAIL_VFS)
DETAIL_GET(vfs_device, DETAIL_VFS)
DETAIL_GET(packet_version, DETAIL_PACKET)
DETAIL_GET(packet_flags, DETAIL_PACKET)
DETAIL_GET(waiting, DETAIL_PEERS)

GET(cgroup)
{
    const struct socket_detail *d = detail_with(s, row, DETAIL_CGROUP, v);

    if (d)
        put_number(v, d->cgroup_id);
}

GET(congestion)
{
    const struct socket_detail *d = detail_with(s, row, DETAIL_CONGESTION, v);

    if (d)
        put_foreign(v, d->congestion, sizeof(d->congestion));
}

GET(ulp)
{
    const struct socket_detail *d = detail_with(s, row, DETAIL_ULP, v);

    if (d)
        put_foreign(v, d->ulp, sizeof(d->ulp));
}

GET(shutdown)
{
    static const char *const names[] = {"", "receive", "send", "both"};
    const struct socket_detail *d = detail_with(s, row, DETAIL_SHUTDOWN, v);

    if (d && d->shutdown & 3)
        put_text(v, names[d->shutdown & 3]);
    else if (d)
        put_none(v, "neither direction is shut down");
}

GET(sockopt)
{
    static const char *const names[] = {
        "recverr",         "is_icsk",       "freebind",
        "hdrincl",         "mc_loop",       "transparent",
        "mc_all",          "nodefrag",      "bind_address_no_port",
        "recverr_rfc4884", "defer_connect",
    };
    const struct socket_detail *d = detail_with(s, row, DETAIL_OPTIONS, v);

    if (d)
        put_words(v, d->options, names, sizeof(names) / sizeof(names[0]), "none is set");
}

/* ss's skmem:(...) */
GET(skmem)
{
    const struct socket_detail *d = detail_with(s, row, DETAIL_MEMINFO, v);
    struct line_out l = line_in(v->text, sizeof(v->text));

    if (!d)
        return;
    line_add(&l, "r%u,rb%u,t%u,tb%u,f%u,w%u,o%u,bl%u,d%u", d->rmem_alloc, d->rcvbuf,
             d->wmem_alloc, d->sndbuf, d->fwd_alloc, d->wmem_queued, d->optmem, d->backlog,
             d->drops);
    v->kind = VALUE_TEXT;
    v->len = l.used;
}

#define ALGORITHM_GET(id, which_, member)                                                      \
    GET(id)                                                                                    \
    {                                                                                          \
        const struct socket_detail *d = detail_with(s, row, DETAIL_ALGORITHM, v);              \
                                                                                               \
        if (d && d->algorithm.which == (which_))                                               \
            put_number(v, d->algorithm.member);                                                \
        else if (d)                                                                            \
            put_none(v, "another congestion control is in use");                               \
    }

ALGORITHM_GET(bbr_bw, ALGORITHM_BBR, bbr.bw_bytes_s)
ALGORITHM_GET(bbr_min_rtt, ALGORITHM_BBR, bbr.min_rtt_us)
ALGORITHM_GET(bbr_pacing_gain, ALGORITHM_BBR, bbr.pacing_gain)
ALGORITHM_GET(bbr_cwnd_gain, ALGORITHM_BBR, bbr.cwnd_gain)
ALGORITHM_GET(vegas_enabled, ALGORITHM_VEGAS, vegas.enabled)
ALGORITHM_GET(vegas_rtt_count, ALGORITHM_VEGAS, vegas.rtt_count)
ALGORITHM_GET(vegas_rtt, ALGORITHM_VEGAS, vegas.rtt_us)
ALGORITHM_GET(vegas_min_rtt, ALGORITHM_VEGAS, vegas.min_rtt_us)
ALGORITHM_GET(dctcp_enabled, ALGORITHM_DCTCP, dctcp.enabled)
ALGORITHM_GET(dctcp_ce_state, ALGORITHM_DCTCP, dctcp.ce_state)
ALGORITHM_GET(dctcp_alpha, ALGORITHM_DCTCP, dctcp.alpha)
ALGORITHM_GET(dctcp_ab_ecn, ALGORITHM_DCTCP, dctcp.ab_ecn)
ALGORITHM_GET(dctcp_ab_tot, ALGORITHM_DCTCP, dctcp.ab_tot)

/* The same as one text: "bbr bw 1234 min_rtt 50 pacing_gain 739 cwnd_gain 739". */
GET(algorithm)
{
    const struct socket_detail *d = detail_with(s, row, DETAIL_ALGORITHM, v);
    const struct algorithm_info *a = d ? &d->algorithm : NULL;
    struct line_out l = line_in(v->text, sizeof(v->text));

    if (!a)
        return;
    switch (a->which) {
    case ALGORITHM_BBR:
        line_add(&l, "bbr bw %" PRIu64 " min_rtt %u pacing_gain %u cwnd_gain %u",
                 a->bbr.bw_bytes_s, a->bbr.min_rtt_us, a->bbr.pacing_gain, a->bbr.cwnd_gain);
        break;
    case ALGORITHM_VEGAS:
        line_add(&l, "vegas enabled %u rtt_count %u rtt %u min_rtt %u", a->vegas.enabled,
                 a->vegas.rtt_count, a->vegas.rtt_us, a->vegas.min_rtt_us);
        break;
    case ALGORITHM_DCTCP:
        line_add(&l, "dctcp enabled %u ce_state %u alpha %u ab_ecn %u ab_tot %u",
                 a->dctcp.enabled, a->dctcp.ce_state, a->dctcp.alpha, a->dctcp.ab_ecn,
                 a->dctcp.ab_tot);
        break;
    }
    v->kind = VALUE_TEXT;
    v->len = l.used;
}

static const struct column columns[] = {
    NUMBER_COLUMN(rmem_alloc, "rmem", UNIT_BYTES, DETAIL_MEMINFO,
                  "Memory that received data takes; at rcvbuf new data is dropped or not "
                  "allowed."),
    NUMBER_COLUMN(rcvbuf, "rcvbuf", UNIT_BYTES, DETAIL_MEMINFO,
                  "Most memory for received data (SO_RCVBUF); of TCP it grows by itself."),
    NUMBER_COLUMN(wmem_alloc, "wmem", UNIT_BYTES, DETAIL_MEMINFO,
                  "Memory of data handed to the device and not sent yet; normally soon 0."),
    NUMBER_COLUMN(sndbuf, "sndbuf", UNIT_BYTES, DETAIL_MEMINFO,
                  "Most memory for data to send (SO_SNDBUF); of TCP it grows by itself."),
    NUMBER_COLUMN(fwd_alloc, "fwd", UNIT_BYTES, DETAIL_MEMINFO,
                  "Memory kept ready for what comes next."),
    NUMBER_COLUMN(wmem_queued, "wqueued", UNIT_BYTES, DETAIL_MEMINFO,
                  "Memory of data to send; at sndbuf the program has to wait."),
    NUMBER_COLUMN(optmem, "optmem", UNIT_BYTES, DETAIL_MEMINFO,
                  "Memory of socket options such as filters."),
    NUMBER_COLUMN(backlog, "backlog", UNIT_BYTES, DETAIL_MEMINFO,
                  "Data that came while the program held the socket; normally 0."),
    NUMBER_COLUMN(drops, "drops", UNIT_COUNT, DETAIL_MEMINFO,
                  "Packets that the socket dropped, normally 0: a full buffer, of a listener a "
                  "full accept queue."),
    TEXT_COLUMN(skmem, "skmem", DETAIL_MEMINFO,
                "The nine figures of memory as ss writes them; drops (d) is normally 0."),
    TEXT_COLUMN(congestion, "congestion", DETAIL_CONGESTION,
                "The congestion control; cubic is the rule, bbr is common."),
    TEXT_COLUMN(algorithm, "algorithm", DETAIL_ALGORITHM,
                "What bbr, dctcp or vegas says of itself, in one text."),
    NUMBER_COLUMN(bbr_bw, "bbr bw", UNIT_BYTES_S, DETAIL_ALGORITHM,
                  "The bandwidth that bbr takes the path to have."),
    NUMBER_COLUMN(bbr_min_rtt, "bbr least rtt", UNIT_US, DETAIL_ALGORITHM,
                  "The round trip that bbr takes an empty path to have."),
    NUMBER_COLUMN(bbr_pacing_gain, "bbr pacing gain", UNIT_COUNT, DETAIL_ALGORITHM,
                  "256 sends at bbr_bw; 739 is its start, 320 probes for more, 192 drains."),
    NUMBER_COLUMN(bbr_cwnd_gain, "bbr cwnd gain", UNIT_COUNT, DETAIL_ALGORITHM,
                  "256 is one bandwidth-delay product; 512 is normal."),
    NUMBER_COLUMN(vegas_enabled, "vegas on", UNIT_COUNT, DETAIL_ALGORITHM,
                  "1 while vegas, and not its fallback, decides."),
    NUMBER_COLUMN(vegas_rtt_count, "vegas rtts", UNIT_COUNT, DETAIL_ALGORITHM,
                  "Round trips measured in the last one."),
    NUMBER_COLUMN(vegas_rtt, "vegas rtt", UNIT_US, DETAIL_ALGORITHM,
                  "The least round trip of the connection as vegas sees it."),
    NUMBER_COLUMN(vegas_min_rtt, "vegas least rtt", UNIT_US, DETAIL_ALGORITHM,
                  "The least round trip within the last one."),
    NUMBER_COLUMN(dctcp_enabled, "dctcp on", UNIT_COUNT, DETAIL_ALGORITHM,
                  "1 where ECN was agreed on; 0: it works as reno."),
    NUMBER_COLUMN(dctcp_ce_state, "dctcp ce", UNIT_COUNT, DETAIL_ALGORITHM,
                  "1 while packets come marked as congested."),
    NUMBER_COLUMN(dctcp_alpha, "dctcp alpha", UNIT_COUNT, DETAIL_ALGORITHM,
                  "How much of the traffic is marked, of 1,024."),
    NUMBER_COLUMN(dctcp_ab_ecn, "dctcp marked", UNIT_BYTES, DETAIL_ALGORITHM,
                  "Marked bytes acknowledged in this window."),
    NUMBER_COLUMN(dctcp_ab_tot, "dctcp acked", UNIT_BYTES, DETAIL_ALGORITHM,
                  "Bytes acknowledged in this window."),
    TEXT_COLUMN(sockopt, "sockopt", DETAIL_OPTIONS,
                "Socket options that are set, by the kernel's names; mc_loop and mc_all are "
                "set normally."),
    NUMBER_COLUMN(mark, "mark", UNIT_NONE, DETAIL_MARK,
                  "SO_MARK, for routing and firewalls; normally 0; the kernel tells it to "
                  "CAP_NET_ADMIN only."),
    NUMBER_COLUMN(class_id, "class", UNIT_NONE, DETAIL_CLASS_ID,
                  "The traffic class of its cgroup (net_cls), or its priority; normally 0."),
    NUMBER_COLUMN(tos, "tos", UNIT_NONE, DETAIL_TOS,
                  "The type of service of what it sends over IPv4; normally 0."),
    NUMBER_COLUMN(tclass, "tclass", UNIT_NONE, DETAIL_TCLASS,
                  "The traffic class of what it sends over IPv6; normally 0."),
    TEXT_COLUMN(shutdown, "shutdown", DETAIL_SHUTDOWN,
                "Which directions were shut down: receive, send or both; normally none."),
    NUMBER_COLUMN(cgroup, "cgroup", UNIT_NONE, DETAIL_CGROUP,
                  "The id of the cgroup that it was made in: the inode of its folder."),
    TEXT_COLUMN(ulp, "ulp", DETAIL_ULP,
                "What sits on top of TCP in the kernel: tls, mptcp; normally none."),
    NUMBER_COLUMN(md5_keys, "md5 keys", UNIT_COUNT, DETAIL_MD5,
                  "How many keys for TCP MD5 signatures (BGP) it has; the kernel tells it to "
                  "CAP_NET_ADMIN only."),
    NUMBER_COLUMN(vfs_inode, "vfs inode", UNIT_NONE, DETAIL_VFS,
                  "Of a Unix socket: the inode of its path."),
    NUMBER_COLUMN(vfs_device, "vfs device", UNIT_NONE, DETAIL_VFS,
                  "Of a Unix socket: the device of its path."),
    NUMBER_COLUMN(waiting, "waiting", UNIT_COUNT, DETAIL_PEERS,
                  "Of a Unix listener: connections that wait to be accepted; normally 0."),
    NUMBER_COLUMN(groups, "groups", UNIT_NONE, DETAIL_GROUPS,
                  "Of netlink: the multicast groups joined, a bit each; of packet sockets: how "
                  "many memberships."),
    NUMBER_COLUMN(packet_version, "packet version", UNIT_NONE, DETAIL_PACKET,
                  "Of a packet socket: the TPACKET version of its ring, counted from 0."),
    NUMBER_COLUMN(packet_flags, "packet flags", UNIT_NONE, DETAIL_PACKET,
                  "Of a packet socket: its PDI_ flags."),
};

const struct column *columns_of_detail(size_t *ret_n)
{
    *ret_n = sizeof(columns) / sizeof(columns[0]);
    return columns;
}
