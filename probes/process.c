#include "probes/process.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/base/share.h"
#include "core/base/text.h"
#include "probes/grant.h"
#include "probes/proc_stat.h"

#define TEXT_BYTES (64U << 10)

/* A file of /proc as text, "" when it cannot be read; the caller frees it. */
static char *read_text(const char *path)
{
    char *text = NULL;
    size_t len;

    return share_read_path(path, TEXT_BYTES, &text, &len, NULL) < 0 ? NULL : text;
}

static char *read_of(int32_t pid, enum guard_proc_file file)
{
    char *text = NULL;
    size_t len;
    int fd;

    if (grant_proc_file(pid, file, &fd) < 0 ||
        share_read_fd(fd, guard_proc_file_names[file], TEXT_BYTES, &text, &len, NULL) < 0)
        return NULL;
    return text;
}

/* The number behind a title at the beginning of a line. */
static bool number_of(const char *text, const char *title, uint64_t *ret)
{
    const char *at = text ? strstr(text, title) : NULL;
    char *end;

    if (!at)
        return false;
    *ret = strtoull(at + strlen(title), &end, 10);
    return end != at + strlen(title);
}

void process_status_parse(const char *text, struct process_facts *p)
{
    const char *state = strstr(text, "\nState:\t");
    uint64_t n;

    if (state) {
        p->state = state[strlen("\nState:\t")];
        p->has_state = isalpha((unsigned char)p->state);
    }
    if (number_of(text, "\nUid:\t", &n)) {
        p->has_uid = true;
        p->uid = (uint32_t)n;
    }
}

/* proc(5): since Linux 6.2 the size of /proc/PID/fd is the number of its entries; before, count. */
static bool count_fds(int32_t pid, uint32_t *ret)
{
    DIR *folder = NULL;
    uint32_t n = 0;
    int fd;

    if (grant_fd_directory(pid, &fd) < 0)
        return false;
    folder = fdopendir(fd);
    if (!folder) {
        close(fd);
        return false;
    }
    while (readdir(folder))
        n++;
    closedir(folder);
    *ret = n - 2; /* "." and ".." */
    return true;
}

/* --- frozen control groups ------------------------------------------------------------------ */

#define CGROUPS "/sys/fs/cgroup"

static bool file_begins(const char *folder, const char *path, size_t len, const char *file,
                        const char *wanted)
{
    char name[512], *text;
    bool found;

    if ((size_t)snprintf(name, sizeof(name), CGROUPS "%s%.*s/%s", folder, (int)len, path,
                         file) >= sizeof(name))
        return false;
    text = read_text(name);
    found = text && strstr(text, wanted);
    free(text);
    return found;
}

/* A line of /proc/PID/cgroup, "6:freezer:/PATH" of version 1, "0::/PATH" of version 2, which may be
 * mounted beside the others: cgroups(7), and the kernel's cgroup-v1/freezer-subsystem.rst and
 * cgroup-v2.rst. */
static bool is_line_frozen(const char *line, size_t len)
{
    const char *controllers = memchr(line, ':', len), *path;

    if (!controllers)
        return false;
    controllers++;
    path = memchr(controllers, ':', len - (size_t)(controllers - line));
    if (!path)
        return false;
    path++;
    len -= (size_t)(path - line);
    if ((size_t)(path - controllers) == strlen(":")) /* no controller has a name */
        return file_begins("", path, len, "cgroup.events", "frozen 1") ||
               file_begins("/unified", path, len, "cgroup.events", "frozen 1");
    /* FROZEN, or FREEZING for as long as one of its processes cannot yet be */
    return strncmp(controllers, "freezer:", strlen("freezer:")) == 0 &&
           file_begins("/freezer", path, len, "freezer.state", "FR");
}

static bool is_frozen(int32_t pid)
{
    char path[64], *text, *at;
    bool frozen = false;

    snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
    text = at = read_text(path);
    while (at && *at && !frozen) {
        size_t len = strcspn(at, "\n");

        frozen = is_line_frozen(at, len);
        at += len + (at[len] == '\n');
    }
    free(text);
    return frozen;
}

bool process_limits_parse(const char *text, uint32_t *ret_fds)
{
    uint64_t limit;

    if (!number_of(text, "Max open files", &limit))
        return false;
    *ret_fds = limit > UINT32_MAX ? UINT32_MAX : (uint32_t)limit;
    return true;
}

