/* core/net/options_socket.c - the options of level SOL_SOCKET.  Numbers: <asm/socket.h>; meanings:
 * socket(7), unix(7), Documentation/networking of the kernel, where no page has them the header. */
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "core/net/options_rows.h"

/* Newer than Linux 6.1; other numbers on the few machines that do not use asm-generic/socket.h. */
#if defined(SO_RCVMARK) && SO_RCVMARK == 75
#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#endif
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif
#ifndef SO_RCVPRIORITY
#define SO_RCVPRIORITY 82
#endif
#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83
#endif
#ifndef SO_INQ
#define SO_INQ 84
#endif
#endif

#define SO(name, type, ...) ROW(#name, SOL_SOCKET, name, OPTION_##type, __VA_ARGS__)

static const struct option_word types[] = {
    WORD("stream", SOCK_STREAM), WORD("dgram", SOCK_DGRAM), WORD("seqpacket", SOCK_SEQPACKET),
    WORD("raw", SOCK_RAW), END_OF_WORDS};
static const struct option_word domains[] = {WORD("unix", AF_UNIX), WORD("inet", AF_INET),
                                             WORD("inet6", AF_INET6), END_OF_WORDS};
static const struct option_word protocols[] = {WORD("default", IPPROTO_IP),
                                               WORD("tcp", IPPROTO_TCP),
                                               WORD("udp", IPPROTO_UDP),
                                               WORD("icmp", IPPROTO_ICMP),
                                               WORD("icmpv6", IPPROTO_ICMPV6),
                                               WORD("mptcp", IPPROTO_MPTCP),
                                               END_OF_WORDS};
static const struct option_word pacing[] = {{"unlimited", "~0", -1}, END_OF_WORDS};
static const struct option_word peek_offs[] = {{"off", "-1", -1}, END_OF_WORDS};
static const struct option_word cpus[] = {{"none", "-1", -1}, END_OF_WORDS};
static const struct option_word locks[] = {WORD("sndbuf", SOCK_SNDBUF_LOCK),
                                           WORD("rcvbuf", SOCK_RCVBUF_LOCK), END_OF_WORDS};
static const struct option_word rehashes[] = {WORD("off", SOCK_TXREHASH_DISABLED),
                                              WORD("on", SOCK_TXREHASH_ENABLED),
                                              {"default", "-1", -1},
                                              END_OF_WORDS};
static const struct option_word advices[] = {{"negative", "1", 1}, END_OF_WORDS};
static const struct option_word timestampings[] = {
    WORD("tx-hardware", SOF_TIMESTAMPING_TX_HARDWARE),
    WORD("tx-software", SOF_TIMESTAMPING_TX_SOFTWARE),
    WORD("rx-hardware", SOF_TIMESTAMPING_RX_HARDWARE),
    WORD("rx-software", SOF_TIMESTAMPING_RX_SOFTWARE),
    WORD("software", SOF_TIMESTAMPING_SOFTWARE),
    WORD("sys-hardware", SOF_TIMESTAMPING_SYS_HARDWARE),
    WORD("raw-hardware", SOF_TIMESTAMPING_RAW_HARDWARE),
    WORD("id", SOF_TIMESTAMPING_OPT_ID),
    WORD("tx-sched", SOF_TIMESTAMPING_TX_SCHED),
    WORD("tx-ack", SOF_TIMESTAMPING_TX_ACK),
    WORD("cmsg", SOF_TIMESTAMPING_OPT_CMSG),
    WORD("tsonly", SOF_TIMESTAMPING_OPT_TSONLY),
    WORD("stats", SOF_TIMESTAMPING_OPT_STATS),
    WORD("pktinfo", SOF_TIMESTAMPING_OPT_PKTINFO),
    WORD("tx-swhw", SOF_TIMESTAMPING_OPT_TX_SWHW),
    WORD("bind-phc", SOF_TIMESTAMPING_BIND_PHC),
    END_OF_WORDS};

#define DOUBLES "it doubles the value, up to net.core."

