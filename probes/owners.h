/* probes/owners.h - which process holds a socket, read from /proc/PID/fd.
 *
 * proc_pid_fd(5).  Lookups are lazy: only inodes that somebody wants to see.  What was found is
 * kept by (pid, start time) and checked again before it is believed.  Not thread-safe. */
#ifndef SOCKEYE_PROBES_OWNERS_H
#define SOCKEYE_PROBES_OWNERS_H

#include <stddef.h>
#include <stdint.h>

#include "core/model/owner.h"

struct owners;

struct owners *owners_new(void);
void owners_free(struct owners *o);

/* The owners of n inodes (any order, doubles and 0 allowed); ret is filled anew and the
 * caller's: ownership_done().  Inode 0 is never looked up nor returned. */
void owners_lookup(struct owners *o, const uint32_t *inodes, size_t n, struct ownership *ret);

#endif
