/* core/scenario/surroundings.h - what any face of a run does alike: whether a scenario can be done
 * here, and what a run asks why. */
#ifndef SOCKEYE_SCENARIO_SURROUNDINGS_H
#define SOCKEYE_SCENARIO_SURROUNDINGS_H

#include "core/model/probing.h"
#include "core/scenario/run.h"
#include "core/why/inquiry_of.h"

/* What it needs and can be told to be missing before it begins, as a sentence for
 * scenario_run_refuse(); NULL: nothing.  Whether packets come is only known once a capture runs. */
const char *scenario_missing(const struct scenario *s, const struct probes *probes,
                             bool no_capture);

/* The question of a REQUEST_WHY, the caller's; NULL with err: it cannot be asked, which
 * scenario_run_why() wants to know. */
struct inquiry *scenario_inquiry(const struct run_request *request, const struct model *m,
                                 const struct recorded *recorded, struct err *err);

#endif
