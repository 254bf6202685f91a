/* core/model/packet_text.h - a packet in one line, as its conversation makes it readable. */
#ifndef SOCKEYE_MODEL_PACKET_TEXT_H
#define SOCKEYE_MODEL_PACKET_TEXT_H

#include "core/wire/packet_facts.h"

#define PACKET_TEXT_BYTES 256

/* The info line of the dissection with sequence numbers relative to the connection's first and
 * the window scaled, where they are known: "PSH ACK len 12 win 65536 seq 1 ack 1".  Printable.
 * Returns buf. */
const char *packet_info(const struct packet_facts *p, char buf[PACKET_TEXT_BYTES]);

/* The ids of findings, the worst first, parted by commas: "zero-window, duplicate-ack"; "" of
 * none.  Returns buf. */
const char *packet_findings(uint32_t findings, char *buf, size_t size);

/* "session 2, tcp://127.0.0.1:80-127.0.0.1:4242, python3 (812)", with "perhaps" before what is a
 * guess; "" when nothing is known.  Returns buf. */
const char *packet_owner_text(const struct packet_owner *owner, char *buf, size_t size);

#endif
