/* core/services/time_of_day.c - the time as HH:MM:SS. */
#include <stdlib.h>
#include <string.h>

#include "core/services/wall.h"

static ssize_t time_answer(void *instance, const uint8_t *bytes, size_t len, uint8_t *out,
                           size_t size)
{
    const struct wall *d = instance;
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
    return wall_start(setup, time_answer, ret_instance, err);
}

const struct service time_of_day_service = {
    .name = "time-of-day",
    .summary = "sends the time as HH:MM:SS and closes",
    .options = wall_options,
    .start = time_start,
    .stop = free,
    .behaviour = ANSWERING_ONCE,
    .answer = answering_answer,
};
