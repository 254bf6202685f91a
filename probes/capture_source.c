#include "probes/capture_source.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"

#define READ_BYTES (64U << 10)

void capture_source_init(struct capture_source *s, int fd, const char *path)
{
    *s = (struct capture_source){
        .fd = fd, .path = path, .room = READ_BYTES, .buffer = mem_new(READ_BYTES, 1)};
}

void capture_source_done(struct capture_source *s)
{
    free(s->buffer);
    *s = (struct capture_source){.fd = -1};
}

/* Wait for bytes, or for what ends the wait: then -1 with EINTR. */
static int await(const struct capture_source *s)
{
    struct pollfd fds[] = {{.fd = s->fd, .events = POLLIN},
                           {.fd = s->stop_fd, .events = POLLIN}};

    while (poll(fds, 2, -1) < 0)
        if (errno != EINTR)
            return -1;
    if (!fds[1].revents)
        return 0;
    errno = EINTR;
    return -1;
}

static ssize_t read_some(struct capture_source *s, void *to, size_t n)
{
    ssize_t got;

    if (s->stop_fd && await(s) < 0) {
        s->error = -errno;
        return -1;
    }
    do
        got = read(s->fd, to, n);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        s->error = -errno;
    return got;
}

static void make_room(struct capture_source *s, size_t n)
{
    if (n <= s->room - s->at)
        return;
    if (n > s->room) {
        s->room = n + READ_BYTES;
        s->buffer = mem_resize(s->buffer, s->room, 1);
    }
    memmove(s->buffer, s->buffer + s->at, s->end - s->at);
    s->end -= s->at;
    s->at = 0;
}

size_t capture_source_need(struct capture_source *s, size_t n)
{
    while (s->end - s->at < n && !s->error) {
        ssize_t got;

        make_room(s, n);
        got = read_some(s, s->buffer + s->end, s->room - s->end);
        if (got <= 0)
            break;
        s->end += (size_t)got;
    }
    return s->end - s->at;
}

ssize_t capture_source_read(struct capture_source *s, void *to, size_t n)
{
    size_t here = s->end - s->at;

    if (!here)
        return read_some(s, to, n);
    if (n > here)
        n = here;
    memcpy(to, s->buffer + s->at, n);
    capture_source_pass(s, n);
    return (ssize_t)n;
}
