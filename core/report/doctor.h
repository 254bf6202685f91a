/* core/report/doctor.h - a checkup as text and as JSON.
 *
 * Whatever comes out is printable. */
#ifndef SOCKEYE_REPORT_DOCTOR_H
#define SOCKEYE_REPORT_DOCTOR_H

#include <cjson/cJSON.h>

#include "core/why/checkup.h"

/* The document of `doctor --json`; the caller owns it (cJSON_Delete). */
cJSON *doctor_json(const struct checkup *c);

/* A line for each ailment, then a summary; what put() gives ends it.  Returns 0 or that. */
int doctor_text(const struct checkup *c, int (*put)(void *ctx, const char *line), void *ctx);

#endif
