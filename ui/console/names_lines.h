/* ui/console/names_lines.h - lookups as lines: each a heading, below the open one who was asked when,
 * what came of it, and in which order connect tries the addresses. */
#ifndef SOCKEYE_CONSOLE_NAMES_LINES_H
#define SOCKEYE_CONSOLE_NAMES_LINES_H

#include "core/model/lookups.h"
#include "core/model/model.h"
#include "ui/console/surface.h"

/* What a heading is about: a lookup that was asked for, or one of a session of ours. */
struct names_about {
    enum { ABOUT_NOTHING, ABOUT_LOOKUP, ABOUT_SESSION } is;
    uint64_t id;
};

enum names_line_kind { NAMES_HEADING, NAMES_BAR, NAMES_ADDRESS, NAMES_TEXT };

struct names_line {
    enum names_line_kind is;
    struct names_about about;
    enum style style;                    /* of the bar, or of the text */
    uint64_t at_ns;                      /* NAMES_HEADING: monotonic */
    uint64_t begin_ns, end_ns, whole_ns; /* NAMES_BAR: since the lookup began */
    bool failed;                         /* NAMES_HEADING */
    char label[80];                      /* cleaned, like all text here */
    char text[256];
    char connect
        [ENDPOINT_TEXT_BYTES]; /* NAMES_ADDRESS: an endpoint, or its begin up to the port */
};

/* Headings that are shown of sessions, newest first; older ones are left out. */
#define NAMES_SESSIONS 64

struct names_lines {
    size_t n, room;
    struct names_line *list; /* owned */
};

/* All of them, newest first; `open` is unfolded. */
void names_lines_make(struct names_lines *to, const struct model *m,
                      const struct names_about *open);
/* What came last. */
struct names_about names_newest(const struct model *m);

#endif
