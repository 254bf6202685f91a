/* core/model/transcript.h - what a session sent and received, as its person sees it.
 *
 * A ring of struct passage with the bytes beside each record.  It is a view: when it is
 * full the oldest passages go, and the panel says how many. */
#ifndef SOCKEYE_MODEL_TRANSCRIPT_H
#define SOCKEYE_MODEL_TRANSCRIPT_H

#include <stdint.h>

#include "core/base/ring.h"

enum direction {
    DIRECTION_SENT,     /* by us to the peer */
    DIRECTION_RECEIVED, /* from the peer */
    DIRECTION_NOTE,     /* ours: the bytes are a sentence for the person */
};

struct passage {
    uint64_t at_ns; /* monotonic */
    uint64_t session_id;
    uint64_t length;   /* bytes; more than what is kept when cut */
    uint8_t direction; /* enum direction */
};

#define TRANSCRIPT_PASSAGES 8192
#define TRANSCRIPT_BYTES (4U << 20)
#define TRANSCRIPT_KEPT_BYTES 4096 /* of one passage */

static inline struct ring *transcript_new(void)
{
    return ring_new(TRANSCRIPT_PASSAGES, sizeof(struct passage), TRANSCRIPT_BYTES);
}

#endif
