/* core/model/names_order.h - why an address is tried before another: destination address selection,
 * RFC 6724, section 6, with the table of its section 2.1.
 *
 * The order is the C library's; here the first rule is sought that tells two addresses apart.  Rules
 * 3, 4 and 7 (deprecated, home, tunnelled sources) are of what cannot be seen here.  Pure. */
#ifndef SOCKEYE_MODEL_NAMES_ORDER_H
#define SOCKEYE_MODEL_NAMES_ORDER_H

#include "core/model/names.h"

/* Why addresses[i] comes before addresses[i + 1]; false: it is the last one.  buf begins with
 * "rule 6: ..."; where the table says the opposite it says so: /etc/gai.conf, or a source that keeps
 * an order of its own. */
#define NAMES_ORDER_BYTES 128
bool names_order(const struct name_report *r, size_t i, char buf[NAMES_ORDER_BYTES]);

#endif
