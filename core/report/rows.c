#include "core/report/rows.h"

#include <stdlib.h>

#include "core/base/mem.h"
#include "core/report/rows_internal.h"

void rows_shape_add(struct rows_shape *shape, const struct column *column)
{
    for (size_t i = 0; i < shape->n_columns; i++)
        if (shape->columns[i] == column)
            return;
    if (column && shape->n_columns < ROWS_COLUMNS_MAX)
        shape->columns[shape->n_columns++] = column;
}

uint32_t rows_shape_parts(const struct rows_shape *shape)
{
    uint32_t parts = 0;

    for (size_t i = 0; i < shape->n_columns; i++)
        parts |= shape->columns[i]->parts;
    return parts;
}

bool rows_shape_needs_owners(const struct rows_shape *shape)
{
    bool needed = shape->owners;

    for (size_t i = 0; i < shape->n_columns; i++)
        needed |= shape->columns[i]->owners;
    return needed;
}

static const struct {
    void (*put)(struct rows_writer *w, const struct snapshot *s, const struct row *row);
    void (*end)(struct rows_writer *w);
} forms[] = {
    [ROWS_TEXT] = {rows_text_put, rows_text_end},
    [ROWS_JSON] = {rows_json_put, rows_json_end},
    [ROWS_CSV] = {rows_csv_put, rows_csv_end},
};

struct rows_writer *rows_writer_new(const struct rows_shape *shape, rows_sink *sink, void *ctx)
{
    struct rows_writer *w = mem_new(1, sizeof(*w));

    w->shape = *shape;
    w->sink = sink;
    w->ctx = ctx;
    return w;
}

void rows_flush(struct rows_writer *w)
{
    if (!w->error && w->used)
        w->error = w->sink(w->ctx, w->buffer, w->used);
    w->used = 0;
}

int rows_writer_put(struct rows_writer *w, const struct snapshot *part)
{
    for (size_t i = 0; i < part->n_rows && !w->error; i++) {
        forms[w->shape.form].put(w, part, &part->rows[i]);
        w->n_rows++;
    }
    return w->error;
}

int rows_writer_end(struct rows_writer *w)
{
    forms[w->shape.form].end(w);
    rows_flush(w);
    return w->error;
}

void rows_writer_free(struct rows_writer *w)
{
    if (!w)
        return;
    free(w->held);
    free(w);
}
