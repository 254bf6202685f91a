/* core/net/load_internal.h - between the files that make up a load: load.c (when), load_settings.c
 * (what may be asked), load_conn.c (connections), load_transport.c and tls_load.c (calls), load_stream.c and
 * load_datagram.c (requests), load_pattern.c (what goes out), and one file for each protocol. */
#ifndef SOCKEYE_NET_LOAD_INTERNAL_H
#define SOCKEYE_NET_LOAD_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "core/base/histogram.h"
#include "core/net/load.h"
#include "core/net/loop.h"
#include "core/net/pace.h"
#include "core/net/resolve.h"

/* What one call sends or receives at most. */
#define LOAD_CHUNK_BYTES (64U << 10)

/* A request on its way. */
struct slot {
    uint64_t intended_ns; /* its latency counts from here */
    uint64_t begun_ns;    /* its timeout counts from here */
    uint32_t sequence;    /* datagrams only, */
    bool busy;            /* likewise; those of a stream are answered in their order */
};

enum conn_state {
    CONN_CLOSED, /* rests until rest_until_ns */
    CONN_CONNECTING,
    CONN_HANDSHAKING,
    CONN_OPEN,
    CONN_ENDED /* the peer has sent all it had (LOAD_RECEIVE): no further connection */
};

/* The place of one connection, which is made anew when it is lost. */
struct conn {
    struct watch watch; /* fd -1: closed */
    struct load *load;
    struct conn *prev, *next; /* among the idle */
    struct slot *slots;       /* of settings.pipeline */
    void *reader;             /* the protocol's; NULL: none */
    void *secure;             /* the transport's; NULL: none */
    uint64_t since_ns;        /* connecting since then */
    uint64_t rest_until_ns;
    uint64_t goal, sent, received; /* places in the stream of this connection */
    uint64_t head_end;             /* where what the first slot is about ends */
    uint32_t first, used;          /* slots */
    uint32_t sequence, highest; /* datagrams: the next one's number; the newest answered + 1 */
    uint32_t unsent;            /* 1 + the slot of a datagram that the socket did not take */
    uint32_t seed;              /* tells the bytes of this connection from others' */
    uint8_t state, address;
    uint8_t failures; /* in a row, without an answer between them */
    bool idle, given_up;
};

/* How bytes go out and in. */
struct transport {
    /* Before all connections.  0 or negative errno with err.  NULL: nothing to do; so is done. */
    int (*prepare)(struct load *l, struct err *err);
    void (*done)(struct load *l);
    /* On the connected socket: 0 when done, -EAGAIN with the events to wait for, else negative
     * errno with l->trouble.  NULL: there is none. */
    int (*handshake)(struct conn *c, uint32_t *ret_events);
    /* As io.h has them: 0 from receive is the end, or an empty datagram. */
    ssize_t (*send)(struct conn *c, const void *bytes, size_t len);
    ssize_t (*receive)(struct conn *c, void *bytes, size_t size);
    bool (*pending)(const struct conn *c); /* bytes may wait where epoll(7) cannot see them */
    void (*close)(struct conn *c);         /* release c->secure; NULL: nothing */
};

extern const struct transport plain_transport, tls_transport;

/* What requests are on the wire. */
struct protocol {
    size_t reader_bytes; /* of connection.reader, zeroed */
    /* Makes load->out and load->unit_bytes.  NULL: the pattern.  Returns 0 or negative errno with
     * err. */
    int (*prepare)(struct load *l, struct err *err);
    void (*opened)(struct conn *c, uint64_t now_ns); /* NULL: nothing to do */
    /* Bytes came: false when the connection is not open any more. */
    bool (*received)(struct conn *c, const uint8_t *bytes, size_t len, uint64_t now_ns);
    void (*ended)(struct conn *c,
                  uint64_t now_ns); /* no more bytes come; NULL: means nothing */
    void (*closed)(struct conn *c); /* the reader begins anew; NULL: nothing to do */
    void (*done)(struct load *l);   /* release what prepare() made; NULL */
};

extern const struct protocol echo_protocol, send_protocol, receive_protocol, http_protocol,
    message_protocol, connect_protocol;

/* How requests become bytes. */
struct work {
    /* Only while a slot is free. */
    void (*begin)(struct conn *c, uint64_t intended_ns, uint64_t now_ns);
    void (*flush)(struct conn *c, uint64_t now_ns); /* send what the socket takes */
    void (*readable)(struct conn *c, uint64_t now_ns);
    void (*overdue)(struct conn *c, uint64_t now_ns); /* look for those that took too long */
};

extern const struct work stream_work, datagram_work;

/* What goes out, again and again: from any place in the period a chunk lies in one piece. */
struct out {
    uint8_t *bytes; /* period + LOAD_CHUNK_BYTES; NULL: nothing goes out */
    size_t period;
    uint32_t stride; /* between the first bytes of two connections; 0: they send the same */
};

