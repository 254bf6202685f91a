/* core/report/chart_svg.h - what was measured of a socket as a drawing: SVG 1.1, one chart below the
 * other, then what took how long.
 *
 * Without scripts and without anything from elsewhere; its colours follow the reader's choice of light
 * or dark. */
#ifndef SOCKEYE_REPORT_CHART_SVG_H
#define SOCKEYE_REPORT_CHART_SVG_H

#include <stdio.h>

#include "core/model/series.h"
#include "core/model/spans.h"

/* A group of bars over one axis of time. */
struct chart_times {
    const char *title;
    struct spans spans; /* without any it is left out */
};

/* title: printable, of any characters. */
void chart_svg(FILE *out, const struct series *s, const struct chart_times *times,
               size_t n_times, const char *title);

#endif
