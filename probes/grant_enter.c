/* The part of the grant that moves this whole program into another network namespace, as
 * ip-netns(8) exec does, with the resolver's files of that place: setns(2), mount(2). */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/share.h"
#include "probes/grant.h"
#include "probes/grant_words.h"
#include "probes/netns.h"

#define PATH_BYTES 300
#define FILE_BYTES (1U << 20)
#define SCRATCH "/tmp"

/* What decides over names; where a namespace or a container has its own, it counts. */
static const char *const resolver_files[] = {"hosts", "resolv.conf", "nsswitch.conf",
                                             "gai.conf", "host.conf"};

static bool sees_our_files(int32_t pid)
{
    char path[PATH_BYTES];
    struct stat ours, theirs;

    snprintf(path, sizeof(path), "/proc/%d/ns/mnt", pid);
    return stat("/proc/self/ns/mnt", &ours) == 0 && stat(path, &theirs) == 0 &&
           ours.st_ino == theirs.st_ino;
}

/* A name of ip-netns(8) has its files in /etc/netns/NAME, a process in its own /etc; "": they are
 * ours. */
static void folder_of(const struct netns *ns, const char *wish, char folder[PATH_BYTES])
{
    bool process = ns->pid && strncmp(ns->name, "pid ", 4) == 0;

    folder[0] = '\0';
    if (process && sees_our_files(ns->pid))
        return;
    if (process)
        snprintf(folder, PATH_BYTES, "/proc/%d/root/etc", ns->pid);
    else
        snprintf(folder, PATH_BYTES, "/etc/netns/%s", wish);
}

/* A file of another mount namespace cannot be bound here: a copy is, from a tmpfs that is only there
 * for a moment, over a folder that every host has. */
static int cover_one(const char *folder, const char *name)
{
    char from[PATH_BYTES + 32], copy[64], to[64], *bytes;
    struct stat st;
    size_t len;
    int fd, r;

    snprintf(from, sizeof(from), "%s/%s", folder, name);
    snprintf(copy, sizeof(copy), SCRATCH "/%s", name);
    snprintf(to, sizeof(to), "/etc/%s", name);
    if (stat(to, &st) < 0 || share_read_path(from, FILE_BYTES, &bytes, &len, NULL) < 0)
        return 0; /* one of them has none */
    fd = open(copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    r = fd < 0 || write(fd, bytes, len) != (ssize_t)len ? -errno : 0;
    if (fd >= 0)
        close(fd);
    free(bytes);
    if (r == 0 && mount(copy, to, NULL, MS_BIND, NULL) < 0)
        r = -errno;
    return r;
}

static int cover(const char *folder)
{
    struct stat st;
    int r = 0;

    if (stat(folder, &st) < 0)
        return 0; /* it has none of its own */
    if (unshare(CLONE_NEWNS) < 0 || mount("", "/", NULL, MS_SLAVE | MS_REC, NULL) < 0 ||
        mount("tmpfs", SCRATCH, "tmpfs", 0, NULL) < 0)
        return -errno;
    for (size_t i = 0; i < sizeof(resolver_files) / sizeof(resolver_files[0]) && r == 0; i++)
        r = cover_one(folder, resolver_files[i]);
    if (umount2(SCRATCH, MNT_DETACH) < 0 && r == 0)
        r = -errno;
    return r;
}

static int refuse(struct err *err, int code, const char *wish, const char *reason)
{
    char command[ERR_TEXT_BYTES];

    err_set(err, code, "netns", wish, "%s", reason);
    if (code == -EPERM || code == -EACCES) {
        grant_setcap("cap_sys_admin,cap_net_admin,cap_sys_ptrace,cap_net_raw", command,
                     sizeof(command));
        err_hint(err, "%s", command);
    }
    return code;
}

int grant_enter_netns(const char *wish, struct err *err)
{
    struct snapshot *s = mem_new(1, sizeof(*s));
    char folder[PATH_BYTES];
    int fd = -1, r = 0;

    netns_find(wish, s);
    if (!s->n_netns || s->netns[0].err.code) {
        *err = s->n_netns ? s->netns[0].err : s->err;
        r = err->code ? err->code : refuse(err, -ENOENT, wish, "there is no such namespace");
        goto out;
    }
    folder_of(&s->netns[0], wish, folder);
    r = netns_open(&s->netns[0], &fd, err);
    if (r < 0 || fd < 0)
        goto out;
    r = cover(folder);
    if (r < 0)
        refuse(err, r, wish, "its hosts and resolv.conf cannot be taken over");
    else if (setns(fd, CLONE_NEWNET) < 0)
        r = refuse(err, -errno, wish, "it may not be entered");
out:
    if (fd >= 0)
        close(fd);
    snapshot_free(s);
    return r;
}
