#include "probes/netns.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "probes/grant.h"

#define NAMED "/run/netns"
#define NAMESPACES_MAX 4096
#define PATH_BYTES 300

static uint64_t own_inode(void)
{
    struct stat st;

    return stat("/proc/self/ns/net", &st) == 0 ? st.st_ino : 0;
}

/* One more, if it is not there yet. */
static void add(struct snapshot *s, const struct netns *ns)
{
    for (size_t i = s->n_netns; i-- > 0;)
        if (s->netns[i].inode == ns->inode)
            return;
    if (s->n_netns == NAMESPACES_MAX) {
        if (!s->err.code)
            err_set(&s->err, -EOVERFLOW, "netns", "", "only the first %d namespaces are listed",
                    NAMESPACES_MAX);
        return;
    }
    s->netns = mem_resize(s->netns, s->n_netns + 1, sizeof(*s->netns));
    s->netns[s->n_netns++] = *ns;
}

static void add_own(struct snapshot *s)
{
    add(s, &(struct netns){.inode = own_inode(), .pid = getpid()});
}

static bool is_name(const char *name)
{
    return name[0] && name[0] != '.' && !strchr(name, '/') && strlen(name) <= NAME_MAX;
}

/* ip-netns(8) leaves an empty file where a namespace was taken away by hand. */
static int stat_named(const char *name, struct stat *ret)
{
    char path[PATH_BYTES];
    struct statfs fs;

    snprintf(path, sizeof(path), NAMED "/%s", name);
    if (stat(path, ret) < 0 || statfs(path, &fs) < 0)
        return -errno;
    return fs.f_type == NSFS_MAGIC ? 0 : -EINVAL;
}

static int stat_pid(int32_t pid, struct stat *ret)
{
    int fd, rc = grant_netns_of(pid, &fd);

    if (rc < 0)
        return rc;
    rc = fstat(fd, ret) < 0 ? -errno : 0;
    close(fd);
    return rc;
}

static struct netns named(const char *name, const struct stat *st)
{
    struct netns ns = {.inode = st->st_ino};

    text_clean(name, strlen(name), ns.name, sizeof(ns.name));
    return ns;
}

static void add_named(struct snapshot *s)
{
    DIR *directory = opendir(NAMED);
    const struct dirent *entry;
    struct stat st;

    while (directory && (entry = readdir(directory))) {
        if (is_name(entry->d_name) && stat_named(entry->d_name, &st) == 0) {
            struct netns ns = named(entry->d_name, &st);

            add(s, &ns);
        }
    }
    if (directory)
        closedir(directory);
}

/* 0: not a number of a process. */
static int32_t pid_of(const char *text)
{
    char *end;
    long pid;

    if (!isdigit((unsigned char)text[0]))
        return 0;
    errno = 0;
    pid = strtol(text, &end, 10);
    return *end || errno || pid > INT32_MAX ? 0 : (int32_t)pid;
}

static struct netns of_process(int32_t pid, uint64_t inode)
{
    struct netns ns = {.inode = inode, .pid = pid};

    snprintf(ns.name, sizeof(ns.name), "pid %d", pid);
    return ns;
}

/* A named namespace learns of a process that lives there. */
static void add_process(struct snapshot *s, int32_t pid, uint64_t inode)
{
    struct netns ns = of_process(pid, inode);

    for (size_t i = 0; i < s->n_netns; i++) {
        if (s->netns[i].inode == ns.inode) {
            if (!s->netns[i].pid)
                s->netns[i].pid = pid;
            return;
        }
    }
    add(s, &ns);
}

/* With hidepid=2 foreign processes are not even listed; process 1 always exists. */
static bool proc_shows_all(void)
{
    struct stat st;

    return stat("/proc/1", &st) == 0;
}

static void take_process(void *ctx, const struct guard_netns *one)
{
    struct snapshot *s = ctx;

    if (one->code == 0)
        add_process(s, one->pid, one->inode);
    else if (one->code == -EACCES || one->code == -EPERM)
        s->unseen_processes++;
}

