/* probes/capture_gate.h - which packets of an interface get in: the filter of a live handle.
 *
 * pcap_setfilter() on Linux first shuts the socket to everything, empties it and only then sets the
 * filter: what comes meanwhile is lost, and not counted.  Here the program in the kernel is
 * replaced in one step (socket(7), SO_ATTACH_FILTER), so a filter holds for each packet at the
 * moment when that packet passes; pcap_setfilter() is never called on such a handle.
 *
 * Loopback shows each packet to the kernel's taps twice, going out and coming in.  The gate turns
 * the first one away before it takes room in the ring; libpcap would do so only behind it.
 * ("inbound" in a filter that libpcap runs itself, as it does for a moment after
 * pcap_setfilter(), loses packets: there is nothing to load the direction from.) */
#ifndef SOCKEYE_PROBES_CAPTURE_GATE_H
#define SOCKEYE_PROBES_CAPTURE_GATE_H

#include <linux/filter.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

/* What stands before the program itself. */
#define GATE_PREFIX 5

/* Belongs to the capture thread. */
struct gate {
    /* In user space: runs for packets from before until_wall_ns, for want of a kernel program
     * at that time.  No instructions: everything passes. */
    struct bpf_program program;
    uint64_t until_wall_ns;
    uint64_t set_ns; /* clock_now_ns() */
};

/* What a handle gives, as far as a program depends on it. */
struct gate_link {
    bool cooked;       /* LINKTYPE_LINUX_SLL2: the kernel sees the packet without that header */
    bool any;          /* it has packets of all interfaces */
    unsigned loopback; /* interface number whose outgoing copies are not wanted; 0: none */
};

/* The kernel's program for one of libpcap's; ret has GATE_PREFIX + from->bf_len places.  Returns
 * how many are used; 0: the kernel cannot know what it asks for. */
size_t gate_translate(const struct bpf_program *from, const struct gate_link *link,
                      struct sock_filter *ret);

/* The first filter of a handle.  What is in its ring already came unfiltered, and goes. */
int gate_open(struct gate *g, pcap_t *handle, const struct gate_link *link,
              const struct bpf_program *program, const char *filter, struct err *err);

/* Another one, now.  Packets that both let through are not lost. */
int gate_change(struct gate *g, pcap_t *handle, const struct gate_link *link,
                const struct bpf_program *program, const char *filter, struct err *err);

/* Before packets are looked at: nothing from before a change waits for long, whatever somebody does
 * to the wall clock. */
void gate_age(struct gate *g);

void gate_done(struct gate *g);

static inline bool gate_passes(const struct gate *g, uint64_t wall_ns,
                               const struct pcap_pkthdr *header, const unsigned char *bytes)
{
    return wall_ns >= g->until_wall_ns || !g->program.bf_len ||
           pcap_offline_filter(&g->program, header, bytes);
}

#endif
