/* core/why/gather.h - makes the attempt, or looks at the socket, and brings together what the host
 * shows of it meanwhile.
 *
 * It does what was asked and nothing else: see struct why_wish.  Whatever it opened is closed when
 * it returns. */
#ifndef SOCKEYE_WHY_GATHER_H
#define SOCKEYE_WHY_GATHER_H

#include <stdatomic.h>
#include <stdbool.h>

#include "core/model/probing.h"
#include "core/why/evidence.h"

#define WHY_SILENCE_NS (1300 * UINT64_C(1000000)) /* one SYN and its first repetition */
#define WHY_WAIT_NS (1000 * UINT64_C(1000000))

/* What was recorded of a connection that failed after it had been open: it is read instead of
 * trying anew.  The rings are borrowed, and any thread may read them. */
struct why_past {
    const struct ring *packets; /* struct packet; NULL: nothing was captured */
    const struct ring *events;  /* struct kernel_event; NULL: none were recorded */
    bool events_all;            /* the kernel told all of them */
    bool sending;               /* the call that failed was a send; else a recv */
    int error;                  /* negative errno that it gave; 0: there is no past */
    uint64_t began_ns, ended_ns, cookie;
};

struct why_wish {
    enum why_subject subject;
    struct endpoint endpoint; /* CONNECT and BIND */
    bool no_reuseaddr;        /* BIND: TCP without SO_REUSEADDR */
    uint64_t timeout_ns;      /* CONNECT: for one address; 0: WHY_SILENCE_NS */
    uint64_t wait_ns; /* to listen after sending, or to watch a socket; 0: WHY_WAIT_NS */
    const char *send; /* CONNECT: sent once connected; NULL: nothing */
    size_t send_len;
    uint64_t send_size;      /* CONNECT: so many bytes of a pattern instead; 0: `send` */
    uint8_t protocol;        /* SOCKET: IPPROTO_TCP or IPPROTO_UDP */
    struct addr local, peer; /* SOCKET; peer AF_UNSPEC: any */
    const char *path;        /* FILE */
    /* CONNECT: not to be tried, but of this connection between local and peer. */
    struct why_past past;
    bool no_capture; /* packets are not to be looked at */
    /* CONNECT and SOCKET: each packet that was captured, with number, bytes and interface; NULL:
     * nobody wants them. */
    void (*packet)(void *ctx, const struct packet_facts *p);
    void *packet_ctx;
    const atomic_bool *stop; /* given up as soon as it is set; NULL: never */
};

/* Blocks for as long as the matter needs; any thread.  Returns 0 and the evidence, which is the
 * caller's, or negative errno with err when nothing could be observed at all. */
int why_gather(const struct why_wish *wish, const struct probes *probes, struct evidence **ret,
               struct err *err);

/* FILE: every conversation of a recording that is not healthy, worst first, as far as there is room
 * for; when there is none, the one with the most packets.  `take` owns what it is given; false from
 * it ends it.  Returns 0, or negative errno with err when the file cannot be read. */
#define WHY_FILE_CONVERSATIONS 64
int why_gather_file(const struct why_wish *wish, const struct probes *probes,
                    bool (*take)(void *ctx, struct evidence *e), void *ctx, struct err *err);

#endif
