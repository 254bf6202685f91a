/* core/model/changes.h - what became of the host's sockets from one snapshot to the next. */
#ifndef SOCKEYE_MODEL_CHANGES_H
#define SOCKEYE_MODEL_CHANGES_H

#include <stddef.h>
#include <stdint.h>

#include "core/model/snapshot.h"

#define CHANGE_OWNER_BYTES 80

/* Self-contained: the snapshots may be gone. */
struct change {
    uint64_t at_ns;
    struct row row;        /* as last seen; its name and detail mean nothing */
    uint8_t kind;          /* enum row_change: NEW, STATE or GONE */
    uint8_t old_state;     /* STATE and GONE: before it */
    bool by_event;         /* the kernel said so at that moment; else seen between two looks */
    uint32_t unread_bytes; /* GONE: left in its receive queue, if has_unread */
    bool has_unread;
    char local[ROW_END_BYTES], peer[ROW_END_BYTES];
    char owner[CHANGE_OWNER_BYTES]; /* the last that was known; "": none was */
};

#endif
