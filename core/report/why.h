/* core/report/why.h - a verdict and its evidence as text and as JSON.
 *
 * Whatever comes out is printable. */
#ifndef SOCKEYE_REPORT_WHY_H
#define SOCKEYE_REPORT_WHY_H

#include <cjson/cJSON.h>

#include "core/why/verdict.h"

/* The document of `why --json`; the caller owns it (cJSON_Delete). */
cJSON *why_json(const struct evidence *e, const struct verdict *v);

/* Its "unseen", for other documents too. */
void why_add_unseen(cJSON *document, const struct evidence *e);
/* A line for each. */
int why_unseen_text(const struct evidence *e, int (*put)(void *ctx, const char *line),
                    void *ctx);

/* Line by line, with the cause's title where core/why/causes.h is loaded; what put() gives ends it.  Returns 0 or that. */
int why_text(const struct evidence *e, const struct verdict *v,
             int (*put)(void *ctx, const char *line), void *ctx);

#endif
