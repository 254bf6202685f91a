/* core/base/mem.h - allocation that never fails to its caller.
 *
 * When memory runs out the program cannot go on truthfully: the hook restores
 * the terminal, one line goes to stderr, and the program ends with status 1. */
#ifndef SOCKEYE_BASE_MEM_H
#define SOCKEYE_BASE_MEM_H

#include <stddef.h>
#include <stdio.h>

/* n objects of size bytes, zeroed.  Never NULL; release with free(). */
void *mem_new(size_t n, size_t size);

/* realloc() to n objects of size bytes; new bytes are not zeroed. */
void *mem_resize(void *p, size_t n, size_t size);

/* A copy of len bytes with a terminating NUL behind it. */
void *mem_copy(const void *p, size_t len);

/* Zeroed pages straight from the kernel: what is never touched costs nothing.
 * Release with mem_unmap(p, bytes). */
void *mem_map(size_t bytes);
void mem_unmap(void *p, size_t bytes);

/* As open_memstream(3); the text is whole once mem_stream_end(), which is to be given it, has
 * returned.  Release it with free(). */
FILE *mem_stream(char **ret_text, size_t *ret_len);
void mem_stream_end(FILE *stream, char *const *text);

/* A non-blocking eventfd(2).  Without a descriptor left no two threads can talk: one line goes to
 * stderr and the program ends with status 1. */
int mem_eventfd(void);

/* Called once before the program ends for want of something.  Set by main(). */
void mem_on_exhausted(void (*restore)(void));

#endif