static void add_processes(struct snapshot *s)
{
    int rc = grant_netns_list(take_process, s);

    if (rc < 0 && !s->err.code)
        err_set(&s->err, rc, "netns", "", "the processes cannot be listed");
    if (rc < 0 || !proc_shows_all())
        s->unseen_processes++; /* at least one */
}

void netns_say_unseen(struct snapshot *s)
{
    char command[ERR_TEXT_BYTES];

    if (proc_shows_all())
        err_set(&s->err, -EACCES, "netns", "", "the namespace of %zu process%s may not be seen",
                s->unseen_processes, s->unseen_processes == 1 ? "" : "es");
    else
        err_set(&s->err, -EACCES, "netns", "",
                "namespaces of processes that /proc does not show may be missing");
    grant_command(command, sizeof(command));
    err_hint(&s->err, "%s", command);
}

/* One that was asked for stands in the table though it cannot be looked into. */
static void add_one(struct snapshot *s, const char *wish)
{
    struct netns ns = {0};
    struct stat st;
    int32_t pid = pid_of(wish);
    int rc = is_name(wish) ? stat_named(wish, &st) : -EINVAL;

    if (rc == 0) {
        ns = named(wish, &st);
    } else if (pid) {
        rc = stat_pid(pid, &st);
        if (rc == 0)
            ns = of_process(pid, st.st_ino);
    }
    if (rc < 0) {
        text_clean(wish, strlen(wish), ns.name, sizeof(ns.name));
        err_set(&ns.err, rc, "netns", ns.name, "%s",
                rc == -ENOENT ? "there is no such namespace"
                : pid         ? ""
                              : "that is no network namespace");
    } else if (ns.inode == own_inode()) {
        ns.name[0] = '\0';
    }
    add(s, &ns);
}

void netns_find(const char *wish, struct snapshot *s)
{
    if (!wish[0]) {
        add_own(s);
    } else if (strcmp(wish, "all") == 0) {
        add_own(s);
        add_named(s);
        add_processes(s);
    } else {
        add_one(s, wish);
    }
}

/* A name or a process may stand for another namespace by now: only the inode counts. */
static int checked(int fd, uint64_t inode)
{
    struct stat st;
    int rc;

    if (fd < 0)
        return fd;
    rc = fstat(fd, &st) < 0 ? -errno : 0;
    if (rc == 0 && st.st_ino == inode)
        return fd;
    close(fd);
    return rc < 0 ? rc : -ENOENT;
}

static int open_path(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    return fd < 0 ? -errno : fd;
}

static int open_pid(int32_t pid)
{
    int fd = -1, rc = grant_netns_of(pid, &fd);

    return rc < 0 ? rc : fd;
}

/* By its name, whatever bytes that has: what the table holds is cleaned for people. */
static int open_named(uint64_t inode)
{
    DIR *directory = opendir(NAMED);
    const struct dirent *entry;
    int fd = -ENOENT;

    while (fd < 0 && directory && (entry = readdir(directory))) {
        char path[PATH_BYTES];

        snprintf(path, sizeof(path), NAMED "/%s", entry->d_name);
        if (is_name(entry->d_name))
            fd = checked(open_path(path), inode);
    }
    if (directory)
        closedir(directory);
    return fd;
}

int netns_open(const struct netns *ns, int *ret_fd, struct err *err)
{
    int fd = -ENOENT;

    if (ns->err.code) {
        if (err)
            *err = ns->err;
        return ns->err.code;
    }
    if (ns->inode == own_inode()) {
        *ret_fd = -1;
        return 0;
    }
    if (ns->pid)
        fd = checked(open_pid(ns->pid), ns->inode);
    if (fd < 0)
        fd = open_named(ns->inode);
    if (fd < 0)
        return err_set(err, fd, "netns", ns->name, "%s",
                       fd == -ENOENT ? "the namespace is gone" : "");
    *ret_fd = fd;
    return 0;
}
