#include "probes/tracing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "probes/grant.h"
#include "probes/tracing_parse.h"

#define INSTANCES "instances"
#define PREFIX "sockeye-"
#define NAMESPACE ".ns"
#define NAME_BYTES 64
/* PROC_PID_INIT_INO of linux/proc_ns.h: the first namespace of processes. */
#define HOST_PID_NAMESPACE UINT64_C(0xEFFFFFFC)
/* From an instance's making until it is read takes far less. */
#define FOREIGN_SECONDS 60
#define FORMAT_BYTES (32U << 10)
/* Each processor's; a second of ten thousand connections fits. */
#define BUFFER_KB "4096"
/* Read at most so much at once: other work waits meanwhile. */
#define READS_MAX 256
#define REMOVE_TRIES 1000
#define REMOVE_NAP_NS 2000000
#define TEXT_BYTES 8192

struct tracing {
    int root;     /* directory of tracefs; -1: not to be had */
    int instance; /* our directory in it; -1: none */
    int pipe;     /* -1: none */
    char name[NAME_BYTES + sizeof(INSTANCES)];
    char text[TEXT_BYTES];
    size_t len; /* of a line that is not whole yet */
};

static int write_file(int directory, const char *path, const char *text)
{
    int fd = openat(directory, path, O_WRONLY | O_CLOEXEC), code = 0;

    if (fd < 0)
        return -errno;
    if (write(fd, text, strlen(text)) < 0)
        code = -errno;
    close(fd);
    return code;
}

/* ---- the instance ---------------------------------------------------------------------- */

/* The namespace of processes by which our number is meant; 0: not known. */
static uint64_t pid_namespace(void)
{
    struct stat st;

    return stat("/proc/self/ns/pid", &st) == 0 ? st.st_ino : 0;
}

/* "sockeye-4242", and where that number is not the host's "sockeye-7.ns4026532201"; both may end
 * with ".1": another observer of this process. */
static void name_instance(char buf[NAME_BYTES], uint64_t namespace, int again)
{
    int n = snprintf(buf, NAME_BYTES, PREFIX "%d", (int)getpid());

    if (namespace != HOST_PID_NAMESPACE)
        n += snprintf(buf + n, NAME_BYTES - (size_t)n, NAMESPACE "%" PRIu64, namespace);
    if (again)
        snprintf(buf + n, NAME_BYTES - (size_t)n, ".%d", again);
}

static bool is_old(int directory, const char *name)
{
    struct stat st;

    return fstatat(directory, name, &st, 0) == 0 && time(NULL) - st.st_mtime > FOREIGN_SECONDS;
}

/* Whether its process is no more.  Of a process of another namespace that cannot be seen: once it
 * has begun to read, the kernel keeps its instance; until then only its age tells. */
static bool is_stale(int directory, const char *name, uint64_t namespace)
{
    uint64_t its = HOST_PID_NAMESPACE;
    char *end;
    long pid;

    if (strncmp(name, PREFIX, strlen(PREFIX)) != 0)
        return false;
    pid = strtol(name + strlen(PREFIX), &end, 10);
    if ((*end && *end != '.') || pid <= 0 || pid > INT32_MAX)
        return false;
    if (strncmp(end, NAMESPACE, strlen(NAMESPACE)) == 0)
        its = strtoull(end + strlen(NAMESPACE), NULL, 10);
    if (its != namespace)
        return is_old(directory, name);
    return pid == getpid() || (kill((pid_t)pid, 0) < 0 && errno == ESRCH);
}

