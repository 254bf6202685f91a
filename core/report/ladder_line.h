/* core/report/ladder_line.h - one line of a ladder that is drawn with characters.
 *
 * Text files and the console's panel draw alike: a line is a row of cells, each with its
 * character and what it is part of.  Times are the caller's. */
#ifndef SOCKEYE_REPORT_LADDER_LINE_H
#define SOCKEYE_REPORT_LADDER_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/wire/ladder.h"

#define LADDER_PITCH_LEAST 26 /* between two columns: room for flags and lengths */
#define LADDER_PITCH_MOST 100
#define LADDER_LINE_CELLS ((LADDER_COLUMNS - 1) * LADDER_PITCH_MOST + 1)

enum ladder_part {
    LADDER_BLANK,
    LADDER_LIFELINE,
    LADDER_ARROW, /* shaft and head */
    LADDER_TEXT,  /* what is written along it, or beside a column */
    LADDER_HEAD,  /* a column's name */
};

struct ladder_cell {
    uint32_t code; /* Unicode */
    uint8_t part;  /* enum ladder_part */
};

struct ladder_line {
    size_t width;
    struct ladder_cell cells[LADDER_LINE_CELLS];
};

/* "127.0.0.1:80"; without a port where the protocol has none.  Returns buf. */
const char *ladder_column_name(const struct ladder *l, size_t column,
                               char buf[ADDR_TEXT_BYTES]);

/* Where the columns stand.  A plain value. */
struct ladder_layout {
    bool ascii;
    size_t width;
    size_t first, n;           /* columns that are to be seen */
    size_t total;              /* columns that there are */
    size_t at[LADDER_COLUMNS]; /* cell of each of the n */
};

/* Columns from `first` on in so many cells; all of them where there is room.  With `whole` none
 * is left out, and the width becomes what that takes; 0: what is comfortable. */
struct ladder_layout ladder_lay_out(const struct ladder *l, size_t width, size_t first,
                                    bool whole, bool ascii);

/* The columns' names; what is too long is shortened in its middle, with a mark. */
void ladder_draw_heads(const struct ladder_layout *layout, const struct ladder *l,
                       struct ladder_line *ret);
/* A step.  Returns whether all of its findings could be written. */
bool ladder_draw_step(const struct ladder_layout *layout, const struct ladder_step *s,
                      struct ladder_line *ret);
/* Nothing happens; cut: for longer than the line is to scale. */
void ladder_draw_gap(const struct ladder_layout *layout, bool cut, struct ladder_line *ret);

/* --- time gaps to scale --- */

#define LADDER_GAP_LINES 12 /* longer ones are cut, and say so */

/* The time between a step and the one before it. */
uint64_t ladder_gap_ns(const struct ladder *l, uint64_t number);
/* What one empty line stands for, 1, 2 or 5 of a decimal unit, so that the longest gaps take up to
 * LADDER_GAP_LINES; of many, a few are cut. */
uint64_t ladder_gap_unit(const struct ladder *l);
/* How many empty lines a gap takes, at most LADDER_GAP_LINES. */
size_t ladder_gap_lines(uint64_t gap_ns, uint64_t unit_ns);

#endif
