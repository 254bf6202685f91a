/* probes/unseen.h - connections that came and went without a row: how many the kernel counted
 * (/proc/net/snmp) less how many were seen. */
#ifndef SOCKEYE_PROBES_UNSEEN_H
#define SOCKEYE_PROBES_UNSEEN_H

#include "core/model/changes.h"

/* All zero: not known. */
struct unseen {
    bool primed;          /* there was a look: `at` means something */
    bool known;           /* the kernel's counter can be read, every connection is asked for */
    uint32_t at;          /* the kernel's counter, modulo 2^32 */
    uint64_t before;      /* `opens` at the look before */
    uint64_t opens;       /* by the kernel's counter, since the first look */
    uint64_t seen;        /* without a row, by events */
    uint64_t rows_before; /* changes_opens() then */
    uint64_t n;           /* never less than before */
};

/* Begin anew; `every`: the rows will be all connections of this namespace. */
void unseen_reset(struct unseen *u, const struct changes *c, bool every);
/* Just before a look. */
void unseen_look(struct unseen *u);
/* After it, and whenever more was seen.  What the look before had to see, and nobody saw until
 * now, was not seen: the kernel tells of an end a little late. */
void unseen_tell(struct unseen *u, const struct changes *c, struct snapshot *s);

#endif
