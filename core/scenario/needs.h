/* core/scenario/needs.h - whether what a scenario cannot do without is to be had here. */
#ifndef SOCKEYE_SCENARIO_NEEDS_H
#define SOCKEYE_SCENARIO_NEEDS_H

#include "core/model/probing.h"
#include "core/scenario/scenario.h"

/* What is missing that can be told before it begins, as a sentence; NULL: nothing.  Whether packets
 * come is not known before they are captured. */
const char *scenario_lacks(const struct scenario *s, const struct probes *probes,
                           bool no_capture);

#endif
