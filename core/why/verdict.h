/* core/why/verdict.h - from evidence to the cause.
 *
 * why_judge() is a pure function: the same evidence gives the same verdict.  The rules stand in
 * a table, in order; each says how sure it is, and what rules it out.  The first that is certain
 * wins; else the first of the surest.  Where no rule holds the cause is "unknown", or "healthy"
 * when the evidence shows that what was asked for worked. */
#ifndef SOCKEYE_WHY_VERDICT_H
#define SOCKEYE_WHY_VERDICT_H

#include <stddef.h>

#include "core/why/evidence.h"

enum confidence {
    CONFIDENCE_NONE, /* the rule does not hold */
    CONFIDENCE_POSSIBLE,
    CONFIDENCE_LIKELY,
    CONFIDENCE_CERTAIN, /* an observation that only this cause can make */
};

#define VERDICT_TEXT_BYTES 400
#define VERDICT_FIXES 4
#define VERDICT_ALTERNATIVES 8

struct alternative {
    const char *cause;
    enum confidence confidence;            /* NONE: it is ruled out */
    char ruled_out_by[VERDICT_TEXT_BYTES]; /* ""; what it said, when it holds too */
    char summary[VERDICT_TEXT_BYTES];
};

struct verdict {
    const char *cause; /* an id of share/causes.json */
    enum confidence confidence;
    char summary[VERDICT_TEXT_BYTES]; /* one sentence, printable */
    size_t n_fixes;
    char fixes[VERDICT_FIXES][VERDICT_TEXT_BYTES];
    size_t n_alternatives; /* the surest first; those that hold too before those ruled out */
    struct alternative alternatives[VERDICT_ALTERNATIVES];
};

void why_judge(const struct evidence *e, struct verdict *ret);

/* "certain", "likely", "possible". */
const char *confidence_name(enum confidence c);

#endif
