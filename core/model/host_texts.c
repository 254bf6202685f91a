/* What each figure of the host means and what is usual: Documentation/networking/snmp_counter.rst
 * and ip-sysctl.rst of the kernel; where a counter rises is read from net/ipv4. */
#include "core/model/host.h"

#define CLOSING "state fin-wait-1 or state fin-wait-2 or state closing or state last-ack"

static const struct host_figure_info infos[HOST_FIGURE_COUNT] = {
    [HOST_ESTABLISHED] =
        {.means =
             "TCP connections in ESTABLISHED or CLOSE_WAIT: both sides, or the peer's, may "
             "still carry bytes.",
         .usual = "what the host's work asks for",
         .list = LISTED_AS_SOCKETS,
         .filter = "proto tcp and (state established or state close-wait)"},
    [HOST_RETRANSMITTED] =
        {.unit = HOST_SHARE,
         .means = "TCP segments sent again, as a share of those sent: RetransSegs of OutSegs. "
                  "Packets are lost on the way, or their ACKs come too late.",
         .usual = "below 1 %; from 5 % on everything is slow",
         .list = LISTED_AS_PACKETS,
         .filter = "finding retransmission"},
    [HOST_SEGMENTS_OUT] = {.unit = HOST_PER_SECOND,
                           .means = "TCP segments sent, without those sent again (OutSegs).",
                           .usual = "what the host's work asks for",
                           .list = LISTED_AS_PACKETS,
                           .filter = "proto tcp"},
    [HOST_SEGMENTS_IN] = {.unit = HOST_PER_SECOND,
                          .means = "TCP segments received, also those with errors (InSegs).",
                          .usual = "what the host's work asks for",
                          .list = LISTED_AS_PACKETS,
                          .filter = "proto tcp"},
    [HOST_LISTEN_OVERFLOWS] =
        {.unit = HOST_PER_SECOND,
         .means = "The last ACK of a handshake, or a SYN, found an accept queue full "
                  "(ListenOverflows): a program does not accept as fast as clients come, and "
                  "they wait or time out.",
         .usual = "none at all",
         .list = LISTED_AS_SOCKETS,
         .view = VIEW_LISTENERS,
         .filter = ""},
    [HOST_LISTEN_DROPS] =
        {.unit = HOST_PER_SECOND,
         .means =
             "SYNs and handshakes that a listener threw away (ListenDrops): for a full accept "
             "queue, which counts as an overflow, too, or for want of memory or a route.",
         .usual = "none at all",
         .list = LISTED_AS_SOCKETS,
         .view = VIEW_LISTENERS,
         .filter = ""},
    [HOST_SYN_COOKIES] =
        {.unit = HOST_PER_SECOND,
         .means =
             "SYNs that were answered with a cookie (SyncookiesSent), because a listener had "
             "too many half-open connections: a burst of clients, or a SYN flood.",
         .usual = "none",
         .list = LISTED_AS_SOCKETS,
         .view = VIEW_LISTENERS,
         .filter = ""},
    [HOST_ATTEMPTS_FAILED] =
        {.unit = HOST_PER_SECOND,
         .means =
             "TCP handshakes that came to nothing (AttemptFails): refused, timed out, given "
             "up, from here and to here.",
         .usual = "a few, when programs try ports where nobody listens",
         .list = LISTED_AS_PACKETS,
         .filter = "flags rst"},
    [HOST_RESETS_SENT] =
        {.unit = HOST_PER_SECOND,
         .means =
             "RSTs sent (OutRsts): to ports where nobody listens, from sockets closed with "
             "unread bytes or SO_LINGER 0, to segments of connections that are gone.",
         .usual = "a few; below 10 /s on a busy host",
         .list = LISTED_AS_PACKETS,
         .filter = "flags rst"},
    [HOST_CONNECTIONS_RESET] =
        {.unit = HOST_PER_SECOND,
         .means = "Open connections that ended at once (EstabResets): the peer's RST came, or "
                  "they were aborted or timed out here. The kernel counts no received RSTs "
                  "by themselves.",
         .usual = "a few; below 1 /s",
         .list = LISTED_AS_SOCKETS,
         .view = VIEW_GONE,
         .filter = ""},
    [HOST_TIME_WAIT] =
        {.means = "Connections that were closed here first and wait 60 s for stray segments. "
                  "Beyond tcp_max_tw_buckets they end at once, which is not safe.",
         .usual = "below half of the limit",
         .list = LISTED_AS_SOCKETS,
         .filter = "state time-wait"},
    [HOST_ORPHANS] =
        {.means =
             "Connections that no process holds any more and that still have bytes or a FIN "
             "to get through, of the whole host. Beyond tcp_max_orphans they are reset.",
         .usual = "below a quarter of the limit",
         .list = LISTED_AS_SOCKETS,
         .filter = CLOSING},
    [HOST_PORTS] =
        {.means =
             "Ports of ip_local_port_range that a TCP socket has. bind() to port 0 needs a "
             "free one.",
         .usual = "below half of the range",
         .list = LISTED_AS_SOCKETS,
         .filter = "proto tcp"},
    [HOST_PORTS_WORST] =
        {.means =
             "Connections from one address of ours to one peer, TIME_WAIT too: each needs a "
             "local port of its own, and connect() fails with EADDRNOTAVAIL when none is "
             "left.",
         .usual = "below a quarter of the range",
         .list = LISTED_AS_SOCKETS,
         .filter = "proto tcp"},
    [HOST_TCP_MEMORY] =
        {.unit = HOST_BYTES,
         .means =
             "Memory of all TCP sockets of the host for what waits to be sent, acknowledged "
             "and read (sockstat, tcp_mem). At the limit segments are dropped and "
             "connections reset.",
         .usual = "below the middle number of tcp_mem",
         .list = LISTED_AS_SOCKETS,
         .filter = "proto tcp and (recvq > 0 or sendq > 0) and not state listening"},
    [HOST_UDP_MEMORY] =
        {.unit = HOST_BYTES,
         .means = "Memory of all UDP sockets of the host for what waits to be read (sockstat, "
                  "udp_mem). At the limit datagrams are dropped.",
         .usual = "below the middle number of udp_mem",
         .list = LISTED_AS_SOCKETS,
         .filter = "proto udp and recvq > 0"},
    [HOST_UDP_ERRORS] =
        {.unit = HOST_PER_SECOND,
         .means = "UDP datagrams that came and were not delivered (InErrors): no room in the "
                  "receive buffer, a wrong checksum, no memory.",
         .usual = "none at all",
         .list = LISTED_AS_SOCKETS,
         .filter = "proto udp"},
    [HOST_UDP_OVERFLOWS] =
        {.unit = HOST_PER_SECOND,
         .means = "Those of them for which the socket's receive buffer had no room "
                  "(RcvbufErrors): a program does not read as fast as they come.",
         .usual = "none at all",
         .list = LISTED_AS_SOCKETS,
         .filter = "proto udp"},
    [HOST_INTERFACE_DROPS] =
        {.unit = HOST_PER_SECOND,
         .means = "Packets that interfaces or their drivers threw away, received or to be sent "
                  "(/proc/net/dev): full rings and queues, or protocols nobody speaks here.",
         .usual = "none, or a few a minute of protocols nobody speaks",
         .filter = ""},
};

static const struct {
    const char *name, *title;
} names[HOST_FIGURE_COUNT] = {
#define X(id, name, title) [HOST_##id] = {name, title},
    HOST_FIGURES(X)
#undef X
};

const char *host_figure_name(enum host_figure_id id)
{
    return names[id].name;
}

const char *host_figure_title(enum host_figure_id id)
{
    return names[id].title;
}

const struct host_figure_info *host_figure_info(enum host_figure_id id)
{
    return &infos[id];
}
