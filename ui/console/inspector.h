/* ui/console/inspector.h - the bytes under the cursor of a hex dump, read as numbers, as a
 * character, as an address.  For every pane that has a dump with a cursor. */
#ifndef SOCKEYE_CONSOLE_INSPECTOR_H
#define SOCKEYE_CONSOLE_INSPECTOR_H

#include <stddef.h>
#include <stdint.h>

#include "ui/console/surface.h"

/* How many of at most `rows` rows it uses in so many columns; 0 for none. */
int inspector_rows(int rows, int columns);

/* How many it should take of a pane's rows: two fifths at most, none where that is no row. */
int inspector_part(int rows, int columns);

/* Over all of the area, which has rows as inspector_rows() gave them.  One row holds the most
 * useful readings; more rows hold all of them, or those that fit, in the order of their use. */
void inspector_draw(struct area a, const uint8_t *bytes, size_t len, size_t at);

#endif
