/* probes/capture_filter.h - pcap-filter(7) expressions: compiled, set, and explained when wrong. */
#ifndef SOCKEYE_PROBES_CAPTURE_FILTER_H
#define SOCKEYE_PROBES_CAPTURE_FILTER_H

#include "core/base/err.h"

typedef struct pcap pcap_t;
struct bpf_program;

/* Compile for what a handle gives; release with pcap_freecode().  Returns 0, or -EINVAL: err then
 * has libpcap's words and, where it can be found, the place that they are about.  NULL or ""
 * lets everything through. */
int capture_filter_compile(pcap_t *handle, const char *filter, struct bpf_program *ret,
                           struct err *err);

/* Set on the handle of a file.  A live one takes it by its gate: capture_gate.h. */
int capture_filter_set(pcap_t *handle, const char *filter, struct err *err);

#endif
