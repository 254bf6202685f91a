/* core/model/changes.h - what became of the host's sockets from one snapshot to the next.
 *
 * Rows are known again by their cookie, which a socket keeps into TIME_WAIT; where it is 0
 * (procfs) by kind, addresses and inode.  Pure: reads no clock, looks at nothing but the
 * snapshots.  One thread, the observer's. */
#ifndef SOCKEYE_MODEL_CHANGES_H
#define SOCKEYE_MODEL_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/model/snapshot.h"

#define CHANGE_OWNER_BYTES 80
/* A snapshot tells no more; the others are counted in its changes_dropped. */
#define CHANGES_MAX 8192
/* How long a row stays marked. */
#define CHANGE_MARK_NS UINT64_C(1000000000)

/* Self-contained: the snapshots may be gone. */
struct change {
    uint64_t at_ns;
    struct row row;        /* as last seen; its name and detail mean nothing */
    uint8_t kind;          /* enum row_change: NEW, STATE or GONE */
    uint8_t old_state;     /* STATE and GONE: before it; 0: was never seen */
    bool by_event;         /* the kernel said so at that moment; else seen between two looks */
    bool no_look;          /* no look saw it, filtered or not: its addresses are all there is */
    uint32_t unread_bytes; /* GONE: left in its receive queue, if has_unread */
    bool has_unread;
    char local[ROW_END_BYTES], peer[ROW_END_BYTES];
    char owner[CHANGE_OWNER_BYTES]; /* the last that was known; "": none was */
};

struct changes;

struct changes *changes_new(void);
void changes_free(struct changes *c);

/* The next look is the first of another choice of rows: nothing of it is a change. */
void changes_reset(struct changes *c);

/* Compare with the look before: marks the rows of s, lists its changes.  Where s is known to
 * lack rows (err, interrupted) none is called gone. */
void changes_look(struct changes *c, struct snapshot *s);

/* The row of our own namespace that has this cookie, borrowed until the next call; NULL: none. */
const struct row *changes_find(struct changes *c, uint64_t cookie);

/* The kernel destroyed this socket and told what was left in its receive queue; its change will
 * say so.  False when no row has this cookie. */
bool changes_destroyed(struct changes *c, uint64_t cookie, uint32_t unread_bytes);

/* How many TCP connections appeared among the rows since changes_new(): what the kernel counts
 * as ActiveOpens and PassiveOpens. */
uint64_t changes_opens(const struct changes *c);

/* The bytes nobody read, of a socket that was last seen in this state (0: in none): the kernel
 * counts an unread FIN as one more, so that without a state they are not known.  A listener's
 * queue holds connections: it has none. */
void change_set_unread(struct change *change, uint8_t last_state, uint32_t rqueue);

/* One more change; counted as dropped when there are CHANGES_MAX. */
void snapshot_change(struct snapshot *s, const struct change *change);
/* Nobody took `untaken`: what it tells goes before what `s` tells; the host's figures move over where
 * s has none. */
void snapshot_carry(struct snapshot *s, struct snapshot *untaken);

#endif
