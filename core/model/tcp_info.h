/* core/model/tcp_info.h - the fields of struct tcp_info, one table.
 *
 * The struct grows at its end: an older kernel fills less, and a header that the program was built
 * with can know less than the kernel.  So fields are known by their place, which never changes.
 * What they mean is read from tcp_get_info() in net/ipv4/tcp.c; names are linux/tcp.h's without
 * tcpi_. */
#ifndef SOCKEYE_MODEL_TCP_INFO_H
#define SOCKEYE_MODEL_TCP_INFO_H

#include <stdbool.h>
#include <stdint.h>

#include "core/model/column.h"

/* What a field says beside its number. */
enum tcp_info_sense {
    SENSE_PLAIN,
    SENSE_MEASURED,  /* 0 or all ones: not measured yet */
    SENSE_RATE,      /* 0: not measured yet; all ones: no limit */
    SENSE_THRESHOLD, /* TCP_INFINITE_SSTHRESH: not set */
    SENSE_LIMITED,   /* a part of busy_time */
    SENSE_PHASE,     /* enum tcp_ca_state */
    SENSE_UNKNOWN,   /* the kernel never fills it */
};

/* X(name, title, place, bytes, unit, sense, meaning).  Flags, options and window scales share
 * bytes and stand beside the table. */
