/* core/why/gather_program.h - watches a program of the user's and judges each socket call of it
 * that failed or stalled, with the evidence of that moment. */
#ifndef SOCKEYE_WHY_GATHER_PROGRAM_H
#define SOCKEYE_WHY_GATHER_PROGRAM_H

#include "core/model/probing.h"
#include "core/why/verdict.h"

#define PROGRAM_STALL_NS (1000 * UINT64_C(1000000))
/* Failures and stalls that are judged; further ones are counted. */
#define PROGRAM_FINDINGS_MAX (2 * PROGRAM_DISTINCT_MAX)

/* Calls that failed alike, or one that stalled. */
struct program_finding {
    struct program_call call; /* the first */
    uint64_t count;
    bool stalled, went_on;
    /* The C library tries things that it can do without: neither a failure of the program's nor
     * part of the exit status. */
    bool aside;
    struct evidence *e;
    struct verdict verdict;
};

struct program_report {
    int32_t pid;
    int wait_status;    /* wait(2) */
    uint64_t left_out;  /* failures and stalls beyond the bounds */
    struct evidence *e; /* of the whole: what could not be seen */
    size_t n;
    struct program_finding list[PROGRAM_FINDINGS_MAX];
};

struct program_wish {
    struct program_trace *trace; /* started, the program not begun; stays the caller's */
    const char *name;            /* of the program, for errors */
    /* Called for each finding as it is judged; NULL: nobody is.  Not for those aside. */
    void (*told)(void *ctx, const struct program_finding *f);
    void *ctx;
};

/* Blocks until the program has ended.  0 and the report, which is the caller's; negative errno with
 * err when it did not begin (-EPERM, -ENOSYS, -EOPNOTSUPP: it may not be watched). */
int why_program(const struct program_wish *wish, const struct probes *probes,
                struct program_report **ret, struct err *err);
void program_report_free(struct program_report *r); /* NULL is a no-op */

/* The finding that matters most: a cause before none, the surest first, then the earliest; NULL:
 * nothing is wrong. */
const struct program_finding *program_worst(const struct program_report *r);
bool program_found_cause(const struct program_finding *f);

/* "connect tcp://127.0.0.1:1", "bind unix:/run/x", "recv fd 5".  Returns buf. */
#define PROGRAM_CALL_TEXT_BYTES 360
const char *program_call_text(const struct program_call *c, char buf[PROGRAM_CALL_TEXT_BYTES]);

/* The evidence of a call, and its one attempt, from what the tracer tells; the surroundings are not
 * looked at.  Pure. */
struct evidence *program_evidence(const struct program_call *c);
bool program_call_aside(const struct program_call *c);

#endif
