/* The part of the grant that looks into processes: proc_pid_fd(5), proc_pid_ns(5).
 *
 * What a task may see of another is decided when a link is followed, for most files when they are
 * opened, and for /proc/PID/wchan when it is read. */
#include "probes/grant.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/text.h"
#include "probes/guard/call.h"

#define DIRECTORY (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
/* pipe(7): fits without anybody reading. */
#define CHANNEL_BYTES 128

/* Ask for one descriptor. */
static int ask_fd(struct guard_call *c, int *ret_fd)
{
    int rc = guard_ask(c);

    if (rc == 0)
        *ret_fd = c->fds[0];
    return rc;
}

static int ask_of(enum guard_op op, uint16_t kind, pid_t pid, int *ret_fd)
{
    struct guard_call c = guard_call_of(op, kind, -1, 1);

    c.request.pid = pid;
    return ask_fd(&c, ret_fd);
}

/* With hidepid= (proc(5)) what may not be seen is not there. */
static bool may_be_hidden(int code)
{
    return guard_on() && (code == -EACCES || code == -EPERM || code == -ENOENT);
}

int grant_fd_directory(pid_t pid, int *ret_fd)
{
    char path[32];
    int fd;

    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    fd = open(path, DIRECTORY);
    if (fd < 0) {
        int code = -errno;

        return may_be_hidden(code) ? ask_of(GUARD_FD_DIRECTORY, 0, pid, ret_fd) : code;
    }
    *ret_fd = fd;
    return 0;
}

/* ---- files ----------------------------------------------------------------------------------- */

/* A pipe with what the file says to us. */
static int read_for_another(int *fd)
{
    char text[CHANNEL_BYTES];
    ssize_t n = read(*fd, text, sizeof(text));
    int ends[2], code = 0;

    if (n < 0 || pipe2(ends, O_CLOEXEC) < 0) {
        code = -errno;
        close(*fd);
        return code;
    }
    close(*fd);
    if (n && write(ends[1], text, (size_t)n) < 0)
        code = -errno;
    close(ends[1]);
    *fd = ends[0];
    if (code < 0)
        close(*fd);
    return code;
}

static int open_at(int directory, const char *path, enum guard_proc_file file, int *ret_fd)
{
    int fd = openat(directory, path, O_RDONLY | O_CLOEXEC), rc;

    if (fd < 0)
        return -errno;
    rc = file == GUARD_PROC_WCHAN ? read_for_another(&fd) : 0;
    if (rc == 0)
        *ret_fd = fd;
    return rc;
}

int grant_proc_file(pid_t pid, enum guard_proc_file file, int *ret_fd)
{
    char path[48];
    int rc;

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, guard_proc_file_names[file]);
    if (guard_on() && file == GUARD_PROC_WCHAN)
        return ask_of(GUARD_PROC_FILE, (uint16_t)file, pid, ret_fd);
    rc = open_at(AT_FDCWD, path, file, ret_fd);
    return may_be_hidden(rc) ? ask_of(GUARD_PROC_FILE, (uint16_t)file, pid, ret_fd) : rc;
}

int grant_file_beside(int directory, enum guard_proc_file file, int *ret_fd, uint32_t *ret_uid)
{
    char path[32];
    struct stat st = {0};
    int rc;

    if (guard_on()) {
        struct guard_call c = guard_call_of(GUARD_PROC_FILE, (uint16_t)file, directory, 1);

        rc = ask_fd(&c, ret_fd);
        if (rc == 0 && ret_uid)
            *ret_uid = (uint32_t)c.value;
        return rc;
    }
    /* The directory of a process belongs to its effective user, whatever else does not. */
    if (ret_uid && fstatat(directory, "..", &st, 0) < 0)
        return -errno;
    snprintf(path, sizeof(path), "../%s", guard_proc_file_names[file]);
    rc = open_at(directory, path, file, ret_fd);
    if (rc == 0 && ret_uid)
        *ret_uid = st.st_uid;
    return rc;
}

/* ---- descriptors ----------------------------------------------------------------------------- */

static void take_fds(void *ctx, const uint8_t *bytes, size_t len)
{
    struct guard_socket_fd one;

    for (; len >= sizeof(one); bytes += sizeof(one), len -= sizeof(one)) {
        memcpy(&one, bytes, sizeof(one));
        socket_fds_add(ctx, (struct socket_fd){.inode = one.inode, .fd = one.fd});
    }
}

