#include "core/services/http_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <strings.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Without O_NONBLOCK opening a FIFO would wait for its writer. */
#define OPEN_FLAGS (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

/* One component after the other. */
static int open_by_hand(int directory, const char *path)
{
    char name[NAME_MAX + 1];
    int at = openat(directory, ".", O_PATH | O_DIRECTORY | O_CLOEXEC), next;

    for (;;) {
        size_t len = strcspn(path, "/");
        bool last = path[len] == '\0';

        if (at < 0)
            return -errno;
        if (len > NAME_MAX) {
            close(at);
            return -ENAMETOOLONG;
        }
        memcpy(name, path, len);
        name[len] = '\0';
        next = openat(at, len ? name : ".",
                      last ? OPEN_FLAGS | O_NOFOLLOW
                           : O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        close(at);
        if (last)
            return next < 0 ? -errno : next;
        at = next;
        path += len + 1;
    }
}

static int open_beneath(int directory, const char *path)
{
    struct open_how how = {.flags = OPEN_FLAGS,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    long fd = syscall(SYS_openat2, directory, path[0] ? path : ".", &how, sizeof(how));

    return fd < 0 ? -errno : (int)fd;
}

int http_file_open(int directory, const char *path, bool by_hand, struct stat *ret_stat)
{
    int fd = by_hand ? -ENOSYS : open_beneath(directory, path);
    struct stat st;

    /* Containers forbid calls that they do not know with EPERM. */
    if (fd == -ENOSYS || fd == -EPERM)
        fd = open_by_hand(directory, path);
    if (fd < 0)
        return fd;
    if (fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))) {
        *ret_stat = st;
        return fd;
    }
    close(fd);
    return -EACCES;
}

/* Text is taken for UTF-8; HTML says itself what it is. */
static const struct {
    const char *ending, *type;
} types[] = {
    {"html", "text/html"},
    {"htm", "text/html"},
    {"txt", "text/plain; charset=utf-8"},
    {"md", "text/markdown; charset=utf-8"},
    {"log", "text/plain; charset=utf-8"},
    {"c", "text/plain; charset=utf-8"},
    {"h", "text/plain; charset=utf-8"},
    {"py", "text/plain; charset=utf-8"},
    {"sh", "text/plain; charset=utf-8"},
    {"css", "text/css; charset=utf-8"},
    {"csv", "text/csv; charset=utf-8"},
    {"js", "text/javascript; charset=utf-8"},
    {"mjs", "text/javascript; charset=utf-8"},
    {"json", "application/json"},
    {"xml", "text/xml"},
    {"svg", "image/svg+xml"},
    {"png", "image/png"},
    {"jpg", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"gif", "image/gif"},
    {"webp", "image/webp"},
    {"avif", "image/avif"},
    {"ico", "image/vnd.microsoft.icon"},
    {"pdf", "application/pdf"},
    {"wasm", "application/wasm"},
    {"woff", "font/woff"},
    {"woff2", "font/woff2"},
    {"ttf", "font/ttf"},
    {"mp3", "audio/mpeg"},
    {"ogg", "audio/ogg"},
    {"wav", "audio/wav"},
    {"mp4", "video/mp4"},
    {"webm", "video/webm"},
    {"gz", "application/gzip"},
    {"zip", "application/zip"},
    {"tar", "application/x-tar"},
    {"pcap", "application/vnd.tcpdump.pcap"},
};

const char *http_file_type(const char *path)
{
    const char *name = strrchr(path, '/');
    const char *dot = strrchr(name ? name : path, '.');

    for (size_t i = 0; dot && i < sizeof(types) / sizeof(types[0]); i++)
        if (strcasecmp(dot + 1, types[i].ending) == 0)
            return types[i].type;
    return "application/octet-stream";
}
