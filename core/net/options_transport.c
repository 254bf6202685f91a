/* core/net/options_transport.c - the options of levels SOL_TCP and SOL_UDP.  Numbers: <linux/tcp.h>,
 * <linux/udp.h>; meanings: tcp(7), udp(7), where no page has them the header. */
#include <netinet/in.h>

#include <linux/tcp.h>
#include <linux/udp.h>

#include "core/net/options_rows.h"

/* Newer than the headers of Linux 6.1. */
#ifndef TCP_AO_ADD_KEY
#define TCP_AO_ADD_KEY 38
#define TCP_AO_DEL_KEY 39
#define TCP_AO_INFO 40
#define TCP_AO_GET_KEYS 41
#define TCP_AO_REPAIR 42
#endif
#ifndef TCP_IS_MPTCP
#define TCP_IS_MPTCP 43
#endif
#ifndef TCP_RTO_MAX_MS
#define TCP_RTO_MAX_MS 44
#endif
#ifndef TCP_RTO_MIN_US
#define TCP_RTO_MIN_US 45
#endif
#ifndef TCP_DELACK_MAX_US
#define TCP_DELACK_MAX_US 46
#endif

#define TCP(name, type, ...) ROW(#name, IPPROTO_TCP, name, OPTION_##type, __VA_ARGS__)
#define UDP(name, type, ...) ROW(#name, IPPROTO_UDP, name, OPTION_##type, __VA_ARGS__)

static const struct option_word repairs[] = {
    WORD("off", TCP_REPAIR_OFF), WORD("on", TCP_REPAIR_ON),
    WORD("off-without-probe", TCP_REPAIR_OFF_NO_WP), END_OF_WORDS};
static const struct option_word no_limit[] = {{"default", "0", 0}, END_OF_WORDS};
static const struct option_word queues[] = {WORD("none", TCP_NO_QUEUE),
                                            WORD("recv", TCP_RECV_QUEUE),
                                            WORD("send", TCP_SEND_QUEUE), END_OF_WORDS};
static const struct option_word encapsulations[] = {
    {"none", "0", 0},
    WORD("espinudp-non-ike", UDP_ENCAP_ESPINUDP_NON_IKE),
    WORD("espinudp", UDP_ENCAP_ESPINUDP),
    WORD("l2tpinudp", UDP_ENCAP_L2TPINUDP),
    WORD("gtp0", UDP_ENCAP_GTP0),
    WORD("gtp1u", UDP_ENCAP_GTP1U),
    WORD("rxrpc", UDP_ENCAP_RXRPC),
    END_OF_WORDS};

