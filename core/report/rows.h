/* core/report/rows.h - rows of the socket table as aligned text, JSON and CSV.
 *
 * They are written part by part, so that ten million rows need no more memory than a few thousand.
 * Whatever comes out is printable.  What is not known is '?' in text and CSV, null in JSON, where
 * "unknown" says why; what there is none of is '-' in text, empty in CSV and null in JSON. */
#ifndef SOCKEYE_REPORT_ROWS_H
#define SOCKEYE_REPORT_ROWS_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/model/column.h"
#include "core/model/snapshot.h"

#define ROWS_COLUMNS_MAX 256

enum rows_form { ROWS_TEXT, ROWS_JSON, ROWS_CSV };

struct rows_shape {
    enum rows_form form;
    bool no_header; /* text, CSV: no line of titles (CSV: of names) */
    bool owners;    /* owners were asked for: JSON lists all holders */
    unsigned width; /* text: of the terminal, in characters; 0: there is none, nothing is cut */
    size_t n_columns;
    const struct column *columns[ROWS_COLUMNS_MAX];
};

/* One more column; what is there already and what is too much changes nothing.  NULL too. */
void rows_shape_add(struct rows_shape *shape, const struct column *column);

/* What the columns need. */
uint32_t rows_shape_parts(const struct rows_shape *shape);
bool rows_shape_needs_owners(const struct rows_shape *shape);

/* Takes what was written, in large pieces; 0 or negative errno, which ends it all. */
typedef int rows_sink(void *ctx, const char *bytes, size_t len);

struct rows_writer;

/* The shape is copied. */
struct rows_writer *rows_writer_new(const struct rows_shape *shape, rows_sink *sink, void *ctx);
/* Write the rows of a part, of which nothing is kept.  All return 0 or what the sink gave. */
int rows_writer_put(struct rows_writer *w, const struct snapshot *part);
/* The end of the document and what was held back. */
int rows_writer_end(struct rows_writer *w);
void rows_writer_free(struct rows_writer *w);

/* One object; the caller owns it (cJSON_Delete).  The columns that it has not anyway are added. */
cJSON *row_json(const struct snapshot *s, const struct row *row,
                const struct rows_shape *shape);

#endif
