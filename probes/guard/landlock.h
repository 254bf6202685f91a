/* probes/guard/landlock.h - which files may be opened from now on: landlock(7).
 *
 * The kernel's calls are made by number: libc has no functions for them, and its headers may be older
 * than the kernel.  What an older kernel does not know is left out. */
#ifndef SOCKEYE_PROBES_GUARD_LANDLOCK_H
#define SOCKEYE_PROBES_GUARD_LANDLOCK_H

#include <stdbool.h>

struct landlock;

/* The version of the kernel's interface, from 1; or negative errno: -ENOSYS, -EOPNOTSUPP. */
int landlock_version(void);

/* Rules are collected, then put in force for good.  0 or negative errno. */
int landlock_new(struct landlock **ret);
/* A file or a folder with all that is below it; what may be written is told to confine_allow().  One
 * that is not there is passed over. */
void landlock_allow(struct landlock *l, const char *path, bool write);
/* What a descriptor stands for, so that /dev/stdout and the like can be opened. */
void landlock_allow_fd(struct landlock *l, int fd);
int landlock_enforce(struct landlock *l); /* frees it */

#endif
