/* ui/console/chart.h - curves over time, drawn in blocks.
 *
 * Time runs to the right, its newest moment in the last cell; where many looks share a cell it
 * shows their peak, where nothing is known it stays empty.  Values begin at 0. */
#ifndef SOCKEYE_CONSOLE_CHART_H
#define SOCKEYE_CONSOLE_CHART_H

#include "core/model/series.h"
#include "ui/console/surface.h"

/* What is drawn in a column. */
struct chart_point {
    uint64_t value;
    bool known;
};

/* A point a column of the area, scaled to the largest of them. */
void chart_points(struct area a, const struct chart_point *points);

/* One curve that fills the area, scaled to its own peak. */
void chart_curve(struct area a, const struct series *s, enum series_id id);

/* What limits a curve, or is its best case, is a line of letters through its chart: it is told
 * without a colour.  One far above the curve is named only. */

/* All curves that have something to show below each other from number `top` on, each with its
 * figures and scale, over one axis of time.
 *
 *   rtt   0.045 ms now, 0.020 ms to 1.200 ms   m least 0.020 ms
 *      1.200 ms |  ▁▂▃▄▅▆▇█▇▆▅▄▃▂▁
 *             0 |mmmmmmmmmmmmmmmmm
 *                -12.4 s                                                          now */
void chart_stack(struct area a, const struct series *s, int top);

/* How many curves have something to show. */
int chart_count(const struct series *s);

#endif
