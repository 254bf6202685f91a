/* core/services/file_sink.c - writes what it receives into files.
 *
 * Either every connection has a new file of its own in a folder, DATE-TIME-SESSION, or all of them
 * append to one.  Symbolic links are not followed and nothing but regular files is written to.
 * All files of a server together have a bound. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/services/service.h"
#include "core/services/wall.h"

/* Other files with the name wanted that are passed over. */
#define NAMES_TRIED 100

struct file_sink {
    const char *path; /* of the setup */
    bool folder;
    int fd; /* of the folder, or of the one file */
    uint64_t max_bytes;
    atomic_ullong bytes; /* written by all of its sessions */
};

static const struct service_option options[] = {
    {"directory", "DIR", NULL, "a new file in it for every connection"},
    {"file", "PATH", NULL, "one file; every connection appends to it"},
    {"max-bytes", "N", "1073741824", "how much it writes, all connections together"},
    {NULL, NULL, NULL, NULL},
};

static void sink_stop(void *instance)
{
    struct file_sink *f = instance;

    if (f->fd >= 0)
        close(f->fd);
    free(f);
}

static int open_sink(struct file_sink *f, struct err *err)
{
    int flags = f->folder ? O_RDONLY | O_DIRECTORY
                          : O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    struct stat st;

    f->fd = open(f->path, flags | O_CLOEXEC, 0600);
    if (f->fd < 0 || fstat(f->fd, &st) < 0)
        return err_set(err, -errno, "open", f->path, "%s", "");
    if (!f->folder && !S_ISREG(st.st_mode))
        return err_set(err, -EINVAL, "open", f->path, "it is no regular file");
    return 0;
}

static int sink_start(const struct service_setup *setup, void **ret_instance, struct err *err)
{
    const char *folder = service_text(setup, "directory"), *file = service_text(setup, "file");
    struct file_sink *f = mem_new(1, sizeof(*f));
    int r = service_number(setup, "max-bytes", 1, INT64_MAX, &f->max_bytes, err);

    f->fd = -1;
    f->folder = folder != NULL;
    f->path = folder ? folder : file;
    atomic_init(&f->bytes, 0);
    if (r == 0 && !folder == !file)
        r = err_set(err, -EINVAL, "file-sink", "", "it takes --directory DIR or --file PATH");
    if (r == 0)
        r = open_sink(f, err);
    if (r < 0)
        sink_stop(f);
    else
        *ret_instance = f;
    return r;
}

static void fail(struct session *s, const char *operation, int code, const char *reason)
{
    const struct file_sink *f = s->instance;
    struct err err;

    err_set(&err, code, operation, f->path, "%s", reason);
    session_fail_with(s, &err);
}

/* A connection's own file; negative errno. */
static int create_file(const struct session *s)
{
    const struct file_sink *f = s->instance;
    struct tm now = wall_now(false);
    char time[32], name[64];
    int fd = -EEXIST;

    strftime(time, sizeof(time), "%Y%m%d-%H%M%S", &now);
    for (int i = 0; i < NAMES_TRIED && fd == -EEXIST; i++) {
        int len = snprintf(name, sizeof(name), "%s-%llu", time, (unsigned long long)s->id);

        if (i)
            snprintf(name + len, sizeof(name) - (size_t)len, "-%d", i);
        fd = openat(f->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        fd = fd < 0 ? -errno : fd;
    }
    return fd;
}

static void sink_opened(struct session *s)
{
    const struct file_sink *f = s->instance;
    int *own, fd;

    if (!f->folder)
        return;
    fd = create_file(s);
    if (fd < 0) {
        fail(s, "create a file in", fd, "");
        return;
    }
    s->data = own = mem_new(1, sizeof(*own));
    *own = fd;
}

static void sink_readable(struct session *s)
{
    struct file_sink *f = s->instance;
    const int *own = s->data;
    const uint8_t *bytes;
    ssize_t n = session_receive(s, &bytes);

    if (n <= 0)
        return;
    if (atomic_fetch_add(&f->bytes, (unsigned long long)n) + (uint64_t)n > f->max_bytes) {
        atomic_fetch_sub(&f->bytes, (unsigned long long)n);
        fail(s, "write", -EFBIG, "more than --max-bytes came");
        return;
    }
    for (ssize_t at = 0, wrote; at < n; at += wrote) {
        wrote = write(own ? *own : f->fd, bytes + at, (size_t)(n - at));
        if (wrote < 0 && errno == EINTR) {
            wrote = 0;
        } else if (wrote < 0) {
            fail(s, "write", -errno, "");
            return;
        }
    }
}

static void sink_closing(struct session *s)
{
    int *own = s->data;

    if (own)
        close(*own);
    free(own);
    s->data = NULL;
}

const struct service file_sink_service = {
    .name = "file-sink",
    .summary = "writes what it receives into files",
    .options = options,
    .start = sink_start,
    .stop = sink_stop,
    .behaviour = {.opened = sink_opened, .readable = sink_readable, .closing = sink_closing},
};
