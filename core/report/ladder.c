#include "core/report/ladder.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/report/ladder_line.h"
#include "core/report/ladder_out.h"

/* --- out -------------------------------------------------------------------------------- */

int ladder_flush(struct ladder_out *o)
{
    if (!o->result && o->used)
        o->result = o->sink(o->ctx, o->bytes, o->used);
    o->used = 0;
    return o->result;
}

void ladder_put(struct ladder_out *o, const char *text)
{
    size_t left = strlen(text);

    while (left && !o->result) {
        size_t room = sizeof(o->bytes) - o->used, n = left < room ? left : room;

        memcpy(o->bytes + o->used, text, n);
        o->used += n;
        text += n;
        left -= n;
        if (o->used == sizeof(o->bytes))
            ladder_flush(o);
    }
}

void ladder_putf(struct ladder_out *o, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    ladder_put(o, text);
}

const char *ladder_time(const struct ladder *l, const struct ladder_shape *shape,
                        uint64_t wall_ns, char buf[LADDER_TIME_BYTES])
{
    const struct ladder_step *first = ladder_step(l, ladder_first(l));
    uint64_t us = (wall_ns - (first ? first->wall_ns : wall_ns)) / 1000;
    time_t seconds = (time_t)(wall_ns / CLOCK_SECOND_NS);
    struct tm tm;

    if (!shape->wall || !localtime_r(&seconds, &tm))
        snprintf(buf, LADDER_TIME_BYTES, "%" PRIu64 ".%06" PRIu64, us / 1000000, us % 1000000);
    else
        snprintf(buf, LADDER_TIME_BYTES, "%02d:%02d:%02d.%06" PRIu64, tm.tm_hour, tm.tm_min,
                 tm.tm_sec, wall_ns % CLOCK_SECOND_NS / 1000);
    return buf;
}

const char *ladder_delta(const struct ladder *l, uint64_t number, char buf[LADDER_TIME_BYTES])
{
    const struct ladder_step *s = ladder_step(l, number);
    char duration[TEXT_DURATION_BYTES];

    buf[0] = '\0';
    /* A state that is seen on the wire has its packet's time. */
    if (number > ladder_first(l) && !(s->kind == LADDER_STATE && s->on_wire))
        snprintf(buf, LADDER_TIME_BYTES, "+%.30s",
                 text_duration(ladder_gap_ns(l, number), duration));
    return buf;
}

int ladder_report(const struct ladder *l, const struct ladder_shape *shape, ladder_sink *sink,
                  void *ctx)
{
    struct ladder_out *o = mem_new(1, sizeof(*o));
    int result;

    o->sink = sink;
    o->ctx = ctx;
    if (shape->form == LADDER_AS_JSON)
        ladder_json(o, l);
    else if (shape->form == LADDER_AS_HTML)
        ladder_html(o, l, shape);
    else
        ladder_text(o, l, shape);
    result = ladder_flush(o);
    free(o);
    return result;
}
