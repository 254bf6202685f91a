/* probes/guard/caps.h - capability sets: capabilities(7), capset(2), without libcap. */
#ifndef SOCKEYE_PROBES_GUARD_CAPS_H
#define SOCKEYE_PROBES_GUARD_CAPS_H

#include <stdint.h>

/* Bits are 1 << CAP_x. */
#define CAPS_ALL UINT64_MAX

/* What this process has in its permitted set. */
uint64_t caps_permitted(void);

/* Keep no more than these, effective and permitted alike, and nothing to hand on: the inheritable
 * and ambient sets become empty, the bounding set is cut down as far as that is permitted.  0 or
 * negative errno. */
int caps_keep(uint64_t wanted);

#endif
