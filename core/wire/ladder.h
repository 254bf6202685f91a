/* core/wire/ladder.h - the time-sequence picture of packets, calls and states.
 *
 * A column is an address with its port; a step is an arrow from one to another, or something
 * that happened at one of them.  Steps stand in the order of their time.  Alike steps in a row
 * are folded into one with a count.  Pure; one owner; bounded: the oldest steps go first and
 * are counted. */
#ifndef SOCKEYE_WIRE_LADDER_H
#define SOCKEYE_WIRE_LADDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/wire/packet_facts.h"

#define LADDER_STEPS_USUAL 16384
#define LADDER_COLUMNS 64 /* what comes from or goes to further ones is counted, not drawn */
#define LADDER_TEXT_BYTES 120

enum ladder_kind {
    LADDER_PACKET, /* from `from` to `to` */
    LADDER_CALL,   /* a call of ours at `from` */
    LADDER_STATE,  /* `from` changed its state */
};

struct ladder_step {
    uint64_t wall_ns; /* of the first, when folded */
    uint64_t last_wall_ns;
    uint64_t packet; /* its number, of the first when folded; LADDER_PACKET only */
    uint64_t last_packet;
    uint32_t count; /* 1: not folded */
    uint32_t findings;
    uint8_t kind; /* enum ladder_kind */
    uint8_t from, to;
    bool failed;                  /* a call that gave an error */
    char text[LADDER_TEXT_BYTES]; /* printable: "SYN seq 0 win 65,495", "send(2048) = EAGAIN" */
};

struct ladder;

struct ladder *ladder_new(size_t max_steps);
void ladder_free(struct ladder *l); /* NULL is a no-op */

/* A packet with flow, dissection (DECODE_INFO) and note; without a flow it is left out. */
void ladder_packet(struct ladder *l, const struct packet_facts *p);
/* A call of ours on the socket with that local address. */
void ladder_call(struct ladder *l, uint64_t wall_ns, const struct addr *local, bool failed,
                 const char *text);
/* A state that the kernel said the socket entered; state: enum socket_state. */
void ladder_state(struct ladder *l, uint64_t wall_ns, const struct addr *local, uint8_t state);

/* Steps are numbered from 0; those before ladder_first() are lost to the bound. */
uint64_t ladder_first(const struct ladder *l);
uint64_t ladder_count(const struct ladder *l);
const struct ladder_step *ladder_step(const struct ladder *l, uint64_t number);
size_t ladder_columns(const struct ladder *l);
/* In the order in which they were first seen. */
const struct addr *ladder_column(const struct ladder *l, size_t column);
/* Steps between further columns than LADDER_COLUMNS. */
uint64_t ladder_left_out(const struct ladder *l);

#endif
