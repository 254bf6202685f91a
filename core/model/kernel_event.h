/* core/model/kernel_event.h - what the kernel said of its sockets at the moment it happened.
 *
 * From tracepoints (a private tracefs instance) and from sock_diag's destroy groups.  They are
 * global: events of every namespace arrive, and whoever ran on the CPU then is not the owner. */
#ifndef SOCKEYE_MODEL_KERNEL_EVENT_H
#define SOCKEYE_MODEL_KERNEL_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/addr.h"
#include "core/base/err.h"
#include "core/model/snapshot.h"

enum kernel_event_kind {
    KERNEL_SET_STATE,     /* sock:inet_sock_set_state */
    KERNEL_RETRANSMIT,    /* tcp:tcp_retransmit_skb */
    KERNEL_SEND_RESET,    /* tcp:tcp_send_reset */
    KERNEL_RECEIVE_RESET, /* tcp:tcp_receive_reset */
    KERNEL_ERROR_REPORT,  /* sock:inet_sk_error_report */
    KERNEL_DROP,          /* skb:kfree_skb */
    KERNEL_DESTROYED,     /* sock_diag's multicast groups */
    KERNEL_EVENT_KINDS
};

#define KERNEL_REASON_BYTES 40

struct kernel_event {
    uint64_t at_ns;  /* monotonic */
    uint64_t cookie; /* 0: the event does not tell */
    uint64_t socket; /* the kernel's address of the socket, to join events by; 0: not told */
    struct addr local, peer;
    uint8_t kind;                     /* enum kernel_event_kind */
    uint8_t protocol;                 /* IPPROTO_TCP, ... */
    uint8_t old_state, new_state;     /* enum socket_state; 0: not told */
    int32_t error;                    /* ERROR_REPORT: the errno that the program will get */
    char reason[KERNEL_REASON_BYTES]; /* resolved at run time: "NO_SOCKET"; "": not told */
    uint32_t unread_bytes; /* DESTROYED: its receive queue; with an unread FIN one more */
};

/* Allocated with mem_new(); release with free(). */
struct kernel_events_status {
    uint64_t seen; /* that reached the ring */
    uint64_t lost; /* by the kernel, for want of room */
    bool on[KERNEL_EVENT_KINDS];
    struct err why_not[KERNEL_EVENT_KINDS]; /* of those that are not on */
};

/* How much of it is on.  Drops do not count: they are on only while somebody looks at them. */
enum kernel_events_extent { KERNEL_EVENTS_NONE, KERNEL_EVENTS_SOME, KERNEL_EVENTS_ALL };
/* *ret_why, which may be NULL: why not the first of those that are off; untouched where all are
 * on. */
enum kernel_events_extent kernel_events_extent(const struct kernel_events_status *status,
                                               const struct err **ret_why);

const char *kernel_event_name(enum kernel_event_kind kind);

#endif
