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
    const atomic_bool *stop; /* given up as soon as it is set; NULL: never */
};

/* Blocks for as long as the matter needs; any thread.  Returns 0 and the evidence, which is the
 * caller's, or negative errno with err when nothing could be observed at all. */
int why_gather(const struct why_wish *wish, const struct probes *probes, struct evidence **ret,
               struct err *err);

#endif
