/* The part of the grant that opens the kernel's tracing: tracefs, fsopen(2). */
#include "probes/grant.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "probes/guard/call.h"
#include "probes/guard/trace_instance.h"

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

/* ---- an instance ----------------------------------------------------------------------------- */

struct grant_trace {
    struct trace_instance own;
    bool asked; /* it is the helper's */
    int32_t number;
};

static int ask_open(struct grant_trace *t, int *ret_pipe, struct err *err)
{
    struct guard_call c = guard_call_of(GUARD_TRACE_OPEN, 0, -1, 1);
    struct err told;
    int rc;

    c.bytes = (uint8_t *)&told;
    c.size = sizeof(told);
    rc = guard_ask(&c);
    if (rc < 0 && !guard_say(rc, "trace", err)) {
        if (c.n_bytes == sizeof(told) && err)
            *err = told;
        else
            err_set(err, rc, "trace", "tracefs", "no instance of our own could be made");
    }
    t->asked = true;
    t->number = c.value;
    if (rc == 0)
        *ret_pipe = c.fds[0];
    return rc;
}

int grant_trace_open(struct grant_trace **ret, int *ret_pipe, struct err *err)
{
    struct grant_trace *t = mem_new(1, sizeof(*t));
    int rc = guard_on() ? ask_open(t, ret_pipe, err)
                        : trace_instance_open(&t->own, getpid(), ret_pipe, err);

    if (rc == 0)
        *ret = t;
    else
        free(t);
    return rc;
}

static struct guard_call call_of(const struct grant_trace *t, enum guard_op op,
                                 enum kernel_event_kind kind, size_t n_fds)
{
    struct guard_call c = guard_call_of(op, (uint16_t)kind, -1, n_fds);

    c.request.value = t->number;
    return c;
}

int grant_trace_turn(struct grant_trace *t, enum kernel_event_kind kind, bool on)
{
    struct guard_call c;

    if (!t->asked)
        return trace_instance_turn(&t->own, kind, on);
    c = call_of(t, GUARD_TRACE_TURN, kind, 0);
    c.request.amount = on;
    return guard_ask(&c);
}

int grant_trace_format(struct grant_trace *t, enum kernel_event_kind kind, int *ret_fd)
{
    struct guard_call c;
    int rc;

    if (!t->asked)
        return trace_instance_format(&t->own, kind, ret_fd);
    c = call_of(t, GUARD_TRACE_FORMAT, kind, 1);
    rc = guard_ask(&c);
    if (rc == 0)
        *ret_fd = c.fds[0];
    return rc;
}

void grant_trace_close(struct grant_trace *t)
{
    struct guard_call c;

    if (!t)
        return;
    c = call_of(t, GUARD_TRACE_CLOSE, (enum kernel_event_kind)0, 0);
    if (t->asked)
        (void)guard_ask(&c); /* a helper that ended has taken it away */
    else
        trace_instance_close(&t->own);
    free(t);
}
