/* Widths come from wcwidth(3) of the locale that main() has set. */
#include "ui/console/surface.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "core/base/mem.h"
#include "core/base/text.h"

/* A terminal shows a character and at most this many marks in one cell (CCHARW_MAX - 1). */
#define MARKS_MAX 4
#define TEXT_BYTES 1024 /* of one area_printf() */

struct surface {
    int rows, columns;
    bool ascii;
    struct cell *cells; /* row by row */
    char *line;         /* what surface_row() returns */
};

static const struct {
    uint32_t code;
    char ascii;
} glyphs[GLYPH_COUNT] = {
    [GLYPH_HLINE] = {0x2500, '-'},       [GLYPH_VLINE] = {0x2502, '|'},
    [GLYPH_ARROW_RIGHT] = {0x2192, '>'}, [GLYPH_ARROW_LEFT] = {0x2190, '<'},
    [GLYPH_ELLIPSIS] = {0x2026, '~'},    [GLYPH_CURSOR_ROW] = {'>', '>'},
    [GLYPH_BAR_1] = {0x258f, '.'},       [GLYPH_BAR_2] = {0x258e, '.'},
    [GLYPH_BAR_3] = {0x258d, ':'},       [GLYPH_BAR_4] = {0x258c, ':'},
    [GLYPH_BAR_5] = {0x258b, '='},       [GLYPH_BAR_6] = {0x258a, '='},
    [GLYPH_BAR_7] = {0x2589, '+'},       [GLYPH_BAR_8] = {0x2588, '#'},
    [GLYPH_RISE_1] = {0x2581, '_'},      [GLYPH_RISE_2] = {0x2582, '.'},
    [GLYPH_RISE_3] = {0x2583, ':'},      [GLYPH_RISE_4] = {0x2584, '-'},
    [GLYPH_RISE_5] = {0x2585, '='},      [GLYPH_RISE_6] = {0x2586, '+'},
    [GLYPH_RISE_7] = {0x2587, '*'},      [GLYPH_RISE_8] = {0x2588, '#'},
};

static const struct cell blank = {.text = " ", .width = 1, .style = STYLE_NORMAL};

struct surface *surface_new(int rows, int columns, bool ascii)
{
    struct surface *s = mem_new(1, sizeof(*s));

    s->rows = rows > 0 ? rows : 0;
    s->columns = columns > 0 ? columns : 0;
    s->ascii = ascii;
    s->cells = mem_new((size_t)s->rows * (size_t)s->columns + 1, sizeof(*s->cells));
    surface_clear(s);
    return s;
}

void surface_free(struct surface *s)
{
    if (!s)
        return;
    free(s->cells);
    free(s->line);
    free(s);
}

void surface_clear(struct surface *s)
{
    size_t n = (size_t)s->rows * (size_t)s->columns;

    for (size_t i = 0; i < n; i++)
        s->cells[i] = blank;
}

int surface_rows(const struct surface *s)
{
    return s->rows;
}

int surface_columns(const struct surface *s)
{
    return s->columns;
}

static bool inside(const struct surface *s, int row, int column)
{
    return row >= 0 && row < s->rows && column >= 0 && column < s->columns;
}

static struct cell *cell_at(const struct surface *s, int row, int column)
{
    return &s->cells[(size_t)row * (size_t)s->columns + (size_t)column];
}

const struct cell *surface_cell(const struct surface *s, int row, int column)
{
    return inside(s, row, column) ? cell_at(s, row, column) : &blank;
}

const char *surface_row(struct surface *s, int row)
{
    size_t used = 0;

    if (!s->line)
        s->line = mem_new((size_t)s->columns + 1, CELL_BYTES);
    for (int column = 0; column < s->columns && inside(s, row, column); column++) {
        const struct cell *cell = cell_at(s, row, column);
        size_t len = strlen(cell->text);

        memcpy(s->line + used, cell->text, len);
        used += len;
    }
    s->line[used] = '\0';
    return s->line;
}

