/* core/wire/ladder.h - the time-sequence picture of packets, calls and states.
 *
 * A column is an address with its port; a step is an arrow from one to another, or something
 * that happened at one of them.  Steps stand in the order of their time; what comes later than
 * what it belongs before is put in there.  Alike steps in a row are folded into one with a
 * count, unless the gaps between them grow: then they are what there is to see.  Pure; one
 * owner; bounded: the oldest steps go first and are counted. */
#ifndef SOCKEYE_WIRE_LADDER_H
#define SOCKEYE_WIRE_LADDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/wire/packet_facts.h"

#define LADDER_STEPS_USUAL 16384
#define LADDER_COLUMNS 64 /* what comes from or goes to further ones is counted, not drawn */
#define LADDER_TEXT_BYTES 120
#define LADDER_PROTOCOL_BYTES 16

enum ladder_kind {
    LADDER_PACKET, /* from `from` to `to` */
    LADDER_CALL,   /* a call of ours at `from` */
    LADDER_STATE,  /* `from` changed its state */
};

/* What alike steps have in common. */
enum ladder_fold {
    FOLD_NEVER, /* SYN, FIN, RST, a request, a state, ... */
    FOLD_DATA,  /* large segments in a row, with the plain ACKs between them */
    FOLD_ACKS,  /* segments without data and without finding */
    FOLD_FOUND, /* segments with the same findings */
    FOLD_CALLS, /* the same call, with a result of the same kind */
};

/* Which facts of a step are known. */
enum {
    LADDER_SEQ = 1,    /* seq, relative */
    LADDER_ACK = 2,    /* ack, relative */
    LADDER_WINDOW = 4, /* window_bytes, last_window_bytes */
    LADDER_TCP = 8,    /* flags */
};

struct ladder_step {
    uint64_t id;      /* stays, while the step's number changes with what is put in before it */
    uint64_t wall_ns; /* of the first, when folded */
    uint64_t last_wall_ns;
    uint64_t packet; /* its number, of the first when folded; LADDER_PACKET only */
    uint64_t last_packet;
    uint64_t bytes;    /* of payload, by the headers; of a call: its result; of all, folded */
    uint32_t count;    /* 1: not folded */
    uint32_t answers;  /* FOLD_DATA: plain ACKs of the other direction that are in it, too */
    uint32_t findings; /* FINDING_BITs */
    uint32_t seq, ack; /* of the first */
    uint32_t window_bytes, last_window_bytes; /* of the first and of the last; FOLD_DATA with
                                                 answers: of those, what its receiver has left */
    uint32_t conversation;                    /* CONVERSATION_NONE: not known */
    uint16_t flags;                           /* TCP's, of the first */
    uint8_t kind;                             /* enum ladder_kind */
    uint8_t fold;                             /* enum ladder_fold */
    uint8_t from, to;
    uint8_t has;     /* LADDER_ bits */
    uint8_t state;   /* LADDER_STATE: enum socket_state */
    bool failed;     /* a call that gave an error */
    bool on_wire;    /* a state that the packets show; else the kernel told it */
    uint8_t tail_at; /* where text's sequence numbers begin: findings stand before them */
    char protocol[LADDER_PROTOCOL_BYTES]; /* the highest that is known: "TCP" */
    /* Printable ASCII, without the count: "SYN win 65,495 seq 0", "send(5, ...) = -1 EAGAIN",
     * folded "data 2,413,056 bytes, 20 ACKs, win 65,536 to 2,304". */
    char text[LADDER_TEXT_BYTES];
};

struct ladder;

struct ladder *ladder_new(size_t max_steps);
void ladder_free(struct ladder *l); /* NULL is a no-op */

/* Fold what comes from now on, or not; at first it is folded. */
void ladder_folding(struct ladder *l, bool on);

/* A packet with flow, dissection (DECODE_INFO) and note; without a flow it is left out. */
void ladder_packet(struct ladder *l, const struct packet_facts *p);
/* A call of ours on the socket with that local address.  text begins with the call's name. */
void ladder_call(struct ladder *l, uint64_t wall_ns, const struct addr *local, bool failed,
                 const char *text);
/* A state that the kernel said the socket entered; state: enum socket_state.  It replaces what
 * the packets show of it. */
void ladder_state(struct ladder *l, uint64_t wall_ns, const struct addr *local, uint8_t state);

/* Steps are numbered from 0; those before ladder_first() are lost to the bound. */
uint64_t ladder_first(const struct ladder *l);
uint64_t ladder_count(const struct ladder *l);
/* NULL: lost, or not there yet.  Valid until the next one is added. */
const struct ladder_step *ladder_step(const struct ladder *l, uint64_t number);
/* The number of the step with an id, which was `near` once; false: it is lost, or was folded
 * into another. */
bool ladder_find(const struct ladder *l, uint64_t id, uint64_t near, uint64_t *ret_number);
size_t ladder_columns(const struct ladder *l);
/* In the order in which they were first seen. */
const struct addr *ladder_column(const struct ladder *l, size_t column);
/* Steps between further columns than LADDER_COLUMNS. */
uint64_t ladder_left_out(const struct ladder *l);

/* What is written along its arrow: "12 x window full 24,576 bytes".  The flags and lengths come
 * first, the findings before sequence numbers.  Returns buf. */
#define LADDER_LABEL_BYTES 256
const char *ladder_label(const struct ladder_step *s, char buf[LADDER_LABEL_BYTES]);
/* Its findings in words, "zero window, window update"; "": none.  Returns buf. */
const char *ladder_findings(const struct ladder_step *s, char buf[LADDER_LABEL_BYTES]);

#endif
