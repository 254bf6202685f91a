#include "core/base/share.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"

/* From build/sockeye up to the tree's top; from build/clang/tests/test_share too. */
#define FOLDERS_UP 4
#define READ_BYTES (64U << 10)

static bool readable(const char *folder, const char *below, const char *name,
                     char buf[PATH_MAX])
{
    int n = snprintf(buf, PATH_MAX, "%s%s%s", folder, below, name);

    return n > 0 && n < PATH_MAX && access(buf, R_OK) == 0;
}

const char *share_path(const char *name, char buf[PATH_MAX])
{
    char folder[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", folder, sizeof(folder) - 1);

    folder[n > 0 ? n : 0] = '\0';
    for (int up = 0; up < FOLDERS_UP; up++) {
        char *slash = strrchr(folder, '/');
        char unused[PATH_MAX];

        if (!slash)
            break;
        *slash = '\0';
        /* Only a tree of ours has a VERSION there. */
        if (readable(folder, "/share/", "VERSION", unused) &&
            readable(folder, "/share/", name, buf))
            return buf;
        if (readable(folder, "/share/sockeye/", name, buf))
            return buf;
    }
    return readable(SOCKEYE_DATADIR, "/", name, buf) ? buf : NULL;
}

/* Reads until the end; the room doubles up to max + 1, which tells a file that is too long. */
static int read_all(int fd, size_t max, char **ret_bytes, size_t *ret_len)
{
    size_t room = READ_BYTES < max ? READ_BYTES : max + 1, len = 0;
    char *bytes = mem_new(room + 1, 1);

    for (;;) {
        ssize_t n = read(fd, bytes + len, room - len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || (size_t)n + len > max) {
            int code = n < 0 ? -errno : -EFBIG;

            free(bytes);
            return code;
        }
        if (n == 0)
            break;
        len += (size_t)n;
        if (len == room) {
            room = 2 * room < max ? 2 * room : max + 1;
            bytes = mem_resize(bytes, room + 1, 1);
        }
    }
    bytes[len] = '\0';
    *ret_bytes = bytes;
    *ret_len = len;
    return 0;
}

int share_read_fd(int fd, const char *name, size_t max, char **ret_bytes, size_t *ret_len,
                  struct err *err)
{
    int r = read_all(fd, max, ret_bytes, ret_len);

    close(fd);
    return r < 0 ? err_set(err, r, "read", name, "%s",
                           r == -EFBIG ? "the file is longer than is read here" : "")
                 : 0;
}

int share_read_path(const char *path, size_t max, char **ret_bytes, size_t *ret_len,
                    struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    return fd < 0 ? err_set(err, -errno, "read", path, "%s", "")
                  : share_read_fd(fd, path, max, ret_bytes, ret_len, err);
}

int share_read(const char *name, char **ret_bytes, size_t *ret_len, struct err *err)
{
    char path[PATH_MAX];

    if (!share_path(name, path)) {
        err_set(err, -ENOENT, "read", name, "this data file of sockeye is not installed");
        err_hint(err, "make install puts it into " SOCKEYE_DATADIR);
        return -ENOENT;
    }
    return share_read_path(path, SHARE_FILE_BYTES, ret_bytes, ret_len, err);
}