#define TCP_INFO_FIELDS(X)                                                                     \
    X(rtt, "rtt", 68, 4, UNIT_US, SENSE_MEASURED,                                              \
      "Smoothed round-trip time; that of the path when it is idle, more when queues on the "   \
      "way fill.")                                                                             \
    X(rttvar, "rttvar", 72, 4, UNIT_US, SENSE_MEASURED,                                        \
      "How much the round-trip time varies; normally well below rtt.")                         \
    X(min_rtt, "least rtt", 148, 4, UNIT_US, SENSE_MEASURED,                                   \
      "The shortest round trip lately; an rtt far above it is waiting in queues.")             \
    X(rto, "rto", 8, 4, UNIT_US, SENSE_PLAIN,                                                  \
      "How long an acknowledgement may take before data is sent again; at least 200 ms, "      \
      "doubled at each timeout in a row.")                                                     \
    X(ato, "ato", 12, 4, UNIT_US, SENSE_PLAIN,                                                 \
      "How long an acknowledgement of ours may be delayed; normally 40 ms.")                   \
    X(snd_cwnd, "cwnd", 80, 4, UNIT_SEGMENTS, SENSE_PLAIN,                                     \
      "The congestion window: segments that may be on the way; it begins at 10, and 1 is a "   \
      "connection after a timeout.")                                                           \
    X(snd_ssthresh, "ssthresh", 76, 4, UNIT_SEGMENTS, SENSE_THRESHOLD,                         \
      "Where slow start ends; not set until the first loss.")                                  \
    X(ca_state, "phase", 1, 1, UNIT_NONE, SENSE_PHASE,                                         \
      "The phase of congestion control: open is normal, recovery and loss send again.")        \
    X(snd_wnd, "peer window", 228, 4, UNIT_BYTES, SENSE_PLAIN,                                 \
      "How much the peer allows to be sent; 0 is a peer that does not read.")                  \
    X(rcv_wnd, "our window", 232, 4, UNIT_BYTES, SENSE_PLAIN,                                  \
      "How much we allow the peer to send; 0 when nobody reads here.")                         \
    X(snd_mss, "mss send", 16, 4, UNIT_BYTES, SENSE_PLAIN,                                     \
      "Payload of the segments that we send; 1,448 on Ethernet with timestamps.")              \
    X(rcv_mss, "mss receive", 20, 4, UNIT_BYTES, SENSE_PLAIN,                                  \
      "Payload of the segments that came, as far as it is known; 536 before data came.")       \
    X(advmss, "mss advertised", 84, 4, UNIT_BYTES, SENSE_PLAIN,                                \
      "Payload that we told the peer to send at most.")                                        \
    X(pmtu, "path mtu", 60, 4, UNIT_BYTES, SENSE_PLAIN,                                        \
      "The largest packet that the path takes; 1,500 on Ethernet, less in a tunnel.")          \
    X(unacked, "unacked", 24, 4, UNIT_SEGMENTS, SENSE_PLAIN,                                   \
      "Segments sent and not acknowledged; normally no more than cwnd.")                       \
    X(sacked, "sacked", 28, 4, UNIT_SEGMENTS, SENSE_PLAIN,                                     \
      "Segments that came there while one before them did not; 0 unless something was lost "   \
      "or reordered.")                                                                         \
    X(lost, "lost", 32, 4, UNIT_SEGMENTS, SENSE_PLAIN,                                         \
      "Segments that are taken for lost now; normally 0.")                                     \
    X(fackets, "fackets", 40, 4, UNIT_SEGMENTS, SENSE_UNKNOWN,                                 \
      "Of forward acknowledgement, which Linux gave up in 4.15.")                              \
    X(notsent_bytes, "not sent", 144, 4, UNIT_BYTES, SENSE_PLAIN,                              \
      "Bytes of Send-Q that were never sent; many of them wait for a window or the path.")     \
    X(retrans, "retransmitted", 36, 4, UNIT_SEGMENTS, SENSE_PLAIN,                             \
      "Segments sent again and not acknowledged yet; normally 0.")                             \
    X(total_retrans, "retrans total", 100, 4, UNIT_SEGMENTS, SENSE_PLAIN,                      \
      "Segments sent again in the connection's life; above some percent of data_segs_out the " \
      "path loses.")                                                                           \
    X(timeouts, "rto in a row", 2, 1, UNIT_COUNT, SENSE_PLAIN,                                 \
      "Timeouts since the last acknowledgement (tcpi_retransmits); 0 while the peer answers.") \
    X(probes, "probes", 3, 1, UNIT_COUNT, SENSE_PLAIN,                                         \
      "Probes of a zero window or keepalive without an answer; normally 0.")                   \
    X(backoff, "backoff", 4, 1, UNIT_COUNT, SENSE_PLAIN,                                       \
      "How often the timer was doubled; normally 0.")                                          \
    X(bytes_sent, "sent", 200, 8, UNIT_BYTES, SENSE_PLAIN,                                     \
      "Payload sent in the connection's life, again-sent bytes counted again.")                \
    X(bytes_acked, "acked", 120, 8, UNIT_BYTES, SENSE_PLAIN,                                   \
      "Payload that the peer acknowledged; the SYN counts as one byte.")                       \
    X(bytes_received, "received", 128, 8, UNIT_BYTES, SENSE_PLAIN,                             \
      "Payload that came in the connection's life.")                                           \
    X(bytes_retrans, "bytes sent again", 208, 8, UNIT_BYTES, SENSE_PLAIN,                      \
      "Payload sent again; a share of bytes_sent above some percent is a path that loses.")    \
    X(segs_out, "segments out", 136, 4, UNIT_SEGMENTS, SENSE_PLAIN,                            \
      "All segments sent, those without data too.")                                            \
    X(segs_in, "segments in", 140, 4, UNIT_SEGMENTS, SENSE_PLAIN,                              \
      "All segments that came, those without data too.")                                       \
    X(data_segs_out, "data segments out", 156, 4, UNIT_SEGMENTS, SENSE_PLAIN,                  \
      "Segments with data sent.")                                                              \
    X(data_segs_in, "data segments in", 152, 4, UNIT_SEGMENTS, SENSE_PLAIN,                    \
      "Segments with data that came.")                                                         \
    X(delivery_rate, "delivery", 160, 8, UNIT_BYTES_S, SENSE_RATE,                             \
      "How fast data lately reached the peer; less than the path can when app_limited.")       \
    X(pacing_rate, "pacing", 104, 8, UNIT_BYTES_S, SENSE_RATE,                                 \
      "How fast the kernel lets segments out; normally 1.2 to 2 times what cwnd and rtt "      \
      "give.")                                                                                 \
    X(max_pacing_rate, "pacing at most", 112, 8, UNIT_BYTES_S, SENSE_RATE,                     \
      "SO_MAX_PACING_RATE; normally no limit.")                                                \
    X(busy_time, "busy", 168, 8, UNIT_US, SENSE_PLAIN,                                         \
      "Time in which there was data to send or to be acknowledged.")                           \
    X(rwnd_limited, "rwnd limited", 176, 8, UNIT_US, SENSE_LIMITED,                            \
      "Time in which only the peer's window held us back; much of busy_time is a peer that "   \
      "does not read fast enough.")                                                            \
    X(sndbuf_limited, "sndbuf limited", 184, 8, UNIT_US, SENSE_LIMITED,                        \
      "Time in which only our send buffer held us back; much of busy_time asks for a larger "  \
      "SO_SNDBUF.")                                                                            \
    X(last_data_sent, "last data sent", 44, 4, UNIT_MS, SENSE_PLAIN,                           \
      "Time since we last sent data; since the connection began when there was none.")         \
    X(last_ack_sent, "last ack sent", 48, 4, UNIT_MS, SENSE_UNKNOWN,                           \
      "Time since we last acknowledged; Linux does not remember it.")                          \
    X(last_data_recv, "last data received", 52, 4, UNIT_MS, SENSE_PLAIN,                       \
      "Time since data last came; since the connection began when none did.")                  \
    X(last_ack_recv, "last ack received", 56, 4, UNIT_MS, SENSE_PLAIN,                         \
      "Time since the peer last acknowledged; long and growing with data unacked is a peer "   \
      "that is gone.")                                                                         \
    X(rcv_ssthresh, "window clamp", 64, 4, UNIT_BYTES, SENSE_PLAIN,                            \
      "Up to where our window may open now.")                                                  \
    X(rcv_rtt, "rtt by receiver", 92, 4, UNIT_US, SENSE_MEASURED,                              \
      "Round-trip time as the receiving side sees it.")                                        \
    X(rcv_space, "rcv space", 96, 4, UNIT_BYTES, SENSE_PLAIN,                                  \
      "What the program read in a round trip; the receive buffer grows with it.")              \
    X(rcv_ooopack, "out of order", 224, 4, UNIT_SEGMENTS, SENSE_PLAIN,                         \
      "Segments that came out of their order; some percent of data_segs_in is loss or "        \
      "reordering on the way here.")                                                           \
    X(reordering, "reordering", 88, 4, UNIT_SEGMENTS, SENSE_PLAIN,                             \
      "How far segments may be out of order before one is taken for lost; 3 is normal.")       \
    X(reord_seen, "reorderings", 220, 4, UNIT_COUNT, SENSE_PLAIN,                              \
      "How often reordering was seen; normally 0.")                                            \
    X(dsack_dups, "sent for nothing", 216, 4, UNIT_SEGMENTS, SENSE_PLAIN,                      \
      "Segments that the peer got twice (DSACK): what was sent again was not lost.")           \
    X(delivered, "delivered", 192, 4, UNIT_SEGMENTS, SENSE_PLAIN,                              \
      "Segments with data that reached the peer.")                                             \
    X(delivered_ce, "delivered ce", 196, 4, UNIT_SEGMENTS, SENSE_PLAIN,                        \
      "Those of them that the path marked as congested (ECN); normally 0.")                    \
    X(received_ce, "received ce", 248, 4, UNIT_SEGMENTS, SENSE_PLAIN,                          \
      "Segments that came marked as congested; normally 0.")                                   \
    X(delivered_e1_bytes, "delivered ect1", 252, 4, UNIT_BYTES, SENSE_PLAIN,                   \
      "Accurate ECN: bytes that reached the peer as ECT(1).")                                  \
    X(delivered_e0_bytes, "delivered ect0", 256, 4, UNIT_BYTES, SENSE_PLAIN,                   \
      "Accurate ECN: bytes that reached the peer as ECT(0).")                                  \
    X(delivered_ce_bytes, "delivered ce bytes", 260, 4, UNIT_BYTES, SENSE_PLAIN,               \
      "Accurate ECN: bytes that reached the peer marked as congested; normally 0.")            \
    X(received_e1_bytes, "received ect1", 264, 4, UNIT_BYTES, SENSE_PLAIN,                     \
      "Accurate ECN: bytes that came as ECT(1).")                                              \
    X(received_e0_bytes, "received ect0", 268, 4, UNIT_BYTES, SENSE_PLAIN,                     \
      "Accurate ECN: bytes that came as ECT(0).")                                              \
    X(received_ce_bytes, "received ce bytes", 272, 4, UNIT_BYTES, SENSE_PLAIN,                 \
      "Accurate ECN: bytes that came marked as congested; normally 0.")                        \
    X(rehash, "rehash", 236, 4, UNIT_COUNT, SENSE_PLAIN,                                       \
      "How often another path was tried by a new flow hash; normally 0.")                      \
    X(total_rto, "rto total", 240, 2, UNIT_COUNT, SENSE_PLAIN,                                 \
      "Timeouts in the connection's life, those of the handshake too; normally 0.")            \
    X(total_rto_recoveries, "rto recoveries", 242, 2, UNIT_COUNT, SENSE_PLAIN,                 \
      "How often it recovered from timeouts.")                                                 \
    X(total_rto_time, "rto time", 244, 4, UNIT_MS, SENSE_PLAIN,                                \
      "Time spent recovering from timeouts.")

struct tcp_info_field {
    const char *name, *title, *meaning;
    uint16_t place;
    uint8_t bytes; /* 1, 2, 4 or 8 */
    uint8_t unit;  /* enum column_unit */
    uint8_t sense; /* enum tcp_info_sense */
};

#define TCP_INFO_ENUM(name, ...) TCP_INFO_##name,
enum tcp_info_id { TCP_INFO_FIELDS(TCP_INFO_ENUM) TCP_INFO_COUNT };

/* Places of what shares a byte. */
#define TCP_INFO_OPTIONS_AT 5
#define TCP_INFO_SCALES_AT 6 /* low four bits: send; high: receive */
#define TCP_INFO_FLAGS_AT 7  /* bit 0: app limited; bits 1 and 2: why fast open failed */

const struct tcp_info_field *tcp_info_field(enum tcp_info_id id);

/* False when the kernel did not fill the field. */
bool tcp_info_read(const struct socket_detail *d, enum tcp_info_id id, uint64_t *ret);

/* The value as the field's sense has it: a number, none or unknown with its reason, or the name of
 * a phase.  ret->kind comes in as VALUE_UNKNOWN. */
void tcp_info_value(const struct socket_detail *d, enum tcp_info_id id, struct value *ret);

#endif
