#include "core/base/file.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/whole.h"

ssize_t file_read(int fd, char *bytes, size_t size)
{
    size_t len = 0;

    while (len < size) {
        ssize_t n = read(fd, bytes + len, size - len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && !len)
            return -errno;
        if (n <= 0)
            break;
        len += (size_t)n;
    }
    return (ssize_t)len;
}

int file_write(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t n = write(fd, bytes, len);

        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0) {
            bytes += n;
            len -= (size_t)n;
        }
    }
    return 0;
}

int file_replace(const char *path, const char *bytes, size_t len, mode_t mode)
{
    struct whole w;
    int r = whole_open(&w, path, mode);

    if (r < 0)
        return r == -ELOOP ? -EEXIST : r;
    r = file_write(w.fd, bytes, len);
    if (r == 0 && (fchmod(w.fd, mode) < 0 || fsync(w.fd) < 0))
        r = -errno;
    return whole_close(&w, r);
}
