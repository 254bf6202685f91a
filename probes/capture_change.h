/* probes/capture_change.h - another filter on its way to the capture thread.
 *
 * It is compiled by who asks for it: a name in it is looked up then, and the capture must not wait
 * for a resolver. */
#ifndef SOCKEYE_PROBES_CAPTURE_CHANGE_H
#define SOCKEYE_PROBES_CAPTURE_CHANGE_H

#include <pcap/pcap.h>
#include <stdint.h>

#include "core/model/probing.h"

struct change;

/* For each of these LINKTYPE_ values; with none it is tried with Ethernet.  Returns 0, or -EINVAL with
 * the place, or -E2BIG. */
int change_new(const char *filter, int snaplen, const uint16_t *link_types, size_t n,
               struct change **ret, struct err *err);
void change_free(struct change *c);

const char *change_filter(const struct change *c);

/* The program for a live handle; release with pcap_freecode().  What could not be compiled ahead is
 * compiled now. */
int change_program(const struct change *c, pcap_t *handle, struct bpf_program *ret,
                   struct err *err);

#endif
