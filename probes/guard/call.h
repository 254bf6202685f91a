/* probes/guard/call.h - asking the privileged helper, where there is one.
 *
 * Any thread; one question at a time by each connection.  A helper that does not answer is waited for once, two
 * seconds; until it does, what is asked fails at once.  One that ended or talks nonsense is never
 * asked again: what it had granted goes on. */
#ifndef SOCKEYE_PROBES_GUARD_CALL_H
#define SOCKEYE_PROBES_GUARD_CALL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/err.h"
#include "probes/guard/protocol.h"

/* Whether what needs privilege is the helper's to do.  The connection is set up once, before there
 * is a second thread, and taken away when there is none any more. */
bool guard_on(void);
void guard_connect(const int fds[GUARD_CHANNELS], pid_t helper);
void guard_disconnect(void);
/* 0: there is none. */
pid_t guard_helper(void);
/* 0, or what keeps it from being asked: as guard_ask(). */
int guard_state(void);

struct guard_call {
    struct guard_request request; /* op and what it takes; head and number are filled in */
    int fd;                       /* goes with it; -1: none */
    size_t n_fds;                 /* wanted: exactly so many come with success */
    int fds[GUARD_FDS];           /* the caller's then */
    int32_t value;
    size_t n_bytes; /* of the last answer */
    uint8_t *bytes; /* where they go; NULL: none are wanted */
    size_t size;
    /* Of operations with several answers: what each brings; NULL: as above. */
    void (*take)(void *ctx, const uint8_t *bytes, size_t len);
    void *ctx;
};

/* The helper's answer, 0 or negative errno; -EPIPE: it has ended, -ETIMEDOUT: it does not answer,
 * -EPROTO: it talked nonsense.  guard_say() puts these into words; of other errors it makes
 * nothing. */
int guard_ask(struct guard_call *c);
bool guard_say(int code, const char *operation, struct err *err);

/* A call without bytes: netns_fd or another descriptor in fd. */
struct guard_call guard_call_of(enum guard_op op, uint16_t kind, int fd, size_t n_fds);

#endif
