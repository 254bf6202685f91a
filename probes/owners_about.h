/* probes/owners_about.h - what else is told of a process: its command line and its container.
 * proc_pid_cmdline(5), cgroups(7). */
#ifndef SOCKEYE_PROBES_OWNERS_ABOUT_H
#define SOCKEYE_PROBES_OWNERS_ABOUT_H

#include <stdbool.h>
#include <stddef.h>

#define CONTAINER_BYTES 80
#define COMMAND_BYTES 1024 /* a longer line is cut */

struct process_about {
    bool read;
    char *command, *container; /* owned, cleaned; NULL: none, or it may not be read */
};

/* Of the process whose /proc/PID/fd is open, in place of what ret held. */
void process_about_read(int fd_directory, struct process_about *ret);
void process_about_done(struct process_about *a);

/* The container that the lines of /proc/PID/cgroup tell: the innermost one's name, or the first
 * 12 digits of its id, cleaned.  False when they tell none.  Pure, for tests. */
bool container_parse(const char *lines, size_t len, char ret_name[CONTAINER_BYTES]);

#endif
