/* probes/unseen.h - connections that came and went without a row: how many the kernel counted
 * (/proc/net/snmp) less how many were seen. */
#ifndef SOCKEYE_PROBES_UNSEEN_H
#define SOCKEYE_PROBES_UNSEEN_H

#include "core/model/changes.h"

/* All zero: not known. */
struct unseen {
    bool primed; /* there was a look: `at` means something */
    bool known;  /* the kernel's counter can be read, every connection is asked for */
    uint32_t at; /* the kernel's counter, modulo 2^32 */
    /* `opens` some seconds ago: `before` is what had to be seen by now */
    uint64_t before, before_next, next_ns;
    uint64_t opens;       /* by the kernel's counter, since the first look */
    uint64_t seen;        /* without a row, by events */
    uint64_t rows_before; /* changes_opens() then */
    uint64_t n;           /* never less than before */
};

/* Begin anew; `every`: the rows will be all connections of this namespace. */
void unseen_reset(struct unseen *u, const struct changes *c, bool every);
/* Just before a look. */
void unseen_look(struct unseen *u, uint64_t now_ns);
/* After it, and whenever more was seen.  The kernel tells of an end late: what was opened
 * UNSEEN_NS ago, or at most twice that, and nobody saw until now, was not seen. */
#define UNSEEN_NS UINT64_C(2000000000)
void unseen_tell(struct unseen *u, const struct changes *c, struct snapshot *s);

#endif
