#include "probes/capture_out.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/regular.h"

#define PACKET_BIT 0x80000000U

/* ---- opening ---------------------------------------------------------------------------- */

/* The number of a descriptor of ours that a path stands for; -1: it is a path like any other.
 * These are links, too, but nobody else can have put them there. */
static int descriptor_of(const char *path)
{
    static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};

    if (strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0)
        return STDOUT_FILENO;
    if (strcmp(path, "/dev/stderr") == 0)
        return STDERR_FILENO;
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        size_t len = strlen(folders[i]);
        char *end;
        long fd;

        if (strncmp(path, folders[i], len) != 0 || path[len] < '0' || path[len] > '9')
            continue;
        fd = strtol(path + len, &end, 10);
        if (!*end && fd <= 1 << 20)
            return (int)fd;
    }
    return -1;
}

static int explain(const char *path, int error, struct err *err)
{
    const char *reason = "the capture file cannot be written";

    if (error == ELOOP)
        reason = "it is a symbolic link, and such are not followed";
    else if (error == ENXIO)
        reason = "nobody reads from it";
    return err_set(err, -error, "open", path, "%s", reason);
}

static bool fits(mode_t mode, bool borrowed)
{
    return S_ISREG(mode) || S_ISFIFO(mode) || S_ISCHR(mode) || (borrowed && S_ISSOCK(mode));
}

/* Of one that is to appear later: whatever it would take the place of. */
static bool is_read(const struct capture_out *o, const char *path,
                    const struct capture_shape *read)
{
    struct stat st;

    if (!read || (o->at_the_end ? stat(path, &st) : fstat(o->fd, &st)) < 0)
        return false;
    return S_ISREG(st.st_mode) && read->inode == st.st_ino && read->device == st.st_dev;
}

/* Look at what was opened before anything in it is changed. */
static int examine(struct capture_out *o, const char *path,
                   const struct capture_shape *not_this, struct err *err)
{
    struct stat st;

    if (fstat(o->fd, &st) < 0)
        return explain(path, errno, err);
    if (!fits(st.st_mode, o->borrowed))
        return err_set(err, -EINVAL, "open", path,
                       "it is neither a file, nor a pipe, nor a character device");
    o->regular = S_ISREG(st.st_mode);
    if (is_read(o, path, not_this))
        return err_set(err, -EINVAL, "open", path, "it is the file that is being read");
    if (o->borrowed)
        return 0;
    /* It was only not to wait for a pipe's reader. */
    if (fcntl(o->fd, F_SETFL, 0) < 0 || (o->regular && ftruncate(o->fd, 0) < 0))
        return explain(path, errno, err);
    return 0;
}

/* Whether a file that is not there until it is closed can stand for it. */
static bool can_wait(const char *path)
{
    struct stat st;

    return lstat(path, &st) < 0 ? errno == ENOENT : S_ISREG(st.st_mode);
}

static int open_file(struct capture_out *o, const char *path, bool at_the_end)
{
    int fd = descriptor_of(path);

    o->borrowed = fd >= 0;
    o->at_the_end = at_the_end && fd < 0 && can_wait(path);
    if (o->borrowed)
        o->fd = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    else if (o->at_the_end)
        return whole_open(&o->whole, path, 0644);
    else
        o->fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
                     0644);
    return o->fd < 0 ? -errno : 0;
}

/* Returns why, or what went wrong now. */
static int close_file(struct capture_out *o, int why)
{
    int r = why;

    if (o->at_the_end)
        r = whole_close(&o->whole, why);
    else if (close(o->fd) < 0 && errno != EINTR && r == 0)
        r = -errno;
    o->fd = -1;
    return r;
}

int capture_out_open(struct capture_out *o, const char *path, bool at_the_end,
                     const struct capture_shape *not_this, struct err *err)
{
    int r = open_file(o, path, at_the_end);

    if (r < 0)
        return explain(path, -r, err);
    if (o->at_the_end)
        o->fd = o->whole.fd;
    o->bytes = 0;
    r = examine(o, path, not_this, err);
    if (r < 0)
        close_file(o, r);
    return r;
}

/* ---- writing ---------------------------------------------------------------------------- */

void capture_out_mark(struct capture_out *o, bool packet)
{
    uint32_t before = o->n_ends ? o->ends[o->n_ends - 1] & ~PACKET_BIT : 0;

    if (o->n_ends == o->ends_room) {
        o->ends_room = o->ends_room ? 2 * o->ends_room : 1024;
        o->ends = mem_resize(o->ends, o->ends_room, sizeof(*o->ends));
    }
    o->ends[o->n_ends++] = (uint32_t)o->waiting.used | (packet ? PACKET_BIT : 0);
    o->bytes += o->waiting.used - before;
}

/* Returns how many bytes went out; fewer than all with errno. */
static size_t write_all(int fd, const uint8_t *bytes, size_t len)
{
    size_t done = 0;

    while (done < len) {
        ssize_t n = write(fd, bytes + done, len - done);
        struct pollfd ready = {.fd = fd, .events = POLLOUT};

        if (n > 0)
            done += (size_t)n;
        else if (n < 0 && errno == EAGAIN)
            (void)poll(&ready, 1, -1); /* whatever becomes of it, write() tells */
        else if (n == 0 || errno != EINTR)
            break;
    }
    return done;
}

/* Take back what is no whole record. */
static void cut(const struct capture_out *o, size_t excess)
{
    off_t at = lseek(o->fd, 0, SEEK_CUR);

    if (!o->regular || !excess || at < (off_t)excess)
        return;
    at -= (off_t)excess;
    if (ftruncate(o->fd, at) == 0)
        (void)lseek(o->fd, at, SEEK_SET);
}

static int fail(struct capture_out *o, const char *path, int error, size_t done,
                struct err *err)
{
    unsigned long long lost = 0;
    size_t whole = 0;

    for (size_t i = 0; i < o->n_ends; i++) {
        size_t end = o->ends[i] & ~PACKET_BIT;

        if (end <= done)
            whole = end;
        else
            lost += (o->ends[i] & PACKET_BIT) != 0;
    }
    cut(o, done - whole);
    o->error = -error;
    return err_set(err, -error, "write", path, "%llu packet%s lost%s", lost,
                   lost == 1 ? "" : "s", o->regular ? "; the file ends with a whole one" : "");
}

int capture_out_flush(struct capture_out *o, const char *path, struct err *err)
{
    size_t done;
    int r = 0;

    if (o->error)
        return o->error;
    if (!o->borrowed && !o->at_the_end)
        r = o->error = regular_kept(o->fd, path, err);
    errno = 0;
    done = r < 0 ? 0 : write_all(o->fd, o->waiting.bytes, o->waiting.used);
    if (r == 0 && done < o->waiting.used)
        r = fail(o, path, errno ? errno : EIO, done, err);
    o->waiting.used = 0;
    o->n_ends = 0;
    return r;
}

int capture_out_close(struct capture_out *o, const char *path, struct err *err)
{
    bool told = o->error != 0;
    int r = told ? 0 : capture_out_flush(o, path, err), closed;

    /* What is whole of it stays, whatever happened.  Network file systems keep some errors until
     * here. */
    closed = close_file(o, 0);
    if (closed < 0 && !told && r == 0) {
        o->error = closed;
        r = err_set(err, closed, "write", path, "%s", "");
    }
    return r;
}

void capture_out_done(struct capture_out *o)
{
    free(o->waiting.bytes);
    free(o->ends);
    *o = (struct capture_out){.fd = -1};
}
