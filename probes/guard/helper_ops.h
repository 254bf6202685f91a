/* probes/guard/helper_ops.h - what the helper does for a request that was checked. */
#ifndef SOCKEYE_PROBES_GUARD_HELPER_OPS_H
#define SOCKEYE_PROBES_GUARD_HELPER_OPS_H

#include "probes/guard/protocol.h"
#include "probes/guard/relay.h"
#include "probes/guard/trace_instance.h"

/* Questions of one kind at a time are few: the observer's, a lookup's, those of why. */
#define HELPER_RELAYS 32
#define HELPER_TRACES 16

/* One for each connection, with a thread of its own. */
struct helper {
    int connection;
    pid_t program; /* whose helper this is */
    struct relay relays[HELPER_RELAYS];
    struct trace_instance traces[HELPER_TRACES]; /* root -1: free */
    struct guard_request request;
    struct guard_answer answer;
};

/* One request and its way to an answer. */
struct task {
    struct helper *helper;
    const struct guard_request *request;
    int fd; /* that came with it; -1: none */
    struct guard_answer *answer;
    int fds[GUARD_FDS]; /* that go with the answer; they are closed behind it */
    size_t n_fds;
    int failed; /* the connection, while it sent one answer of several */
};

/* Fills answer and fds; its code is the return value. */
int helper_do(struct task *t);

/* Bytes behind those that are there, in further answers where they have no room. */
void task_put(struct task *t, const void *bytes, size_t len);

#endif
