/* core/wire/packet_filter_tree.h - a parsed packet filter, for its parser and its matcher. */
#ifndef SOCKEYE_WIRE_PACKET_FILTER_TREE_H
#define SOCKEYE_WIRE_PACKET_FILTER_TREE_H

#include "core/model/filter_tree.h"
#include "core/wire/packet_filter.h"
#include "core/wire/packet_search.h"

#define PACKET_TERMS_MAX 128

enum packet_term_kind {
    PACKET_AND,          /* left, right */
    PACKET_OR,           /* left, right */
    PACKET_NOT,          /* left */
    PACKET_PORT,         /* side, op, low, high */
    PACKET_HOST,         /* side, op, addr, prefix; low, high: ports */
    PACKET_PROTO,        /* op, word; protocol, family: what it is, if that is known; 0 */
    PACKET_FLAGS,        /* all_of or op; low: TCP_FLAG_ bits */
    PACKET_LEN,          /* op, number */
    PACKET_PAYLOAD,      /* op, number */
    PACKET_WINDOW,       /* op, number */
    PACKET_SEQ,          /* op, number */
    PACKET_ACK,          /* op, number */
    PACKET_TTL,          /* op, number */
    PACKET_RTT,          /* op, number: ns */
    PACKET_FINDING,      /* op, low: FINDING_BITs */
    PACKET_CONVERSATION, /* op, number */
    PACKET_PID,          /* op, number */
    PACKET_COMM,         /* op, word: a pattern of fnmatch(3) */
    PACKET_SESSION,      /* op, word: a pattern of fnmatch(3); "": any */
    PACKET_INTERFACE,    /* op, word: a pattern of fnmatch(3) */
    PACKET_BYTES,        /* pattern: in the payload */
};

struct packet_term {
    uint8_t kind; /* enum packet_term_kind */
    uint8_t op;   /* enum filter_op */
    uint8_t side; /* enum filter_side: SIDE_LOCAL is the source */
    bool all_of;  /* of flags: these and perhaps others */
    uint8_t protocol, family;
    uint16_t left, right; /* numbers of terms */
    unsigned prefix;      /* leading bits of addr that count */
    uint32_t low, high;   /* a range with both ends in it, or bits */
    uint64_t number;
    struct addr addr;
    struct packet_pattern *pattern;
    char *word;
};

struct packet_filter {
    uint16_t root, n_terms;
    struct packet_term terms[PACKET_TERMS_MAX];
};

#endif
