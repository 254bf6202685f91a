/* core/services/clock.c - answers Date, Time, Date and Time. */
#include <stdlib.h>
#include <string.h>

#include "core/services/letters.h"
#include "core/services/wall.h"

static bool asks(const uint8_t *bytes, size_t len, const char *word)
{
    return len == strlen(word) && strncasecmp((const char *)bytes, word, len) == 0;
}

static void unknown(struct answer_text *t, const uint8_t *bytes, size_t len)
{
    static const char said[] = "UNKNOWN OPTION: ";

    answer_put(t, said, strlen(said));
    t->len += letters_upper(bytes, len, t->out + t->len, t->size - t->len);
}

static ssize_t clock_answer(void *instance, const uint8_t *bytes, size_t len, uint8_t *out,
                            size_t size)
{
    const struct wall *c = instance;
    struct answer_text t = {.out = out, .size = size};
    size_t matched = answering_matched(bytes, len);
    struct tm now = wall_now(c->utc);
    char date[WALL_DATE_BYTES], time[WALL_TIME_BYTES];
    bool both = asks(bytes, matched, "Date and Time") || asks(bytes, matched, "DateAndTime");
    bool day = both || asks(bytes, matched, "Date");
    bool hour = both || asks(bytes, matched, "Time");

    wall_date(&now, date);
    wall_time(&now, time);
    if (day)
        answer_put(&t, date, strlen(date));
    if (both)
        answer_put(&t, " ", 1);
    if (hour)
        answer_put(&t, time, strlen(time));
    if (!day && !hour && !answering_only_ends(bytes, len))
        unknown(&t, bytes, matched);
    answer_end(&t, bytes, len, c->line_end);
    return (ssize_t)t.len;
}

static int clock_start(const struct service_setup *setup, void **ret_instance, struct err *err)
{
    return wall_start(setup, clock_answer, ret_instance, err);
}

const struct service clock_service = {
    .name = "clock",
    .summary = "answers Date, Time, Date and Time",
    .options = wall_options,
    .start = clock_start,
    .stop = free,
    .behaviour = ANSWERING_CHUNKS,
    .answer = answering_answer,
};
