/* core/report/scenario.h - what came of scenarios: TAP for a test harness, JSON for a program.
 *
 * Pure; everything printable. */
#ifndef SOCKEYE_REPORT_SCENARIO_H
#define SOCKEYE_REPORT_SCENARIO_H

#include <cjson/cJSON.h>
#include <stddef.h>

#include "core/scenario/run.h"

/* One scenario with its runs; again is NULL when there was only the first. */
struct scenario_report {
    const struct scenario *scenario;
    const struct scenario_run *run, *again;
};

/* A line for each step, a point of TAP 13 counted on in *number, with a YAML block behind what failed;
 * then what was measured, as comments.  put gets lines without their end and returns 0, or what
 * this ends with. */
int scenario_tap(const struct scenario_report *report, size_t *number,
                 int (*put)(void *ctx, const char *line), void *ctx);

/* The caller's to delete. */
cJSON *scenario_json(const struct scenario_report *report);

/* "held", "failed", "unavailable", "stopped"; "undecided". */
const char *run_outcome_name(enum run_outcome outcome);

#endif
