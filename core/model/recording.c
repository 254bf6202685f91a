#include "core/model/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/base/queue.h"
#include "core/base/regular.h"
#include "core/base/thread.h"
#include "core/model/record_shapes.h"

static const char magic[] = "sockeye recording 1\n";
#define MAGIC_BYTES (sizeof(magic) - 1)
#define RECORD_HEAD_BYTES (4 + 1 + 8)
#define HEAD_BYTES_MAX 1024
/* A write worth it. */
#define BATCH_BYTES (256U << 10)

static const struct record_field head_fields[] = {
    RECORD_NUMBER(struct recording_head, start_ns),
    RECORD_NUMBER(struct recording_head, start_wall_ns),
    RECORD_TEXT(struct recording_head, host),
    RECORD_SIGNED(struct recording_head, pid),
    RECORD_FLAG(struct recording_head, no_capture),
    RECORD_FLAG(struct recording_head, demo),
};
static const struct record_shape head_shape = RECORD_SHAPE_OF(head_fields);

/* --- writing ------------------------------------------------------------------------------ */

/* One that waits to be written. */
struct waiting {
    enum record_kind kind;
    uint64_t at_ns;
    struct record_bytes fields;
    struct snapshot *snapshot; /* shared: its fields are made by the thread that writes */
};

struct recorder {
    int fd;
    uint64_t bytes_max;
    struct queue *queue; /* struct waiting */
    pthread_t thread;
    atomic_ullong waiting_bytes, bytes, dropped;
    atomic_int error;
    /* The thread's: */
    struct record_rows rows;
    struct record_bytes batch;
};

static void flush(struct recorder *r)
{
    int code = atomic_load(&r->error);

    if (!code && r->batch.len) {
        code = regular_kept(r->fd, "", NULL);
        if (!code)
            code = file_write(r->fd, (const char *)r->batch.bytes, r->batch.len);
        atomic_store(&r->error, code);
        if (!code)
            atomic_fetch_add(&r->bytes, r->batch.len);
    }
    r->batch.len = 0;
}

static void put_record(struct recorder *r, const struct waiting *w)
{
    uint64_t size = atomic_load(&r->bytes) + r->batch.len + w->fields.len;

    if (atomic_load(&r->error) || w->fields.len > RECORDING_RECORD_MAX ||
        (size > r->bytes_max && w->kind != RECORD_END)) {
        atomic_fetch_add(&r->dropped, 1);
        return;
    }
    record_put_u32(&r->batch, (uint32_t)w->fields.len);
    record_put_u8(&r->batch, (uint8_t)w->kind);
    record_put_u64(&r->batch, w->at_ns);
    record_put(&r->batch, w->fields.bytes, w->fields.len);
}

static void release(struct waiting *w)
{
    snapshot_free(w->snapshot);
    record_bytes_done(&w->fields);
}

/* False behind the end. */
static bool take(struct recorder *r, struct waiting *w)
{
    bool last = w->kind == RECORD_END;

    atomic_fetch_sub(&r->waiting_bytes, w->fields.len);
    if (w->snapshot)
        record_put_snapshot(&w->fields, w->snapshot, &r->rows);
    if (last)
        record_put_u64(&w->fields, atomic_load(&r->dropped));
    put_record(r, w);
    release(w);
    if (r->batch.len >= BATCH_BYTES)
        flush(r);
    return !last;
}

static void *recorder_thread(void *arg)
{
    struct recorder *r = arg;
    struct waiting w;

    for (;;) {
        struct pollfd p = {.fd = queue_fd(r->queue), .events = POLLIN};

        while (queue_pop(r->queue, &w))
            if (!take(r, &w)) {
                flush(r);
                return NULL;
            }
        flush(r);
        poll(&p, 1, -1);
    }
}

/* For its owner alone before anything stands in it. */
static int make_file(const char *path, struct err *err)
{
    int fd = regular_open(path, O_WRONLY | O_CREAT | O_NOFOLLOW, err), code;

    if (fd < 0 || (fchmod(fd, 0600) == 0 && ftruncate(fd, 0) == 0))
        return fd;
    code = err_set(err, -errno, "write", path, "%s", "");
    close(fd);
    return code;
}

