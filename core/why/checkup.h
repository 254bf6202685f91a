/* core/why/checkup.h - all sockets of the host, or of a process, judged: `sockeye doctor`.
 *
 * Two looks at all of them with a wait between; what looked unwell in both is judged by the rules of
 * `why --socket` (core/why/rules.h), without its packets.  What two looks cannot decide is not
 * listed.  Only candidates are kept, so that a hundred thousand healthy sockets cost no memory. */
#ifndef SOCKEYE_WHY_CHECKUP_H
#define SOCKEYE_WHY_CHECKUP_H

#include <stdatomic.h>
#include <stdbool.h>

#include "core/model/probing.h"
#include "core/why/verdict.h"

#define CHECKUP_WAIT_NS (1000 * UINT64_C(1000000))
#define CHECKUP_CANDIDATES 16384 /* more are counted */
#define CHECKUP_SOCKET_BYTES 256

struct checkup_wish {
    uint64_t wait_ns;        /* between the looks; 0: CHECKUP_WAIT_NS */
    int32_t pid;             /* only its sockets, all of them said; 0: the host's */
    const atomic_bool *stop; /* given up as soon as it is set; NULL: never */
};

/* A socket that is not well. */
struct ailment {
    char socket[CHECKUP_SOCKET_BYTES]; /* as `why --socket` takes it; a UNIX socket's name */
    struct row row;                    /* of the second look */
    char owner[SIGHTING_HOLDER_BYTES]; /* sighting_holder() */
    const char *cause;
    enum confidence confidence;
    char *summary; /* owned */
    size_t n_fixes;
    char *fixes[VERDICT_FIXES]; /* owned */
};

struct checkup {
    size_t n_checked;  /* sockets that were looked at */
    size_t n_left_out; /* that looked unwell, and for which there was no room */
    size_t n, room;
    struct ailment *list; /* worst first */
    /* Of a process: a line for each of its sockets; in any case what could not be seen. */
    struct evidence *e; /* owned */
};

/* Blocks for the wait and two looks; any thread.  Returns 0 and the result, which is the caller's, or
 * negative errno with err: the sockets could not be listed, or -ESRCH: there is no such process. */
int checkup_run(const struct checkup_wish *wish, const struct probes *probes,
                struct checkup **ret, struct err *err);
void checkup_free(struct checkup *c); /* NULL is a no-op */

/* The worst as a verdict, the others as its alternatives; healthy when there is none. */
void checkup_verdict(const struct checkup *c, struct verdict *ret);

#endif
