/* core/report/chart_csv.h - a series as CSV (RFC 4180), a line each look. */
#ifndef SOCKEYE_REPORT_CHART_CSV_H
#define SOCKEYE_REPORT_CHART_CSV_H

#include <stdio.h>

#include "core/model/series.h"

/* Columns: time_s, seconds since the epoch; then those of series_info(), with their units.  What
 * is not known is empty. */
void chart_csv(FILE *out, const struct series *s);

#endif
