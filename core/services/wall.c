#include "core/services/wall.h"

#include <stdlib.h>

#include "core/base/clock.h"
#include "core/base/mem.h"

const struct service_option wall_options[] = {
    {"utc", NULL, NULL, "UTC instead of local time"},
    SERVICE_LINE_END,
    {NULL, NULL, NULL, NULL},
};

int wall_start(const struct service_setup *setup,
               ssize_t (*answer)(void *instance, const uint8_t *bytes, size_t len, uint8_t *out,
                                 size_t size),
               void **ret_instance, struct err *err)
{
    struct wall *w = mem_new(1, sizeof(*w));
    int r = service_line_end(setup, "line-end", &w->line_end, err);

    w->answering.answer = answer;
    w->utc = service_flag(setup, "utc");
    if (r < 0)
        free(w);
    else
        *ret_instance = w;
    return r;
}

struct tm wall_now(bool utc)
{
    time_t seconds = (time_t)(clock_wall_ns() / CLOCK_SECOND_NS);
    struct tm tm = {0};

    if (utc)
        gmtime_r(&seconds, &tm);
    else
        localtime_r(&seconds, &tm);
    return tm;
}

void wall_date(const struct tm *now, char buf[WALL_DATE_BYTES])
{
    strftime(buf, WALL_DATE_BYTES, "%Y-%m-%d", now);
}

void wall_time(const struct tm *now, char buf[WALL_TIME_BYTES])
{
    strftime(buf, WALL_TIME_BYTES, "%H:%M:%S", now);
}
