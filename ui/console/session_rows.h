/* ui/console/session_rows.h - what the kernel says about our own sockets, found by their cookies.
 *
 * Made anew for each snapshot, in one walk over its rows however many are ours. */
#ifndef SOCKEYE_CONSOLE_SESSION_ROWS_H
#define SOCKEYE_CONSOLE_SESSION_ROWS_H

#include "core/model/model.h"

struct session_row {
    uint64_t cookie; /* 0: a free place */
    bool has;        /* a row of the snapshot has it; what it says: */
    uint32_t rqueue, wqueue;
    bool has_rtt;
    uint64_t rtt_us;
};

/* Twice as many places as there can be sockets of ours, so that few share one. */
#define SESSION_ROWS 16384

struct session_rows {
    uint64_t at_ns;             /* of the snapshot */
    uint64_t status;            /* model.status_changes then */
    struct session_row *places; /* owned; NULL: none yet */
};

void session_rows_done(struct session_rows *r);
/* Nothing happens while snapshot and statuses are the same. */
void session_rows_refresh(struct session_rows *r, const struct model *m);
/* NULL: no row is known to have it. */
const struct session_row *session_rows_find(const struct session_rows *r, uint64_t cookie);

#endif
