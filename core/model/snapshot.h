/* core/model/snapshot.h - the host's sockets at one instant.
 *
 * Made by the observer, sorted and filtered there, then handed over whole; whoever takes it
 * owns it and releases it with snapshot_free().  Nobody changes it after the handover. */
#ifndef SOCKEYE_MODEL_SNAPSHOT_H
#define SOCKEYE_MODEL_SNAPSHOT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/addr.h"
#include "core/base/err.h"
#include "core/base/texts.h"
#include "core/model/owner.h"

struct change;               /* core/model/changes.h */
struct kernel_events_status; /* core/model/kernel_event.h */
struct host_reading;         /* core/model/host.h */

/* include/net/tcp_states.h of the kernel. */
enum socket_state {
    STATE_ESTABLISHED = 1,
    STATE_SYN_SENT,
    STATE_SYN_RECV,
    STATE_FIN_WAIT1,
    STATE_FIN_WAIT2,
    STATE_TIME_WAIT,
    STATE_CLOSE,
    STATE_CLOSE_WAIT,
    STATE_LAST_ACK,
    STATE_LISTEN,
    STATE_CLOSING,
    STATE_NEW_SYN_RECV,
    STATE_BOUND_INACTIVE, /* bound, neither listening nor connected (Linux 6.8) */
    STATE_COUNT
};

/* idiag_timer of struct inet_diag_msg. */
enum socket_timer { TIMER_OFF, TIMER_ON, TIMER_KEEPALIVE, TIMER_TIMEWAIT, TIMER_PERSIST };

/* What kind of socket: what ss(8) calls its Netid. */
enum socket_kind {
    KIND_TCP,
    KIND_MPTCP,
    KIND_SCTP,
    KIND_DCCP,
    KIND_UDP,
    KIND_UDPLITE,
    KIND_RAW,
    KIND_ICMP, /* IPPROTO_ICMP datagrams: icmp(7) */
    KIND_UNIX_STREAM,
    KIND_UNIX_DGRAM,
    KIND_UNIX_SEQPACKET,
    KIND_PACKET_RAW,
    KIND_PACKET_DGRAM,
    KIND_NETLINK,
    KIND_VSOCK_STREAM,
    KIND_VSOCK_DGRAM,
    KIND_VSOCK_SEQPACKET,
    KIND_COUNT
};

#define KIND_BIT(kind) (UINT32_C(1) << (kind))
#define KINDS_ALL (KIND_BIT(KIND_COUNT) - 1)
#define KINDS_UNIX                                                                             \
    (KIND_BIT(KIND_UNIX_STREAM) | KIND_BIT(KIND_UNIX_DGRAM) | KIND_BIT(KIND_UNIX_SEQPACKET))
#define KINDS_PACKET (KIND_BIT(KIND_PACKET_RAW) | KIND_BIT(KIND_PACKET_DGRAM))
#define KINDS_VSOCK                                                                            \
    (KIND_BIT(KIND_VSOCK_STREAM) | KIND_BIT(KIND_VSOCK_DGRAM) | KIND_BIT(KIND_VSOCK_SEQPACKET))
#define KINDS_INET (KIND_BIT(KIND_UNIX_STREAM) - 1)

/* What became of a row in the last second.  GONE: it is no more, or no longer among those that
 * were asked for. */
enum row_change { CHANGE_NONE, CHANGE_NEW, CHANGE_STATE, CHANGE_GONE };

#define UID_UNKNOWN UINT32_MAX
#define QUEUE_UNKNOWN UINT32_MAX

/* One socket.  Under 120 bytes: a host may have a hundred thousand.  `name` and `detail` are
 * places in the snapshot that it came from, and mean nothing beside another. */
struct row {
    uint64_t cookie; /* SO_COOKIE; 0: not known (procfs) */
    struct addr local,
        peer; /* peer of a listener: any address, port 0; raw: port is protocol */
    uint32_t rqueue, wqueue; /* bytes; LISTEN: accept queue used and limit */
    uint32_t uid, inode;     /* inode 0: not accepted yet, TIME_WAIT or request socket */
    uint32_t timer_ms;       /* until the timer fires */
    uint32_t interface;      /* index of the device it is bound to; 0: none */
    uint32_t name;   /* AF_UNIX: its name, cleaned, "@" before an abstract one; of others: that
                    * of its interface; 0: none */
    uint32_t detail; /* row_detail() */
    uint16_t netns;  /* index of the snapshot's namespaces */
    uint8_t kind;    /* enum socket_kind */
    uint8_t state;   /* enum socket_state; CLOSE: unconnected, where there are no others */
    uint8_t timer;   /* enum socket_timer */
    uint8_t retransmits; /* of the running timer: idiag_retrans */
    uint8_t change;      /* enum row_change */
    bool v6only;         /* IPv6 socket that takes no IPv4 */
};

