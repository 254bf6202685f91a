/* ui/console/explain.h - what an error means, in a pane: the sentences of the error reference.
 *
 *  means Nothing accepts this at the peer: a TCP RST to the SYN, ...
 *  often No program listens on that address and port: ...
 *  try   sockeye why HOST:PORT
 *
 * One shape for every pane.  e NULL, an error that the reference does not know, takes no row. */
#ifndef SOCKEYE_CONSOLE_EXPLAIN_H
#define SOCKEYE_CONSOLE_EXPLAIN_H

#include "core/model/errors.h"
#include "ui/console/surface.h"

/* Rows that it takes where there are so many; with too few for all of it the later sentences are
 * cut first, but each has a row while there is one. */
int explain_rows(const struct error_entry *e, int rows, int columns);
/* Into the rows of the area that explain_rows() says.  Returns the row behind it. */
int explain_draw(struct area a, const struct error_entry *e);

#endif
