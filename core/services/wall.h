/* core/services/wall.h - the wall clock's time of this moment, for services that tell it. */
#ifndef SOCKEYE_SERVICES_WALL_H
#define SOCKEYE_SERVICES_WALL_H

#include <time.h>

#include "core/services/service.h"

/* One spelling of it for every service that tells the time. */
#define SERVICE_UTC                                                                            \
    {                                                                                          \
        "utc", NULL, NULL, "UTC instead of local time"                                         \
    }

#define WALL_DATE_BYTES 32 /* "2026-11-21" */
#define WALL_TIME_BYTES 16 /* "07:36:21" */

struct tm wall_now(bool utc);
void wall_date(const struct tm *now, char buf[WALL_DATE_BYTES]);
void wall_time(const struct tm *now, char buf[WALL_TIME_BYTES]);

#endif
