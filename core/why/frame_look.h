/* core/why/frame_look.h - whether bytes are a framed message (core/message/message.h), and what is
 * wrong with it.
 *
 * Any bytes can be read as a length and a header; only those that are plainly meant so are judged:
 * an object in JSON behind the two bytes that has one of the required fields, or that ends where
 * the length, in either order of its bytes, says; and text that ends where the length says.  All
 * else is FRAME_NONE.
 *
 * Pure; takes the bytes in any pieces. */
#ifndef SOCKEYE_WHY_FRAME_LOOK_H
#define SOCKEYE_WHY_FRAME_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/message/decoder.h"

enum frame_state {
    FRAME_NONE,    /* not plainly a message */
    FRAME_WHOLE,   /* one or more, and nothing behind them */
    FRAME_CUT,     /* it ends before its length, or its content-length, is reached */
    FRAME_SWAPPED, /* its length makes sense in the other order of its bytes only */
    FRAME_BAD,     /* the header is none */
};

struct frame_facts {
    uint8_t state;            /* enum frame_state */
    bool named;               /* it has a required field, so that it can be nothing else */
    char why[ERR_TEXT_BYTES]; /* "byte 0: ..."; of CUT how far it came */
};

#define FRAME_HEAD_BYTES 4096 /* in which a required field is looked for */

struct frame_look {
    struct decoder decoder;
    struct message_fault fault; /* code 0: none yet */
    size_t n_whole, n_head, total;
    bool broken;
    uint8_t head[FRAME_HEAD_BYTES];
};

void frame_look_init(struct frame_look *l);
void frame_look_done(struct frame_look *l);
void frame_look_feed(struct frame_look *l, const void *bytes, size_t len);
/* What it is by now; as often as wanted. */
void frame_look_facts(const struct frame_look *l, struct frame_facts *ret);

#endif
