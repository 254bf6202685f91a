/* Rows as aligned lines. */
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/report/rows_internal.h"

#define GAP "  "
#define GAP_CHARS 2
/* A column is not cut below this, however narrow the terminal. */
#define CUT_MIN 12
#define ELLIPSIS "\xe2\x80\xa6"

/* Characters of UTF-8: bytes that do not go on with one. */
static unsigned chars_beyond_ascii(const char *text, size_t len)
{
    unsigned n = 0;

    for (size_t i = 0; i < len; i++)
        n += (text[i] & 0xc0) != 0x80;
    return n;
}

/* Nearly all text is ASCII, which eight bytes at a time tell. */
static unsigned chars(const char *text, size_t len)
{
    const uint64_t beyond = UINT64_C(0x8080808080808080);
    uint64_t eight;
    size_t i = 0;

    for (; i + sizeof(eight) <= len; i += sizeof(eight)) {
        memcpy(&eight, text + i, sizeof(eight));
        if (eight & beyond)
            return chars_beyond_ascii(text, len);
    }
    for (; i < len; i++)
        if (text[i] & 0x80)
            return chars_beyond_ascii(text, len);
    return (unsigned)len;
}

/* The bytes of the first n characters. */
static size_t bytes_of(const char *text, size_t len, unsigned n)
{
    size_t i = 0;

    while (i < len && (n > 0 || (text[i] & 0xc0) == 0x80)) {
        n -= (text[i] & 0xc0) != 0x80;
        i++;
    }
    return i;
}

/* Most cells are short: 16 bytes are copied at once, whether they are all needed or not, so that no
 * function is called.  Behind text and out there is room for them. */
#define AT_ONCE 16

static char *put_bytes(char *out, const char *text, size_t len)
{
    if (len <= AT_ONCE)
        memcpy(out, text, AT_ONCE);
    else
        memcpy(out, text, len);
    return out + len;
}

static char *pad(char *out, unsigned n)
{
    if (n <= AT_ONCE)
        memset(out, ' ', AT_ONCE);
    else
        memset(out, ' ', n);
    return out + n;
}

/* text has AT_ONCE bytes that may be read, also where it is shorter. */
static void put_cell(struct rows_writer *w, size_t column, const char *text, size_t len)
{
    bool right = w->shape.columns[column]->right;
    unsigned width = w->widths[column], n = right ? (unsigned)len : chars(text, len);
    unsigned missing = n < width ? width - n : 0;
    char *out;

    if (w->used + ROWS_RESERVE_BYTES > ROWS_BUFFER_BYTES)
        rows_flush(w);
    out = w->buffer + w->used;
    if (column) {
        memcpy(out, GAP, GAP_CHARS);
        out += GAP_CHARS;
    }
    if (right)
        out = pad(out, missing);
    if (w->cut && n > width && !right) {
        out = put_bytes(out, text, bytes_of(text, len, width - 1));
        memcpy(out, ELLIPSIS, sizeof(ELLIPSIS) - 1);
        out += sizeof(ELLIPSIS) - 1;
    } else {
        out = put_bytes(out, text, len);
    }
    if (column + 1 == w->shape.n_columns)
        *out++ = '\n';
    else if (!right)
        out = pad(out, missing);
    w->used = (size_t)(out - w->buffer);
}

/* Keep a cell until the widths are known: its length, then its bytes. */
static void hold(struct rows_writer *w, const char *text, uint16_t len)
{
    size_t end = w->held_used + sizeof(len) + len;

    if (end + AT_ONCE > w->held_size) {
        w->held_size = 2 * end + 4096;
        w->held = mem_resize(w->held, w->held_size, 1);
    }
    memcpy(w->held + w->held_used, &len, sizeof(len));
    memcpy(w->held + w->held_used + sizeof(len), text, len);
    w->held_used = end;
}

static void put_held(struct rows_writer *w)
{
    size_t column = 0;

    for (size_t at = 0; at < w->held_used;) {
        uint16_t len;

        memcpy(&len, w->held + at, sizeof(len));
        put_cell(w, column, w->held + at + sizeof(len), len);
        at += sizeof(len) + len;
        column = column + 1 < w->shape.n_columns ? column + 1 : 0;
    }
}

static unsigned line_width(const struct rows_writer *w)
{
    unsigned sum = 0;

    for (size_t i = 0; i < w->shape.n_columns; i++)
        sum += w->widths[i] + (i ? GAP_CHARS : 0);
    return sum;
}

/* The widest text gives way first, as far as the line is too long. */
static void cut_to_terminal(struct rows_writer *w)
{
    unsigned room = w->shape.width;

    while (room && line_width(w) > room) {
        size_t widest = w->shape.n_columns;

        for (size_t i = 0; i < w->shape.n_columns; i++)
            if (!w->shape.columns[i]->right && w->widths[i] > CUT_MIN &&
                (widest == w->shape.n_columns || w->widths[i] > w->widths[widest]))
                widest = i;
        if (widest == w->shape.n_columns)
            return;
        w->widths[widest]--;
        w->cut = true;
    }
}

static void put_title(struct rows_writer *w, size_t column)
{
    const char *title = w->shape.columns[column]->title;
    size_t len = strnlen(title, sizeof(w->value.text));

    memcpy(w->value.text, title, len);
    put_cell(w, column, w->value.text, len);
}

static void widen(struct rows_writer *w, size_t column, const char *text, size_t len)
{
    unsigned n = chars(text, len);

    if (n > w->widths[column])
        w->widths[column] = n;
}

static void fit(struct rows_writer *w)
{
    w->fitted = true;
    for (size_t i = 0; i < w->shape.n_columns; i++) {
        const char *title = w->shape.columns[i]->title;

        if (!w->shape.no_header)
            widen(w, i, title, strlen(title));
    }
    cut_to_terminal(w);
    for (size_t i = 0; i < w->shape.n_columns && !w->shape.no_header; i++)
        put_title(w, i);
    put_held(w);
    free(w->held);
    w->held = NULL;
    w->held_used = w->held_size = 0;
}

void rows_text_put(struct rows_writer *w, const struct snapshot *s, const struct row *row)
{
    if (!w->fitted && w->n_rows == ROWS_FITTED)
        fit(w);
    for (size_t i = 0; i < w->shape.n_columns; i++) {
        size_t len = column_text(w->shape.columns[i], s, row, &w->value);

        if (w->fitted) {
            put_cell(w, i, w->value.text, len);
            continue;
        }
        widen(w, i, w->value.text, len);
        hold(w, w->value.text, (uint16_t)len);
    }
}

void rows_text_end(struct rows_writer *w)
{
    if (!w->fitted)
        fit(w);
}
