/* core/report/packets_internal.h - what the files of core/report/packets.h share. */
#ifndef SOCKEYE_REPORT_PACKETS_INTERNAL_H
#define SOCKEYE_REPORT_PACKETS_INTERNAL_H

#include "core/report/packets.h"

/* Whether a layer carries others over one link, by the name that the decoder gives it. */
bool packet_is_link(const char *layer);

#endif
