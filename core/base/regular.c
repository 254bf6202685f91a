#include "core/base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
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

int regular_write(const char *path, void (*put)(FILE *out, const void *ctx), const void *ctx,
                  struct err *err)
{
    int fd = regular_open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, err);
    FILE *out;
    bool bad;

    if (fd < 0)
        return fd;
    out = fdopen(fd, "w");
    if (!out) {
        close(fd);
        return err_set(err, -ENOMEM, "write", path, "%s", "");
    }
    errno = 0;
    put(out, ctx);
    bad = ferror(out) != 0;
    if (fclose(out) != 0 || bad)
        return err_set(err, errno ? -errno : -EIO, "write", path, "%s", "");
    return 0;
}
