#include "core/base/whole.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"

#define BESIDE ".sockeye"
#define RANDOM ".XXXXXX" /* what mkostemp(3) fills in */
/* Each time another process has been faster, and is done. */
#define TRIES 1000

/* 0: there is none, 1: a file that may be replaced; else negative errno. */
static int look(const char *path, struct stat *st)
{
    if (lstat(path, st) < 0)
        return errno == ENOENT ? 0 : -errno;
    if (S_ISLNK(st->st_mode))
        return -ELOOP;
    if (!S_ISREG(st->st_mode))
        return S_ISDIR(st->st_mode) ? -EISDIR : -EEXIST;
    return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) < 0 ? -errno : 1;
}

static char *join(const char *path, const char *end)
{
    size_t size = strlen(path) + strlen(end) + 1;
    char *text = mem_new(size, 1);

    snprintf(text, size, "%s%s", path, end);
    return text;
}

/* A file without a name in the folder of path. */
static int open_nameless(const char *path, mode_t mode)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? mem_copy(path, (size_t)(slash - path) + 1) : mem_copy(".", 1);
    int fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, mode), code = errno;

    free(folder);
    errno = code;
    return fd;
}

static int open_one(struct whole *w, mode_t mode)
{
    mode_t mask;

    w->fd = open_nameless(w->path, mode);
    /* -EISDIR: of a kernel or file system that does not know the flag. */
    if (w->fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
        return w->fd < 0 ? -errno : 0;
    free(w->beside);
    w->beside = join(w->path, RANDOM);
    w->fd = mkostemp(w->beside, O_CLOEXEC);
    if (w->fd < 0)
        return -errno;
    w->named = true;
    mask = umask(0);
    umask(mask);
    return fchmod(w->fd, mode & ~mask) < 0 ? -errno : 0;
}

int whole_open(struct whole *w, const char *path, mode_t mode)
{
    struct stat st;
    int there = look(path, &st), r;

    *w = (struct whole){.fd = -1};
    if (there < 0)
        return there;
    w->path = join(path, "");
    w->beside = join(path, BESIDE);
    r = open_one(w, mode);
    if (r < 0)
        return whole_close(w, r);
    /* Another's file stays another's where that is allowed. */
    if (there && fchown(w->fd, st.st_uid, st.st_gid) < 0)
        return 0;
    return there && fchmod(w->fd, st.st_mode & 0777) < 0 ? whole_close(w, -errno) : 0;
}

static int give_name(const struct whole *w, const char *name)
{
    char self[32];

    /* The direct way needs a right before Linux 6.10, the other one /proc. */
    if (linkat(w->fd, "", AT_FDCWD, name, AT_EMPTY_PATH) == 0)
        return 0;
    if (errno != ENOENT)
        return -errno;
    snprintf(self, sizeof(self), "/proc/self/fd/%d", w->fd);
    return linkat(AT_FDCWD, self, AT_FDCWD, name, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

/* By the second name.  Where it is there already, from another process that is at it or was killed
 * there, that one's file is whole, too, and is put in place first.  So may ours be. */
static int take_place(struct whole *w)
{
    int r = w->named ? 0 : -EEXIST;

    for (int i = 0; i < TRIES && r == -EEXIST; i++) {
        r = give_name(w, w->beside);
        if (r == -EEXIST && rename(w->beside, w->path) < 0 && errno != ENOENT)
            return -errno;
    }
    if (r == 0 && rename(w->beside, w->path) < 0 && (errno != ENOENT || w->named)) {
        r = -errno;
        w->named = true; /* which goes away again */
    }
    return r;
}

static int appear(struct whole *w)
{
    struct stat st;
    int r = w->named ? -EEXIST : give_name(w, w->path);

    if (r != -EEXIST)
        return r;
    r = look(w->path, &st);
    return r < 0 ? r : take_place(w);
}

int whole_close(struct whole *w, int why)
{
    int r = why < 0 ? why : appear(w);

    if (r < 0 && w->named)
        unlink(w->beside);
    if (w->fd >= 0 && close(w->fd) < 0 && r == 0)
        r = -errno;
    free(w->path);
    free(w->beside);
    *w = (struct whole){.fd = -1};
    return r;
}