static void put_head(struct recorder *r, const struct recording_head *head)
{
    struct record_bytes fields = {0};

    record_put(&r->batch, magic, MAGIC_BYTES);
    record_put_u32(&r->batch, record_shapes_digest());
    record_put_text(&r->batch, head->version);
    record_put_shape(&fields, &head_shape, head);
    record_put_u32(&r->batch, (uint32_t)fields.len);
    record_put(&r->batch, fields.bytes, fields.len);
    record_bytes_done(&fields);
    flush(r);
}

static void recorder_free(struct recorder *r)
{
    close(r->fd);
    queue_free(r->queue);
    record_rows_done(&r->rows);
    record_bytes_done(&r->batch);
    free(r);
}

int recorder_open(const char *path, const struct recording_head *head, uint64_t bytes_max,
                  struct recorder **ret, struct err *err)
{
    int fd = make_file(path, err), code;
    struct recorder *r;

    if (fd < 0)
        return fd;
    r = mem_new(1, sizeof(*r));
    r->fd = fd;
    r->bytes_max = bytes_max;
    r->queue = queue_new(RECORDING_WAITING, sizeof(struct waiting));
    put_head(r, head);
    code = atomic_load(&r->error);
    if (!code)
        code = thread_start(&r->thread, "record", recorder_thread, r);
    if (code < 0) {
        recorder_free(r);
        return err_set(err, code, "write", path, "%s", "");
    }
    *ret = r;
    return 0;
}

static void push(struct recorder *r, struct waiting *w)
{
    size_t len = w->fields.len;

    if (atomic_load(&r->waiting_bytes) + len <= RECORDING_WAITING_BYTES &&
        queue_has_room(r->queue)) {
        atomic_fetch_add(&r->waiting_bytes, len);
        queue_push(r->queue, w);
        return;
    }
    atomic_fetch_add(&r->dropped, 1);
    release(w);
}

void recorder_put(struct recorder *r, enum record_kind kind, uint64_t at_ns,
                  struct record_bytes *fields)
{
    struct waiting w = {.kind = kind, .at_ns = at_ns, .fields = *fields};

    *fields = (struct record_bytes){0};
    push(r, &w);
}

void recorder_put_snapshot(struct recorder *r, uint64_t at_ns, struct snapshot *s)
{
    struct waiting w = {.kind = RECORD_SNAPSHOT, .at_ns = at_ns, .snapshot = snapshot_share(s)};

    push(r, &w);
}

struct recorder_status recorder_status(const struct recorder *r)
{
    return (struct recorder_status){.bytes = atomic_load(&r->bytes),
                                    .dropped = atomic_load(&r->dropped),
                                    .error = atomic_load(&r->error)};
}

struct recorder_status recorder_close(struct recorder *r, uint64_t at_ns)
{
    struct waiting end = {.kind = RECORD_END, .at_ns = at_ns};
    struct recorder_status status;

    /* The thread makes room; this one must come through. */
    while (!queue_push(r->queue, &end))
        sched_yield();
    pthread_join(r->thread, NULL);
    status = recorder_status(r);
    recorder_free(r);
    return status;
}

/* --- reading ------------------------------------------------------------------------------ */

struct recording {
    int fd;
    uint64_t at, size, newest_ns;
    struct recording_head head;
    uint8_t *bytes;
    size_t room;
    bool ended;
};

