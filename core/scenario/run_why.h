/* core/scenario/run_why.h - what a run asks why, as a question that can be looked into. */
#ifndef SOCKEYE_SCENARIO_RUN_WHY_H
#define SOCKEYE_SCENARIO_RUN_WHY_H

#include "core/scenario/run.h"
#include "core/why/inquiry_of.h"

/* Of a REQUEST_WHY; the caller's.  NULL: nothing can be asked about it. */
struct inquiry *scenario_run_inquiry(const struct run_request *request, const struct model *m,
                                     const struct recorded *recorded, bool no_capture);

#endif
