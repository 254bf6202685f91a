/* probes/diag.h - one conversation with the kernel over NETLINK_SOCK_DIAG: sock_diag(7).
 *
 * Knows messages and attributes, not sockets.  The socket belongs to the network namespace that
 * it was opened in.  Not thread-safe. */
#ifndef SOCKEYE_PROBES_DIAG_H
#define SOCKEYE_PROBES_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

struct nlmsghdr;
struct diag;

/* netns_fd: the namespace to ask, borrowed; -1: our own. */
int diag_open(int netns_fd, struct diag **ret, struct err *err);
void diag_close(struct diag *d); /* NULL is a no-op */

/* The name of an interface of that namespace, cleaned; "if7" when it is gone. */
#define DIAG_INTERFACE_BYTES 64
size_t diag_interface(const struct diag *d, uint32_t index, char buf[DIAG_INTERFACE_BYTES]);

/* The structure that a family takes, and what may stand behind it. */
struct diag_question {
    uint16_t type; /* of the message; 0: SOCK_DIAG_BY_FAMILY */
    _Alignas(4) uint8_t body[64];
    size_t body_bytes;
    bool dump;           /* many answers; else one */
    bool privileged;     /* parts of the answer are for CAP_NET_ADMIN only */
    uint32_t protocol;   /* INET_DIAG_REQ_PROTOCOL: one that its byte cannot hold; 0: none */
    const void *program; /* INET_DIAG_REQ_BYTECODE, borrowed */
    size_t program_bytes;
};

struct diag_outcome {
    bool interrupted; /* NLM_F_DUMP_INTR was set */
    size_t malformed; /* messages too short to believe, left out */
};

/* Ask and hand each message of the answer to message(), which gives 0, -EBADMSG (counted, and
 * left out) or another negative errno, which ends the answer.  Returns 0 or negative errno; what
 * came before it was handed over.  *ret is added to. */
int diag_ask(struct diag *d, const struct diag_question *question,
             int (*message)(void *ctx, const struct nlmsghdr *message), void *ctx,
             struct diag_outcome *ret);

/* True for what a kernel answers that has no module for the question. */
bool diag_is_unavailable(int code);
/* For a person. */
const char *diag_why(int code);

/* The next message of a datagram, or NULL: at its end (*left is 0), or where the length of a
 * message does not fit.  *at is aligned as a struct nlmsghdr is.  Pure. */
const struct nlmsghdr *diag_next_message(const uint8_t **at, size_t *left);

struct diag_attribute {
    unsigned type;
    const uint8_t *data;
    size_t len;
};

/* Takes the attribute at *at off the front.  1, 0 at the end, -EBADMSG when its length does
 * not fit: then nothing behind it can be believed either.  Pure. */
int diag_next_attribute(const uint8_t **at, size_t *left, struct diag_attribute *ret);

#endif
