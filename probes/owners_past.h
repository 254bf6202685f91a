/* probes/owners_past.h - who held the sockets that nobody holds any more.
 *
 * A socket in TIME_WAIT, or one whose process ended, has no inode: its cookie is what stays. */
#ifndef SOCKEYE_PROBES_OWNERS_PAST_H
#define SOCKEYE_PROBES_OWNERS_PAST_H

#include <stddef.h>
#include <stdint.h>

#include "core/model/owner.h"
#include "core/model/snapshot.h"
#include "probes/owners_table.h"

struct past_process;
struct past_socket;

/* All zero: empty. */
struct past_owners {
    struct past_process *processes; /* uthash */
    struct past_socket *sockets;    /* OWNERS_PAST of them, in a ring */
    uint32_t *buckets;              /* heads of chains: a socket, plus 1 */
    size_t n, hand;                 /* sockets in use; the next to go */
    size_t dropped;                 /* sockets that were not kept for want of room */
    uint32_t look;                  /* counts past_owners_note() */
};

void past_owners_done(struct past_owners *past);

/* Remember the first holder of each row: as `owned` says, else as the table, which may be a
 * little older.  The table is indexed. */
void past_owners_note(struct past_owners *past, const struct row *rows, size_t n,
                      const struct ownership *owned, const struct process_table *table);

/* Add to `owned` the past owners of those rows that have none now. */
void past_owners_tell(struct past_owners *past, const struct row *rows, size_t n,
                      struct ownership *owned);

#endif