/* --- areas ------------------------------------------------------------------------------ */

struct area area_whole(struct surface *s)
{
    return (struct area){s, 0, 0, s->rows, s->columns};
}

struct area area_part(struct area a, int row, int column, int rows, int columns)
{
    /* 64 bits: a sum of two sizes from outside must not wrap. */
    int64_t top = row > 0 ? row : 0, left = column > 0 ? column : 0;
    int64_t bottom = (int64_t)row + rows, right = (int64_t)column + columns;

    bottom = bottom > a.rows ? a.rows : bottom;
    right = right > a.columns ? a.columns : right;
    return (struct area){
        .surface = a.surface,
        .row = a.row + (int)(top > a.rows ? a.rows : top),
        .column = a.column + (int)(left > a.columns ? a.columns : left),
        .rows = bottom > top ? (int)(bottom - top) : 0,
        .columns = right > left ? (int)(right - left) : 0,
    };
}

/* The cell behind a place in the area; NULL when it is cut off. */
static struct cell *area_cell(struct area a, int row, int column)
{
    if (row < 0 || row >= a.rows || column < 0 || column >= a.columns ||
        !inside(a.surface, a.row + row, a.column + column))
        return NULL;
    return cell_at(a.surface, a.row + row, a.column + column);
}

/* Before a cell changes: a wide character that it was one half of becomes blanks. */
static void split_wide(struct area a, int row, int column)
{
    const struct surface *s = a.surface;
    int y = a.row + row, x = a.column + column;
    struct cell *cell = cell_at(s, y, x);

    if (cell->width == 0 && x > 0)
        cell_at(s, y, x - 1)->width = 1, strcpy(cell_at(s, y, x - 1)->text, " ");
    else if (cell->width == 2 && x + 1 < s->columns)
        cell_at(s, y, x + 1)->width = 1, strcpy(cell_at(s, y, x + 1)->text, " ");
}

static struct cell *set_cell(struct area a, int row, int column, enum style style, int width,
                             const char *text, size_t len)
{
    struct cell *cell = area_cell(a, row, column);

    if (!cell)
        return NULL;
    if (cell->width != 1)
        split_wide(a, row, column);
    memcpy(cell->text, text, len);
    cell->text[len] = '\0';
    cell->width = (uint8_t)width;
    cell->style = (uint8_t)style;
    return cell;
}

/* --- characters ------------------------------------------------------------------------- */

/* What stands for a character on a terminal without UTF-8. */
static char ascii_form(uint32_t code)
{
    static const struct {
        uint32_t code;
        char ascii;
    } known[] = {
        {0xa0, ' '},   {0xb5, 'u'},    {0xb7, '.'},    {0xd7, 'x'},   {0x2013, '-'},
        {0x2014, '-'}, {0x2018, '\''}, {0x2019, '\''}, {0x201c, '"'}, {0x201d, '"'},
        {0x2022, '*'}, {0x2265, '>'},  {0x2264, '<'},  {0x2248, '~'}, {0x2193, 'v'},
        {0x250c, '+'}, {0x2510, '+'},  {0x2514, '+'},  {0x2518, '+'}, {0x251c, '+'},
        {0x2524, '+'}, {0x252c, '+'},  {0x2534, '+'},  {0x253c, '+'},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].code == code)
            return known[i].ascii;
    for (size_t i = 0; i < GLYPH_COUNT; i++)
        if (glyphs[i].code == code)
            return glyphs[i].ascii;
    return '?';
}

/* Of what terminals show in different widths, the form that all show in the same: a character that
 * asks for its picture (UTS #51) stays text, a skin has no tone, a flag is its two letters.  0: it is
 * left out. */
static uint32_t agreed_form(uint32_t code)
{
    if ((code >= 0xfe00 && code <= 0xfe0f) || (code >= 0x1f3fb && code <= 0x1f3ff))
        return 0;
    if (code >= 0x1f1e6 && code <= 0x1f1ff)
        return 'A' + code - 0x1f1e6;
    return code;
}

