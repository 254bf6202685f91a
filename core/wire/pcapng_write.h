/* core/wire/pcapng_write.h - the blocks of a pcapng file, made.  Pure; each call appends one
 * whole block. */
#ifndef SOCKEYE_WIRE_PCAPNG_WRITE_H
#define SOCKEYE_WIRE_PCAPNG_WRITE_H

#include "core/wire/capture_bytes.h"
#include "core/wire/pcapng.h"

/* NULL or "": left out. */
void pcapng_put_section(struct capture_bytes *to, const char *os, const char *application);

/* filter: pcap-filter(7) text; NULL or "": none. */
void pcapng_put_interface(struct capture_bytes *to, const struct pcapng_interface *i,
                          const char *filter);

/* facts->packet->wall_ns is told as interface i counts.  -ERANGE when it cannot: nothing is
 * appended. */
int pcapng_put_packet(struct capture_bytes *to, const struct pcapng_interface *i,
                      uint32_t number, const struct packet_facts *facts);

struct pcapng_counts {
    uint64_t received, dropped, delivered;
};
void pcapng_put_statistics(struct capture_bytes *to, uint32_t number, uint64_t ticks,
                           const struct pcapng_counts *counts);

#endif
