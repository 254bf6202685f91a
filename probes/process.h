/* probes/process.h - the state of a process, and this host's limits: proc_pid_stat(5), sysctl. */
#ifndef SOCKEYE_PROBES_PROCESS_H
#define SOCKEYE_PROBES_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/model/surroundings.h"

/* Fills what may be seen.  -ESRCH: there is no such process. */
int process_look(int32_t pid, struct process_facts *ret);

/* How many descriptors it may have; false: not told. */
bool process_fd_limit(int32_t pid, uint32_t *ret);

/* What proc_pid_status(5) tells, and how many descriptors proc_pid_limits(5) allows, if it says so.
 * Pure. */
void process_status_parse(const char *text, struct process_facts *p);
bool process_limits_parse(const char *text, uint32_t *ret_fds);

void limits_read(struct limit_facts *ret);

#endif
