/* ui/console/stream_lines.h - a stream as rows of a screen, without counting them.
 *
 * A row is a place in the stream: the heading of a chunk that changes the direction, or a line of
 * its bytes.  From a place one goes to the next or the one before; so a long stream costs no more
 * than the rows that are looked at.  Pure. */
#ifndef SOCKEYE_CONSOLE_STREAM_LINES_H
#define SOCKEYE_CONSOLE_STREAM_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/wire/hexdump.h"
#include "core/wire/stream.h"

struct stream_place {
    uint64_t chunk;
    bool body;   /* a line of it; else its heading */
    uint64_t at; /* the line's first byte in the chunk */
};

struct stream_lines {
    const struct stream *stream;
    uint64_t end; /* chunks before this one are shown */
    bool hex;
    int columns; /* that a line may take, at least 1 */
};

#define STREAM_LINE_BYTES 1024

/* Negative, 0 or positive as a is before, at or behind b. */
int stream_place_compare(const struct stream_place *a, const struct stream_place *b);

/* The first and the last row; false when there is none. */
bool stream_lines_first(const struct stream_lines *l, struct stream_place *ret);
bool stream_lines_last(const struct stream_lines *l, struct stream_place *ret);
/* The row of a chunk that shows a byte of it. */
struct stream_place stream_lines_of(const struct stream_lines *l, uint64_t chunk,
                                    uint64_t byte);
/* A place from before that may be lost to the stream's bound, or be beyond the end: the nearest
 * row.  False when there is none.  Of another shape the line is that of its byte. */
bool stream_lines_mend(const struct stream_lines *l, struct stream_place *p);

/* One row on or back; false, and p as it was, at the end. */
bool stream_lines_next(const struct stream_lines *l, struct stream_place *p);
bool stream_lines_back(const struct stream_lines *l, struct stream_place *p);
/* So many back, at most STREAM_LINES_BACK, or to the first: at the price of one for each chunk. */
#define STREAM_LINES_BACK 512
void stream_lines_back_by(const struct stream_lines *l, struct stream_place *p, size_t rows);

/* What a line shows, printable; *ret_len: its bytes. */
void stream_lines_text(const struct stream_lines *l, const struct stream_place *p,
                       char buf[STREAM_LINE_BYTES], size_t *ret_len);

#endif
