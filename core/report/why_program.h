/* core/report/why_program.h - what became of a program's socket calls, as text and as JSON. */
#ifndef SOCKEYE_REPORT_WHY_PROGRAM_H
#define SOCKEYE_REPORT_WHY_PROGRAM_H

#include <cjson/cJSON.h>

#include "core/why/gather_program.h"

/* The document of the worst call (core/report/why.h) with all "calls" and the "program"; the
 * caller owns it (cJSON_Delete).  name: of the program. */
cJSON *why_program_json(const struct program_report *r, const char *name);

/* Line by line; what put() gives ends it.  Returns 0 or that. */
int why_program_text(const struct program_report *r, const char *name,
                     int (*put)(void *ctx, const char *line), void *ctx);

/* "connect tcp://127.0.0.1:1: no-listener: Nobody listens on ...".  Returns buf. */
#define WHY_FINDING_BYTES 1024
const char *why_finding_line(const struct program_finding *f, char buf[WHY_FINDING_BYTES]);

#endif
