#include "core/services/wall.h"

#include "core/base/clock.h"

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
