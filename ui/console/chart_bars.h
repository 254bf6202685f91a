/* ui/console/chart_bars.h - what took how long, a bar each over one axis of time.
 *
 *   resolve     |#                              21 us
 *   connect     |#######################        1.2 s
 *   first byte  |                       ######> 300 ms so far
 *               0                           1.5 s
 *
 * However short, a stretch has a cell; its exact time stands behind it.  One that lasts ends in an
 * arrow, one that failed is marked as such, also without colours. */
#ifndef SOCKEYE_CONSOLE_CHART_BARS_H
#define SOCKEYE_CONSOLE_CHART_BARS_H

#include "core/model/spans.h"
#include "ui/console/surface.h"

/* Rows that they take: a title, a bar each, the axis; 0 of none. */
int chart_bars_rows(const struct spans *s);

/* From row `row` on, which may be above the area.  Returns the row behind them. */
int chart_bars(struct area a, int row, const char *title, const struct spans *s);

#endif
