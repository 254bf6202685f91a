/* core/net/load.h - load on an endpoint: many connections or messages, counted and timed, and the
 * content of what comes back checked.
 *
 * It runs in a thread of its own with a loop of its own and leaves the engine and its sessions
 * alone.  What it does is handed over as reports: about once a second, and in the end.
 *
 * Without a rate each connection begins its next request when an answer has come (a closed loop).
 * With one, requests begin when they are meant to (core/net/pace.h), whatever became of the others,
 * and their latency counts from that time on: a peer that stalls cannot hide it by keeping requests
 * from being made (coordinated omission). */
#ifndef SOCKEYE_NET_LOAD_H
#define SOCKEYE_NET_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/mailbox.h"
#include "core/model/command.h"
#include "core/net/endpoint.h"

#define LOAD_CONNECTIONS_MAX 1000000U
#define LOAD_PIPELINE_MAX 1024U
/* Requests that may be on their way at once. */
#define LOAD_OUTSTANDING_MAX (4U << 20)
#define LOAD_SIZE_MAX (1U << 30)
/* What one IPv4 datagram carries; and what numbers it so that a lost one is told from a late. */
#define LOAD_DATAGRAM_MAX 65507U
#define LOAD_DATAGRAM_MIN 8U
#define LOAD_PATH_BYTES 2048
#define LOAD_HOST_BYTES 512

enum load_as {
    LOAD_ECHO,    /* a message goes out, the same bytes must come back */
    LOAD_SEND,    /* as many bytes out as the peer takes */
    LOAD_RECEIVE, /* as many bytes in as the peer gives */
    LOAD_HTTP,    /* GET, and the answer must be that to the first one */
    LOAD_MESSAGE, /* a framed message (core/message/message.h), likewise */
    LOAD_CONNECT, /* a connection is made and closed */
    LOAD_AS_KINDS
};

extern const char *const load_as_names[LOAD_AS_KINDS];

struct load_settings {
    struct endpoint endpoint;
    enum load_as as;
    uint32_t connections;
    uint32_t pipeline;          /* requests on their way in each of them */
    uint64_t duration_ns;       /* 0: until `requests` are done */
    uint64_t requests;          /* 0: as many as there is time for */
    uint64_t rate;              /* as in struct pace, of all connections; 0: a closed loop */
    uint64_t size_bytes;        /* of a message of echo, send and receive */
    uint64_t timeout_ns;        /* for connecting, and for each answer */
    uint64_t ramp_ns;           /* the connections are opened evenly in this time */
    bool one_each;              /* http, message: a connection for each request */
    bool unchecked;             /* http, message: answers may differ from the first one */
    bool same_body;             /* http: also in their bytes, not only in their length */
    bool reset;                 /* close with RST, which leaves no TIME_WAIT behind */
    struct tls_settings tls;    /* of tls:// */
    char path[LOAD_PATH_BYTES]; /* http */
    char host[LOAD_HOST_BYTES]; /* http: of the header Host; "": the endpoint's */
};

/* What went wrong, and in doing what. */
enum load_stage { LOAD_AT_CONNECT, LOAD_AT_HANDSHAKE, LOAD_AT_SEND, LOAD_AT_RECEIVE };

enum load_fault {
    LOAD_FAULT_ERRNO,     /* a call failed */
    LOAD_FAULT_TIMEOUT,   /* no answer, or no connection, in time */
    LOAD_FAULT_LOST,      /* no answer to a datagram in time */
    LOAD_FAULT_SHORT,     /* the peer closed before the whole answer was there */
    LOAD_FAULT_MISMATCH,  /* what came back is not what must come back */
    LOAD_FAULT_MALFORMED, /* not the protocol that it should be */
    LOAD_FAULT_STATUS,    /* HTTP: 400 or more */
    LOAD_FAULTS
};

/* "timeout"; of LOAD_FAULT_ERRNO "errno". */
extern const char *const load_fault_names[LOAD_FAULTS];
extern const char *const load_stage_names[];

#define LOAD_ERROR_KINDS 32

struct load_error {
    enum load_stage stage;
    enum load_fault fault;
    int code; /* positive; of LOAD_FAULT_ERRNO only */
    uint64_t count;
    char first[ERR_TEXT_BYTES]; /* what the first one was; may be empty */
};

struct load_latency {
    uint64_t count; /* 0: nothing else is known */
    uint64_t min_ns, mean_ns, p50_ns, p90_ns, p99_ns, p999_ns, max_ns;
};

/* Everything since the beginning. */
struct load_counts {
    uint64_t opened, failed_connections;
    uint64_t begun, done, failed; /* requests; the rest is on its way */
    uint64_t sent_bytes, received_bytes;
    /* Of those sent, when their connection was closed; TLS: as they are on the wire. */
    uint64_t unacknowledged_bytes;
    uint64_t duplicated, reordered, late, lost; /* datagrams */
    uint64_t status[6]; /* HTTP answers by the first digit of their status; 0: any other */
};

struct load_report {
    bool ended;       /* the last one */
    bool interrupted; /* load_stop() ended it */
    struct err err;   /* code 0: it ran */
    uint64_t
        elapsed_ns; /* up to the last answer, or the end of the duration if that is later */
    uint32_t open;  /* connections now */
    struct load_counts counts;
    /* With a rate: requests whose time had come when it ended and that had no connection free. */
    uint64_t unbegun;
    struct load_latency latency;
    struct load_error errors[LOAD_ERROR_KINDS];
    size_t n_errors;
    uint64_t other_errors; /* of further kinds */
};

struct load;

/* Raises this process's limit of descriptors to the hard one.  Returns 0, or negative errno with
 * err: -EINVAL for settings that contradict each other, -EMFILE when there cannot be so many
 * descriptors; for TLS also as tls_client_context(). */
int load_start(const struct load_settings *settings, struct load **ret, struct err *err);

/* Letters are struct load_report, free() by who takes them.  The last one has `ended`; those
 * before may be replaced by it. */
struct mailbox *load_reports(struct load *l);

/* End now; the last report follows. */
void load_stop(struct load *l);
/* Ends it if need be and waits for its thread.  NULL is a no-op. */
void load_free(struct load *l);

#endif
