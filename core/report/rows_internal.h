/* core/report/rows_internal.h - what the forms of rows share. */
#ifndef SOCKEYE_REPORT_ROWS_INTERNAL_H
#define SOCKEYE_REPORT_ROWS_INTERNAL_H

#include <stdint.h>
#include <string.h>

#include "core/report/rows.h"

/* Rows that the widths of the columns are taken from; later ones may be wider. */
#define ROWS_FITTED 4096

#define ROWS_BUFFER_BYTES (64U << 10)
/* More than one cell and its padding take. */
#define ROWS_RESERVE_BYTES (4U << 10)

struct rows_writer {
    struct rows_shape shape;
    rows_sink *sink;
    void *ctx;
    int error; /* what the sink gave */
    size_t n_rows, used;
    struct value value; /* scratch */
    /* Text: the first rows wait, cell by cell, until the widths are known. */
    bool fitted, cut;
    char *held;
    size_t held_used, held_size;
    unsigned widths[ROWS_COLUMNS_MAX];
    char buffer[ROWS_BUFFER_BYTES];
};

/* Whole rows may lie in the buffer; this hands them on. */
void rows_flush(struct rows_writer *w);

static inline void rows_out(struct rows_writer *w, const char *bytes, size_t len)
{
    if (w->used + len > ROWS_BUFFER_BYTES)
        rows_flush(w);
    if (len > ROWS_BUFFER_BYTES) {
        if (!w->error)
            w->error = w->sink(w->ctx, bytes, len);
        return;
    }
    memcpy(w->buffer + w->used, bytes, len);
    w->used += len;
}

void rows_text_put(struct rows_writer *w, const struct snapshot *s, const struct row *row);
void rows_text_end(struct rows_writer *w);

void rows_json_put(struct rows_writer *w, const struct snapshot *s, const struct row *row);
void rows_json_end(struct rows_writer *w);

void rows_csv_put(struct rows_writer *w, const struct snapshot *s, const struct row *row);
void rows_csv_end(struct rows_writer *w);

#endif
