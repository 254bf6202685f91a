/* core/report/chart_svg.h - a series as a drawing: SVG 1.1, one chart below the other. */
#ifndef SOCKEYE_REPORT_CHART_SVG_H
#define SOCKEYE_REPORT_CHART_SVG_H

#include <stdio.h>

#include "core/model/series.h"

/* title: printable, of any characters. */
void chart_svg(FILE *out, const struct series *s, const char *title);

#endif
