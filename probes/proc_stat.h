/* probes/proc_stat.h - who a process is: its name and when it started.  proc_pid_stat(5). */
#ifndef SOCKEYE_PROBES_PROC_STAT_H
#define SOCKEYE_PROBES_PROC_STAT_H

#include <stddef.h>
#include <stdint.h>

struct proc_stat {
    uint64_t start_ticks; /* since boot; with the pid it names a process for good */
    size_t comm_len;
    uint32_t uid;  /* whose it is; only by proc_stat_read() */
    char comm[64]; /* as the process set it: not clean, no NUL at the end */
};

/* Of the process whose /proc/PID/fd is open: never of another one that got its pid.  Returns 0
 * or negative errno; -EBADMSG when the line is not what proc_pid_stat(5) says. */
int proc_stat_read(int fd_directory, struct proc_stat *ret);

/* Pure, for tests. */
int proc_stat_parse(const char *line, size_t len, struct proc_stat *ret);

#endif
