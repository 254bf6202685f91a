/* core/report/load.h - what a load did, as text and as JSON. */
#ifndef SOCKEYE_REPORT_LOAD_H
#define SOCKEYE_REPORT_LOAD_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include "core/net/load.h"

#define LOAD_LINE_BYTES 256
/* Room for a report, with LOAD_ERROR_KINDS lines of errors. */
#define LOAD_TEXT_BYTES (4096 + LOAD_ERROR_KINDS * LOAD_LINE_BYTES * 2)

/* Everything asked for was done, and nothing went wrong. */
bool load_succeeded(const struct load_report *r);

/* One line, without its end, of where it is; before: the report of the tick before, NULL: none. */
void load_progress_line(const struct load_report *r, const struct load_report *before,
                        char ret[LOAD_LINE_BYTES]);

/* The whole, several lines, the last one without its end. */
void load_text(const struct load_report *r, const struct load_settings *s,
               char ret[LOAD_TEXT_BYTES]);

/* One document, the caller's. */
cJSON *load_json(const struct load_report *r, const struct load_settings *s);

#endif