struct load {
    struct load_settings settings;
    const struct transport *transport;
    const struct protocol *protocol;
    const struct work *work;
    bool per_request; /* a connection for each */
    bool timed;       /* an answer comes, whose latency counts */
    bool endless;     /* there is always something to send */
    uint64_t unit_bytes;
    struct out out;
    void *memory; /* the protocol's: the first answer */
    struct tls_context *tls;
    char trouble[ERR_TEXT_BYTES]; /* what a failed handshake says; may be empty */

    struct loop *loop;
    struct conn *conns, *idle; /* idle: utlist, those that could begin a request; with a rate */
    struct slot *slots;
    uint8_t *readers;
    uint32_t *answered; /* datagrams: bits by sequence, LOAD_MEMORY_BITS each connection */
    uint32_t opened_conns, given_up, ended_conns, connecting, open, next_seed;
    struct question *question;
    struct sockname addresses[RESOLVE_ADDRESSES];
    uint8_t n_addresses, address; /* the one in use */

    struct watch stop_watch, pace_watch; /* an eventfd, a timerfd */
    struct timer duration, tick, sweep, opening;
    struct pace pace, ramp;
    bool paced; /* pace has begun */
    uint64_t armed_ns;
    bool stopping; /* no more requests */
    bool enough;   /* nothing is waited for */
    bool interrupted;
    uint64_t started_ns, stopped_ns, answered_ns; /* 0: not yet */
    uint64_t unbegun;
    uint64_t outstanding; /* requests on their way */
    struct load_counts counts;
    struct load_error errors[LOAD_ERROR_KINDS];
    size_t n_errors;
    uint64_t other_errors;
    struct err err;

    struct mailbox *reports;
    pthread_t thread;
    bool has_thread;
    uint8_t buffer[LOAD_CHUNK_BYTES];   /* of the call that receives */
    uint8_t datagram[LOAD_CHUNK_BYTES]; /* of the one that sends */
    struct histogram latency;
};

/* Answers that a connection of datagrams remembers, to tell a second one from a late one. */
#define LOAD_MEMORY_BITS 1024U

/* ---- load.c */
/* A request may begin now: counts it, and tells when it was meant to. */
bool load_take(struct load *l, uint64_t now_ns, uint64_t *ret_intended_ns);
/* More requests will begin; maybe not now. */
bool load_goes_on(const struct load *l);
void load_answered(struct load *l, const struct slot *s, uint64_t now_ns);
/* n requests failed. */
void load_unanswered(struct load *l, uint64_t n);
/* Nothing more is asked of it, and nothing is waited for. */
void load_enough(struct load *l);
void load_count_error(struct load *l, enum load_stage stage, enum load_fault fault, int code,
                      uint64_t n, const char *first);

/* ---- load_settings.c: both return 0, or negative errno with err */
int load_check_settings(const struct load_settings *s, struct err *err);
/* This process's limit, so that they and all else fit. */
int load_raise_descriptors(uint32_t connections, struct err *err);

/* ---- load_conn.c */
void conn_open(struct conn *c, uint64_t now_ns);
/* Begin what may be begun, and ask the loop for what it waits for. */
void conn_fill(struct conn *c, uint64_t now_ns);
/* A free slot on a connection that is there, or on none where each request has its own. */
bool conn_available(const struct conn *c);
/* It has failed, and so has everything on its way; it will be opened anew. */
void conn_fail(struct conn *c, uint64_t now_ns, enum load_stage stage, enum load_fault fault,
               int code, const char *first, ...) __attribute__((format(printf, 6, 7)));
/* An answer came: it works. */
void conn_well(struct conn *c);
/* It ends as it should, or the peer closed it without being at fault; it may be opened anew.  What
 * is still on its way in a stream is then sent again. */
void conn_finish(struct conn *c, uint64_t now_ns);
/* No further connection here. */
void conn_end(struct conn *c);
/* Close what is open, at the end of all. */
void conn_close(struct conn *c);
/* Every now and then: timeouts, rests that are over. */
void conn_sweep(struct conn *c, uint64_t now_ns);
bool conn_has_boundaries(enum endpoint_scheme scheme);

/* ---- load_pattern.c */
/* What goes out is a pattern in which no two messages look alike. */
void out_fill_pattern(struct out *out, uint64_t unit_bytes);
/* What goes out are these bytes, again and again. */
void out_fill_request(struct out *out, const void *bytes, size_t len);
/* What stands at a place of a connection's stream: LOAD_CHUNK_BYTES from there on. */
const uint8_t *out_at(const struct conn *c, uint64_t place);
/* Where the first of len bytes differs from that; len: nowhere. */
size_t out_compare(const struct conn *c, uint64_t place, const uint8_t *bytes, size_t len);

/* ---- load_stream.c */
/* The request that has waited longest is answered. */
void stream_answered(struct conn *c, uint64_t now_ns);

/* Something is wrong with that answer: it failed, and the connection goes on. */
void stream_refused(struct conn *c, enum load_fault fault, const char *first, ...)
    __attribute__((format(printf, 3, 4)));

#endif
