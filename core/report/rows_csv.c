/* Rows as CSV (RFC 4180): a line of the columns' names, then a record a row. */
#include "core/base/text.h"
#include "core/report/rows_internal.h"

static void put_quoted(struct rows_writer *w, const char *text, size_t len)
{
    rows_out(w, "\"", 1);
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"')
            rows_out(w, "\"", 1);
        rows_out(w, text + i, 1);
    }
    rows_out(w, "\"", 1);
}

static void put_field(struct rows_writer *w, size_t column, const char *text, size_t len)
{
    if (column)
        rows_out(w, ",", 1);
    if (strpbrk(text, ",\"\r\n"))
        put_quoted(w, text, len);
    else
        rows_out(w, text, len);
}

static void put_header(struct rows_writer *w)
{
    for (size_t i = 0; i < w->shape.n_columns; i++)
        put_field(w, i, w->shape.columns[i]->name, strlen(w->shape.columns[i]->name));
    rows_out(w, "\r\n", 2);
    w->fitted = true;
}

void rows_csv_put(struct rows_writer *w, const struct snapshot *s, const struct row *row)
{
    if (!w->fitted && !w->shape.no_header)
        put_header(w);
    for (size_t i = 0; i < w->shape.n_columns; i++) {
        size_t len = column_text(w->shape.columns[i], s, row, &w->value);

        if (w->value.kind == VALUE_NONE)
            put_field(w, i, "", 0);
        else if (w->value.kind == VALUE_UNKNOWN)
            put_field(w, i, "?", 1); /* the reason is for people and JSON */
        else
            put_field(w, i, w->value.text, len);
    }
    rows_out(w, "\r\n", 2);
}

void rows_csv_end(struct rows_writer *w)
{
    if (!w->fitted && !w->shape.no_header)
        put_header(w);
}
