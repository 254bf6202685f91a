/* core/report/packets.h - captured packets as JSON and as text. */
#ifndef SOCKEYE_REPORT_PACKETS_H
#define SOCKEYE_REPORT_PACKETS_H

#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "core/wire/decode.h"
#include "core/wire/packet.h"

/* One object: number, time, interface, lengths, protocol, addresses, info, tcp, fields, bytes.
 * d was made with DECODE_INFO and DECODE_FIELDS. */
cJSON *packet_json(uint64_t number, const struct packet *p, const char *interface,
                   const struct dissection *d, const uint8_t *bytes, size_t captured);

#define PACKET_LINE_BYTES 400
/* "12:00:00.123456 lo 127.0.0.1:40000 > 127.0.0.1:80 SYN seq 1 ...": local time.  Returns buf.
 */
const char *packet_line(const struct packet *p, const char *interface,
                        const struct dissection *d, char buf[PACKET_LINE_BYTES]);

#endif
