/* probes/translation.h - what conntrack knows of a flow: ctnetlink, linux/netfilter/
 * nfnetlink_conntrack.h.  The contract is struct probes in core/model/probing.h. */
#ifndef SOCKEYE_PROBES_TRANSLATION_H
#define SOCKEYE_PROBES_TRANSLATION_H

#include <stddef.h>

#include "core/base/err.h"
#include "core/model/surroundings.h"

int translation_look(uint8_t protocol, const struct addr *local, const struct addr *peer,
                     struct translation_facts *ret, struct err *err);

/* Pure: what one answer of the kernel says of the flow to `peer`.  -EBADMSG: it is not such an answer. */
int translation_parse(const void *message, size_t len, const struct addr *peer,
                      struct translation_facts *ret);

#endif
