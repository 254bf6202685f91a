/* ui/console/surface.h - a grid of cells that panels draw into.
 *
 * Knows no terminal: one file copies it to ncurses, tests read it as text.  Whatever is written
 * passes the sanitizer, is cut at the edge of its area and counted in columns, so that wide
 * characters stay aligned.  Styles say what something means, never how it looks. */
#ifndef SOCKEYE_CONSOLE_SURFACE_H
#define SOCKEYE_CONSOLE_SURFACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum style {
    STYLE_NORMAL,
    STYLE_DIM,      /* less important: units, hints */
    STYLE_TITLE,    /* the name of a pane */
    STYLE_HEADER,   /* column titles */
    STYLE_BAR,      /* top and bottom line */
    STYLE_KEY,      /* a key in the footer and in help */
    STYLE_SELECTED, /* the row of the cursor in the pane that has the keys */
    STYLE_MARKED,   /* the row of the cursor elsewhere; linked bytes and fields */
    STYLE_GOOD,     /* established, right checksum */
    STYLE_BUSY,     /* on its way: SYN_SENT, closing, queued bytes */
    STYLE_BAD,      /* failed, refused, dropped */
    STYLE_LISTEN,
    STYLE_NEW, /* for one refresh: it was not there before, it became another, it is no more */
    STYLE_CHANGED,
    STYLE_GONE,
    STYLE_SENT,     /* from us */
    STYLE_RECEIVED, /* from the peer */
    STYLE_GAUGE,    /* the filled part of a gauge */
    STYLE_INPUT,    /* what is being typed */
    STYLE_CURSOR,   /* where it is being typed */
    STYLE_COUNT
};

/* Characters that have an ASCII form for terminals without UTF-8. */
enum glyph {
    GLYPH_HLINE,
    GLYPH_VLINE,
    GLYPH_ARROW_RIGHT,
    GLYPH_ARROW_LEFT,
    GLYPH_ELLIPSIS,
    GLYPH_CURSOR_ROW,
    GLYPH_BAR_1,
    GLYPH_BAR_2,
    GLYPH_BAR_3,
    GLYPH_BAR_4,
    GLYPH_BAR_5,
    GLYPH_BAR_6,
    GLYPH_BAR_7,
    GLYPH_BAR_8, /* left blocks: one to eight eighths of a cell */
    GLYPH_RISE_1,
    GLYPH_RISE_2,
    GLYPH_RISE_3,
    GLYPH_RISE_4,
    GLYPH_RISE_5,
    GLYPH_RISE_6,
    GLYPH_RISE_7,
    GLYPH_RISE_8, /* lower blocks: one to eight eighths of a cell */
    GLYPH_COUNT
};

#define CELL_BYTES 28 /* one character with a few combining marks, NUL-terminated */

struct cell {
    char text[CELL_BYTES]; /* "" : the right half of a wide character */
    uint8_t width;         /* 1 or 2; 0: right half */
    uint8_t style;
};

struct surface;

/* ascii: glyphs and characters beyond ASCII are written in ASCII. */
struct surface *surface_new(int rows, int columns, bool ascii);
void surface_free(struct surface *s);
void surface_clear(struct surface *s);
int surface_rows(const struct surface *s);
int surface_columns(const struct surface *s);
const struct cell *surface_cell(const struct surface *s, int row, int column);
/* A row as text, for tests and dumps; valid until the next call on this surface. */
const char *surface_row(struct surface *s, int row);

/* A rectangle of a surface; writes outside it are cut.  A plain value. */
struct area {
    struct surface *surface;
    int row, column, rows, columns;
};

struct area area_whole(struct surface *s);
/* A part of an area, cut to it; may have no rows or columns. */
struct area area_part(struct area a, int row, int column, int rows, int columns);

/* All return the column behind what they wrote (relative to the area). */
int area_text(struct area a, int row, int column, enum style style, const char *text);
/* At most `columns` wide; when the text is longer its end becomes GLYPH_ELLIPSIS. */
int area_text_cut(struct area a, int row, int column, int columns, enum style style,
                  const char *text);
/* Right-aligned so that it ends before column + columns; cut like area_text_cut. */
int area_text_right(struct area a, int row, int column, int columns, enum style style,
                    const char *text);
int area_printf(struct area a, int row, int column, enum style style, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
int area_glyph(struct area a, int row, int column, enum style style, enum glyph glyph);
/* n cells of one glyph. */
int area_line(struct area a, int row, int column, int n, enum style style, enum glyph glyph);
/* Blanks all over. */
void area_fill(struct area a, enum style style);
/* Change the style of n cells, their text stays. */
void area_restyle(struct area a, int row, int column, int n, enum style style);
/* A title line over a pane: "── packets of this row ─────". */
void area_title(struct area a, int row, enum style style, const char *title);
/* A bar of `columns` cells, value/limit of them filled in eighths; limit 0 draws nothing. */
void area_gauge(struct area a, int row, int column, int columns, uint64_t value,
                uint64_t limit);

/* Columns that the text takes, as area_text would write it. */
int text_columns(const char *text);

#endif
