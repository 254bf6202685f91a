/* pidfd_open(2), pidfd_send_signal(2): a pid that was given to another process meanwhile is not
 * hit, for the descriptor stands for the process that was looked at. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probes/act/act.h"
#include "probes/proc_stat.h"

/* Everybody may open /proc/PID/task; its parent has the line. */
static int same_process(int32_t pid, uint64_t start_ticks)
{
    struct proc_stat stat;
    char path[32];
    int fd, rc;

    snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? -ESRCH : -errno;
    rc = proc_stat_read(fd, &stat);
    close(fd);
    if (rc == -ENOENT)
        return -ESRCH;
    return rc < 0 ? rc : stat.start_ticks == start_ticks ? 0 : -ESRCH;
}

int act_signal(int32_t pid, uint64_t start_ticks, int signal, struct err *err)
{
    char input[48];
    int fd, rc;

    snprintf(input, sizeof(input), "signal %d to process %d", signal, (int)pid);
    fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0)
        return err_set(err, -errno, "pidfd_open", input, "%s",
                       errno == ESRCH ? "the process is gone"
                                      : "the process cannot be reached");
    rc = same_process(pid, start_ticks);
    if (rc == 0 && syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0) < 0)
        rc = -errno;
    close(fd);
    if (rc == 0)
        return 0;
    return err_set(err, rc, "pidfd_send_signal", input, "%s",
                   rc == -ESRCH   ? "the process is gone"
                   : rc == -EPERM ? "it belongs to somebody else"
                                  : "the kernel refused it");
}