const struct socket_option options_of_socket[] = {
    SO(SO_ACCEPTCONN, BOOL, "", "Whether the socket listens.", "socket(7)",
       .flags = RO | ON_ALL),
    SO(SO_ATTACH_BPF, INT, "file descriptor",
       "Attach an eBPF program, by the descriptor from bpf(2), that judges what arrives.",
       "socket(7)", .flags = WO | ON_ALL, .max = INT32_MAX),
    SO(SO_ATTACH_FILTER, FILTER, "", "Attach a classic BPF program that judges what arrives.",
       "socket(7)", .flags = RW | ON_ALL, .alias = "SO_GET_FILTER"),
    SO(SO_ATTACH_REUSEPORT_CBPF, FILTER, "",
       "Let a classic BPF program choose among the sockets that share a port.", "socket(7)",
       .flags = WO | ON_INET),
    SO(SO_ATTACH_REUSEPORT_EBPF, INT, "file descriptor",
       "Let an eBPF program choose among the sockets that share a port.", "socket(7)",
       .flags = WO | ON_INET, .max = INT32_MAX),
    SO(SO_BINDTODEVICE, STRING, "", "Send and receive through this interface only.",
       "socket(7)", .flags = RW | ON_INET, .max = 15),
    SO(SO_BINDTOIFINDEX, INTERFACE, "", "SO_BINDTODEVICE by the index of the interface.",
       "asm-generic/socket.h", .flags = RW | ON_INET),
    SO(SO_BPF_EXTENSIONS, INT, "", "How many extensions to classic BPF the kernel knows.",
       "asm-generic/socket.h", .flags = RO | ON_ALL),
    SO(SO_BROADCAST, BOOL, "", "Allow sending to a broadcast address.", "socket(7)",
       .flags = RW | ON_UDP),
    SO(SO_BSDCOMPAT, BOOL, "",
       "Without effect since Linux 2.4: once hid ICMP errors from UDP sockets.", "socket(7)",
       .flags = RW | ON_UDP, .change = "it is ignored"),
    SO(SO_BUF_LOCK, FLAGS, "",
       "Which buffer sizes were set by hand and are not tuned any more.",
       "asm-generic/socket.h", .flags = RW | ON_ALL, .words = locks),
    SO(SO_BUSY_POLL, INT, "us",
       "How long a read polls the network device when there is nothing to read.", "socket(7)",
       .flags = RW | ON_INET, .max = INT32_MAX),
    SO(SO_BUSY_POLL_BUDGET, INT, "packets", "How many packets one turn of busy polling takes.",
       "asm-generic/socket.h", .flags = WO | PRIVILEGED | ON_INET, .max = UINT16_MAX),
    SO(SO_CNX_ADVICE, ENUM, "",
       "Tell the kernel that the path seems bad, so that it looks for another one.",
       "asm-generic/socket.h", .flags = WO | ON_INET, .words = advices),
    SO(SO_COOKIE, UINT64, "",
       "The number that the kernel never gives to another socket until it restarts.",
       "asm-generic/socket.h", .flags = RO | ON_ALL),
    SO(SO_DEBUG, BOOL, "", "Socket debugging; needs CAP_NET_ADMIN to switch on.", "socket(7)",
       .flags = RW | PRIVILEGED | ON_ALL),
    SO(SO_DETACH_FILTER, BOOL, "", "Take the BPF program away, whatever the value.",
       "socket(7)", .flags = WO | ON_ALL, .alias = "SO_DETACH_BPF"),
    SO(SO_DETACH_REUSEPORT_BPF, BOOL, "",
       "Take away the program that chooses among the sockets that share a port.",
       "asm-generic/socket.h", .flags = WO | ON_INET),
    SO(SO_DOMAIN, ENUM, "", "The address family the socket was made with.", "socket(7)",
       .flags = RO | ON_ALL, .words = domains),
    SO(SO_DONTROUTE, BOOL, "", "Send to hosts on the same link only, past every gateway.",
       "socket(7)", .flags = RW | ON_INET),
    SO(SO_ERROR, ERROR, "", "The error that waits on the socket; reading takes it away.",
       "socket(7)", .flags = RO | ON_ALL),
    SO(SO_INCOMING_CPU, INT, "CPU",
       "The processor that handled the socket's last packet, or is to handle its packets.",
       "socket(7)", .flags = RW | ON_INET, .words = cpus),
    SO(SO_INCOMING_NAPI_ID, UINT, "",
       "The receive queue of the network device that the last packet came through.",
       "socket(7)", .flags = RO | ON_INET),
#ifdef SO_INQ
    SO(SO_INQ, BOOL, "", "Tell with each recvmsg(2) how many bytes are still to be read.",
       "asm-generic/socket.h", .flags = WO | ON_UNIX),
#endif
    SO(SO_KEEPALIVE, BOOL, "", "Ask an idle peer now and then whether it is still there.",
       "socket(7)", .flags = RW | ON_TCP),
    SO(SO_LINGER, LINGER, "",
       "Whether close(2) waits for unsent bytes, and how long; 0 s resets the connection.",
       "socket(7)", .flags = RW | ON_TCP),
    SO(SO_LOCK_FILTER, BOOL, "", "Forbid changing the BPF program from now on.", "socket(7)",
       .flags = RW | ON_ALL),
    SO(SO_MARK, UINT, "", "The mark on each packet sent, for routing and firewall rules.",
       "socket(7)", .flags = RW | PRIVILEGED | ON_INET),
    SO(SO_MAX_PACING_RATE, UINT64, "bytes/s",
       "The most that is sent in a second, spread evenly.", "tc-fq(8)", .flags = RW | ON_INET,
       .words = pacing),
    SO(SO_MEMINFO, MEMINFO, "", "How much memory the socket uses and may use, and its drops.",
       "asm-generic/socket.h", .flags = RO | ON_ALL),
    SO(SO_NETNS_COOKIE, UINT64, "", "The number of the socket's network namespace.",
       "asm-generic/socket.h", .flags = RO | ON_ALL),
    SO(SO_NOFCS, BOOL, "",
       "Let the device send frames without a check sequence; for packet sockets.",
       "asm-generic/socket.h", .flags = RW | ON_INET),
    SO(SO_NO_CHECK, BOOL, "", "Send UDP over IPv4 without a checksum.", "asm-generic/socket.h",
       .flags = RW | ON_UDP4),
    SO(SO_OOBINLINE, BOOL, "", "Leave urgent bytes in the stream.", "socket(7)",
       .flags = RW | ON_TCP),
    SO(SO_PASSCRED, BOOL, "", "Tell with each message which process sent it (SCM_CREDENTIALS).",
       "unix(7)", .flags = RW | ON_UNIX),
#ifdef SO_PASSPIDFD
    SO(SO_PASSPIDFD, BOOL, "", "Give a pidfd of the sender with each message (SCM_PIDFD).",
       "asm-generic/socket.h", .flags = RW | ON_UNIX),
#endif
#ifdef SO_PASSRIGHTS
    SO(SO_PASSRIGHTS, BOOL, "", "Accept descriptors that are sent along (SCM_RIGHTS).",
       "asm-generic/socket.h", .flags = RW | ON_UNIX),
#endif
    SO(SO_PASSSEC, BOOL, "", "Tell the security label of the sender (SCM_SECURITY).", "unix(7)",
       .flags = RW | ON_UNIX),
    SO(SO_PEEK_OFF, INT, "bytes", "Where the next recv(2) with MSG_PEEK begins to look.",
       "socket(7)", .flags = RW | ON_ALL, .words = peek_offs),
    SO(SO_PEERCRED, UCRED, "", "The process that connected to or made the other end.",
       "unix(7)", .flags = RO | ON_UNIX),
    SO(SO_PEERGROUPS, GROUPS, "", "The supplementary groups of the process at the other end.",
       "asm-generic/socket.h", .flags = RO | ON_UNIX),
    SO(SO_PEERNAME, SOCKADDR, "", "The address of the peer, as getpeername(2).",
       "asm-generic/socket.h", .flags = RO | ON_INET),
#ifdef SO_PEERPIDFD
    SO(SO_PEERPIDFD, PIDFD, "", "The process at the other end, by a pidfd.",
       "asm-generic/socket.h", .flags = RO | ON_UNIX),
#endif
    SO(SO_PEERSEC, STRING, "", "The security label of the peer.", "unix(7)",
       .flags = RO | ON_UNIX | ON_TCP),
    SO(SO_PREFER_BUSY_POLL, BOOL, "", "Prefer busy polling to interrupts.",
       "asm-generic/socket.h", .flags = RW | PRIVILEGED | ON_INET),
    SO(SO_PRIORITY, INT, "",
       "The priority of what is sent in the device's queue; above 6 needs CAP_NET_ADMIN.",
       "socket(7)", .flags = RW | ON_INET),
    SO(SO_PROTOCOL, ENUM, "", "The protocol the socket was made with.", "socket(7)",
       .flags = RO | ON_ALL, .words = protocols),
    SO(SO_RCVBUF, INT, "bytes",
       "Room for what has arrived; the kernel doubles it for its own bookkeeping.", "socket(7)",
       .flags = RW | ON_ALL, .max = INT32_MAX, .change = DOUBLES "rmem_max"),
    SO(SO_RCVBUFFORCE, INT, "bytes", "SO_RCVBUF beyond net.core.rmem_max.", "socket(7)",
       .flags = WO | PRIVILEGED | ON_ALL, .max = INT32_MAX),
    SO(SO_RCVLOWAT, INT, "bytes", "How much must have arrived before the socket is readable.",
       "socket(7)", .flags = RW | ON_ALL, .change = "0 becomes 1, less than 0 the most"),
    SO(SO_RCVMARK, BOOL, "", "Tell with each packet the mark it carries (SCM_MARK).",
       "asm-generic/socket.h", .flags = RW | ON_INET),
#ifdef SO_RCVPRIORITY
    SO(SO_RCVPRIORITY, BOOL, "", "Tell with each packet its priority (SCM_PRIORITY).",
       "asm-generic/socket.h", .flags = RW | ON_INET),
#endif
    SO(SO_RCVTIMEO, TIMEVAL, "", "How long a receiving call may block.", "socket(7)",
       .flags = RW | ON_ALL, .change = "it counts in ticks of its clock"),
    SO(SO_RESERVE_MEM, INT, "bytes",
       "Memory that is kept for this socket; needs a memory cgroup.", "asm-generic/socket.h",
       .flags = RW | ON_INET, .max = INT32_MAX),
    SO(SO_REUSEADDR, BOOL, "",
       "Allow binding to an address that connections in TIME_WAIT still use.", "socket(7)",
       .flags = RW | ON_INET),
    SO(SO_REUSEPORT, BOOL, "", "Let several sockets of one user share an address.", "socket(7)",
       .flags = RW | ON_INET),
    SO(SO_RXQ_OVFL, BOOL, "", "Tell with each packet how many were dropped so far.",
       "socket(7)", .flags = RW | ON_UDP | ON_UNIX),
    SO(SO_SELECT_ERR_QUEUE, BOOL, "",
       "Let an entry of the error queue wake select(2) and poll(2).", "socket(7)",
       .flags = RW | ON_INET),
    SO(SO_SNDBUF, INT, "bytes",
       "Room for what is to be sent; the kernel doubles it for its own bookkeeping.",
       "socket(7)", .flags = RW | ON_ALL, .max = INT32_MAX, .change = DOUBLES "wmem_max"),
    SO(SO_SNDBUFFORCE, INT, "bytes", "SO_SNDBUF beyond net.core.wmem_max.", "socket(7)",
       .flags = WO | PRIVILEGED | ON_ALL, .max = INT32_MAX),
    SO(SO_SNDLOWAT, INT, "bytes", "Always 1: how much must fit before the socket is writable.",
       "socket(7)", .flags = RO | ON_ALL),
    SO(SO_SNDTIMEO, TIMEVAL, "", "How long a sending call may block.", "socket(7)",
       .flags = RW | ON_ALL, .change = "it counts in ticks of its clock"),
    SO(SO_TIMESTAMP, BOOL, "", "Tell with each packet when it came, to the microsecond.",
       "socket(7)", .flags = RW | ON_UDP | ON_TCP | ON_UNIX),
    SO(SO_TIMESTAMPING, FLAGS, "",
       "Timestamps from driver and hardware, for what is received and sent.",
       "kernel: networking/timestamping", .flags = RW | ON_INET, .words = timestampings),
    SO(SO_TIMESTAMPNS, BOOL, "", "Tell with each packet when it came, to the nanosecond.",
       "socket(7)", .flags = RW | ON_UDP | ON_TCP | ON_UNIX),
    SO(SO_TXREHASH, ENUM, "",
       "Whether a connection in trouble tries other paths by a new hash.",
       "asm-generic/socket.h", .flags = RW | ON_TCP, .words = rehashes,
       .change = "the namespace's net.core.txrehash decides"),
    SO(SO_TXTIME, TXTIME, "", "Let the sender say when each packet is to leave.", "tc-etf(8)",
       .flags = RW | ON_INET),
    SO(SO_TYPE, ENUM, "", "The type the socket was made with.", "socket(7)",
       .flags = RO | ON_ALL, .words = types),
    SO(SO_WIFI_STATUS, BOOL, "", "Tell whether a frame sent was acknowledged on the air.",
       "asm-generic/socket.h", .flags = RW | ON_INET),
    SO(SO_ZEROCOPY, BOOL, "", "Allow sending with MSG_ZEROCOPY.",
       "kernel: networking/msg_zerocopy", .flags = RW | ON_INET),
    END_OF_ROWS};
