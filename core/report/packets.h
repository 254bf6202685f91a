/* core/report/packets.h - captured packets as a line of text, as JSON, and as a dump.
 *
 * Text is added to a struct packet_out, each line with its line feed.  Whatever comes out is
 * printable. */
#ifndef SOCKEYE_REPORT_PACKETS_H
#define SOCKEYE_REPORT_PACKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/report/packet_out.h"
#include "core/wire/packet_facts.h"

/* What stands before a line, as tcpdump's -t, -tt, ... have it. */
enum packet_time {
    PACKET_TIME_OF_DAY, /* 12:00:00.000021, local */
    PACKET_TIME_NONE,
    PACKET_TIME_EPOCH, /* 1700000000.000021 */
    PACKET_TIME_DELTA, /* since the line before: 00:00:00.000021 */
    PACKET_TIME_DATE,  /* 2023-11-14 12:00:00.000021, local */
    PACKET_TIME_FIRST, /* since the first line */
};

/* How lines are made, and what the last one left for the next.  All zero at first but for what
 * is chosen; one owner. */
struct packet_lines {
    enum packet_time time;
    bool number;     /* of the packet, from 1 */
    bool link;       /* the link layer's header */
    bool quick;      /* protocol, ends and length only */
    bool same_place; /* no interface: all packets are of the same one */
    bool has_last;
    uint64_t first_ns, last_ns; /* of the lines so far */
    bool has_second;
    uint64_t second; /* whose text is kept: the calendar is slow */
    char second_text[24];
};

/* "12:00:00.000021 lo TCP 127.0.0.1:40000 -> 127.0.0.1:80 SYN win 65495 seq 1 [retransmission]",
 * of a packet decoded with DECODE_INFO, and FIELDS when the link layer is wanted. */
void packet_line(struct packet_lines *l, const struct packet_facts *p, struct packet_out *out);

/* The fields of a packet decoded with DECODE_FIELDS, a line each, indented as they are nested. */
void packet_fields(const struct packet_facts *p, struct packet_out *out);

enum { PACKET_JSON_FIELDS = 1, PACKET_JSON_BYTES = 2 };

/* One object on one line: n (from 1), time (seconds with nine digits, a string), len, caplen,
 * proto, src, dst, sport, dport, of TCP flags, seq, ack, window, of ICMP type and code,
 * payload_len and findings; what is unknown is null, what a packet cannot have is left out. */
void packet_json(const struct packet_facts *p, unsigned with, struct packet_out *out);

enum packet_dump {
    PACKET_DUMP_ROWS,  /* of all bytes, sixteen a row, the payload in rows of its own */
    PACKET_DUMP_HEX,   /* as tcpdump -x: words of two bytes */
    PACKET_DUMP_BOTH,  /* as tcpdump -X: and their characters */
    PACKET_DUMP_ASCII, /* as tcpdump -A */
};

/* link: from the link layer on; else from what is inside of it.  Of a packet decoded with
 * DECODE_FIELDS unless link is set or the dump is of rows. */
void packet_dump(const struct packet_facts *p, enum packet_dump how, bool link,
                 struct packet_out *out);

#endif
