/* core/report/ladder.h - a ladder as text, as JSON and as one page with a drawing.
 *
 * Text has a column for each address with its port and a line for each step.  JSON is one
 * array of steps.  The page is HTML with SVG in it: it needs nothing but itself, holds no
 * script, and every text from outside is escaped; findings are told by words beside their
 * colour.  Whatever comes out is printable. */
#ifndef SOCKEYE_REPORT_LADDER_H
#define SOCKEYE_REPORT_LADDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/wire/ladder.h"

enum ladder_form { LADDER_AS_TEXT, LADDER_AS_JSON, LADDER_AS_HTML };

struct ladder_shape {
    enum ladder_form form;
    bool ascii;        /* text: nothing beyond ASCII */
    bool gaps;         /* text, HTML: time gaps to scale, the longest ones cut and marked */
    bool wall;         /* text, HTML: local times of day; else seconds since the first step */
    unsigned width;    /* text: of the terminal, in characters; 0: as wide as it needs */
    const char *title; /* HTML: of any bytes; NULL: none */
    /* HTML: markup between the title and the drawing, which is left out where there is nothing to
     * draw; what is foreign in it is escaped already.  NULL: none. */
    const char *before;
};

/* Takes what was written, in large pieces; 0 or negative errno, which ends it all. */
typedef int ladder_sink(void *ctx, const char *bytes, size_t len);

/* All steps that the ladder still has.  Returns 0 or what the sink gave. */
int ladder_report(const struct ladder *l, const struct ladder_shape *shape, ladder_sink *sink,
                  void *ctx);

#endif