bool process_fd_limit(int32_t pid, uint32_t *ret)
{
    char *limits = read_of(pid, GUARD_PROC_LIMITS);
    bool told = limits && process_limits_parse(limits, ret);

    free(limits);
    return told;
}

static void take_fds(int32_t pid, struct process_facts *p)
{
    p->has_fds = process_fd_limit(pid, &p->fd_limit) && count_fds(pid, &p->fds);
}

int process_look(int32_t pid, struct process_facts *ret)
{
    struct process_facts p = {.pid = pid};
    char *stat = read_of(pid, GUARD_PROC_STAT), *status = read_of(pid, GUARD_PROC_STATUS);
    char *channel = read_of(pid, GUARD_PROC_WCHAN);
    struct proc_stat who;
    /* With hidepid= (proc(5)) what may not be seen is not there, but may still not be signalled. */
    int r = kill(pid, 0) == 0 || errno == EPERM ? -EACCES : -ESRCH;

    if (stat && status && proc_stat_parse(stat, strlen(stat), &who) == 0) {
        p.start_ticks = who.start_ticks;
        text_clean(who.comm, who.comm_len, p.comm, sizeof(p.comm));
        process_status_parse(status, &p);
        take_fds(pid, &p);
        if (channel && strcmp(channel, "0") != 0)
            text_clean(channel, strlen(channel), p.waits_in, sizeof(p.waits_in));
        /* kernel/freezer.c (version 1), kernel/signal.c (version 2) of the kernel, where wchan is
         * told so. */
        p.frozen = strcmp(p.waits_in, "do_freezer_trap") == 0 ||
                   strcmp(p.waits_in, "__refrigerator") == 0 || is_frozen(pid);
        *ret = p;
        r = 0;
    }
    free(stat);
    free(status);
    free(channel);
    return r;
}

/* --- limits -------------------------------------------------------------------------------- */

static bool sysctl(const char *name, unsigned n, uint64_t *ret)
{
    char path[96], *text, *at, *end;
    unsigned got = 0;

    snprintf(path, sizeof(path), "/proc/sys/net/%s", name);
    text = at = read_text(path);
    while (at && got < n) {
        ret[got] = strtoull(at, &end, 10);
        if (end == at)
            break;
        at = end;
        got++;
    }
    free(text);
    return got == n;
}

/* "8080,9100-9200": those between low and high, at most once each; the kernel joins what overlaps. */
static uint32_t reserved_ports(unsigned low, unsigned high)
{
    char *text = read_text("/proc/sys/net/ipv4/ip_local_reserved_ports"), *at = text, *end;
    uint32_t n = 0;

    while (at && *at) {
        unsigned long first = strtoul(at, &end, 10), last = first;

        if (end == at)
            break;
        if (*end == '-')
            last = strtoul(end + 1, &end, 10);
        first = first < low ? low : first;
        last = last > high ? high : last;
        n += first <= last ? (uint32_t)(last - first + 1) : 0;
        at = *end == ',' ? end + 1 : end;
    }
    free(text);
    return n;
}

void limits_read(struct limit_facts *ret)
{
    struct rlimit limit;
    uint64_t n[2];
    struct limit_facts l = {0};

    if ((l.has_port_range = sysctl("ipv4/ip_local_port_range", 2, n))) {
        l.port_low = (uint16_t)n[0];
        l.port_high = (uint16_t)n[1];
        l.ports_reserved = reserved_ports(l.port_low, l.port_high);
    }
    if ((l.has_unprivileged_port = sysctl("ipv4/ip_unprivileged_port_start", 1, n)))
        l.unprivileged_port_start = (uint16_t)n[0];
    if ((l.has_somaxconn = sysctl("core/somaxconn", 1, n)))
        l.somaxconn = (uint32_t)n[0];
    if ((l.has_tw_reuse = sysctl("ipv4/tcp_tw_reuse", 1, n)))
        l.tw_reuse = (uint8_t)n[0];
    l.ipv6_off = sysctl("ipv6/conf/all/disable_ipv6", 1, n) && n[0];
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && count_fds((int32_t)getpid(), &l.own_fds))
        l.own_fd_limit = limit.rlim_cur > UINT32_MAX ? UINT32_MAX : (uint32_t)limit.rlim_cur;
    *ret = l;
}
