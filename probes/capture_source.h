/* probes/capture_source.h - the bytes of a file or pipe, looked at where they were read to. */
#ifndef SOCKEYE_PROBES_CAPTURE_SOURCE_H
#define SOCKEYE_PROBES_CAPTURE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/base/err.h"

struct capture_source {
    int fd;           /* borrowed */
    const char *path; /* likewise: for errors */
    int stop_fd;      /* likewise; 0: none */
    uint8_t *buffer;
    size_t room, at, end; /* what is there: buffer[at .. end) */
    uint64_t offset;      /* of buffer[at] from where reading began */
    int error;            /* negative errno of a read that failed; 0: none */
};

void capture_source_init(struct capture_source *s, int fd, const char *path);
void capture_source_done(struct capture_source *s);

/* Try to have n bytes at once.  Returns how many there are from `at`: fewer than n only at the
 * end, or when a read failed (error). */
size_t capture_source_need(struct capture_source *s, size_t n);

static inline const uint8_t *capture_source_bytes(const struct capture_source *s)
{
    return s->buffer + s->at;
}

/* Go on behind n bytes that are there. */
static inline void capture_source_pass(struct capture_source *s, size_t n)
{
    s->at += n;
    s->offset += n;
}

/* As read(2), for who has a buffer of its own: first what is here already. */
ssize_t capture_source_read(struct capture_source *s, void *to, size_t n);

#endif
