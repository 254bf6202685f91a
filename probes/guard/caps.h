/* probes/guard/caps.h - capability sets: capabilities(7), capset(2), without libcap. */
#ifndef SOCKEYE_PROBES_GUARD_CAPS_H
#define SOCKEYE_PROBES_GUARD_CAPS_H

#include <stdint.h>

/* Bits are 1 << CAP_x. */
#define CAPS_ALL UINT64_MAX

/* What this process has in its permitted set. */
uint64_t caps_permitted(void);

/* No program that this process becomes can have more than these: cut down the bounding set, which needs
 * CAP_SETPCAP; without it no_new_privs has to do. */
void caps_bound(uint64_t wanted);

/* Keep no more than these, effective and permitted alike, and nothing to hand on: the inheritable
 * and ambient sets become empty.  0 or negative errno. */
int caps_keep(uint64_t wanted);

#endif
