/* core/services/daytime.c - the date and time in words (RFC 867), as
 * "Saturday, November 21, 2026 07:36:21-UTC": the first of the two forms that it suggests.  The
 * names are English whatever the locale. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/services/wall.h"

static ssize_t daytime_answer(void *instance, const uint8_t *bytes, size_t len, uint8_t *out,
                              size_t size)
{
    static const char *const days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                       "Thursday", "Friday", "Saturday"};
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    const struct wall *d = instance;
    struct answer_text t = {.out = out, .size = size};
    struct tm now = wall_now(d->utc);
    char text[128], time[WALL_TIME_BYTES];

    (void)bytes;
    (void)len;
    wall_time(&now, time);
    snprintf(text, sizeof(text), "%s, %s %d, %d %s-%s", days[now.tm_wday], months[now.tm_mon],
             now.tm_mday, now.tm_year + 1900, time, d->utc ? "UTC" : now.tm_zone);
    answer_put(&t, text, strlen(text));
    answer_end(&t, NULL, 0, d->line_end);
    return (ssize_t)t.len;
}

static int daytime_start(const struct service_setup *setup, void **ret_instance,
                         struct err *err)
{
    return wall_start(setup, daytime_answer, ret_instance, err);
}

const struct service daytime_service = {
    .name = "daytime",
    .summary = "sends the date and time in words and closes (RFC 867)",
    .options = wall_options,
    .start = daytime_start,
    .stop = free,
    .behaviour = ANSWERING_ONCE,
    .answer = answering_answer,
};
