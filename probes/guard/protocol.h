/* probes/guard/protocol.h - what the program and its privileged helper say to each other.
 *
 * One request is one datagram of a SOCK_SEQPACKET pair (unix(7)): a head of fixed size, then
 * exactly n_bytes bytes; descriptors travel beside it (SCM_RIGHTS).  Each has one answer, or, where
 * an operation says so, several of which all but the last have `more` set.  There are no names and
 * no paths in it: whatever may be asked for is a number of one of the lists below.  The checks are
 * pure functions; the helper acts on nothing that did not pass them. */
#ifndef SOCKEYE_PROBES_GUARD_PROTOCOL_H
#define SOCKEYE_PROBES_GUARD_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUARD_MAGIC UINT32_C(0x736f636b)
#define GUARD_REQUEST_BYTES 4096
#define GUARD_ANSWER_BYTES 32768
#define GUARD_FDS 2
/* Two connections to one helper: what takes long, setting up tracefs, keeps nobody else waiting. */
enum guard_channel { GUARD_QUICK, GUARD_SLOW, GUARD_CHANNELS };

/* "netns": a descriptor of a network namespace, or none for the helper's, which is ours. */
enum guard_op {
    GUARD_FD_DIRECTORY, /* pid: /proc/PID/fd, open */
    GUARD_FD_SOCKETS, /* that directory, amount: entries expected: struct guard_socket_fd, several
                         * answers */
    GUARD_FD_INODES, /* that directory, int32_t numbers: a struct guard_inode each */
    GUARD_FD_SEEK, /* that directory, amount: as above, struct guard_seek: one guard_socket_fd */
    GUARD_PROC_FILE,  /* pid or that directory, enum guard_proc_file: open; value: the owner */
    GUARD_NET_FILE,   /* netns, enum guard_net_file: open */
    GUARD_NETNS_LIST, /* struct guard_netns of every process, several answers */
    GUARD_NETNS_OPEN, /* pid: its network namespace, open */
    GUARD_SOCKET,     /* netns, enum guard_socket: the socket */
    GUARD_NETLINK, /* netns, enum guard_netlink: an end of a relay to the kernel, and a socket for
                         * netdevice(7); value: the port of the netlink socket */
    GUARD_TRACE_OPEN,   /* an instance of tracefs: its trace_pipe; value: its number */
    GUARD_TRACE_TURN,   /* value: number, kind: enum kernel_event_kind, amount: 1 on, 0 off */
    GUARD_TRACE_FORMAT, /* value, kind: the event's format, open */
    GUARD_TRACE_CLOSE,  /* value: the instance goes away */
    GUARD_BIND,         /* a socket of ours, a sockaddr_in or _in6 with a port below 1024 */
    GUARD_SETSOCKOPT,   /* a socket of ours, kind: level, value: option, its bytes */
    GUARD_RULES,        /* netns, enum guard_rules: what the program writes; its exit status */
    GUARD_SIGNAL,       /* pid, amount: when it started, value: the signal */
    GUARD_OPS,
};

enum guard_proc_file {
    GUARD_PROC_STAT,
    GUARD_PROC_STATUS,
    GUARD_PROC_CMDLINE,
    GUARD_PROC_CGROUP,
    GUARD_PROC_LIMITS,
    GUARD_PROC_WCHAN,
    GUARD_PROC_MAPS,
    GUARD_PROC_FILES,
};

enum {
    GUARD_NET_FILES = 7
}; /* of /proc/thread-self/net, by their place in the list of names */
extern const char *const guard_net_file_names[GUARD_NET_FILES];
extern const char *const guard_proc_file_names[GUARD_PROC_FILES];

enum guard_socket {
    GUARD_PACKET_RAW,   /* socket(AF_PACKET, SOCK_RAW, 0), as libpcap makes it */
    GUARD_PACKET_DGRAM, /* the same with SOCK_DGRAM */
    GUARD_ECHO,         /* IPPROTO_ICMP, SOCK_RAW */
    GUARD_ECHO6,
    GUARD_ROUTE,    /* NETLINK_ROUTE */
    GUARD_DATAGRAM, /* AF_INET, SOCK_DGRAM: netdevice(7) of a namespace */
    GUARD_DESTROYS, /* NETLINK_SOCK_DIAG, with room for very many events, joined to nothing yet */
    GUARD_SOCKETS,
};

enum guard_netlink { GUARD_SOCK_DIAG, GUARD_NETFILTER, GUARD_NETLINKS };
enum guard_rules { GUARD_NFT, GUARD_IPTABLES, GUARD_IP6TABLES, GUARD_RULE_PROGRAMS };

struct guard_socket_fd {
    uint32_t inode;
    int32_t fd;
};

struct guard_inode {
    int32_t code; /* 0 or negative errno */
    uint32_t inode;
};

struct guard_seek {
    uint32_t inode;
    int32_t window;
};

struct guard_netns {
    uint64_t inode; /* 0: it may not be seen */
    int32_t pid;
    int32_t code;
};

struct guard_request {
    uint32_t magic, number;
    uint16_t op, kind;
    int32_t pid, value;
    uint32_t n_bytes;
    uint64_t amount;
    uint8_t bytes[GUARD_REQUEST_BYTES];
};

struct guard_answer {
    uint32_t magic, number;
    int32_t code; /* 0 or negative errno */
    int32_t value;
    uint32_t more, n_bytes;
    uint8_t bytes[GUARD_ANSWER_BYTES];
};

#define GUARD_REQUEST_HEAD offsetof(struct guard_request, bytes)
#define GUARD_ANSWER_HEAD offsetof(struct guard_answer, bytes)

/* Whether the len bytes in q, which came with n_fds descriptors, are a request that may be carried
 * out: 0, -EBADMSG (its shape), -ENOSYS (no such operation), -EINVAL (what it asks for). */
int guard_request_check(const struct guard_request *q, size_t len, size_t n_fds);

/* By which connection a request goes. */
enum guard_channel guard_channel_of(enum guard_op op);

/* Whether they are an answer at all: 0 or -EBADMSG. */
int guard_answer_check(const struct guard_answer *a, size_t len);

/* Whether a message may go to the kernel by a relay: one question about sockets, an order to close
 * one, a question about tables or connections.  0, -EBADMSG or -EPERM. */
int guard_netlink_check(enum guard_netlink to, const void *bytes, size_t len);

#endif