/* As many of len as there are. */
static int read_some(struct recording *r, uint8_t *to, size_t len, size_t *ret_len)
{
    size_t done = 0;

    while (done < len) {
        ssize_t n = read(r->fd, to + done, len - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    r->at += done;
    *ret_len = done;
    return 0;
}

static int read_head(struct recording *r, struct err *err, const char *path)
{
    uint8_t bytes[HEAD_BYTES_MAX];
    const char *version;
    struct cursor c, fields;
    size_t len = 0, version_len = 0, n;
    uint32_t digest;
    int code = read_some(r, bytes, sizeof(bytes), &len);

    if (code < 0)
        return err_set(err, code, "read", path, "%s", "");
    c = cursor_over(bytes, len);
    if (len < MAGIC_BYTES || memcmp(cursor_take(&c, MAGIC_BYTES), magic, MAGIC_BYTES) != 0)
        return err_set(err, -EINVAL, "read", path, "it is no recording of sockeye");
    digest = cursor_be32(&c);
    version = record_get_text(&c, &version_len);
    n = cursor_be32(&c);
    if (version && version_len < sizeof(r->head.version))
        memcpy(r->head.version, version, version_len);
    if (version && digest != record_shapes_digest()) {
        err_set(err, -EINVAL, "read", path, "sockeye %s wrote it, which keeps other fields",
                r->head.version);
        err_hint(err, "replay it with that version, on the same kind of machine");
        return -EINVAL;
    }
    fields = cursor_over(bytes + c.at, n < cursor_left(&c) ? n : cursor_left(&c));
    record_get_shape(&fields, &head_shape, &r->head);
    if (c.short_read || fields.short_read || cursor_left(&fields))
        return err_set(err, -EINVAL, "read", path, "its head is damaged");
    r->at = c.at + n;
    return lseek(r->fd, (off_t)r->at, SEEK_SET) < 0
               ? err_set(err, -errno, "read", path, "%s", "")
               : 0;
}

int recording_open(const char *path, struct recording **ret, struct err *err)
{
    int fd = regular_open(path, O_RDONLY, err), code;
    struct recording *r;
    struct stat st;

    if (fd < 0)
        return fd;
    if (fstat(fd, &st) < 0) {
        code = err_set(err, -errno, "read", path, "%s", "");
        close(fd);
        return code;
    }
    r = mem_new(1, sizeof(*r));
    r->fd = fd;
    r->size = (uint64_t)st.st_size;
    code = read_head(r, err, path);
    if (code < 0) {
        recording_close(r);
        return code;
    }
    r->newest_ns = r->head.start_ns;
    *ret = r;
    return 0;
}

const struct recording_head *recording_head(const struct recording *r)
{
    return &r->head;
}

static int read_record_head(struct recording *r, struct record *ret, size_t *ret_len)
{
    uint8_t bytes[RECORD_HEAD_BYTES];
    size_t len, have = 0;
    struct cursor c;
    int code = read_some(r, bytes, sizeof(bytes), &have);

    if (code < 0)
        return code;
    if (have < sizeof(bytes))
        return -ENODATA;
    c = cursor_over(bytes, sizeof(bytes));
    len = cursor_be32(&c);
    ret->kind = (enum record_kind)cursor_u8(&c);
    ret->at_ns = record_get_u64(&c);
    if (len > RECORDING_RECORD_MAX || ret->kind >= RECORD_KINDS || ret->at_ns < r->newest_ns)
        return -EBADMSG;
    /* Memory only for what is there. */
    if (len > r->size - (r->at < r->size ? r->at : r->size))
        return -ENODATA;
    *ret_len = len;
    return 0;
}

int recording_next(struct recording *r, struct record *ret)
{
    size_t len, have = 0;
    int code;

    if (r->ended)
        return 0;
    code = read_record_head(r, ret, &len);
    if (code < 0)
        return code;
    if (len > r->room) {
        r->room = len;
        r->bytes = mem_resize(r->bytes, r->room, 1);
    }
    code = read_some(r, r->bytes, len, &have);
    if (code < 0)
        return code;
    if (have < len)
        return -ENODATA;
    r->newest_ns = ret->at_ns;
    r->ended = ret->kind == RECORD_END;
    ret->fields = cursor_over(r->bytes, len);
    return 1;
}

void recording_place(const struct recording *r, uint64_t *ret_at, uint64_t *ret_size)
{
    *ret_at = r->at;
    *ret_size = r->size;
}

void recording_close(struct recording *r)
{
    if (!r)
        return;
    close(r->fd);
    free(r->bytes);
    free(r);
}
