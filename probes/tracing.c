#include "probes/tracing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/mem.h"
#include "probes/grant.h"
#include "probes/tracing_parse.h"

#define FORMAT_BYTES (32U << 10)
/* Read at most so much at once: other work waits meanwhile. */
#define READS_MAX 256
#define TEXT_BYTES 8192

struct tracing {
    struct grant_trace *instance; /* NULL: not to be had */
    int pipe;                     /* -1: none */
    char text[TEXT_BYTES];
    size_t len; /* of a line that is not whole yet */
};

/* ---- its events ------------------------------------------------------------------------ */

static bool format_fits(const struct tracing *t, enum kernel_event_kind kind)
{
    char *text;
    bool fits;
    int fd;

    if (grant_trace_format(t->instance, kind, &fd) < 0)
        return false;
    text = mem_new(FORMAT_BYTES + 1, 1);
    (void)file_read(fd, text, FORMAT_BYTES); /* nothing fits nothing */
    close(fd);
    fits = tracing_format_fits(kind, text);
    free(text);
    return fits;
}

static void turn(const struct tracing *t, enum kernel_event_kind kind, bool on,
                 struct kernel_events_status *status)
{
    const char *event = tracing_event_path(kind);
    struct err *why_not = &status->why_not[kind];
    bool fits = on && format_fits(t, kind);
    int code = grant_trace_turn(t->instance, kind, on && fits);

    status->on[kind] = false;
    *why_not = (struct err){0};
    if (!on)
        err_set(why_not, -ECANCELED, "trace", event, "nobody asked for it");
    else if (code == -ENOENT)
        err_set(why_not, code, "trace", event, "this kernel has no such event");
    else if (!fits)
        err_set(why_not, -EPROTO, "trace", event, "its form in this kernel is not known here");
    else if (code < 0)
        err_set(why_not, code, "trace", event, "the kernel does not turn it on");
    else
        status->on[kind] = true;
}

void tracing_drops(struct tracing *t, bool on, struct kernel_events_status *status)
{
    if (t->pipe >= 0)
        turn(t, KERNEL_DROP, on, status);
}

struct tracing *tracing_open(struct kernel_events_status *status)
{
    struct tracing *t = mem_new(1, sizeof(*t));
    struct err err = {0};
    int rc;

    t->pipe = -1;
    rc = grant_trace_open(&t->instance, &t->pipe, &err);
    for (int kind = 0; kind < KERNEL_EVENT_KINDS; kind++) {
        if (!tracing_event_path((enum kernel_event_kind)kind))
            continue;
        if (rc == 0)
            turn(t, (enum kernel_event_kind)kind, kind != KERNEL_DROP, status);
        else
            status->why_not[kind] = err;
    }
    return t;
}

void tracing_close(struct tracing *t)
{
    if (!t)
        return;
    if (t->pipe >= 0)
        close(t->pipe);
    grant_trace_close(t->instance);
    free(t);
}

int tracing_fd(const struct tracing *t)
{
    return t->pipe;
}

/* ---- what it says ---------------------------------------------------------------------- */

static void take_line(const char *line, size_t len,
                      void (*event)(void *ctx, const struct kernel_event *e), void *ctx,
                      struct kernel_events_status *status)
{
    struct kernel_event e;
    uint64_t lost;

    if (tracing_parse(line, len, &e) == 0)
        event(ctx, &e);
    else if (tracing_parse_lost(line, len, &lost))
        status->lost += lost;
}

void tracing_read(struct tracing *t, void (*event)(void *ctx, const struct kernel_event *e),
                  void *ctx, struct kernel_events_status *status)
{
    for (int i = 0; i < READS_MAX && t->pipe >= 0; i++) {
        ssize_t n = read(t->pipe, t->text + t->len, sizeof(t->text) - t->len);
        char *line = t->text, *end;

        if (n <= 0)
            return;
        t->len += (size_t)n;
        while ((end = memchr(line, '\n', t->len))) {
            take_line(line, (size_t)(end - line), event, ctx, status);
            t->len -= (size_t)(end - line) + 1;
            line = end + 1;
        }
        if (t->len == sizeof(t->text))
            t->len = 0; /* no line of ours is as long */
        memmove(t->text, line, t->len);
    }
}
