/* core/model/ping.h - what a ping is asked to do, what it tells, and the sums of that.
 *
 * Pure.  The statistics are a fold over the events: a recorded run gives the same sums. */
#ifndef SOCKEYE_MODEL_PING_H
#define SOCKEYE_MODEL_PING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/addr.h"
#include "core/model/path_mtu.h"

#define PING_INTERVAL_MIN_NS UINT64_C(1000000)    /* 1 ms */
#define PING_TIMEOUT_MAX_NS UINT64_C(30000000000) /* 30 s */
/* Kinds of ICMP error that are counted apart; what more there are is counted together. */
#define PING_ERROR_KINDS 16

struct ping_settings {
    struct addr to;       /* its port means nothing */
    struct addr source;   /* AF_UNSPEC: as the route says */
    uint64_t count;       /* probes; 0: until it is closed */
    uint64_t interval_ns; /* at least PING_INTERVAL_MIN_NS */
    uint64_t timeout_ns;  /* of a probe; above 0, at most PING_TIMEOUT_MAX_NS */
    size_t payload_bytes; /* at most ECHO_PAYLOAD_MAX */
    uint8_t ttl;          /* or hop limit; 0: the host's default */
    bool dont_fragment;
    bool path_mtu; /* search for the path MTU; count, interval and payload mean nothing then */
};

enum ping_event_kind {
    PING_SENT,
    PING_REPLY,
    PING_ICMP,    /* an ICMP error about a probe of ours */
    PING_TIMEOUT, /* nothing came in time; a late reply may follow */
    PING_UNSENT,  /* the kernel refused to send: error */
    PING_MTU,     /* the end of a path MTU search: mtu */
    PING_ENDED,   /* nothing more will come; error where replies can be read no more */
};

struct ping_event {
    enum ping_event_kind kind;
    uint64_t sequence; /* from 1 */
    bool decides;      /* the first that is known of the fate of this probe */
    size_t bytes;      /* ICMP header and payload: of the probe, in PING_REPLY of the reply */
    struct addr from;  /* who replied or complained; AF_UNSPEC: unknown */
    /* PING_REPLY and PING_ICMP: */
    bool has_rtt;
    uint64_t rtt_ns;
    /* PING_REPLY: */
    bool duplicate; /* this probe has been replied to before */
    bool late;      /* it was given up before, or an error came */
    bool reordered; /* a later probe's reply came first */
    bool has_ttl;
    uint8_t ttl;
    /* PING_ICMP: */
    uint8_t type, code;
    bool from_self; /* the complaint is this host's own: nobody answers on the link */
    /* PING_ICMP and PING_UNSENT: */
    bool has_mtu;
    uint32_t mtu; /* of the next hop, or of the link, as it was said */
    int error;    /* PING_UNSENT, PING_ENDED: negative errno; 0 for an end as it should be */
    /* PING_MTU: */
    struct path_mtu_result path_mtu;
};

struct ping_error_count {
    uint8_t type, code;
    struct addr from;
    uint64_t count;
};

struct ping_stats {
    uint64_t sent, unsent;
    uint64_t decided;  /* sent ones whose fate is known */
    uint64_t received; /* probes that were replied to, in time or late */
    uint64_t duplicates, late, reordered, timeouts;
    uint64_t icmp_errors;
    size_t n_errors; /* kinds of them */
    struct ping_error_count errors[PING_ERROR_KINDS];
    uint64_t n_rtt; /* replies that were timed; the four below mean nothing at 0 */
    uint64_t rtt_min_ns, rtt_max_ns;
    unsigned __int128 rtt_sum, rtt_squares;
};

void ping_stats_add(struct ping_stats *s, const struct ping_event *e);

/* Probes whose fate is known and that were not replied to; those still under way are not lost. */
uint64_t ping_stats_lost(const struct ping_stats *s);
/* False while the fate of none is known. */
bool ping_stats_loss_percent(const struct ping_stats *s, double *ret);

struct ping_rtt {
    uint64_t min_ns, avg_ns, max_ns;
    uint64_t mdev_ns; /* as iputils has it: the root of the mean square less the squared mean */
};
/* False before the first timed reply. */
bool ping_stats_rtt(const struct ping_stats *s, struct ping_rtt *ret);

#endif
