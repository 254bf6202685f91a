/* probes/process_maps.h - which libraries a process has loaded: proc_pid_maps(5).
 *
 * Needs the rights of ptrace(2) over it: the same user, or root. */
#ifndef SOCKEYE_PROBES_PROCESS_MAPS_H
#define SOCKEYE_PROBES_PROCESS_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROCESS_LIBRARY_BYTES 64

/* The first mapped file whose name, without its folder, begins with one of the words (NULL ends
 * them); cleaned.  Looks at PROCESS_MAPS_LINES at most.
 * Returns 1, 0 when there is none, or negative errno: it may not be looked into, or is gone. */
#define PROCESS_MAPS_LINES 8192
int process_maps(int32_t pid, const char *const *words, char ret[PROCESS_LIBRARY_BYTES]);
/* The same of one line of the file; pure. */
bool process_maps_line(const char *line, const char *const *words,
                       char ret[PROCESS_LIBRARY_BYTES]);

#endif
