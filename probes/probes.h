/* probes/probes.h - the probes of this Linux as one table, for main(). */
#ifndef SOCKEYE_PROBES_PROBES_H
#define SOCKEYE_PROBES_PROBES_H

#include "core/model/probing.h"

extern const struct probes linux_probes;

#endif
