/* The inspector.
 *
 *  ── byte 54  u8 72   UTF-8 H U+0048             i8 72    IPv4 72.101.108.108  ──────────────
 *   BE  u16 18533  i16 18533   u32 1214606444  i32 1214606444
 *   LE  u16 25928  i16 25928   u32 1819043144  i32 1819043144
 *
 * or, in one row,
 *
 *   u8 72   H U+0048     u16 BE 18533 LE 25928  u32 BE 1214606444 LE 1819043144
 *
 * An ellipsis in the last column says that there is more: a larger pane shows it.  Columns stay
 * where they are while the cursor moves, whatever the values are. */
#include "ui/console/inspector.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/wire/inspect.h"

enum {
    GAP = 2,
    ORDER_COLUMNS = 5,      /* of " BE  " */
    CHARACTER_COLUMNS = 11, /* of "\x1b U+001B" */
    MORE_COLUMNS = 1,       /* of the ellipsis */
};

static int cell_columns(const struct inspection *i)
{
    return (int)strlen(i->name) + 1 + i->columns;
}

/* The first reading that has no room in a row which begins with `what`; at least one has. */
static int end_of_row(const struct inspection *all, int what, int columns)
{
    int at = ORDER_COLUMNS + cell_columns(&all[what]);

    for (what++; what < INSPECT_COUNT; what++) {
        at += GAP + cell_columns(&all[what]);
        if (at + MORE_COLUMNS > columns)
            break;
    }
    return what;
}

int inspector_rows(int rows, int columns)
{
    struct inspection all[INSPECT_COUNT];
    int used = 1;

    if (rows < 1 || columns < 1)
        return 0;
    inspect((const uint8_t *)"", 0, 0, all);
    for (int what = INSPECT_U16; what < INSPECT_COUNT && used + 2 <= rows; used += 2)
        what = end_of_row(all, what, columns);
    return used;
}

int inspector_part(int rows, int columns)
{
    return inspector_rows(2 * rows / 5, columns);
}

static int draw_cell(struct area a, int row, int column, const char *name, const char *value)
{
    column = area_text(a, row, column, STYLE_DIM, name);
    column += *name != '\0';
    return area_text_cut(a, row, column, a.columns - column, STYLE_NORMAL, value);
}

/* What has no byte order; a line goes on behind it to the edge.  False when not all has room. */
static bool draw_first(struct area a, const struct inspection *all, size_t at)
{
    static const enum inspect_what order[] = {INSPECT_U8, INSPECT_CHARACTER, INSPECT_I8,
                                              INSPECT_IPV4};
    int column = area_line(a, 0, 0, 2, STYLE_DIM, GLYPH_HLINE);
    char title[40];
    size_t i = 0;

    snprintf(title, sizeof(title), " byte %zu", at);
    column = area_text_cut(a, 0, column, a.columns - column, STYLE_TITLE, title);
    for (; i < sizeof(order) / sizeof(order[0]); i++) {
        const struct inspection *one = &all[order[i]];

        if (column + GAP + cell_columns(one) > a.columns)
            break;
        draw_cell(a, 0, column + GAP, one->name, one->big);
        column += GAP + cell_columns(one);
    }
    area_line(a, 0, column + 1, a.columns - column - 1, STYLE_DIM, GLYPH_HLINE);
    return i == sizeof(order) / sizeof(order[0]);
}

/* Readings from `what` up to `end` in both orders. */
static void draw_pair(struct area a, int row, const struct inspection *all, int what, int end)
{
    int column = ORDER_COLUMNS;

    area_text(a, row, 1, STYLE_DIM, "BE");
    area_text(a, row + 1, 1, STYLE_DIM, "LE");
    for (; what < end; what++) {
        draw_cell(a, row, column, all[what].name, all[what].big);
        draw_cell(a, row + 1, column, all[what].name, all[what].little);
        column += cell_columns(&all[what]) + GAP;
    }
}

/* The most useful ones; one that does not fit as a whole is left out. */
static void draw_line(struct area a, const struct inspection *all)
{
    static const enum inspect_what order[] = {INSPECT_U16, INSPECT_U32, INSPECT_U64};
    const char *character = all[INSPECT_CHARACTER].big;
    int column = 1, width = text_columns(character);

    draw_cell(a, 0, column, all[INSPECT_U8].name, all[INSPECT_U8].big);
    column += cell_columns(&all[INSPECT_U8]) + GAP;
    if (column + width + MORE_COLUMNS > a.columns)
        return;
    draw_cell(a, 0, column, "", character);
    column += (width > CHARACTER_COLUMNS ? width : CHARACTER_COLUMNS) + GAP;
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        const struct inspection *one = &all[order[i]];
        int big = column + (int)strlen(one->name) + 1, little = big + 3 + one->columns + 1;

        if (little + 3 + one->columns + MORE_COLUMNS > a.columns)
            return;
        area_text(a, 0, column, STYLE_DIM, one->name);
        draw_cell(a, 0, big, "BE", one->big);
        draw_cell(a, 0, little, "LE", one->little);
        column = little + 3 + one->columns + GAP;
    }
}

/* All of it in several rows; false when not all has room. */
static bool draw_rows(struct area a, const struct inspection *all, size_t at)
{
    bool first = draw_first(a, all, at);
    int what = INSPECT_U16;

    for (int row = 1; what < INSPECT_COUNT && row + 2 <= a.rows; row += 2) {
        int end = end_of_row(all, what, a.columns);

        draw_pair(a, row, all, what, end);
        what = end;
    }
    return first && what == INSPECT_COUNT;
}

void inspector_draw(struct area a, const uint8_t *bytes, size_t len, size_t at)
{
    struct inspection all[INSPECT_COUNT];
    bool whole = false;

    inspect(bytes, len, at, all);
    if (a.rows == 1)
        draw_line(a, all);
    else
        whole = draw_rows(a, all, at);
    if (!whole)
        area_glyph(a, a.rows - 1, a.columns - 1, STYLE_KEY, GLYPH_ELLIPSIS);
}
