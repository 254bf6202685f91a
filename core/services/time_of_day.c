/* core/services/time_of_day.c - the time as HH:MM:SS. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/services/answering.h"
#include "core/services/wall.h"

struct time_of_day {
    struct answering answering;
    bool utc;
    const char *line_end;
};

static const struct service_option options[] = {
    SERVICE_UTC,
    SERVICE_LINE_END,
    {NULL, NULL, NULL, NULL},
};

static ssize_t time_answer(void *instance, const uint8_t *bytes, size_t len, uint8_t *out,
                           size_t size)
{
    const struct time_of_day *d = instance;
    struct answer_text t = {.out = out, .size = size};
    struct tm now = wall_now(d->utc);
    char time[WALL_TIME_BYTES];

    (void)bytes;
    (void)len;
    wall_time(&now, time);
    answer_put(&t, time, strlen(time));
    answer_end(&t, NULL, 0, d->line_end);
    return (ssize_t)t.len;
}

static int time_start(const struct service_setup *setup, void **ret_instance, struct err *err)
{
    struct time_of_day *d = mem_new(1, sizeof(*d));
    int r = service_line_end(setup, "line-end", &d->line_end, err);

    d->answering.answer = time_answer;
    d->utc = service_flag(setup, "utc");
    if (r < 0)
        free(d);
    else
        *ret_instance = d;
    return r;
}

const struct service time_of_day_service = {
    .name = "time-of-day",
    .summary = "sends the time as HH:MM:SS and closes",
    .options = options,
    .start = time_start,
    .stop = free,
    .behaviour = ANSWERING_ONCE,
    .answer = answering_answer,
};
