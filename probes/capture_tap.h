/* probes/capture_tap.h - one interface being captured, and how it comes and goes.
 *
 * Belongs to the capture thread. */
#ifndef SOCKEYE_PROBES_CAPTURE_TAP_H
#define SOCKEYE_PROBES_CAPTURE_TAP_H

#include <pcap/pcap.h>

#include "core/model/probing.h"
#include "probes/capture_gate.h"

/* The worst of the last second, in two halves of which the older one goes as a whole. */
struct tap_delay {
    uint64_t begin_ns, worst_ns[2];
};

struct tap {
    pcap_t *handle; /* NULL: not open */
    unsigned index; /* of the interface; 0: not one of its own ("any") */
    struct gate_link link;
    struct gate gate;
    bool has_interface_drops;                  /* libpcap can know them */
    uint32_t drops_seen, interface_drops_seen; /* pcap_stats() counts in 32 bits */
    struct tap_delay delay;
    uint16_t number; /* struct packet's interface */
    struct ring *packets;
};

/* status->name says which.  Sets the state: RUNNING, DOWN or FAILED. */
void tap_open(struct tap *t, struct capture_interface *status,
              const struct capture_settings *settings);
void tap_close(struct tap *t);

/* Move what waits into the store, a bounded number of packets.  Sets the state when the
 * interface went down or away.  Returns how many bytes of the store's data that took. */
size_t tap_drain(struct tap *t, struct capture_interface *status);
#define TAP_DRAIN_PACKETS 1024
#define TAP_DRAIN_BYTES (256U << 10) /* and a packet */

/* While the state is DOWN: is it back, or another one of its name?  Returns what tap_drain() does. */
size_t tap_look(struct tap *t, struct capture_interface *status,
                const struct capture_settings *settings);

/* Another filter for what comes from now on; compiled for this very handle, which is open.  Sets the
 * state when that is impossible. */
void tap_filter(struct tap *t, struct capture_interface *status,
                const struct bpf_program *program, const char *filter);

/* Ask the kernel how many packets it dropped, and see how late they came. */
void tap_meter(struct tap *t, struct capture_interface *status);

/* The LINKTYPE_ value of what a handle gives. */
uint16_t tap_link_type(pcap_t *handle);
/* The DLT_ value of a LINKTYPE_ value. */
int tap_dlt(uint16_t link_type);
/* Its time stamp in ns since the epoch. */
uint64_t tap_wall_ns(pcap_t *handle, const struct pcap_pkthdr *header);

#endif
