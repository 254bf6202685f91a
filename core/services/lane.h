/* core/services/lane.h - one direction between two sessions: bytes go from one to the other, late,
 * slowly, damaged or not at all, as its shaping says.
 *
 * A lane holds a bounded number of bytes; its owner stops reading while it is full.  The time of
 * what it holds is the destination's session_wake_at(). */
#ifndef SOCKEYE_SERVICES_LANE_H
#define SOCKEYE_SERVICES_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/net/session.h"

/* With latency L no more than LANE_BYTES pass in L. */
#define LANE_BYTES (1U << 20)
/* Chunks held, however small. */
#define LANE_PIECES 4096U

/* What becomes of bytes on their way; all of it holds for each direction by itself. */
struct shaping {
    uint64_t latency_ns;
    uint64_t bytes_per_second;  /* 0: as fast as it goes */
    uint64_t cut_after_bytes;   /* so many pass, then FIN and no more; UINT64_MAX: never */
    uint64_t reset_after_bytes; /* so many pass, then RST; UINT64_MAX: never */
    uint64_t corrupt_every;     /* each byte of that number is changed; 0: none */
};

/* What comes behind the bytes, in the order of what overrides what. */
enum lane_end { LANE_OPEN, LANE_FIN, LANE_CLOSE, LANE_RESET };

struct piece;

struct lane {
    const struct shaping *shaping;
    struct session *to; /* NULL: it has ended, and what is taken is dropped */
    uint8_t flips;      /* bits of a corrupted byte that change */
    bool shut;          /* cut: what is taken is dropped */
    bool parting;       /* the destination's time is that of its end now */
    enum lane_end end;
    uint64_t taken_bytes, free_at_ns; /* when the rate lets the next byte go */
    struct piece *pieces;             /* utlist */
    size_t held_bytes, n_pieces;
};

/* Take bytes that came from the other end, and pass on what may go. */
void lane_take(struct lane *l, const uint8_t *bytes, size_t len);
/* No more comes: what follows the bytes held. */
void lane_finish(struct lane *l, enum lane_end end);
/* The destination has room. */
void lane_run(struct lane *l);
/* The destination's time has come. */
void lane_due(struct lane *l);
/* It takes no more now. */
bool lane_full(const struct lane *l);
/* The destination has ended: drop what is held. */
void lane_drop(struct lane *l);

#endif
