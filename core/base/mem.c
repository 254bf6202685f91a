#include "core/base/mem.h"

#include <stdbool.h>
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
_Noreturn static void give_up(const char *line)
{
    ssize_t ignored;

    if (restore_hook)
        restore_hook();
    ignored = write(STDERR_FILENO, line, strlen(line));
    (void)ignored;
    _exit(EXIT_FAILURE);
}

static void *checked(void *p)
{
    if (!p)
        give_up("sockeye: out of memory\n");
    return p;
}

FILE *mem_stream(char **ret_text, size_t *ret_len)
{
    return checked(open_memstream(ret_text, ret_len));
}

/* fclose() may find no memory to cut the text to its length: then there is no text, and no error. */
void mem_stream_end(FILE *stream, char *const *text)
{
    bool whole = !ferror(stream);

    if (fclose(stream) != 0 || !whole)
        checked(NULL);
    checked(*text);
}

int mem_eventfd(void)
{
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

    if (fd < 0)
        give_up("sockeye: no file descriptor is left: raise the limit (ulimit -n)\n");
    return fd;
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