/* What the kernel attaches to a socket when it is asked to: bits of socket_detail.known. */
enum detail_part {
    DETAIL_MEMINFO = 1 << 0,    /* INET_DIAG_SKMEMINFO; of every kind */
    DETAIL_INFO = 1 << 1,       /* INET_DIAG_INFO: struct tcp_info, or MPTCP's, SCTP's */
    DETAIL_CONGESTION = 1 << 2, /* INET_DIAG_CONG */
    DETAIL_ALGORITHM = 1 << 3,  /* INET_DIAG_VEGASINFO, _DCTCPINFO, _BBRINFO */
    DETAIL_TOS = 1 << 4,
    DETAIL_TCLASS = 1 << 5,
    DETAIL_CLASS_ID = 1 << 6,
    DETAIL_SHUTDOWN = 1 << 7,
    DETAIL_MARK = 1 << 8, /* the kernel says it to CAP_NET_ADMIN only */
    DETAIL_CGROUP = 1 << 9,
    DETAIL_OPTIONS = 1 << 10, /* INET_DIAG_SOCKOPT */
    DETAIL_ULP = 1 << 11,     /* INET_DIAG_ULP_INFO: "tls", "mptcp" */
    DETAIL_MD5 = 1 << 12,     /* INET_DIAG_MD5SIG: how many keys */
    DETAIL_VFS = 1 << 13,     /* AF_UNIX: the inode and device of its path */
    DETAIL_GROUPS = 1 << 14,  /* netlink: multicast groups joined; packet: memberships */
    DETAIL_PACKET = 1 << 15,  /* PACKET_DIAG_INFO: version, flags */
    DETAIL_PEERS = 1 << 16,   /* AF_UNIX LISTEN: inodes of connections not accepted yet */
    DETAIL_EVERYTHING = (1 << 17) - 1
};

/* Bits of socket_detail.options, by the names that INET_DIAG_SOCKOPT gives them. */
enum option_bit {
    OPTION_RECVERR = 1 << 0,
    OPTION_IS_ICSK = 1 << 1,
    OPTION_FREEBIND = 1 << 2,
    OPTION_HDRINCL = 1 << 3,
    OPTION_MC_LOOP = 1 << 4,
    OPTION_TRANSPARENT = 1 << 5,
    OPTION_MC_ALL = 1 << 6,
    OPTION_NODEFRAG = 1 << 7,
    OPTION_BIND_ADDRESS_NO_PORT = 1 << 8,
    OPTION_RECVERR_RFC4884 = 1 << 9,
    OPTION_DEFER_CONNECT = 1 << 10,
};

/* What the congestion control says of itself. */
struct algorithm_info {
    enum { ALGORITHM_VEGAS, ALGORITHM_DCTCP, ALGORITHM_BBR } which;
    union {
        struct {
            uint32_t enabled, rtt_count, rtt_us, min_rtt_us;
        } vegas;
        struct {
            uint16_t enabled, ce_state;
            uint32_t alpha, ab_ecn, ab_tot;
        } dctcp;
        struct {
            uint64_t bw_bytes_s;
            uint32_t min_rtt_us, pacing_gain, cwnd_gain; /* gains: 256 is 1.0 */
        } bbr;
    };
};

#define DETAIL_INFO_BYTES 512

/* Beside what `known` does not name nothing here means anything. */
struct socket_detail {
    uint32_t known; /* enum detail_part */
    /* DETAIL_MEMINFO, bytes; linux/sock_diag.h */
    uint32_t rmem_alloc, rcvbuf, wmem_alloc, sndbuf, fwd_alloc, wmem_queued, optmem, backlog;
    uint32_t drops;
    uint32_t mark, class_id, options, md5_keys, groups;
    uint32_t vfs_inode, vfs_device;
    uint32_t packet_version, packet_flags;
    uint32_t waiting; /* DETAIL_PEERS: how many */
    uint64_t cgroup_id;
    uint8_t tos, tclass, shutdown; /* shutdown: 1 receive, 2 send */
    char congestion[16], ulp[16];
    struct algorithm_info algorithm;
    /* DETAIL_INFO: how much of `info` the kernel filled: it grows at its end. */
    uint32_t info_bytes;
    unsigned char info[DETAIL_INFO_BYTES];
};

/* One socket in all its detail. */
struct socket_portrait {
    struct row row;
    uint64_t at_ns;
    bool gone; /* the socket is no more; `detail` is empty */
    struct socket_detail detail;
};

struct netns {
    uint64_t inode; /* of /proc/PID/ns/net */
    char name[64];  /* "" is our own; ip-netns(8)'s name, else "pid 4242"; cleaned */
    int32_t pid;    /* a process that lives there; 0: none, it is only named */
    struct err err; /* why its sockets are not there; code 0: they are */
};

struct view;

