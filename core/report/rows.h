/* core/report/rows.h - rows of the socket table as JSON and as aligned text. */
#ifndef SOCKEYE_REPORT_ROWS_H
#define SOCKEYE_REPORT_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include "core/model/snapshot.h"

/* What is printed beside state, queues and addresses. */
struct rows_options {
    bool timers;
    bool owners; /* they were looked up: a row without one has none that may be seen */
};

/* {"schema": 1, "sockets": [...]}: one object a row, numbers as numbers.  A timer that is off
 * is null.  With owners, "owners" is a list, or null where looking is not permitted. */
cJSON *rows_json(const struct snapshot *s, const struct rows_options *options);

/* Widths that hold every row of a snapshot. */
struct rows_layout {
    struct rows_options options;
    int state, recvq, sendq, local, peer, timer;
};

struct rows_layout rows_layout(const struct snapshot *s, const struct rows_options *options);

#define ROWS_LINE_BYTES 512
/* The line of column titles, and the line of one row.  Return buf. */
const char *rows_header(const struct rows_layout *l, char buf[ROWS_LINE_BYTES]);
const char *rows_line(const struct rows_layout *l, const struct snapshot *s,
                      const struct row *row, char buf[ROWS_LINE_BYTES]);

#endif
