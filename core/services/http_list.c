#include "core/services/http_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/text.h"

/* "... and more\n" and a name as text_clean() writes it. */
#define LINE_BYTES 300
/* More cannot be shown. */
#define NAMES 4096

struct names {
    char *names[NAMES];
    size_t n;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void collect(DIR *d, struct names *all)
{
    const struct dirent *e;

    while ((e = readdir(d))) {
        size_t len = strlen(e->d_name);
        char *name;

        if (e->d_name[0] == '.')
            continue;
        if (all->n == NAMES)
            return;
        name = mem_copy(e->d_name, len + 1);
        if (e->d_type == DT_DIR)
            name[len] = '/';
        all->names[all->n++] = name;
    }
}

static size_t write_names(const struct names *all, char *out, size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < all->n; i++) {
        if (size - used < 2 * LINE_BYTES || i == NAMES - 1)
            return used + (size_t)snprintf(out + used, size - used, "... and more\n");
        used += text_clean(all->names[i], strlen(all->names[i]), out + used, LINE_BYTES);
        out[used++] = '\n';
    }
    return used;
}

ssize_t http_list(int fd, char *out, size_t size)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    DIR *d = copy < 0 ? NULL : fdopendir(copy);
    struct names *all;
    size_t used;

    if (!d) {
        int error = errno;

        if (copy >= 0)
            close(copy);
        return -error;
    }
    all = mem_new(1, sizeof(*all));
    rewinddir(d); /* the copy shares its position */
    collect(d, all);
    closedir(d);
    qsort(all->names, all->n, sizeof(all->names[0]), by_name);
    used = write_names(all, out, size);
    for (size_t i = 0; i < all->n; i++)
        free(all->names[i]);
    free(all);
    return (ssize_t)used;
}
