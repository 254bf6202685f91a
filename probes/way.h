/* probes/way.h - the way to an address over other network namespaces of this host; the contract is
 * struct probes in core/model/probing.h.
 *
 * A packet to an address goes to a neighbour: its gateway, or the address itself.  A namespace in
 * which that neighbour's address is local (rtnetlink(7), RTN_LOCAL) may be it; it is for sure when
 * it also has the link address that the neighbour answered with. */
#ifndef SOCKEYE_PROBES_WAY_H
#define SOCKEYE_PROBES_WAY_H

#include "core/base/err.h"
#include "core/model/surroundings.h"

int way_look(const struct addr *to, struct way_facts *ret, struct err *err);
int way_inside(uint64_t netns, void (*work)(void *ctx), void *ctx, struct err *err);

#endif
