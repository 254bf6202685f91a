/* core/report/packets_findings.h - what went wrong in each conversation, worst first.
 *
 * The counts are those of core/wire/conversation.h; here it is remembered which packets were the
 * first of each kind. */
#ifndef SOCKEYE_REPORT_PACKETS_FINDINGS_H
#define SOCKEYE_REPORT_PACKETS_FINDINGS_H

#include "core/report/packet_out.h"
#include "core/wire/conversation.h"

/* So many packets of each finding are named. */
#define FINDING_PLACES 5

struct packet_findings;

/* max: conversations with findings that are remembered; of further ones no packets are named. */
struct packet_findings *packet_findings_new(size_t max);
void packet_findings_free(struct packet_findings *f); /* NULL is a no-op */

/* The next packet. */
void packet_findings_add(struct packet_findings *f, uint64_t number,
                         const struct packet_note *note);

/* Some lines a conversation, packets numbered from 1; printable. */
void packet_findings_text(const struct packet_findings *f, const struct conversations *c,
                          struct packet_out *out);
/* The same as one document on one line. */
void packet_findings_json(const struct packet_findings *f, const struct conversations *c,
                          struct packet_out *out);

/* "conversation 3  tcp 10.0.0.1:4000 - 10.0.0.2:80", without a line feed. */
void packet_conversation_name(const struct conversation *c, struct packet_out *out);

#endif
