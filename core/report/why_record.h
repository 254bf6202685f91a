/* core/report/why_record.h - the packets that were captured while a verdict was sought.
 *
 * Bounded: WHY_RECORD_PACKETS and WHY_RECORD_BYTES; further packets are counted.  One owner. */
#ifndef SOCKEYE_REPORT_WHY_RECORD_H
#define SOCKEYE_REPORT_WHY_RECORD_H

#include "core/why/evidence.h"
#include "core/wire/ladder.h"
#include "core/wire/packet_facts.h"

#define WHY_RECORD_PACKETS 16384
#define WHY_RECORD_BYTES (8U << 20)

struct why_record;

struct why_record *why_record_new(void);
void why_record_free(struct why_record *r); /* NULL is a no-op */

/* As why_wish.packet takes it; record: a struct why_record. */
void why_record_add(void *record, const struct packet_facts *p);
uint64_t why_record_left_out(const struct why_record *r);

/* Each packet of the flows in question, and ICMP errors, in their order.  Without payload a packet
 * ends behind its headers.  Ends with what `put` gives that is not 0; returns it, else 0. */
int why_record_each(const struct why_record *r, const struct evidence *e, bool payload,
                    int (*put)(void *ctx, const struct packet_facts *p), void *ctx);

/* Their ladder with our calls; the caller owns it. */
struct ladder *why_record_ladder(const struct why_record *r, const struct evidence *e);

#endif
