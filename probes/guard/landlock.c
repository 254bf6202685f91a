#include "probes/guard/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/confine.h"
#include "core/base/mem.h"

/* linux/landlock.h; the numbers are the same on all processors. */
#define CALL_CREATE_RULESET 444
#define CALL_ADD_RULE 445
#define CALL_RESTRICT_SELF 446
#define CREATE_RULESET_VERSION 1U
#define RULE_PATH_BENEATH 1
#define VERSIONS 6

enum {
    FS_EXECUTE = 1 << 0,
    FS_WRITE_FILE = 1 << 1,
    FS_READ_FILE = 1 << 2,
    FS_READ_DIR = 1 << 3,
    FS_REMOVE_DIR = 1 << 4,
    FS_REMOVE_FILE = 1 << 5,
    FS_MAKE_CHAR = 1 << 6,
    FS_MAKE_DIR = 1 << 7,
    FS_MAKE_REG = 1 << 8,
    FS_MAKE_SOCK = 1 << 9,
    FS_MAKE_FIFO = 1 << 10,
    FS_MAKE_BLOCK = 1 << 11,
    FS_MAKE_SYM = 1 << 12,
    FS_REFER = 1 << 13,     /* version 2 */
    FS_TRUNCATE = 1 << 14,  /* version 3 */
    FS_IOCTL_DEV = 1 << 15, /* version 5 */
    FS_READ = FS_READ_FILE | FS_READ_DIR,
    FS_WRITE = FS_READ | FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR |
               FS_MAKE_REG | FS_MAKE_SOCK | FS_MAKE_FIFO | FS_REFER | FS_TRUNCATE |
               FS_IOCTL_DEV,
    /* What is no folder knows only these. */
    FS_OF_FILES = FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV,
};

/* All that a version knows. */
static const uint64_t known[VERSIONS] = {
    0, FS_REFER - 1, FS_TRUNCATE - 1, FS_IOCTL_DEV - 1, FS_IOCTL_DEV - 1, 2 * FS_IOCTL_DEV - 1};

struct landlock {
    int fd;
    uint64_t handled;
};

struct ruleset {
    uint64_t handled_access_fs;
};

struct path_beneath {
    uint64_t allowed_access;
    int32_t parent_fd;
} __attribute__((packed));

int landlock_version(void)
{
    long r = syscall(CALL_CREATE_RULESET, NULL, 0, CREATE_RULESET_VERSION);

    return r < 0 ? -errno : (int)r;
}

int landlock_new(struct landlock **ret)
{
    int version = landlock_version();
    struct ruleset r;
    long fd;

    if (version <= 0)
        return version ? version : -EOPNOTSUPP;
    r.handled_access_fs = known[version < VERSIONS ? version : VERSIONS - 1];
    fd = syscall(CALL_CREATE_RULESET, &r, sizeof(r), 0);
    if (fd < 0)
        return -errno;
    *ret = mem_new(1, sizeof(**ret));
    **ret = (struct landlock){.fd = (int)fd, .handled = r.handled_access_fs};
    return 0;
}

static void add(struct landlock *l, int fd, uint64_t access)
{
    struct path_beneath rule = {.parent_fd = fd};
    struct stat st;

    if (fstat(fd, &st) < 0)
        return;
    rule.allowed_access =
        access & l->handled & (S_ISDIR(st.st_mode) ? UINT64_MAX : FS_OF_FILES);
    (void)syscall(CALL_ADD_RULE, l->fd, RULE_PATH_BENEATH, &rule, 0);
}

void landlock_allow(struct landlock *l, const char *path, bool write)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    char real[PATH_MAX];

    if (fd < 0)
        return;
    add(l, fd, write ? FS_WRITE : FS_READ);
    close(fd);
    if (write && realpath(path, real))
        confine_allow(real);
}

void landlock_allow_fd(struct landlock *l, int fd)
{
    add(l, fd, FS_WRITE);
}

int landlock_enforce(struct landlock *l)
{
    int code = syscall(CALL_RESTRICT_SELF, l->fd, 0) < 0 ? -errno : 0;

    close(l->fd);
    free(l);
    return code;
}
