#include "core/wire/hexdump.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static size_t width_of(const struct hexdump *h)
{
    return h->width == 0 ? 1 : h->width > HEXDUMP_WIDTH_MAX ? HEXDUMP_WIDTH_MAX : h->width;
}

static size_t rows_of(size_t len, size_t width)
{
    return len / width + (len % width != 0);
}

/* Bytes before the break; 0 when there is none. */
static size_t head_len(const struct hexdump *h)
{
    return h->brk < h->len ? h->brk : 0;
}

size_t hexdump_rows(const struct hexdump *h)
{
    size_t head = head_len(h);

    return rows_of(head, width_of(h)) + rows_of(h->len - head, width_of(h));
}

size_t hexdump_row_start(const struct hexdump *h, size_t row)
{
    size_t head = head_len(h), head_rows = rows_of(head, width_of(h));

    if (row >= hexdump_rows(h))
        return h->len;
    return row < head_rows ? row * width_of(h) : head + (row - head_rows) * width_of(h);
}

size_t hexdump_row_len(const struct hexdump *h, size_t row)
{
    /* Behind the last row both are h->len. */
    return hexdump_row_start(h, row + 1) - hexdump_row_start(h, row);
}

size_t hexdump_row_of(const struct hexdump *h, size_t offset)
{
    size_t head = head_len(h);

    if (offset < head)
        return offset / width_of(h);
    return rows_of(head, width_of(h)) + (offset - head) / width_of(h);
}

char hexdump_char(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x7f ? (char)byte : '.';
}

int hexdump_offset_columns(const struct hexdump *h)
{
    return h->len > 0x10000 ? 6 : 4;
}

int hexdump_byte_column(const struct hexdump *h, size_t i)
{
    return hexdump_offset_columns(h) + 2 + (int)(3 * i + i / 8);
}

int hexdump_char_column(const struct hexdump *h, size_t i)
{
    return hexdump_byte_column(h, width_of(h) - 1) + 4 + (int)i;
}

static size_t put_blanks(char *out, size_t n)
{
    memset(out, ' ', n);
    return n;
}

size_t hexdump_line(const struct hexdump *h, const uint8_t *bytes, size_t row,
                    char buf[HEXDUMP_LINE_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    size_t start = hexdump_row_start(h, row), len = hexdump_row_len(h, row), used;
    size_t width = width_of(h);

    buf[0] = '\0';
    if (!len)
        return 0;
    used =
        (size_t)snprintf(buf, HEXDUMP_LINE_BYTES, "%0*zx ", hexdump_offset_columns(h), start);
    for (size_t i = 0; i < width; i++) {
        bool there = i < len;

        used += put_blanks(buf + used, i && i % 8 == 0 ? 2 : 1);
        buf[used++] = there ? digits[bytes[start + i] >> 4] : ' ';
        buf[used++] = there ? digits[bytes[start + i] & 15] : ' ';
    }
    used += put_blanks(buf + used, 2);
    for (size_t i = 0; i < len; i++)
        buf[used++] = hexdump_char(bytes[start + i]);
    buf[used] = '\0';
    return used;
}
