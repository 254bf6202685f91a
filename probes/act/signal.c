/* pidfd_open(2), pidfd_send_signal(2): a pid that was given to another process meanwhile is not
 * hit, for the descriptor stands for the process that was looked at. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probes/act/act.h"
#include "probes/guard/call.h"
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

static int send_it(int32_t pid, uint64_t start_ticks, int signal)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0), rc;

    if (fd < 0)
        return -errno;
    rc = same_process(pid, start_ticks);
    if (rc == 0 && syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0) < 0)
        rc = -errno;
    close(fd);
    return rc;
}

static int ask(int32_t pid, uint64_t start_ticks, int signal)
{
    struct guard_call c = guard_call_of(GUARD_SIGNAL, 0, -1, 0);

    c.request.pid = pid;
    c.request.amount = start_ticks;
    c.request.value = signal;
    return guard_ask(&c);
}

int act_signal(int32_t pid, uint64_t start_ticks, int signal, struct err *err)
{
    char input[48];
    int rc = guard_on() ? ask(pid, start_ticks, signal) : send_it(pid, start_ticks, signal);

    if (rc == 0 || guard_say(rc, "signal", err))
        return rc;
    snprintf(input, sizeof(input), "signal %d to process %d", signal, (int)pid);
    return err_set(err, rc, "pidfd_send_signal", input, "%s",
                   rc == -ESRCH   ? "the process is gone"
                   : rc == -EPERM ? "it belongs to somebody else"
                                  : "the kernel refused it");
}
