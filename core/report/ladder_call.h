/* core/report/ladder_call.h - a socket call in so few words that it fits beside a ladder's arrows. */
#ifndef SOCKEYE_REPORT_LADDER_CALL_H
#define SOCKEYE_REPORT_LADDER_CALL_H

#include "core/model/journal.h"
#include "core/wire/ladder.h"

/* "send(2048) = 2048", "recv(65536) = -1 EAGAIN", "shutdown(SHUT_WR) = 0"; false: a call that
 * moves nothing, such as setsockopt(), which a ladder has no line for. */
bool ladder_call_text(const struct call *call, char buf[LADDER_TEXT_BYTES]);

#endif
