/* core/report/ping.h - the events and sums of a ping as text and as JSON. */
#ifndef SOCKEYE_REPORT_PING_H
#define SOCKEYE_REPORT_PING_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include "core/model/ping.h"
#include "core/report/icmp_advice.h"

struct ping_report {
    const char *host; /* as it was given; cleaned here */
    const struct ping_settings *settings;
    const struct icmp_advice *advice; /* NULL: names only */
};

#define PING_LINE_BYTES 640
/* Room for the sums, PING_ERROR_KINDS lines of errors among them. */
#define PING_SUMMARY_BYTES (PING_LINE_BYTES + PING_ERROR_KINDS * 256)

/* One line without its end; false for an event that a person need not read. */
bool ping_line(const struct ping_event *e, const struct ping_report *report,
               char ret[PING_LINE_BYTES]);
/* Several lines, the last one without its end. */
void ping_summary(const struct ping_stats *s, const struct ping_report *report,
                  char ret[PING_SUMMARY_BYTES]);

/* One object, the caller's; NULL for an event that has none. */
cJSON *ping_event_json(const struct ping_event *e, const struct ping_report *report);
cJSON *ping_summary_json(const struct ping_stats *s, const struct ping_report *report);

#endif
