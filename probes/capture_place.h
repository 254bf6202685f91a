/* probes/capture_place.h - where in a pcap-filter(7) expression the mistake is.
 *
 * libpcap says no more than "syntax error".  Its parser reads from left to right, so the mistake is
 * the first word with which no beginning of a right expression ends; that is found by trying. */
#ifndef SOCKEYE_PROBES_CAPTURE_PLACE_H
#define SOCKEYE_PROBES_CAPTURE_PLACE_H

#include "core/base/err.h"

/* Fill err (-EINVAL) for a filter that libpcap does not compile for this DLT_ value; pcap_text is
 * what it said. */
void capture_place_explain(int dlt, const char *filter, const char *pcap_text, struct err *err);

#endif
