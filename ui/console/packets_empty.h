/* ui/console/packets_empty.h - why a list of packets is empty, and what can be done about it. */
#ifndef SOCKEYE_CONSOLE_PACKETS_EMPTY_H
#define SOCKEYE_CONSOLE_PACKETS_EMPTY_H

#include "core/model/model.h"
#include "ui/console/surface.h"

/* What keeps interfaces from capturing, a line each, then why nothing is listed although others
 * capture. */
void packets_empty(const struct model *m, struct area a);

#endif