/* Those of processes that are no more. */
static void remove_stale(int root, uint64_t namespace)
{
    int fd = openat(root, INSTANCES, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;

    if (!directory) {
        if (fd >= 0)
            close(fd);
        return;
    }
    while ((entry = readdir(directory)))
        if (is_stale(dirfd(directory), entry->d_name, namespace))
            unlinkat(dirfd(directory), entry->d_name, AT_REMOVEDIR);
    closedir(directory);
}

static int make_instance(struct tracing *t, struct err *err)
{
    uint64_t namespace = pid_namespace();
    char name[NAME_BYTES];
    int code = 0;

    remove_stale(t->root, namespace);
    for (int i = 0; i < 8; i++) {
        name_instance(name, namespace, i);
        snprintf(t->name, sizeof(t->name), INSTANCES "/%s", name);
        code = mkdirat(t->root, t->name, 0700) < 0 ? -errno : 0;
        if (code != -EEXIST)
            break;
    }
    if (code < 0) {
        t->name[0] = '\0';
        err_set(err, code, "trace", "tracefs", "no instance of our own could be made");
        err_hint(err, "run it as root");
        return code;
    }
    t->instance = openat(t->root, t->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return t->instance < 0
               ? err_set(err, -errno, "trace", t->name, "our own instance cannot be opened")
               : 0;
}

/* What an old kernel has no file for is as it always was there. */
static int set_up_instance(struct tracing *t, struct err *err)
{
    int code = write_file(t->instance, "trace_clock", "mono");

    if (code < 0)
        return err_set(err, code, "trace", "mono",
                       "this kernel's tracing has no clock that others have too");
    (void)write_file(t->instance, "buffer_size_kb", BUFFER_KB);
    (void)write_file(t->instance, "buffer_percent", "0"); /* poll(2): at the first event */
    (void)write_file(t->instance, "options/record-cmd", "0");
    t->pipe = openat(t->instance, "trace_pipe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    return t->pipe < 0 ? err_set(err, -errno, "trace", "trace_pipe", "cannot be read") : 0;
}

/* ---- its events ------------------------------------------------------------------------ */

static bool format_fits(const struct tracing *t, enum kernel_event_kind kind)
{
    char path[80], *text;
    ssize_t n, len = 0;
    bool fits;
    int fd;

    snprintf(path, sizeof(path), "events/%s/format", tracing_event_path(kind));
    fd = openat(t->instance, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    text = mem_new(FORMAT_BYTES + 1, 1);
    while (len < FORMAT_BYTES && (n = read(fd, text + len, FORMAT_BYTES - (size_t)len)) > 0)
        len += n;
    close(fd);
    fits = tracing_format_fits(kind, text);
    free(text);
    return fits;
}

static void turn(const struct tracing *t, enum kernel_event_kind kind, bool on,
                 struct kernel_events_status *status)
{
    const char *event = tracing_event_path(kind);
    struct err *why_not = &status->why_not[kind];
    char path[80];
    int code;

    snprintf(path, sizeof(path), "events/%s/enable", event);
    status->on[kind] = false;
    *why_not = (struct err){0};
    if (!on) {
        write_file(t->instance, path, "0");
        err_set(why_not, -ECANCELED, "trace", event, "nobody asked for it");
    } else if (faccessat(t->instance, path, F_OK, 0) < 0) {
        err_set(why_not, -ENOENT, "trace", event, "this kernel has no such event");
    } else if (!format_fits(t, kind)) {
        err_set(why_not, -EPROTO, "trace", event, "its form in this kernel is not known here");
    } else if ((code = write_file(t->instance, path, "1")) < 0) {
        err_set(why_not, code, "trace", event, "the kernel does not turn it on");
    } else {
        status->on[kind] = true;
    }
}

void tracing_drops(struct tracing *t, bool on, struct kernel_events_status *status)
{
    if (t->pipe >= 0)
        turn(t, KERNEL_DROP, on, status);
}

struct tracing *tracing_open(struct kernel_events_status *status)
{
    struct tracing *t = mem_new(1, sizeof(*t));
    struct err err = {0};
    int rc;

    t->root = t->instance = t->pipe = -1;
    rc = grant_tracing(&t->root, &err);
    if (rc == 0)
        rc = make_instance(t, &err);
    if (rc == 0)
        rc = set_up_instance(t, &err);
    for (int kind = 0; kind < KERNEL_EVENT_KINDS; kind++) {
        if (!tracing_event_path((enum kernel_event_kind)kind))
            continue;
        if (rc == 0)
            turn(t, (enum kernel_event_kind)kind, kind != KERNEL_DROP, status);
        else
            status->why_not[kind] = err;
    }
    return t;
}

/* A process that another thread has just made holds copies of what is open until it is a program of
 * its own; the instance cannot be removed meanwhile. */
static void remove_own(const struct tracing *t)
{
    struct timespec nap = {.tv_nsec = REMOVE_NAP_NS};

    for (int i = 0; i < REMOVE_TRIES; i++) {
        if (unlinkat(t->root, t->name, AT_REMOVEDIR) == 0 || errno != EBUSY)
            return;
        nanosleep(&nap, NULL);
    }
}

void tracing_close(struct tracing *t)
{
    if (!t)
        return;
    if (t->pipe >= 0)
        close(t->pipe);
    if (t->instance >= 0)
        close(t->instance);
    if (t->name[0])
        remove_own(t);
    if (t->root >= 0)
        close(t->root);
    free(t);
}

int tracing_fd(const struct tracing *t)
{
    return t->pipe;
}

/* ---- what it says ---------------------------------------------------------------------- */

static void take_line(const char *line, size_t len,
                      void (*event)(void *ctx, const struct kernel_event *e), void *ctx,
                      struct kernel_events_status *status)
{
    struct kernel_event e;
    uint64_t lost;

    if (tracing_parse(line, len, &e) == 0)
        event(ctx, &e);
    else if (tracing_parse_lost(line, len, &lost))
        status->lost += lost;
}

void tracing_read(struct tracing *t, void (*event)(void *ctx, const struct kernel_event *e),
                  void *ctx, struct kernel_events_status *status)
{
    for (int i = 0; i < READS_MAX && t->pipe >= 0; i++) {
        ssize_t n = read(t->pipe, t->text + t->len, sizeof(t->text) - t->len);
        char *line = t->text, *end;

        if (n <= 0)
            return;
        t->len += (size_t)n;
        while ((end = memchr(line, '\n', t->len))) {
            take_line(line, (size_t)(end - line), event, ctx, status);
            t->len -= (size_t)(end - line) + 1;
            line = end + 1;
        }
        if (t->len == sizeof(t->text))
            t->len = 0; /* no line of ours is as long */
        memmove(t->text, line, t->len);
    }
}
