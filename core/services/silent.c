/* core/services/silent.c - a peer that takes the request and never answers.
 *
 * It reads like discard, so nothing piles up and no window closes, but it does not end when the
 * peer does: our socket stays in CLOSE_WAIT, the peer's in FIN_WAIT2, until the peer has gone
 * altogether. */
#include "core/services/farewell.h"
#include "core/services/service.h"

const struct service silent_service = {
    .name = "silent",
    .summary = "reads, never answers, and does not close when the peer does",
    .behaviour = {.readable = farewell_readable, .peer_closed = session_stay_open},
    .answer = farewell_no_answer,
};
