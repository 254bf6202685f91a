/* probes/owners_seek.h - find the owners of a few sockets without reading everything. */
#ifndef SOCKEYE_PROBES_OWNERS_SEEK_H
#define SOCKEYE_PROBES_OWNERS_SEEK_H

#include "probes/owners_table.h"

/* For more it pays to read everything. */
#define SEEK_INODES 8

/* List the processes and look for the wanted inodes where they cost least, until all are found;
 * on a small host everything is read all the same, as it is when one is not found. */
void owners_seek(struct process_table *t, const struct ownership *wanted);

#endif
