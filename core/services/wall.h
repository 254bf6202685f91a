/* core/services/wall.h - the wall clock's time of this moment, for services that tell it. */
#ifndef SOCKEYE_SERVICES_WALL_H
#define SOCKEYE_SERVICES_WALL_H

#include <time.h>

#include "core/services/answering.h"

#define WALL_DATE_BYTES 32 /* "2026-11-21" */
#define WALL_TIME_BYTES 16 /* "07:36:21" */

/* A service that tells the time in its own way: its answers are made by `answer`. */
struct wall {
    struct answering answering;
    bool utc;
    const char *line_end;
};

extern const struct service_option wall_options[];
/* As service.start(), with the service's answer; free() stops it. */
int wall_start(const struct service_setup *setup,
               ssize_t (*answer)(void *instance, const uint8_t *bytes, size_t len, uint8_t *out,
                                 size_t size),
               void **ret_instance, struct err *err);

struct tm wall_now(bool utc);
void wall_date(const struct tm *now, char buf[WALL_DATE_BYTES]);
void wall_time(const struct tm *now, char buf[WALL_TIME_BYTES]);

#endif
