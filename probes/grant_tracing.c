/* The part of the grant that opens the kernel's tracing: tracefs, fsopen(2). */
#include "probes/grant.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef FSOPEN_CLOEXEC
#define FSOPEN_CLOEXEC 1
#define FSMOUNT_CLOEXEC 1
#define FSCONFIG_CMD_CREATE 6
#endif

#define DIRECTORY (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

/* In a foreign mount namespace ("ip netns exec") it is often not mounted: then a mount of our
 * own that nobody else sees, and that goes with its descriptor. */
static int mount_private(void)
{
#ifdef SYS_fsopen
    int fs = (int)syscall(SYS_fsopen, "tracefs", FSOPEN_CLOEXEC), mounted, code;

    if (fs < 0)
        return -errno;
    if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        mounted = -1;
    else
        mounted = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
    code = errno;
    close(fs);
    return mounted < 0 ? -code : mounted;
#else
    return -ENOSYS;
#endif
}

static int open_mounted(void)
{
    static const char *const places[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};
    int code = -ENOENT;

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        struct statfs fs;
        int fd = open(places[i], DIRECTORY);

        if (fd >= 0 && fstatfs(fd, &fs) == 0 && (unsigned long)fs.f_type == TRACEFS_MAGIC)
            return fd;
        if (fd < 0 && errno != ENOENT)
            code = -errno;
        if (fd >= 0)
            close(fd);
    }
    return code;
}

int grant_tracing(int *ret_fd, struct err *err)
{
    int fd = open_mounted(), code = fd;

    if (fd < 0)
        fd = mount_private();
    if (fd >= 0) {
        *ret_fd = fd;
        return 0;
    }
    /* Of both reasons the one that a person can do something about. */
    if (code == -ENOENT)
        code = fd;
    if (code == -EPERM || code == -EACCES) {
        err_set(err, -EPERM, "trace", "tracefs", "the kernel's events need root");
        err_hint(err, "run it as root");
        return -EPERM;
    }
    return err_set(err, code, "trace", "tracefs", "this kernel has no tracing to offer");
}
