/* core/services/file_source.c - sends a file to every connection, then FIN.
 *
 * All of it is sent, whether the peer has sent FIN or not.  The file is opened once: what is written into it later is sent too, what replaces it is not. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/services/farewell.h"
#include "core/services/service.h"

struct file_source {
    int fd;
    const char *path; /* of the setup */
};

static const struct service_option options[] = {
    {"file", "PATH", NULL, "what it sends: a regular file"},
    {NULL, NULL, NULL, NULL},
};

static void source_stop(void *instance)
{
    struct file_source *f = instance;

    if (f->fd >= 0)
        close(f->fd);
    free(f);
}

static int open_source(struct file_source *f, struct err *err)
{
    struct stat st;

    if (!f->path)
        return err_set(err, -EINVAL, "file-source", "", "--file PATH is missing");
    /* A FIFO would hold up open(2) otherwise. */
    f->fd = open(f->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (f->fd < 0 || fstat(f->fd, &st) < 0)
        return err_set(err, -errno, "open", f->path, "%s", "");
    if (!S_ISREG(st.st_mode))
        return err_set(err, -EINVAL, "open", f->path, "it is no regular file");
    return 0;
}

static int source_start(const struct service_setup *setup, void **ret_instance, struct err *err)
{
    struct file_source *f = mem_new(1, sizeof(*f));
    int r;

    f->fd = -1;
    f->path = service_text(setup, "file");
    r = open_source(f, err);
    if (r < 0)
        source_stop(f);
    else
        *ret_instance = f;
    return r;
}

static void source_opened(struct session *s)
{
    session_produce(s, true);
}

static void source_more(struct session *s)
{
    const struct file_source *f = s->instance;
    ssize_t n;
    struct err err;

    if (!session_can_send(s))
        return;
    n = pread(f->fd, s->net->answer, sizeof(s->net->answer), (off_t)s->sent_bytes);
    if (n > 0) {
        session_send(s, s->net->answer, (size_t)n);
    } else if (n == 0) {
        /* No end of ours behind it: a slow reader takes its time, and ends when it has all. */
        session_half_close(s);
    } else {
        err_set(&err, -errno, "read", f->path, "%s", "");
        session_fail_with(s, &err);
    }
}

const struct service file_source_service = {
    .name = "file-source",
    .summary = "sends a file to every connection, then FIN",
    .options = options,
    .start = source_start,
    .stop = source_stop,
    .behaviour = {.opened = source_opened,
                  .readable = farewell_readable,
                  .drained = source_more,
                  .peer_closed = session_stay_open},
};
