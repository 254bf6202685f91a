#include "core/base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

static void (*restore_hook)(void);

void mem_on_exhausted(void (*restore)(void))
{
    restore_hook = restore;
}

/* The last words; where they cannot be written nobody is left to be told. */
static void say(const char *line)
{
    ssize_t ignored;

    if (restore_hook)
        restore_hook();
    ignored = write(STDERR_FILENO, line, strlen(line));
    (void)ignored;
}

static void *checked(void *p)
{
    if (p)
        return p;
    say("sockeye: out of memory\n");
    abort();
}

int mem_eventfd(void)
{
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

    if (fd >= 0)
        return fd;
    say("sockeye: no file descriptor is left: raise the limit (ulimit -n)\n");
    _exit(EXIT_FAILURE);
}

void *mem_new(size_t n, size_t size)
{
    return checked(calloc(n ? n : 1, size));
}

void *mem_resize(void *p, size_t n, size_t size)
{
    return checked(reallocarray(p, n ? n : 1, size));
}

void *mem_copy(const void *p, size_t len)
{
    char *copy = mem_new(len + 1, 1);

    if (len)
        memcpy(copy, p, len);
    return copy;
}

void *mem_map(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return checked(p == MAP_FAILED ? NULL : p);
}

void mem_unmap(void *p, size_t bytes)
{
    if (p)
        munmap(p, bytes);
}