/* Columns of a printable character.  What the locale does not know takes one. */
static int code_width(uint32_t code)
{
    int width = code < 0x7f ? 1 : wcwidth((wchar_t)code);

    return width < 0 ? 1 : width;
}

/* One step through a text: a printable character, or an escape of several ASCII ones. */
struct piece {
    size_t consumed; /* bytes of the text */
    const char *bytes;
    size_t len;
    int width;
    bool escape; /* bytes are ASCII characters of one column each */
    uint32_t code;
    char buf[16];
};

static void next_piece(const char *text, size_t left, struct piece *p)
{
    unsigned char first = (unsigned char)*text;
    size_t n;

    p->escape = false;
    p->bytes = text;
    if (first >= 0x20 && first < 0x7f) {
        p->code = first;
        p->consumed = p->len = 1;
        p->width = 1;
        return;
    }
    n = text_utf8_decode(text, left, &p->code);
    p->consumed = n ? n : 1;
    if (n && agreed_form(p->code) != p->code) {
        p->code = agreed_form(p->code);
        p->bytes = p->buf;
        p->buf[0] = (char)p->code;
        p->len = p->code != 0;
        p->width = p->code != 0;
        return;
    }
    if (n && text_printable(p->code)) {
        p->len = n;
        p->width = code_width(p->code);
        return;
    }
    p->escape = true;
    p->bytes = p->buf;
    p->len = text_clean(text, p->consumed, p->buf, sizeof(p->buf));
    p->width = (int)p->len;
}

/* Combining marks join the character before them. */
static void join_mark(struct cell *cell, const struct piece *p)
{
    size_t len = strlen(cell->text), characters = 0;

    for (size_t i = 0; i < len; i++)
        characters += (cell->text[i] & 0xc0) != 0x80;
    if (characters > MARKS_MAX || len + p->len >= CELL_BYTES)
        return;
    memcpy(cell->text + len, p->bytes, p->len);
    cell->text[len + p->len] = '\0';
}

/* A wide character needs both its cells inside the area; a half of one is a blank. */
static struct cell *put_wide(struct area a, int row, int column, enum style style,
                             const struct piece *p)
{
    struct cell *cell;

    if (!area_cell(a, row, column) || !area_cell(a, row, column + 1)) {
        set_cell(a, row, column, style, 1, " ", 1);
        set_cell(a, row, column + 1, style, 1, " ", 1);
        return NULL;
    }
    /* The right half first: it clears what it overwrites without touching the left one. */
    set_cell(a, row, column + 1, style, 1, " ", 1);
    cell = set_cell(a, row, column, style, 2, p->bytes, p->len);
    *area_cell(a, row, column + 1) = (struct cell){.width = 0, .style = (uint8_t)style};
    return cell;
}

/* Write one character or escape; *base is the cell that a following mark joins. */
static int put_piece(struct area a, int row, int column, enum style style,
                     const struct piece *p, struct cell **base)
{
    if (p->escape) {
        for (size_t i = 0; i < p->len; i++)
            *base = set_cell(a, row, column++, style, 1, p->bytes + i, 1);
        return column;
    }
    if (a.surface->ascii && p->code >= 0x80) {
        char form = ascii_form(p->code);

        for (int i = 0; i < p->width; i++)
            set_cell(a, row, column + i, style, 1, &form, 1);
        return column + p->width;
    }
    if (p->width == 0) {
        if (*base)
            join_mark(*base, p);
        return column;
    }
    *base = p->width == 2 ? put_wide(a, row, column, style, p)
                          : set_cell(a, row, column, style, 1, p->bytes, p->len);
    return column + p->width;
}

