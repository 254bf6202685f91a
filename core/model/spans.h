/* core/model/spans.h - what took how long, one stretch of time after the other: the phases of
 * opening a session, the states that a socket was seen in.
 *
 * A plain value.  Pure: reads no clock. */
#ifndef SOCKEYE_MODEL_SPANS_H
#define SOCKEYE_MODEL_SPANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/model/event.h"
#include "core/model/state_path.h"

#define SPANS_MAX (STATE_PATH_STEPS + 1)

enum span_end {
    SPAN_ENDED,
    SPAN_LASTS,  /* it had not ended when it was last looked at */
    SPAN_FAILED, /* an error ended it */
};

struct span {
    const char *label; /* a constant: a phase of core/model/topics.h, or a state */
    uint64_t from_ns, until_ns;
    enum span_end end;
    bool unseen; /* it may have begun earlier */
};

struct spans {
    size_t n;
    uint64_t forgotten; /* older ones */
    struct span list[SPANS_MAX];
};

/* What opening it took, up to its first byte; what is under way lasts until now_ns.  What did not
 * happen (a name, a proxy, TLS) is left out. */
void spans_of_session(struct spans *s, const struct session_status *status, uint64_t now_ns);

void spans_of_states(struct spans *s, const struct state_path *path);

/* From the first beginning to the last end; false where there is none. */
bool spans_range(const struct spans *s, uint64_t *ret_from_ns, uint64_t *ret_until_ns);

/* "21 us", ">12.4 s", "5.0 s so far", "30 s, failed".  Returns buf. */
#define SPAN_TEXT_BYTES 64
const char *span_text(const struct span *s, char buf[SPAN_TEXT_BYTES]);

#endif
