/* core/report/packets.h - captured packets as JSON and as one line of text.
 *
 * Whatever comes out is printable. */
#ifndef SOCKEYE_REPORT_PACKETS_H
#define SOCKEYE_REPORT_PACKETS_H

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

#include "core/wire/packet_facts.h"

/* One object, of a packet decoded with DECODE_INFO, and FIELDS if wanted.  The time is wall time in seconds with nine digits; the caller owns the result
 * (cJSON_Delete). */
cJSON *packet_json(const struct packet_facts *r);

/* "12:00:00.000021 lo TCP 127.0.0.1:40000 -> 127.0.0.1:80 SYN win 65495 seq 1"; the time is
 * local.  Returns the length. */
#define PACKET_LINE_BYTES 512
size_t packet_line(const struct packet_facts *r, char buf[PACKET_LINE_BYTES]);

#endif
