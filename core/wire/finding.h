/* core/wire/finding.h - what the order of a TCP connection's packets says: the words for it.
 *
 * The rules are those of Wireshark's TCP analysis (User's Guide, 7.5); tcp_analysis.c has them. */
#ifndef SOCKEYE_WIRE_FINDING_H
#define SOCKEYE_WIRE_FINDING_H

#include <stddef.h>
#include <stdint.h>

enum finding_severity {
    SEVERITY_CHAT, /* part of how TCP works */
    SEVERITY_NOTE, /* unusual, no harm by itself */
    SEVERITY_WARN, /* data was lost, or nothing moves */
};

/* One line a finding: name, id, severity, the words of a person. */
#define FINDINGS(X)                                                                            \
    X(RETRANSMISSION, "retransmission", SEVERITY_NOTE, "sent again")                           \
    X(FAST_RETRANSMISSION, "fast-retransmission", SEVERITY_NOTE,                               \
      "sent again after duplicate ACKs")                                                       \
    X(SPURIOUS_RETRANSMISSION, "spurious-retransmission", SEVERITY_NOTE,                       \
      "sent again although it was acknowledged")                                               \
    X(OUT_OF_ORDER, "out-of-order", SEVERITY_WARN, "overtaken by later segments")              \
    X(DUPLICATE_ACK, "duplicate-ack", SEVERITY_NOTE, "acknowledges the same byte again")       \
    X(LOST_SEGMENT, "lost-segment", SEVERITY_WARN, "the segment before it was not captured")   \
    X(ACK_UNSEEN, "ack-unseen", SEVERITY_WARN, "acknowledges what was not captured")           \
    X(WINDOW_FULL, "window-full", SEVERITY_WARN, "fills the receiver's window")                \
    X(ZERO_WINDOW, "zero-window", SEVERITY_WARN, "the sender of this takes no more bytes")     \
    X(ZERO_WINDOW_PROBE, "zero-window-probe", SEVERITY_NOTE, "asks whether the window opened") \
    X(ZERO_WINDOW_PROBE_ACK, "zero-window-probe-ack", SEVERITY_NOTE,                           \
      "the window is still closed")                                                            \
    X(KEEP_ALIVE, "keep-alive", SEVERITY_NOTE, "asks whether the peer is there")               \
    X(KEEP_ALIVE_ACK, "keep-alive-ack", SEVERITY_NOTE, "the peer is there")                    \
    X(WINDOW_UPDATE, "window-update", SEVERITY_CHAT, "the receiver has room again")            \
    X(PORT_REUSED, "port-reused", SEVERITY_NOTE, "a new connection between the same ports")

#define FINDING_ENUM(name, id, severity, words) FINDING_##name,
enum finding { FINDINGS(FINDING_ENUM) FINDING_COUNT };

#define FINDING_BIT(f) (1U << (f))

struct finding_info {
    const char *id, *words;
    enum finding_severity severity;
};

extern const struct finding_info finding_infos[FINDING_COUNT];

/* The finding of an id; FINDING_COUNT: there is none. */
enum finding finding_by_id(const char *id);

/* The worst severity among bits that are not 0. */
enum finding_severity findings_severity(uint32_t bits);

#endif
