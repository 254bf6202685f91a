/* ui/console/session_header.h - the line above a transcript.
 *
 *  ── session 2  open  sent 4,163,084  received 12  queued 0  127.0.0.1:65432 ────── */
#ifndef SOCKEYE_CONSOLE_SESSION_HEADER_H
#define SOCKEYE_CONSOLE_SESSION_HEADER_H

#include <stdbool.h>

#include "core/model/model.h"
#include "ui/console/surface.h"

/* Into the first row of the area.  scrolled: the pane does not show the end. */
void session_header_draw(struct area a, const struct session_status *s, bool scrolled,
                         bool keys);

#endif
