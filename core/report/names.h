/* core/report/names.h - what a name stands for as lines of text and as JSON.
 *
 * Whatever comes out is printable. */
#ifndef SOCKEYE_REPORT_NAMES_H
#define SOCKEYE_REPORT_NAMES_H

#include <cjson/cJSON.h>

#include "core/model/names.h"

/* The addresses first, a line each in connect's order ("ADDRESS FAMILY SOURCE"), then what
 * explains them.  line() gets each without a line feed; it returns 0 to go on.  Returns the
 * first other value. */
int names_text(const struct name_report *r, int (*line)(void *ctx, const char *text),
               void *ctx);

/* One document; the caller owns the result (cJSON_Delete). */
cJSON *names_json(const struct name_report *r);

#endif
