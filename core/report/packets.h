/* core/report/packets.h - captured packets as JSON and as one line of text.
 *
 * Whatever comes out is printable. */
#ifndef SOCKEYE_REPORT_PACKETS_H
#define SOCKEYE_REPORT_PACKETS_H

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

#include "core/wire/decode.h"
#include "core/wire/packet.h"

/* A packet as it was captured and what was found in it. */
struct packet_report {
    uint64_t number;
    const struct packet *packet;
    const uint8_t *bytes; /* `captured` of them */
    size_t captured;
    const struct dissection *dissection; /* decoded with DECODE_INFO; FIELDS if wanted */
    const char *interface;               /* name; NULL: not known */
};

/* One object.  The time is wall time in seconds with nine digits; the caller owns the result
 * (cJSON_Delete). */
cJSON *packet_json(const struct packet_report *report);

/* "12:00:00.000021 lo TCP 127.0.0.1:40000 -> 127.0.0.1:80 SYN win 65495 seq 1"; the time is
 * local.  Returns the length. */
#define PACKET_LINE_BYTES 512
size_t packet_line(const struct packet_report *report, char buf[PACKET_LINE_BYTES]);

#endif