/* Write until the text, the limit (a column of the area) or the area ends. */
static int put_text(struct area a, int row, int column, int limit, enum style style,
                    const char *text)
{
    size_t left = strlen(text);
    struct cell *base = NULL;
    struct piece p;

    if (limit > a.columns)
        limit = a.columns;
    if (row < 0 || row >= a.rows)
        return column;
    a.columns = limit > 0 ? limit : 0;
    while (left) {
        next_piece(text, left, &p);
        if (column >= limit && p.width)
            break;
        column = put_piece(a, row, column, style, &p, &base);
        text += p.consumed;
        left -= p.consumed;
    }
    return column > limit ? limit : column;
}

int text_columns(const char *text)
{
    size_t left = strlen(text);
    int columns = 0;
    struct piece p;

    while (left) {
        next_piece(text, left, &p);
        columns += p.width;
        text += p.consumed;
        left -= p.consumed;
    }
    return columns;
}

/* --- writing ---------------------------------------------------------------------------- */

int area_text(struct area a, int row, int column, enum style style, const char *text)
{
    return put_text(a, row, column, a.columns, style, text);
}

int area_text_cut(struct area a, int row, int column, int columns, enum style style,
                  const char *text)
{
    if (columns > a.columns - column)
        columns = a.columns - column;
    if (columns <= 0)
        return column;
    if (text_columns(text) <= columns)
        return put_text(a, row, column, column + columns, style, text);
    put_text(a, row, column, column + columns - 1, style, text);
    return area_glyph(a, row, column + columns - 1, style, GLYPH_ELLIPSIS);
}

int area_text_right(struct area a, int row, int column, int columns, enum style style,
                    const char *text)
{
    int width = text_columns(text);

    if (width < columns)
        return area_text_cut(a, row, column + columns - width, width, style, text);
    return area_text_cut(a, row, column, columns, style, text);
}

int area_printf(struct area a, int row, int column, enum style style, const char *format, ...)
{
    char text[TEXT_BYTES];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return area_text(a, row, column, style, text);
}

int area_glyph(struct area a, int row, int column, enum style style, enum glyph glyph)
{
    return area_line(a, row, column, 1, style, glyph);
}

int area_line(struct area a, int row, int column, int n, enum style style, enum glyph glyph)
{
    char text[4];
    size_t len = 1;

    if (a.surface->ascii)
        text[0] = glyphs[glyph].ascii;
    else
        len = text_utf8_encode(glyphs[glyph].code, text);
    for (; n > 0 && column < a.columns; n--, column++)
        set_cell(a, row, column, style, 1, text, len);
    return column;
}

void area_fill(struct area a, enum style style)
{
    for (int row = 0; row < a.rows; row++)
        for (int column = 0; column < a.columns; column++)
            area_text(a, row, column, style, " ");
}

void area_restyle(struct area a, int row, int column, int n, enum style style)
{
    for (; n > 0 && column < a.columns; n--, column++) {
        struct cell *cell = area_cell(a, row, column);

        if (cell)
            cell->style = (uint8_t)style;
    }
}

void area_title(struct area a, int row, enum style style, const char *title)
{
    int column = area_line(a, row, 0, 2, style, GLYPH_HLINE);

    if (*title && a.columns > 5) {
        column = area_text(a, row, column, style, " ");
        column = area_text_cut(a, row, column, a.columns - column - 1, style, title);
        column = area_text(a, row, column, style, " ");
    }
    area_line(a, row, column, a.columns - column, style, GLYPH_HLINE);
}

void area_gauge(struct area a, int row, int column, int columns, uint64_t value, uint64_t limit)
{
    unsigned __int128 scaled;
    int eighths;

    if (!limit || !value || columns <= 0)
        return;
    if (value > limit)
        value = limit;
    scaled = (unsigned __int128)value * (unsigned)columns * 8;
    eighths = (int)(scaled / limit);
    if (!eighths)
        eighths = 1; /* a little is not nothing */
    column = area_line(a, row, column, eighths / 8, STYLE_GAUGE, GLYPH_BAR_8);
    if (eighths % 8)
        area_glyph(a, row, column, STYLE_GAUGE, (enum glyph)(GLYPH_BAR_1 + eighths % 8 - 1));
}
