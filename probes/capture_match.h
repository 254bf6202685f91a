/* probes/capture_match.h - a pcap-filter(7) expression asked of packets of any link type. */
#ifndef SOCKEYE_PROBES_CAPTURE_MATCH_H
#define SOCKEYE_PROBES_CAPTURE_MATCH_H

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/wire/packet.h"

#include "core/base/err.h"

struct capture_match {
    const char *filter; /* borrowed; NULL or "": lets everything through */
    size_t n;
    struct capture_program {
        uint16_t link_type;
        struct bpf_program code;
    } * programs;
};

void capture_match_done(struct capture_match *m);

/* Compile for a link type, unless that was done.  handle: of a file with that type; NULL: there
 * is none.  Returns 0, or -EINVAL with libpcap's words in err. */
int capture_match_add(struct capture_match *m, uint16_t link_type, pcap_t *handle,
                      struct err *err);

/* Whether it lets a packet through, whose link type was added. */
bool capture_match_packet(const struct capture_match *m, const struct packet *p,
                          const uint8_t *bytes);

#endif
