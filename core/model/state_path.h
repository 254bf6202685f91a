/* core/model/state_path.h - the states that one socket was seen in, and for how long.
 *
 * From two sources: looks, between which states can come and go unseen, and what the kernel said
 * at the moment.  The steps are bounded: the oldest go first and are counted; what was spent in
 * each state stays.  Pure: reads no clock.  ui thread. */
#ifndef SOCKEYE_MODEL_STATE_PATH_H
#define SOCKEYE_MODEL_STATE_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/model/snapshot.h"

#define STATE_PATH_STEPS 32

struct state_step {
    uint64_t from_ns; /* when it was entered, or first seen */
    uint8_t state;    /* enum socket_state */
    bool exact;       /* the kernel told the moment */
};

/* All zero: nothing was seen. */
struct state_path {
    size_t n;
    struct state_step steps[STATE_PATH_STEPS]; /* oldest first */
    uint64_t forgotten;                        /* steps that went for want of room */
    uint64_t seen_ns;                          /* when the last state was last seen */
    bool gone;
    struct {
        uint64_t spent_ns; /* of visits that have ended */
        bool visited;
        bool began_unseen; /* it was in it when it was first looked at: it may be longer */
    } states[STATE_COUNT];
};

/* It is in this state at that time. */
void state_path_look(struct state_path *p, uint8_t state, uint64_t at_ns);
/* The kernel says that it went over at that time; what is older than the newest step is known
 * already and changes nothing. */
void state_path_change(struct state_path *p, uint8_t old_state, uint8_t new_state,
                       uint64_t at_ns);
/* It is no more. */
void state_path_end(struct state_path *p, uint64_t at_ns);

bool state_path_visited(const struct state_path *p, enum socket_state state);
/* Time seen in a state, all visits together. */
uint64_t state_path_spent_ns(const struct state_path *p, enum socket_state state);
/* From the i-th step to the next one, or to when it was last seen. */
uint64_t state_path_step_ns(const struct state_path *p, size_t i);

#endif
