/* core/wire/packet_filter.h - which packets to show: `port 80 and (flags syn or len > 100)`.
 *
 * The language of core/model/filter.h with the words of packets:
 *
 *   port, sport, dport N      one port, a range 1-1023, a service's name; = != < > too
 *   host, src, dst ADDRESS    an address, a prefix 10.0.0.0/8, [::1]
 *   proto tcp                 any layer of the packet
 *   flags syn  flags syn,ack  these TCP flags are set; `flags = syn`: and no other
 *   len, payload, window, seq, ack, ttl > 100     numbers as in the packet's header
 *   rtt > 50ms                of the segment that it acknowledges
 *   finding zero-window       an id of core/wire/finding.h; `finding` alone: any
 *   conversation 3            a number of core/wire/conversation.h
 *   pid, comm, session        whose socket it is, where that is known
 *   interface lo
 *   contains "text"  contains 0x0d0a    in its payload
 *   /regex/                   POSIX extended, over its payload as text
 *   and or not ! && || ( )
 *
 * Pure.  A bare number is a port, a bare address a host. */
#ifndef SOCKEYE_WIRE_PACKET_FILTER_H
#define SOCKEYE_WIRE_PACKET_FILTER_H

#include "core/base/err.h"
#include "core/wire/packet_facts.h"

struct packet_filter;

/* "" gives NULL in *ret, which matches everything.  Returns 0, or -EINVAL with the place and what
 * was expected there in err.  Names of services and hosts are looked up in this host's files. */
int packet_filter_parse(const char *text, struct packet_filter **ret, struct err *err);
void packet_filter_free(struct packet_filter *f); /* NULL is a no-op */

/* What the packets have to come with, beside addresses and the transport's facts. */
enum { PACKET_NEEDS_FIELDS = 1, PACKET_NEEDS_OWNERS = 2 };
unsigned packet_filter_needs(const struct packet_filter *f);

/* The dissection and the note of p must be there.  What is unknown does not match, nor does
 * its negation: `not pid 1` needs a known owner. */
bool packet_filter_match(const struct packet_filter *f, const struct packet_facts *p);

#endif
