/* core/report/host.h - the sockets of a host and its figures as text, CSV and JSON. */
#ifndef SOCKEYE_REPORT_HOST_H
#define SOCKEYE_REPORT_HOST_H

#include <cjson/cJSON.h>

#include "core/model/host.h"

/* A line a kind of sockets with its states; line() as names_text() of core/report/names.h. */
int host_sockets_text(const struct host_tally *t, bool header,
                      int (*line)(void *ctx, const char *text), void *ctx);
/* A line each figure. */
int host_figures_text(const struct host *h, int (*line)(void *ctx, const char *text),
                      void *ctx);

/* {"schema", "total", "kinds"}; the caller owns the result (cJSON_Delete). */
cJSON *host_sockets_json(const struct host_tally *t);
/* An array of {"name", "value", "unit", "limit", "all", "state", "note"}; what is not known is
 * null. */
cJSON *host_figures_json(const struct host *h);

#endif
