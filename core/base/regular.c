#include "core/base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int regular_open(const char *path, int flags, struct err *err)
{
    int fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);
    const char *operation = (flags & O_ACCMODE) == O_RDONLY ? "read" : "write";
    struct stat st;

    if (fd < 0)
        return err_set(err, -errno, operation, path, "%s", "");
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        return fd;
    close(fd);
    return err_set(err, -EINVAL, operation, path, "it is no regular file");
}

int regular_kept(int fd, const char *path, struct err *err)
{
    off_t written = lseek(fd, 0, SEEK_CUR);
    struct stat st;

    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return 0;
    if (!st.st_nlink)
        return err_set(err, -ENOENT, "write", path,
                       "it was deleted or replaced meanwhile, and with it what it held");
    if (st.st_size < written)
        return err_set(err, -ENODATA, "write", path,
                       "it was cut to %lld of %lld bytes meanwhile", (long long)st.st_size,
                       (long long)written);
    return 0;
}

int regular_begin(struct whole *w, const char *path, struct err *err)
{
    int r = whole_open(w, path, 0666);

    if (r == -EEXIST)
        return err_set(err, -EINVAL, "write", path, "it is no regular file");
    return r < 0 ? err_set(err, r, "write", path, "%s", "") : 0;
}

int regular_end(struct whole *w, const char *path, int why, struct err *err)
{
    int r = whole_close(w, why);

    return r < 0 ? err_set(err, r, "write", path, "%s", "") : 0;
}

FILE *regular_stream(const struct whole *w)
{
    int fd = fcntl(w->fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");

    if (!out && fd >= 0)
        close(fd);
    return out;
}

int regular_write(const char *path, void (*put)(FILE *out, const void *ctx), const void *ctx,
                  struct err *err)
{
    struct whole w;
    int r = regular_begin(&w, path, err);
    FILE *out;

    if (r < 0)
        return r;
    out = regular_stream(&w);
    if (!out)
        return regular_end(&w, path, -errno, err);
    errno = 0;
    put(out, ctx);
    if (ferror(out))
        r = errno ? -errno : -EIO;
    if (fclose(out) != 0 && r == 0)
        r = errno ? -errno : -EIO;
    return regular_end(&w, path, r, err);
}
