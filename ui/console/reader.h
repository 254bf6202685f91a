/* ui/console/reader.h - the screen as plain lines, for who hears or feels it.
 *
 * Of each frame only what became another is told, a line each: where one is, the selected row, what
 * is said, what is typed.  Figures that only count do not speak unless a key asked.  Knows no
 * terminal: gives text to be written as it is, lines ended by "\r\n". */
#ifndef SOCKEYE_CONSOLE_READER_H
#define SOCKEYE_CONSOLE_READER_H

#include <stdbool.h>

#include "core/message/json_write.h"
#include "ui/console/surface.h"

/* The screen is drawn as large as this, so that lines are whole. */
#define READER_ROWS 40
#define READER_COLUMNS 160
#define READER_LINE_BYTES (READER_COLUMNS * CELL_BYTES)

/* What a frame is beside its cells. */
struct reader_frame {
    struct surface *surface; /* READER_ROWS x READER_COLUMNS at most */
    int top, rows;           /* the pane that has the keys */
    const char *place;       /* "sockets: detail" */
    const char *notice;      /* the newest; "" */
    bool bad;
    const char *why; /* what was found by itself; "" */
    bool typing;     /* the last row is a prompt */
    bool key;        /* a key was pressed since the frame before */
    bool recent;     /* a moment ago: what it did may show only now */
};

struct reader {
    char place[160], notice[1024], why[1024];
    char selected[READER_LINE_BYTES], prompt[READER_LINE_BYTES];
    bool typing;
    char rows[READER_ROWS][READER_LINE_BYTES];
};

/* Adds what there is to be said to `out`.  Begin with a reader of all zero. */
void reader_frame(struct reader *r, const struct reader_frame *f, struct json_writer *out);

#endif
