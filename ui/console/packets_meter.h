/* ui/console/packets_meter.h - what the capture has seen, and what it has not. */
#ifndef SOCKEYE_CONSOLE_PACKETS_METER_H
#define SOCKEYE_CONSOLE_PACKETS_METER_H

#include "core/model/model.h"
#include "ui/console/surface.h"

#define METER_BYTES 320

/* One line, in as many words as fit into so many columns:
 *
 *   lo: 1,204 seen · 1,204 kept · 0 cut · dropped by kernel 0, interface ?, us 0 · delay 12 ms
 *
 * seen: came to the capture, with what the kernel had no room for; kept: still in the store; cut:
 * made shorter by the snapshot length; us: overwritten in the store before anybody looked; delay:
 * the longest from the wire to the store in the last second.  Of all interfaces together; "?":
 * nobody counts it.  "" without a capture.  Returns how it is to be drawn: STYLE_BAD when
 * something was lost. */
enum style packets_meter(const struct model *m, int columns, char buf[METER_BYTES]);

/* "[filter: port 80] [capture: tcp] [looking through the store: 43 %]", what stands beside the
 * title; "" when everything is listed.  Returns buf. */
const char *packets_restrictions(const struct model *m, char *buf, size_t size);

#endif
