/* core/wire/hexdump.h - bytes as rows of a hex dump.
 *
 * A row holds up to width bytes; a row never runs across `brk`, so that a payload starts a
 * row of its own while offsets stay those of the whole packet. */
#ifndef SOCKEYE_WIRE_HEXDUMP_H
#define SOCKEYE_WIRE_HEXDUMP_H

#include <stddef.h>
#include <stdint.h>

/* More do not fit HEXDUMP_LINE_BYTES; a larger width counts as this. */
#define HEXDUMP_WIDTH_MAX 32

struct hexdump {
    size_t len;   /* bytes in all */
    size_t width; /* bytes a row, 1 to HEXDUMP_WIDTH_MAX */
    size_t brk;   /* a row starts here; 0 or >= len: no break */
};

size_t hexdump_rows(const struct hexdump *h);
/* The first byte of a row, and how many bytes it has (0 behind the end). */
size_t hexdump_row_start(const struct hexdump *h, size_t row);
size_t hexdump_row_len(const struct hexdump *h, size_t row);
size_t hexdump_row_of(const struct hexdump *h, size_t offset);

/* The character of a byte in the text column: printable ASCII as it is, else '.'. */
char hexdump_char(uint8_t byte);

/* "0040  48 65 6c 6c 6f 2c 20 77  6f 72 6c 64              Hello, world": tcpdump -XX's
 * habit with a gap after eight.  Returns the length. */
#define HEXDUMP_LINE_BYTES 160
size_t hexdump_line(const struct hexdump *h, const uint8_t *bytes, size_t row,
                    char buf[HEXDUMP_LINE_BYTES]);
/* Columns of that line: digits of the offset, the first digit of byte i of a row, its character.
 */
int hexdump_offset_columns(const struct hexdump *h);
int hexdump_byte_column(const struct hexdump *h, size_t i);
int hexdump_char_column(const struct hexdump *h, size_t i);

#endif
