/* probes/owners.h - which process holds a socket, read from /proc/PID/fd.
 *
 * proc_pid_fd(5).  Lookups are lazy: only inodes that somebody wants to see.  A process is read
 * again only when the number of its descriptors changed or an answer turned out wrong; all
 * reading together takes a bounded share of the time.  Not thread-safe. */
#ifndef SOCKEYE_PROBES_OWNERS_H
#define SOCKEYE_PROBES_OWNERS_H

#include <stddef.h>
#include <stdint.h>

#include "core/model/owner.h"
#include "core/model/snapshot.h"

struct owners;

struct owners *owners_new(void);
void owners_free(struct owners *o);

/* The owners of n inodes (any order, doubles and 0 allowed); ret is filled anew and the
 * caller's: ownership_done().  Inode 0 is never looked up nor returned.  The first lookup of a
 * few inodes stops where it found them.  Every holder that is told was checked within this
 * call; of more than OWNERS_CHECKED inodes only that its process did not change. */
#define OWNERS_CHECKED 1024
void owners_lookup(struct owners *o, const uint32_t *inodes, size_t n, struct ownership *ret);

/* Remember who holds the sockets of the rows, and add to `owned` who held those that lost
 * theirs: ownership_find_past().  At most OWNERS_PAST sockets, the oldest dropped. */
#define OWNERS_PAST 65536
void owners_recall(struct owners *o, const struct row *rows, size_t n, struct ownership *owned);

#endif