struct snapshot {
    uint64_t at_ns;               /* monotonic, when the dump began */
    uint64_t cost_ns;             /* what it took */
    size_t n_rows, n_total;       /* shown, and before the filter */
    size_t n_states[STATE_COUNT]; /* of TCP, before the filter */
    size_t n_kinds[KIND_COUNT];   /* before the filter */
    struct row *rows;
    struct texts names;     /* of AF_UNIX sockets and of interfaces */
    unsigned char *details; /* row_detail() */
    size_t details_bytes, details_room;
    struct ownership owned; /* of those rows whose owners the view asked for */
    size_t n_netns;
    struct netns *netns;  /* [0] is the one that was asked for, most often our own */
    uint32_t from_procfs; /* KIND_BITs that sock_diag could not tell: /proc/net did */
    uint32_t unavailable; /* KIND_BITs that this kernel cannot list at all */
    bool interrupted;     /* NLM_F_DUMP_INTR: rows may be missing or twice */
    size_t malformed;     /* messages that were too short to believe */
    size_t
        unseen_processes; /* of every namespace: those whose own may not be seen; the err, too,
                              * where it is the only one */
    struct err err;       /* why a part of the list is missing; code 0: complete */
    bool has_selected;    /* the row that was asked for */
    struct socket_portrait selected;
    struct view *view; /* its lines: core/model/views.h; NULL: a line a row */
    /* Since the snapshot that was taken before; core/model/changes.h. */
    size_t n_gone; /* rows that are only shown as such: CHANGE_GONE */
    size_t n_changes, changes_dropped;
    struct change *changes;
    bool has_unseen; /* every TCP socket of our namespace was asked for */
    uint64_t unseen; /* connections that came and went between looks, since it began */
    struct kernel_events_status *events; /* NULL: nobody wants events */
    struct host_reading *host;           /* owned; NULL: this look did not ask for it */
    /* Rows of the snapshot before, corrected by what the kernel said since: whose names,
     * details, owners and namespaces these are.  NULL: it has its own. */
    struct snapshot *base;
    atomic_uint sharers; /* who hold it beside its owner */
};

/* Hold it too; nobody changes it from now on.  Each holder frees it. */
struct snapshot *snapshot_share(struct snapshot *s);
void snapshot_free(struct snapshot *s);
/* The same snapshot with rows of its own, for corrections: no changes, no view. */
struct snapshot *snapshot_revise(struct snapshot *s);

/* NULL when the snapshot does not know (then: OWNER_NOT_ASKED).  s may be NULL. */
const struct owner *snapshot_owner(const struct snapshot *s, uint32_t inode);
/* The row's owner, else who held it before (then `past`), else OWNER_NONE where there is no
 * inode.  NULL as above. */
const struct owner *snapshot_owner_of(const struct snapshot *s, const struct row *row);

/* The kernel's own end of netlink(7), whose port id is 0: no process ever holds it. */
bool row_of_kernel(const struct row *row);

/* What is attached to a row; NULL when it was not asked for.  Only info_bytes of its info are
 * there. */
const struct socket_detail *row_detail(const struct snapshot *s, const struct row *row);
/* A whole one of it, the rest of its info zeroed; assigning it would read what is not there. */
void socket_detail_copy(struct socket_detail *to, const struct socket_detail *attached);
/* Attach a copy; for whoever makes snapshots. */
void snapshot_attach(struct snapshot *s, struct row *row, const struct socket_detail *detail);

/* "ESTABLISHED", ... as the kernel names them. */
const char *state_name(enum socket_state state);
/* The state of a name in the kernel's or ss's spelling ("estab", "time-wait"); 0 unknown. */
enum socket_state state_parse(const char *name);
/* "on", "keepalive", "timewait", "persist"; "" for off: ss's words. */
const char *timer_name(enum socket_timer timer);
/* "tcp", "u_str", "p_raw", ...: ss's Netid. */
const char *kind_name(enum socket_kind kind);
/* "tcp", "udp", "unix", "packet", ... */
const char *kind_protocol(enum socket_kind kind);
/* "stream", "dgram", "seqpacket", "raw" */
const char *kind_type(enum socket_kind kind);
/* IPPROTO_TCP, ...; 0 where there is none: not of the Internet families, or raw. */
uint8_t kind_ip_protocol(enum socket_kind kind);

/* An end as ss -n writes it: "0.0.0.0:*", "[::1]:80", "*:80" for a dual-stack listener,
 * "127.0.0.1%lo:80" of one that is bound to a device,
 * "/run/x.sock 4242" (name and inode), "* 4243", and by names where ss -n has numbers:
 * "rtnl:kernel", "ip:eth0".  s may be NULL: then names are
 * not known. */
#define ROW_END_BYTES 192
const char *row_local(const struct snapshot *s, const struct row *row, char buf[ROW_END_BYTES]);
const char *row_peer(const struct snapshot *s, const struct row *row, char buf[ROW_END_BYTES]);

#endif
