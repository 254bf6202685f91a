/* core/report/why_html.h - a verdict as one page that needs nothing but itself: cause, fixes, evidence,
 * ladder, rows, and the commands that show the same with other tools.
 *
 * No scripts; every text is escaped, and what is foreign is made printable. */
#ifndef SOCKEYE_REPORT_WHY_HTML_H
#define SOCKEYE_REPORT_WHY_HTML_H

#include <cjson/cJSON.h>

#include "core/report/ladder.h"
#include "core/why/verdict.h"

/* recording: the name of the pcapng file beside it; NULL: there is none.  l: the ladder of its
 * packets.  Returns 0 or what the sink gave. */
int why_html(const struct evidence *e, const struct verdict *v, const struct ladder *l,
             const char *recording, ladder_sink *sink, void *ctx);

/* The rows that had to do with it; the caller owns the array (cJSON_Delete). */
cJSON *why_rows_json(const struct evidence *e);

#endif
