/* probes/guard/plumbing.h - the sockets between this program and its helper, by their inodes.
 *
 * Whoever looks at the host's sockets would see them come and go with his looking; they are left out
 * of what is listed, as is nothing else.  Any thread. */
#ifndef SOCKEYE_PROBES_GUARD_PLUMBING_H
#define SOCKEYE_PROBES_GUARD_PLUMBING_H

#include <stdbool.h>
#include <stdint.h>

/* 0 is nobody's.  Beyond the most that a helper has they are listed after all. */
void plumbing_add(uint32_t inode);
void plumbing_remove(uint32_t inode);
bool plumbing_has(uint32_t inode);

/* The inode of a socket; 0: not known. */
uint32_t plumbing_inode(int fd);

#endif
