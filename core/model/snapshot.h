/* core/model/snapshot.h - the host's sockets at one instant.
 *
 * Made by the observer, sorted and filtered there, then handed over whole; whoever takes it
 * owns it and releases it with snapshot_free().  Nobody changes it after the handover. */
#ifndef SOCKEYE_MODEL_SNAPSHOT_H
#define SOCKEYE_MODEL_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/addr.h"
#include "core/base/err.h"

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

/* One socket.  Under 120 bytes: a host may have a hundred thousand. */
struct row {
    uint64_t cookie;
    struct addr local, peer; /* peer of a listener: any address, port 0 */
    uint32_t rqueue, wqueue; /* bytes; LISTEN: accept queue used and limit */
    uint32_t uid, inode;     /* inode 0: not accepted yet, TIME_WAIT or request socket */
    uint32_t timer_ms;       /* until the timer fires */
    uint8_t state;           /* enum socket_state */
    uint8_t timer;           /* enum socket_timer */
    uint8_t retransmits;     /* of the running timer: idiag_retrans */
    uint8_t protocol;        /* IPPROTO_TCP, ... */
    bool v6only;             /* IPv6 socket that takes no IPv4 */
};

enum owner_knowledge {
    OWNER_NOT_ASKED,     /* nobody looked yet */
    OWNER_NONE,          /* inode 0, or no process holds it */
    OWNER_NOT_PERMITTED, /* some processes could not be looked into */
    OWNER_KNOWN,
};

/* The first process found that holds the socket, and how many do. */
struct owner {
    uint32_t inode;
    enum owner_knowledge knowledge;
    int32_t pid, fd;
    uint32_t holders;
    char comm[64]; /* cleaned: may go to a terminal; may be empty, a process names itself */
};

/* The name for a person: "?" where there is none. */
const char *owner_name(const struct owner *owner);

/* Everything the kernel says about one socket.  A has_ bit is false when it did not say. */
struct socket_detail {
    struct row row;
    uint64_t at_ns;
    bool gone;        /* the socket is no more */
    bool has_meminfo; /* INET_DIAG_SKMEMINFO, bytes */
    uint32_t rmem_alloc, rcvbuf, wmem_alloc, sndbuf, fwd_alloc, wmem_queued, optmem, backlog,
        drops;
    char congestion[16];     /* "" unknown */
    size_t info_bytes;       /* of struct tcp_info that the kernel filled; 0: none */
    unsigned char info[512]; /* struct tcp_info of linux/tcp.h; behind info_bytes: zero */
};

struct snapshot {
    uint64_t at_ns;               /* monotonic, when the dump began */
    uint64_t cost_ns;             /* what it took */
    size_t n_rows, n_total;       /* shown, and before the filter */
    size_t n_states[STATE_COUNT]; /* before the filter */
    struct row *rows;
    size_t n_owners; /* sorted by inode; those the view asked for */
    struct owner *owners;
    bool interrupted; /* NLM_F_DUMP_INTR: rows may be missing or twice */
    size_t malformed; /* messages that were too short to believe */
    struct err err;   /* why a part of the list is missing; code 0: complete */
    bool has_detail;  /* of the row that was asked for */
    struct socket_detail detail;
};

void snapshot_free(struct snapshot *s);

/* NULL when the snapshot does not know (then: OWNER_NOT_ASKED). */
const struct owner *snapshot_owner(const struct snapshot *s, uint32_t inode);

/* "ESTABLISHED", ... as the kernel names them. */
const char *state_name(enum socket_state state);
/* The state of a name in the kernel's or ss's spelling ("estab", "time-wait"); 0 unknown. */
enum socket_state state_parse(const char *name);
/* "on", "keepalive", "timewait", "persist"; "" for off: ss's words. */
const char *timer_name(enum socket_timer timer);
/* "tcp" */
const char *protocol_name(uint8_t protocol);

/* Addresses as ss -n writes them: "0.0.0.0:*", "[::1]:80", "*:80" for a dual-stack listener. */
const char *row_local(const struct row *row, char buf[ADDR_TEXT_BYTES]);
const char *row_peer(const struct row *row, char buf[ADDR_TEXT_BYTES]);

/* Columns that rows can be sorted by. */
enum row_column {
    COLUMN_OURS,
    COLUMN_RECVQ,
    COLUMN_SENDQ,
    COLUMN_LOCAL,
    COLUMN_PEER,
    COLUMN_STATE,
    COLUMN_COUNT
};
int row_compare(const struct row *a, const struct row *b, enum row_column column);

#endif
