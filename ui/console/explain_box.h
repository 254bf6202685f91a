/* ui/console/explain_box.h - what is under the cursor, explained, over the lower part of the
 * screen.
 *
 *  ── what is this? 2 of 8 ──────────────────────────────────────────────────────
 *   Proto      tcp
 *  >Recv-Q     128,512
 *   Send-Q     0
 *  ── Recv-Q (column recvq), bytes ──────────────────────────────────────────────
 *   is       Bytes that came and were not read, normally 0; ...
 *   normal   0, or a little for a moment.
 *   trouble  It stays or grows: the program does not read, ...
 *   see      sock_diag(7), idiag_rqueue
 *
 * Of a single subject there is no list.  Knows no panel: whoever opens it fills the subjects. */
#ifndef SOCKEYE_CONSOLE_EXPLAIN_BOX_H
#define SOCKEYE_CONSOLE_EXPLAIN_BOX_H

#include "core/report/explanation.h"
#include "ui/console/action.h"
#include "ui/console/surface.h"

/* A plain value. */
struct explain_box {
    struct subjects subjects;
    struct explanation now; /* of the one at subjects.cursor */
    int top;                /* its first visible line */
    int rows, columns;      /* of the screen */
};

/* The subjects were filled in. */
void explain_box_open(struct explain_box *b);
void explain_box_resize(struct explain_box *b, int rows, int columns);

/* Up, down, left and right choose, half screens scroll; false: it is none of these. */
bool explain_box_act(struct explain_box *b, enum action action);

/* Over the lower rows of the area, as many as it needs; the last one stays free.  Returns the first
 * of them. */
int explain_box_draw(const struct explain_box *b, struct area whole);

#endif
