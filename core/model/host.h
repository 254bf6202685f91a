/* core/model/host.h - how the network of this host is doing: its figures, what is usual for them,
 * and what they were in the last minutes.
 *
 * A probe reads (struct host_reading), host_take() makes figures of it and of the reading before.
 * Pure: reads no clock and no file.  What the kernel did not say is not known, with the reason.
 *
 * Sources: /proc/net/snmp, snmp6, netstat (Documentation/networking/snmp_counter.rst), sockstat,
 * dev; ip-sysctl.rst; the rows of sock_diag. */
#ifndef SOCKEYE_MODEL_HOST_H
#define SOCKEYE_MODEL_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/model/host_tally.h"
#include "core/model/surroundings.h"
#include "core/model/views.h"

/* Five minutes of one look a second. */
#define HOST_LOOKS 300
/* What happened so long ago is still said. */
#define HOST_RECENT_NS (60 * UINT64_C(1000000000))

/* One look.  Allocated with mem_new(); release with host_reading_free(). */
struct host_reading {
    uint64_t at_ns;
    /* Beside what counters_read() gives: "sockstat.TCP.tw" of /proc/net/sockstat,
     * "sysctl.tcp_mem.0" of /proc/sys/net/ipv4, "dev.rx_drop" and "dev.tx_drop" of all
     * interfaces in /proc/net/dev. */
    struct counters counters;
    char dropper[32];       /* the interface that dropped the most; cleaned */
    uint64_t dropper_drops; /* received and to be sent; 0: none drops anything */
    struct err err;         /* why the counters are not there; code 0: they are */
    uint32_t page_bytes;
    struct host_tally *tally; /* owned; NULL: nobody counted the rows */
    struct err tally_err;     /* why rows are missing in it; code 0: none is */
};

/* Rows are to be counted: host_tally_add() of its tally from here on. */
void host_reading_count(struct host_reading *r);
void host_reading_free(struct host_reading *r); /* NULL is a no-op */

/* X(id, name, title) */
#define HOST_FIGURES(X)                                                                        \
    X(ESTABLISHED, "tcp_established", "established")                                           \
    X(RETRANSMITTED, "tcp_retransmitted", "sent again")                                        \
    X(SEGMENTS_OUT, "tcp_segments_out", "segments sent")                                       \
    X(SEGMENTS_IN, "tcp_segments_in", "segments received")                                     \
    X(LISTEN_OVERFLOWS, "listen_overflows", "listen overflows")                                \
    X(LISTEN_DROPS, "listen_drops", "listen drops")                                            \
    X(SYN_COOKIES, "syn_cookies", "SYN cookies")                                               \
    X(ATTEMPTS_FAILED, "tcp_attempts_failed", "failed attempts")                               \
    X(RESETS_SENT, "tcp_resets_sent", "resets sent")                                           \
    X(CONNECTIONS_RESET, "tcp_connections_reset", "cut connections")                           \
    X(TIME_WAIT, "tcp_time_wait", "TIME_WAIT")                                                 \
    X(ORPHANS, "tcp_orphans", "orphans")                                                       \
    X(PORTS, "tcp_local_ports", "local ports")                                                 \
    X(PORTS_WORST, "tcp_local_ports_worst", "ports to one peer")                               \
    X(TCP_MEMORY, "tcp_memory", "TCP memory")                                                  \
    X(UDP_MEMORY, "udp_memory", "UDP memory")                                                  \
    X(UDP_ERRORS, "udp_in_errors", "UDP errors")                                               \
    X(UDP_OVERFLOWS, "udp_receive_overflows", "UDP overflows")                                 \
    X(INTERFACE_DROPS, "interface_drops", "interface drops")

enum host_figure_id {
#define X(id, name, title) HOST_##id,
    HOST_FIGURES(X)
#undef X
        HOST_FIGURE_COUNT
};

enum host_unit {
    HOST_NUMBER,
    HOST_BYTES,
    HOST_PER_SECOND, /* in thousandths */
    HOST_SHARE,      /* in millionths */
};

/* How it stands with a figure. */
enum host_state {
    HOST_UNKNOWN,
    HOST_PLAIN, /* it says how busy the host is: any value is usual */
    HOST_USUAL,
    HOST_WATCH, /* more than usual */
    HOST_BAD,   /* something is lost, or about to be */
};

enum host_list { LISTED_NOWHERE, LISTED_AS_SOCKETS, LISTED_AS_PACKETS };

struct host_figure_info {
    enum host_unit unit;
    const char *means; /* what it counts, and of what it comes; a sentence or two */
    const char *usual; /* half a sentence */
    /* Where what it counts is listed. */
    enum host_list list;
    enum socket_view view; /* LISTED_AS_SOCKETS */
    const char *filter;    /* of sockets or packets; "": all of them */
};

#define HOST_NOTE_BYTES 160

struct host_figure {
    enum host_state state;
    bool known;     /* else note says why not */
    uint64_t value; /* in its unit */
    bool has_limit;
    uint64_t limit; /* in its unit */
    bool has_all;   /* of what the kernel counts up: */
    uint64_t all;   /* since the host, or its namespace, began; of a share in millionths */
    bool has_recent;
    uint64_t recent;            /* since HOST_RECENT_NS, or the first look */
    char note[HOST_NOTE_BYTES]; /* which peer, which interface; "": nothing */
};

struct host_look {
    uint64_t at_ns;
    uint32_t known;                     /* 1 << enum host_figure_id */
    uint64_t values[HOST_FIGURE_COUNT]; /* as figures say them */
    uint32_t counted;                   /* likewise, of: */
    uint64_t counts[HOST_FIGURE_COUNT]; /* as the kernel counts up */
    uint64_t base;                      /* segments sent, for the share of those sent again */
};

/* All zero: nothing was looked at yet. */
struct host {
    struct host_look *looks; /* a ring of HOST_LOOKS; NULL before the first */
    size_t first, n;
    struct host_figure figures[HOST_FIGURE_COUNT]; /* of the newest look */
    struct host_tally *tally;                      /* the newest; NULL: nobody counted */
    struct err tally_err;
};

void host_done(struct host *h);

/* One look more; a look that is no later than the newest adds nothing. */
void host_take(struct host *h, const struct host_reading *r);

/* In JSON: a promise to scripts; for a person. */
const char *host_figure_name(enum host_figure_id id);
const char *host_figure_title(enum host_figure_id id);
const struct host_figure_info *host_figure_info(enum host_figure_id id);

/* The filter that lists what it counts now: that of the info, or one with the ports and the peer of
 * the newest look.  Returns buf. */
#define HOST_FILTER_BYTES 200
const char *host_filter(const struct host *h, enum host_figure_id id,
                        char buf[HOST_FILTER_BYTES]);

/* What a figure was `back` looks ago, 0: now.  False: not known, *ret untouched. */
bool host_past(const struct host *h, enum host_figure_id id, size_t back, uint64_t *ret);

/* "1,204", "4,163,072 B", "0.5 /s", "0.02 %".  Returns buf. */
#define HOST_VALUE_BYTES 40
const char *host_value(enum host_unit unit, uint64_t value, char buf[HOST_VALUE_BYTES]);

/* The word for it: "?", "", "usual", "watch", "bad". */
const char *host_state_word(enum host_state state);

/* A listener's queue. */
enum host_state host_listener_state(const struct row *row);

#endif