const struct socket_option options_of_tcp[] = {
    TCP(TCP_AO_ADD_KEY, OPAQUE, "", "Add a key of the TCP authentication option.",
        "kernel: networking/tcp_ao", .flags = WO | ON_TCP),
    TCP(TCP_AO_DEL_KEY, OPAQUE, "", "Remove a key of the TCP authentication option.",
        "kernel: networking/tcp_ao", .flags = WO | ON_TCP),
    TCP(TCP_AO_GET_KEYS, OPAQUE, "", "The keys of the TCP authentication option.",
        "kernel: networking/tcp_ao", .flags = RO | ON_TCP),
    TCP(TCP_AO_INFO, OPAQUE, "", "The state of the TCP authentication option.",
        "kernel: networking/tcp_ao", .flags = RW | ON_TCP),
    TCP(TCP_AO_REPAIR, OPAQUE, "",
        "The sequence numbers of the TCP authentication option, of a connection in repair.",
        "kernel: networking/tcp_ao", .flags = RW | PRIVILEGED | ON_TCP),
    TCP(TCP_CC_INFO, OPAQUE, "", "What the congestion control knows (union tcp_cc_info).",
        "linux/tcp.h", .flags = RO | ON_TCP),
    TCP(TCP_CONGESTION, STRING, "", "The congestion control algorithm.", "tcp(7)",
        .flags = RW | ON_TCP, .min = 1, .max = 15),
    TCP(TCP_CORK, BOOL, "", "Send full segments only, until it is taken out again.", "tcp(7)",
        .flags = RW | ON_TCP),
    TCP(TCP_DEFER_ACCEPT, INT, "s", "Accept a connection only when its first bytes are there.",
        "tcp(7)", .flags = RW | ON_TCP, .max = INT32_MAX,
        .change = "it counts in retransmissions of the SYN ACK"),
    TCP(TCP_DELACK_MAX_US, INT, "us", "How long an acknowledgement may be delayed.",
        "linux/tcp.h", .flags = RW | ON_TCP, .min = 1, .max = 200000,
        .change = "it counts in ticks of its clock"),
    TCP(TCP_FASTOPEN, INT, "connections",
        "Listener: how many Fast Open connections may wait; 0: none.", "tcp(7)",
        .flags = RW | ON_TCP, .max = INT32_MAX, .change = "at most net.core.somaxconn"),
    TCP(TCP_FASTOPEN_CONNECT, BOOL, "", "Let connect(2) use Fast Open: data in the SYN.",
        "tcp(7)", .flags = RW | ON_TCP),
    TCP(TCP_FASTOPEN_KEY, OPAQUE, "", "The key of Fast Open cookies, or two of them.",
        "linux/tcp.h", .flags = RW | ON_TCP, .min = 16, .max = 32),
    TCP(TCP_FASTOPEN_NO_COOKIE, BOOL, "", "Fast Open without a cookie.", "linux/tcp.h",
        .flags = RW | ON_TCP),
    TCP(TCP_INFO, TCP_INFO, "", "What TCP knows of the connection (struct tcp_info).", "tcp(7)",
        .flags = RO | ON_TCP),
    TCP(TCP_INQ, BOOL, "", "Tell with each recvmsg(2) how many bytes are still to be read.",
        "linux/tcp.h", .flags = RW | ON_TCP, .alias = "TCP_CM_INQ"),
    TCP(TCP_IS_MPTCP, BOOL, "", "Whether the connection is Multipath TCP.", "linux/tcp.h",
        .flags = RO | ON_TCP),
    TCP(TCP_KEEPCNT, INT, "probes",
        "How many keepalive probes stay unanswered before the connection is given up.",
        "tcp(7)", .flags = RW | ON_TCP, .min = 1, .max = 127),
    TCP(TCP_KEEPIDLE, INT, "s", "How long the connection is idle before the first probe.",
        "tcp(7)", .flags = RW | ON_TCP, .min = 1, .max = 32767),
    TCP(TCP_KEEPINTVL, INT, "s", "How long from one keepalive probe to the next.", "tcp(7)",
        .flags = RW | ON_TCP, .min = 1, .max = 32767),
    TCP(TCP_LINGER2, INT, "s", "How long an orphaned socket stays in FIN_WAIT2.", "tcp(7)",
        .flags = RW | ON_TCP, .change = "less than 0 is -1; more than 120 s is 0"),
    TCP(TCP_MAXSEG, INT, "bytes", "The largest segment that is sent.", "tcp(7)",
        .flags = RW | ON_TCP, .min = 88, .max = 32767, .words = no_limit,
        .change = "it tells what is in use now; the value counts from connect(2) on"),
    TCP(TCP_MD5SIG, MD5_KEY, "", "The key that signs segments of a peer (RFC 2385).",
        "linux/tcp.h", .flags = WO | ON_TCP),
    TCP(TCP_MD5SIG_EXT, MD5_KEY, "", "TCP_MD5SIG for a whole prefix.", "linux/tcp.h",
        .flags = WO | ON_TCP),
    TCP(TCP_NODELAY, BOOL, "",
        "Send small segments at once instead of collecting them (Nagle's algorithm).", "tcp(7)",
        .flags = RW | ON_TCP),
    TCP(TCP_NOTSENT_LOWAT, UINT, "bytes",
        "The socket is writable only while less than this waits to be sent.", "linux/tcp.h",
        .flags = RW | ON_TCP),
    TCP(TCP_QUEUE_SEQ, UINT, "", "The sequence number of the chosen queue, in repair.",
        "linux/tcp.h", .flags = RW | PRIVILEGED | ON_TCP),
    TCP(TCP_QUICKACK, BOOL, "", "Acknowledge at once, until TCP finds delaying better.",
        "tcp(7)", .flags = RW | ON_TCP),
    TCP(TCP_REPAIR, ENUM, "", "Take a connection out of the world to save or restore it.",
        "linux/tcp.h", .flags = RW | PRIVILEGED | ON_TCP, .words = repairs),
    TCP(TCP_REPAIR_OPTIONS, OPAQUE, "",
        "The options both ends agreed on (struct tcp_repair_opt), in repair.", "linux/tcp.h",
        .flags = WO | PRIVILEGED | ON_TCP),
    TCP(TCP_REPAIR_QUEUE, ENUM, "", "Which queue send(2) and recv(2) mean, in repair.",
        "linux/tcp.h", .flags = RW | PRIVILEGED | ON_TCP, .words = queues),
    TCP(TCP_REPAIR_WINDOW, OPAQUE, "", "The window (struct tcp_repair_window), in repair.",
        "linux/tcp.h", .flags = RW | PRIVILEGED | ON_TCP, .min = 20, .max = 20),
    TCP(TCP_RTO_MAX_MS, INT, "ms", "The longest wait for a retransmission.", "linux/tcp.h",
        .flags = RW | ON_TCP, .min = 1000, .max = 120000,
        .change = "it counts in ticks of its clock"),
    TCP(TCP_RTO_MIN_US, INT, "us", "The shortest wait for a retransmission.", "linux/tcp.h",
        .flags = RW | ON_TCP, .min = 1, .max = 200000,
        .change = "it counts in ticks of its clock"),
    TCP(TCP_SAVED_SYN, OPAQUE, "", "The headers of the peer's SYN, once; see TCP_SAVE_SYN.",
        "linux/tcp.h", .flags = RO | ON_TCP),
    TCP(TCP_SAVE_SYN, INT, "",
        "Listener: keep the headers of each SYN: 1 from the IP header, 2 from the frame's.",
        "linux/tcp.h", .flags = RW | ON_TCP, .max = 2),
    TCP(TCP_SYNCNT, INT, "retransmissions",
        "How many SYNs are sent again before connect(2) gives up.", "tcp(7)",
        .flags = RW | ON_TCP, .min = 1, .max = 127),
    TCP(TCP_THIN_DUPACK, BOOL, "", "Without effect since Linux 4.15.", "linux/tcp.h",
        .flags = RW | ON_TCP, .change = "it is ignored"),
    TCP(TCP_THIN_LINEAR_TIMEOUTS, BOOL, "",
        "Retransmit at even intervals while little is under way.", "linux/tcp.h",
        .flags = RW | ON_TCP),
    TCP(TCP_TIMESTAMP, UINT, "", "The clock of TCP timestamps, for repair.", "linux/tcp.h",
        .flags = RW | PRIVILEGED | ON_TCP, .change = "the clock runs on"),
    TCP(TCP_TX_DELAY, INT, "us", "Delay everything that is sent, for experiments.",
        "linux/tcp.h", .flags = RW | ON_TCP, .max = INT32_MAX),
    TCP(TCP_ULP, STRING, "", "A protocol on top that the kernel handles: tls, mptcp.",
        "linux/tcp.h", .flags = RW | ON_TCP, .min = 1, .max = 15),
    TCP(TCP_USER_TIMEOUT, INT, "ms",
        "How long bytes may stay unacknowledged before the connection is given up.", "tcp(7)",
        .flags = RW | ON_TCP, .max = INT32_MAX),
    TCP(TCP_WINDOW_CLAMP, INT, "bytes", "The largest window that is announced.", "tcp(7)",
        .flags = RW | ON_TCP, .max = INT32_MAX,
        .change = "at least half of the smallest SO_RCVBUF"),
    TCP(TCP_ZEROCOPY_RECEIVE, OPAQUE, "",
        "Receive into mapped memory (struct tcp_zerocopy_receive).", "linux/tcp.h",
        .flags = RO | ON_TCP),
    END_OF_ROWS};

const struct socket_option options_of_udp[] = {
    UDP(UDP_CORK, BOOL, "", "Collect what is written to one datagram until it is taken out.",
        "udp(7)", .flags = RW | ON_UDP),
    UDP(UDP_ENCAP, ENUM, "", "Which protocol inside UDP the kernel takes out.", "linux/udp.h",
        .flags = RW | ON_UDP, .words = encapsulations),
    UDP(UDP_GRO, BOOL, "", "Receive several datagrams of one flow as one.", "udp(7)",
        .flags = RW | ON_UDP),
    UDP(UDP_NO_CHECK6_RX, BOOL, "", "Accept IPv6 datagrams without a checksum.", "linux/udp.h",
        .flags = RW | ON_UDP6),
    UDP(UDP_NO_CHECK6_TX, BOOL, "", "Send IPv6 datagrams without a checksum.", "linux/udp.h",
        .flags = RW | ON_UDP6),
    UDP(UDP_SEGMENT, INT, "bytes", "Cut what is sent into datagrams of this size.", "udp(7)",
        .flags = RW | ON_UDP, .max = UINT16_MAX),
    END_OF_ROWS};
