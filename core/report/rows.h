/* core/report/rows.h - rows of the socket table as JSON and as aligned text.
 *
 * Whatever comes out is printable.  What is not known is null in JSON, '?' in text. */
#ifndef SOCKEYE_REPORT_ROWS_H
#define SOCKEYE_REPORT_ROWS_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/model/snapshot.h"

struct row_report {
    bool timers; /* text: a Timer column */
    bool owners; /* owners were asked for; text: an Owner column */
};

/* One object.  The caller owns the result (cJSON_Delete). */
cJSON *row_json(const struct snapshot *s, const struct row *row,
                const struct row_report *report);

/* Characters of each column; the last one of a line is never padded. */
struct row_widths {
    int state, recvq, sendq, local, peer, timer;
};

/* Widths that hold the titles; row_widths_fit() grows them until they hold a row too. */
struct row_widths row_widths_of_titles(void);
void row_widths_fit(struct row_widths *w, const struct snapshot *s, const struct row *row);

/* Room for any line. */
#define ROW_LINE_BYTES 1024

/* "State  Recv-Q  Send-Q  Local Address:Port  Peer Address:Port"; both return the length. */
size_t row_titles_line(const struct row_widths *w, const struct row_report *report,
                       char buf[ROW_LINE_BYTES]);
size_t row_line(const struct snapshot *s, const struct row *row, const struct row_widths *w,
                const struct row_report *report, char buf[ROW_LINE_BYTES]);

#endif
