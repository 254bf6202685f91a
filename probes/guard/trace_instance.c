/* A directory of tracefs and what stands in it: Documentation/trace/ftrace.rst, "Instances". */
#include "probes/guard/trace_instance.h"

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

#include "core/base/clock.h"
#include "probes/grant.h"
#include "probes/tracing_parse.h"

#define PREFIX "sockeye-"
#define NAMESPACE ".ns"
/* PROC_PID_INIT_INO of linux/proc_ns.h: the first namespace of processes. */
#define HOST_PID_NAMESPACE UINT64_C(0xEFFFFFFC)
/* From an instance's making until it is read takes far less. */
#define FOREIGN_SECONDS 60
/* Each processor's; a second of ten thousand connections fits. */
#define BUFFER_KB "4096"
#define REMOVE_TRIES 1000
#define REMOVE_NAP_NS 2000000

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

/* The namespace of processes by which our number is meant; 0: not known. */
static uint64_t pid_namespace(void)
{
    struct stat st;

    return stat("/proc/self/ns/pid", &st) == 0 ? st.st_ino : 0;
}

/* "sockeye-4242", and where that number is not the host's "sockeye-7.ns4026532201"; both may end
 * with ".1": another observer of this process. */
static void name_instance(char buf[TRACE_NAME_BYTES], pid_t program, uint64_t namespace,
                          int again)
{
    int n = snprintf(buf, TRACE_NAME_BYTES, PREFIX "%d", (int)program);

    if (namespace != HOST_PID_NAMESPACE)
        n += snprintf(buf + n, TRACE_NAME_BYTES - (size_t)n, NAMESPACE "%" PRIu64, namespace);
    if (again)
        snprintf(buf + n, TRACE_NAME_BYTES - (size_t)n, ".%d", again);
}

static bool is_old(int directory, const char *name)
{
    struct stat st;

    return fstatat(directory, name, &st, 0) == 0 &&
           (int64_t)(clock_wall_ns() / CLOCK_SECOND_NS) - st.st_mtime > FOREIGN_SECONDS;
}

/* Whether its process is no more.  Of a process of another namespace that cannot be seen: once it
 * has begun to read, the kernel keeps its instance; until then only its age tells. */
static bool is_stale(int directory, const char *name, pid_t program, uint64_t namespace)
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
    return pid == program || (kill((pid_t)pid, 0) < 0 && errno == ESRCH);
}

/* Those of processes that are no more. */
static void remove_stale(int root, pid_t program, uint64_t namespace)
{
    int fd = openat(root, TRACE_INSTANCES, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;

    if (!directory) {
        if (fd >= 0)
            close(fd);
        return;
    }
    while ((entry = readdir(directory)))
        if (is_stale(dirfd(directory), entry->d_name, program, namespace))
            unlinkat(dirfd(directory), entry->d_name, AT_REMOVEDIR);
    closedir(directory);
}

static int make_instance(struct trace_instance *t, pid_t program, struct err *err)
{
    uint64_t namespace = pid_namespace();
    char name[TRACE_NAME_BYTES];
    int code = 0;

    remove_stale(t->root, program, namespace);
    for (int i = 0; i < 8; i++) {
        name_instance(name, program, namespace, i);
        snprintf(t->name, sizeof(t->name), TRACE_INSTANCES "/%s", name);
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
    trace_keeper_begin(&t->keeper, t->root, t->name, program);
    t->instance = openat(t->root, t->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return t->instance < 0
               ? err_set(err, -errno, "trace", t->name, "our own instance cannot be opened")
               : 0;
}

/* What an old kernel has no file for is as it always was there. */
static int set_up_instance(struct trace_instance *t, int *ret_pipe, struct err *err)
{
    int code = write_file(t->instance, "trace_clock", "mono");

    if (code < 0)
        return err_set(err, code, "trace", "mono",
                       "this kernel's tracing has no clock that others have too");
    (void)write_file(t->instance, "buffer_size_kb", BUFFER_KB);
    (void)write_file(t->instance, "buffer_percent", "0"); /* poll(2): at the first event */
    (void)write_file(t->instance, "options/record-cmd", "0");
    *ret_pipe = openat(t->instance, "trace_pipe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    return *ret_pipe < 0 ? err_set(err, -errno, "trace", "trace_pipe", "cannot be read") : 0;
}

/* A process that another thread has just made holds copies of what is open until it is a program of
 * its own; the instance cannot be removed meanwhile. */
static void remove_own(const struct trace_instance *t)
{
    struct timespec nap = {.tv_nsec = REMOVE_NAP_NS};

    for (int i = 0; i < REMOVE_TRIES; i++) {
        if (unlinkat(t->root, t->name, AT_REMOVEDIR) == 0 || errno != EBUSY)
            return;
        nanosleep(&nap, NULL);
    }
}

void trace_instance_close(struct trace_instance *t)
{
    if (t->instance >= 0)
        close(t->instance);
    if (t->name[0])
        remove_own(t);
    trace_keeper_end(&t->keeper);
    if (t->root >= 0)
        close(t->root);
    t->instance = t->root = -1;
    t->name[0] = '\0';
}

int trace_instance_open(struct trace_instance *t, pid_t program, int *ret_pipe, struct err *err)
{
    int pipe = -1, rc;

    *t = (struct trace_instance){.root = -1, .instance = -1};
    rc = grant_tracing(&t->root, err);
    if (rc == 0)
        rc = make_instance(t, program, err);
    if (rc == 0)
        rc = set_up_instance(t, &pipe, err);
    if (rc == 0)
        *ret_pipe = pipe;
    else
        trace_instance_close(t);
    return rc;
}

int trace_instance_turn(const struct trace_instance *t, enum kernel_event_kind kind, bool on)
{
    char path[80];

    snprintf(path, sizeof(path), "events/%s/enable", tracing_event_path(kind));
    if (faccessat(t->instance, path, F_OK, 0) < 0)
        return -ENOENT;
    return write_file(t->instance, path, on ? "1" : "0");
}

int trace_instance_format(const struct trace_instance *t, enum kernel_event_kind kind,
                          int *ret_fd)
{
    char path[80];
    int fd;

    snprintf(path, sizeof(path), "events/%s/format", tracing_event_path(kind));
    fd = openat(t->instance, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    *ret_fd = fd;
    return 0;
}
