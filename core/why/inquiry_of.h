/* core/why/inquiry_of.h - from a socket or a session of ours to the question why. */
#ifndef SOCKEYE_WHY_INQUIRY_OF_H
#define SOCKEYE_WHY_INQUIRY_OF_H

#include "core/model/event.h"
#include "core/why/inquiry.h"

/* What was recorded meanwhile: struct why_past.  Borrowed as long as the inquiry. */
struct recorded {
    const struct ring *packets; /* NULL: nothing was captured */
    const struct ring *events;
    bool events_all; /* recorded_all() */
};
/* Whether the kernel told all of its events; s may be NULL. */
bool recorded_all(const struct snapshot *s);

/* A peer with port 0 is nobody: of a listener, and of an unconnected socket. */
void inquiry_of_socket(struct inquiry *q, uint8_t protocol, const struct addr *local,
                       const struct addr *peer);
/* Of one that never opened: by trying again.  False: it is no such session. */
bool inquiry_of_failed(const struct session_status *s, struct inquiry *q);
/* Of one that had been open and failed: by what was recorded of it.  False likewise. */
bool inquiry_of_broken(const struct session_status *s, const struct recorded *recorded,
                       struct inquiry *q);
/* Of any: by either of these, by looking at its socket, or, while that is not connected, by trying
 * to reach its endpoint.  False: of an open unix socket, or one that a proxy has not connected, it
 * cannot be asked. */
bool inquiry_of_session(const struct session_status *s, const struct recorded *recorded,
                        struct inquiry *q);

#endif
