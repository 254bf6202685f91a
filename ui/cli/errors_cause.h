/* ui/cli/errors_cause.h - causes beside errors, in `sockeye errors`; nobody else includes it. */
#ifndef SOCKEYE_CLI_ERRORS_CAUSE_H
#define SOCKEYE_CLI_ERRORS_CAUSE_H

#include <stdio.h>

#include <cjson/cJSON.h>

#include "core/why/causes.h"

#define ERRORS_INDENT 9 /* where texts begin, behind their label */

/* One in full: into the document when there is one, else to out. */
void errors_put_cause(FILE *out, cJSON *document, const struct cause *cause);
/* All of them, a line each. */
void errors_put_causes(FILE *out, cJSON *document);

/* Broken at blanks, from column `at` on, where the cursor is. */
void errors_write_wrapped(FILE *out, size_t at, const char *text);

#endif