int grant_fds_read(int directory, size_t expected, struct socket_fds *ret)
{
    struct guard_call c;
    int rc;

    if (!guard_on())
        return socket_fds_read(directory, expected, ret);
    c = guard_call_of(GUARD_FD_SOCKETS, 0, directory, 0);
    c.request.amount = expected <= INT32_MAX ? expected : 0;
    c.take = take_fds;
    c.ctx = ret;
    ret->n = 0;
    rc = guard_ask(&c);
    if (rc < 0)
        ret->n = 0;
    return rc;
}

bool grant_fds_seek(int directory, size_t expected, uint32_t inode, int32_t window,
                    struct socket_fd *ret)
{
    struct guard_seek seek = {.inode = inode, .window = window};
    struct guard_socket_fd found;
    struct guard_call c;

    if (!guard_on())
        return socket_fds_seek(directory, expected, inode, window, ret);
    c = guard_call_of(GUARD_FD_SEEK, 0, directory, 0);
    c.request.amount = expected <= INT32_MAX ? expected : 0;
    c.request.n_bytes = sizeof(seek);
    memcpy(c.request.bytes, &seek, sizeof(seek));
    c.bytes = (uint8_t *)&found;
    c.size = sizeof(found);
    if (guard_ask(&c) < 0 || c.n_bytes != sizeof(found))
        return false;
    *ret = (struct socket_fd){.inode = found.inode, .fd = found.fd};
    return true;
}

int grant_fd_inodes(int directory, const int32_t *fds, size_t n, struct guard_inode *ret)
{
    size_t most = GUARD_REQUEST_BYTES / sizeof(*fds);

    for (size_t i = 0; i < n && !guard_on(); i++)
        ret[i].code = socket_fd_inode(directory, fds[i], &ret[i].inode);
    for (size_t i = 0; i < n && guard_on(); i += most) {
        struct guard_call c = guard_call_of(GUARD_FD_INODES, 0, directory, 0);
        size_t some = n - i < most ? n - i : most;
        int rc;

        c.request.n_bytes = (uint32_t)(some * sizeof(*fds));
        memcpy(c.request.bytes, fds + i, c.request.n_bytes);
        c.bytes = (uint8_t *)(ret + i);
        c.size = some * sizeof(*ret);
        rc = guard_ask(&c);
        if (rc < 0 || c.n_bytes != c.size)
            return rc < 0 ? rc : -EPROTO;
    }
    return 0;
}

/* ---- network namespaces ---------------------------------------------------------------------- */

int grant_netns_of(pid_t pid, int *ret_fd)
{
    char path[40];
    int fd;

    snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        int code = -errno;

        return may_be_hidden(code) ? ask_of(GUARD_NETNS_OPEN, 0, pid, ret_fd) : code;
    }
    *ret_fd = fd;
    return 0;
}

struct netns_taker {
    void (*take)(void *ctx, const struct guard_netns *one);
    void *ctx;
};

static void take_netns(void *ctx, const uint8_t *bytes, size_t len)
{
    const struct netns_taker *t = ctx;
    struct guard_netns one;

    for (; len >= sizeof(one); bytes += sizeof(one), len -= sizeof(one)) {
        memcpy(&one, bytes, sizeof(one));
        t->take(t->ctx, &one);
    }
}

/* 0: not the name of a process. */
static int32_t pid_of(const char *name)
{
    char *end;
    long pid = name[0] >= '1' && name[0] <= '9' ? strtol(name, &end, 10) : 0;

    return pid && !*end && pid <= INT32_MAX ? (int32_t)pid : 0;
}

int grant_netns_list(void (*take)(void *ctx, const struct guard_netns *one), void *ctx)
{
    struct netns_taker taker = {take, ctx};
    const struct dirent *entry;
    DIR *directory;

    if (guard_on()) {
        struct guard_call c = guard_call_of(GUARD_NETNS_LIST, 0, -1, 0);

        c.take = take_netns;
        c.ctx = &taker;
        return guard_ask(&c);
    }
    directory = opendir("/proc");
    if (!directory)
        return -errno;
    while ((entry = readdir(directory))) {
        struct guard_netns one = {.pid = pid_of(entry->d_name)};
        struct stat st;
        char path[40];

        if (!one.pid)
            continue;
        snprintf(path, sizeof(path), "%d/ns/net", one.pid);
        one.code = fstatat(dirfd(directory), path, &st, 0) < 0 ? -errno : 0;
        one.inode = one.code ? 0 : st.st_ino;
        take(ctx, &one);
    }
    closedir(directory);
    return 0;
}
