#include "ui/console/log_file.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/base/regular.h"
#include "core/base/text.h"

#define LINE_BYTES 2048
#define END_BYTES 200 /* what the last line needs */

struct log_file {
    int fd;
    uint64_t start_ns, used, lost;
};

int log_open(const char *path, struct log_file **ret, struct err *err)
{
    int fd = regular_open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, err);
    struct log_file *l;
    struct stat st;

    if (fd < 0)
        return fd;
    if (fstat(fd, &st) == 0 && st.st_size == 0)
        fchmod(fd, 0600);
    l = mem_new(1, sizeof(*l));
    l->fd = fd;
    l->start_ns = clock_now_ns();
    *ret = l;
    return 0;
}

static void put(struct log_file *l, const char *what, const char *text)
{
    uint64_t wall_ns = clock_wall_ns(), since_ns = clock_now_ns() - l->start_ns;
    time_t seconds = (time_t)(wall_ns / CLOCK_SECOND_NS);
    char line[4 * LINE_BYTES + 128], day[32], clean[4 * LINE_BYTES];
    struct tm local;
    int len;

    localtime_r(&seconds, &local);
    strftime(day, sizeof(day), "%Y-%m-%d %H:%M:%S", &local);
    text_clean(text, strlen(text), clean, sizeof(clean));
    len = snprintf(line, sizeof(line), "%s.%03u +%.3f %s %s\n", day,
                   (unsigned)(wall_ns % CLOCK_SECOND_NS / CLOCK_MS_NS),
                   (double)since_ns / (double)CLOCK_SECOND_NS, what, clean);
    if (file_write(l->fd, line, (size_t)len) < 0)
        l->lost++;
    else
        l->used += (uint64_t)len;
}

void log_line(struct log_file *l, const char *what, const char *format, ...)
{
    char text[LINE_BYTES];
    va_list args;

    if (!l)
        return;
    if (l->used + sizeof(text) + END_BYTES > LOG_FILE_BYTES) {
        l->lost++;
        return;
    }
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    put(l, what, text);
}

uint64_t log_lost(const struct log_file *l)
{
    return l ? l->lost : 0;
}

void log_close(struct log_file *l)
{
    char text[64];

    if (!l)
        return;
    snprintf(text, sizeof(text), "%llu lines were left out", (unsigned long long)l->lost);
    if (l->lost)
        put(l, "full", text);
    close(l->fd);
    free(l);
}
