/* Nothing but the names of its control groups tells what container a process is in; the names
 * are those that each engine gives: runc's and crun's "cgroup manager", lxc.container.conf(5),
 * systemd-nspawn(1), systemd-machined(8), and the kubelet's. */
#include "probes/owners_about.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "probes/grant.h"

#define CGROUP_BYTES 8192
#define ID_DIGITS 64 /* of Docker, Podman, containerd, CRI-O: SHA-256 */
#define ID_SHOWN 12

struct span {
    const char *at;
    size_t len;
};

static bool starts(struct span s, const char *prefix)
{
    size_t len = strlen(prefix);

    return s.len > len && memcmp(s.at, prefix, len) == 0;
}

static bool ends(struct span s, const char *suffix)
{
    size_t len = strlen(suffix);

    return s.len > len && memcmp(s.at + s.len - len, suffix, len) == 0;
}

static bool is(struct span s, const char *word)
{
    return s.len == strlen(word) && memcmp(s.at, word, s.len) == 0;
}

/* Without what stands around the name. */
static struct span within(struct span s, const char *prefix, const char *suffix)
{
    size_t before = strlen(prefix), behind = strlen(suffix);

    return (struct span){s.at + before, s.len - before - behind};
}

static bool is_id(struct span s)
{
    if (s.len != ID_DIGITS)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (!strchr("0123456789abcdef", s.at[i]) || !s.at[i])
            return false;
    return true;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A name as systemd escapes it: "\x2d" is a dash. */
static bool put_name(struct span s, char ret_name[CONTAINER_BYTES])
{
    char name[256];
    size_t n = 0;

    for (size_t i = 0; i < s.len && n < sizeof(name); i++) {
        if (i + 3 < s.len && s.at[i] == '\\' && s.at[i + 1] == 'x' && digit(s.at[i + 2]) >= 0 &&
            digit(s.at[i + 3]) >= 0) {
            name[n++] = (char)(digit(s.at[i + 2]) * 16 + digit(s.at[i + 3]));
            i += 3;
        } else {
            name[n++] = s.at[i];
        }
    }
    return text_clean(name, n, ret_name, CONTAINER_BYTES) > 0;
}

/* "docker-ID.scope", "libpod-ID.scope", "cri-containerd-ID.scope", "crio-ID.scope".  What
 * watches over a container stands in a scope beside it: "libpod-conmon-ID.scope". */
static bool id_of_scope(struct span s, struct span *ret)
{
    static const char suffix[] = ".scope";

    if (!ends(s, suffix) || s.len < ID_DIGITS + sizeof(suffix))
        return false;
    *ret = (struct span){s.at + s.len - (sizeof(suffix) - 1) - ID_DIGITS, ID_DIGITS};
    s.len -= ID_DIGITS + sizeof(suffix) - 1;
    return is_id(*ret) && s.at[s.len - 1] == '-' && !ends(s, "-conmon-") && !is(s, "conmon-");
}

static bool segment_parse(struct span before, struct span s, char ret_name[CONTAINER_BYTES])
{
    struct span id = s;

    /* /docker/ID, /kubepods/besteffort/podUID/ID, /ecs/TASK/ID */
    if (is_id(s) || id_of_scope(s, &id)) {
        id.len = ID_SHOWN;
        return put_name(id, ret_name);
    }
    if (starts(s, "lxc.payload."))
        return put_name(within(s, "lxc.payload.", ""), ret_name);
    if (is(before, "lxc") || is(before, "lxc.payload"))
        return put_name(s, ret_name);
    if (starts(s, "machine-") && ends(s, ".scope") && s.len > strlen("machine-.scope"))
        return put_name(within(s, "machine-", ".scope"), ret_name);
    if (starts(s, "systemd-nspawn@") && ends(s, ".service") &&
        s.len > strlen("systemd-nspawn@.service"))
        return put_name(within(s, "systemd-nspawn@", ".service"), ret_name);
    return false;
}

static bool path_parse(struct span path, char ret_name[CONTAINER_BYTES])
{
    struct span before = {path.at, 0}, segment = {path.at, 0};
    bool found = false;

    for (size_t i = 0; i <= path.len; i++) {
        if (i < path.len && path.at[i] != '/')
            continue;
        segment.len = (size_t)(path.at + i - segment.at);
        found |= segment.len && segment_parse(before, segment, ret_name);
        before = segment;
        segment.at = path.at + i + 1;
    }
    return found;
}

bool container_parse(const char *lines, size_t len, char ret_name[CONTAINER_BYTES])
{
    const char *end = lines + len;

    /* "4:memory:/docker/ID": the path, which may hold colons, is behind the second one. */
    while (lines < end) {
        const char *stop = memchr(lines, '\n', (size_t)(end - lines));
        const char *colon;

        if (!stop)
            stop = end;
        colon = memchr(lines, ':', (size_t)(stop - lines));
        if (colon)
            colon = memchr(colon + 1, ':', (size_t)(stop - colon - 1));
        if (colon && path_parse((struct span){colon + 1, (size_t)(stop - colon - 1)}, ret_name))
            return true;
        lines = stop + 1;
    }
    return false;
}

/* How much was read of a file beside the directory; 0 when it may not be. */
static size_t read_beside(int fd_directory, enum guard_proc_file file, char *buf, size_t size)
{
    ssize_t len;
    int fd;

    if (grant_file_beside(fd_directory, file, &fd, NULL) < 0)
        return 0;
    len = file_read(fd, buf, size);
    close(fd);
    return len > 0 ? (size_t)len : 0;
}

static char *read_command(int fd_directory)
{
    char line[COMMAND_BYTES], clean[COMMAND_BYTES];
    size_t len = read_beside(fd_directory, GUARD_PROC_CMDLINE, line, sizeof(line));

    while (len && (line[len - 1] == '\0' || line[len - 1] == ' '))
        len--;
    for (size_t i = 0; i < len; i++)
        if (!line[i])
            line[i] = ' ';
    len = text_clean(line, len, clean, sizeof(clean));
    return len ? mem_copy(clean, len) : NULL;
}

static char *read_container(int fd_directory)
{
    char lines[CGROUP_BYTES], name[CONTAINER_BYTES];
    size_t len = read_beside(fd_directory, GUARD_PROC_CGROUP, lines, sizeof(lines));

    return container_parse(lines, len, name) ? mem_copy(name, strlen(name)) : NULL;
}

void process_about_read(int fd_directory, struct process_about *ret)
{
    process_about_done(ret);
    ret->command = read_command(fd_directory);
    ret->container = read_container(fd_directory);
    /* Half way through execve(2) there is none: it is asked for again. */
    ret->read = ret->command != NULL;
}

void process_about_done(struct process_about *a)
{
    free(a->command);
    free(a->container);
    *a = (struct process_about){0};
}
