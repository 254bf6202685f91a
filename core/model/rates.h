/* core/model/rates.h - how fast the counts of many sessions or servers grow, now and lately.
 *
 * One look at all of them at a time, made of what their statuses say; a rate needs two.  As many
 * are kept as were there at the newest look.  Pure: reads no clock.  ui thread. */
#ifndef SOCKEYE_MODEL_RATES_H
#define SOCKEYE_MODEL_RATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rate_kind {
    RATE_SENT,     /* bytes */
    RATE_RECEIVED, /* bytes */
    RATE_SENDS,    /* that the kernel took; of datagrams each is a message */
    RATE_RECEIVES,
    RATE_ACCEPTED, /* connections, of a server */
    RATE_MESSAGES, /* framed ones */
    RATE_KINDS
};

/* Looks of a curve, and the shortest time between two. */
#define RATE_LOOKS 32
#define RATE_LOOK_NS (900 * UINT64_C(1000000))

struct rate_counts {
    uint64_t id;
    uint64_t counts[RATE_KINDS];
};

struct rate {
    uint64_t id;
    uint64_t counts[RATE_KINDS]; /* at the newest look */
    bool known;                  /* there were two looks */
    uint64_t per_s[RATE_KINDS];  /* between the newest two */
    uint32_t looks;              /* how many are in the curve, at most RATE_LOOKS */
    uint32_t curve[RATE_LOOKS]; /* bytes a second, both ways, the newest last; the most: more */
};

/* All zero: empty. */
struct rates {
    uint64_t at_ns; /* of the newest look */
    size_t n, room;
    struct rate *list; /* by id */
    struct rate *spare;
};

void rates_done(struct rates *r);

/* get() tells the counts of the i-th of n, which are in the order of their ids.  Nothing happens
 * less than RATE_LOOK_NS behind the look before. */
typedef void (*rates_get)(const void *from, size_t i, struct rate_counts *ret);
void rates_look(struct rates *r, uint64_t at_ns, size_t n, rates_get get, const void *from);

/* NULL: it was not there at the newest look. */
const struct rate *rates_find(const struct rates *r, uint64_t id);

#endif
