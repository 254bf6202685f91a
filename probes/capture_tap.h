/* probes/capture_tap.h - one interface being captured, and how it comes and goes.
 *
 * Belongs to the capture thread. */
#ifndef SOCKEYE_PROBES_CAPTURE_TAP_H
#define SOCKEYE_PROBES_CAPTURE_TAP_H

#include <pcap/pcap.h>

#include "core/model/probing.h"

struct tap {
    pcap_t *handle; /* NULL: not open */
    unsigned index; /* of the interface; 0: not one of its own ("any") */
    bool loopback;
    uint32_t drops_seen; /* pcap_stats() counts in 32 bits */
    uint64_t drops;      /* as the kernel counts: twice a packet on loopback */
    uint16_t number;     /* struct packet's interface */
    struct ring *packets;
};

/* status->name says which.  Sets the state: RUNNING, DOWN or FAILED. */
void tap_open(struct tap *t, struct capture_interface *status,
              const struct capture_settings *settings);
void tap_close(struct tap *t);

/* Move what waits into the store, a bounded number of packets.  Sets the state when the
 * interface went down or away. */
void tap_drain(struct tap *t, struct capture_interface *status);

/* While the state is DOWN: is it back, or gone for good? */
void tap_look(struct tap *t, struct capture_interface *status,
              const struct capture_settings *settings);

/* Ask the kernel how many packets it dropped. */
void tap_count_drops(struct tap *t, struct capture_interface *status);

/* The LINKTYPE_ value of what a handle gives. */
uint16_t tap_link_type(pcap_t *handle);
/* The DLT_ value of a LINKTYPE_ value. */
int tap_dlt(uint16_t link_type);
/* Its time stamp in ns since the epoch. */
uint64_t tap_wall_ns(pcap_t *handle, const struct pcap_pkthdr *header);

#endif
