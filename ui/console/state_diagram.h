/* ui/console/state_diagram.h - the states of TCP, and the way of one socket through them.
 *
 * The diagram of RFC 9293, figure 5, by the kernel's names: the state that it is in stands in
 * brackets, those that it was seen in have their time beside them, the others are dim.  Where there
 * is no room for it only the way is told. */
#ifndef SOCKEYE_CONSOLE_STATE_DIAGRAM_H
#define SOCKEYE_CONSOLE_STATE_DIAGRAM_H

#include "core/model/state_path.h"
#include "ui/console/surface.h"

/* row: as last seen.  From line `top` on; returns how many lines there are. */
int state_diagram_draw(struct area a, const struct row *row, const struct state_path *path,
                       int top);

#endif
