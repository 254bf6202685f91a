/* probes/capture_filter.h - a pcap-filter(7) expression set on a handle. */
#ifndef SOCKEYE_PROBES_CAPTURE_FILTER_H
#define SOCKEYE_PROBES_CAPTURE_FILTER_H

#include "core/base/err.h"

typedef struct pcap pcap_t;

/* NULL or "" lets everything through.  Returns 0, or -EINVAL with libpcap's words in err. */
int capture_filter_set(pcap_t *handle, const char *filter, struct err *err);

#endif
