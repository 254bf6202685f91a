#include "ui/console/chart.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/line.h"
#include "core/base/mem.h"
#include "core/base/text.h"

enum { EIGHTHS = 8, SCALE_COLUMNS = 14, MOST_ROWS = 8, LINE_ROWS = 3 };

/* A look holds until the next one, unless that one comes so many times later than usual. */
#define PAUSE_FACTOR 3

/* Which moments share a cell: counted from the newest, backwards. */
struct clockwork {
    uint64_t newest_ns, cell_ns;
    size_t cells;
};

static struct clockwork clockwork_of(const struct series *s, size_t cells)
{
    struct clockwork c = {.cell_ns = 1, .cells = cells};
    size_t used = s->n < cells ? s->n : cells;
    uint64_t span;

    if (s->n)
        c.newest_ns = series_at_ns(s, s->n - 1);
    if (used < 2)
        return c;
    span = c.newest_ns - series_at_ns(s, 0);
    c.cell_ns = (span + used - 2) / (used - 1);
    return c;
}

/* The cell of a moment; the first for what came before it. */
static size_t cell_of(const struct clockwork *c, uint64_t at_ns)
{
    uint64_t back =
        c->newest_ns > at_ns ? (c->newest_ns - at_ns + c->cell_ns / 2) / c->cell_ns : 0;

    return back < c->cells ? c->cells - 1 - (size_t)back : 0;
}

/* --- one curve -------------------------------------------------------------------------- */

static struct chart_point *points_of(const struct series *s, enum series_id id, size_t cells)
{
    struct clockwork c = clockwork_of(s, cells);
    struct chart_point *points = mem_new(cells, sizeof(*points));
    uint64_t pause_ns =
        s->n < 2 ? 0
                 : (c.newest_ns - series_at_ns(s, 0)) / (s->n - 1) * PAUSE_FACTOR + c.cell_ns;

    for (size_t i = 0; i < s->n; i++) {
        uint64_t at_ns = series_at_ns(s, i), value;
        bool holds = i + 1 < s->n && series_at_ns(s, i + 1) - at_ns <= pause_ns;
        size_t from = cell_of(&c, at_ns), end = from + 1;

        if (!series_value(s, i, id, &value))
            continue;
        if (holds && cell_of(&c, series_at_ns(s, i + 1)) > end)
            end = cell_of(&c, series_at_ns(s, i + 1));
        for (size_t cell = from; cell < end; cell++) {
            if (!points[cell].known || points[cell].value < value)
                points[cell].value = value;
            points[cell].known = true;
        }
    }
    return points;
}

/* Nothing is the lowest glyph, a little already the one above it. */
static void draw_column(struct area a, int column, uint64_t value, uint64_t most)
{
    unsigned full = (unsigned)a.rows * EIGHTHS - 1;
    unsigned rise =
        1 + (value ? (unsigned)(((unsigned __int128)value * full + most - 1) / most) : 0);

    for (int row = a.rows - 1; row >= 0 && rise; row--) {
        unsigned here = rise < EIGHTHS ? rise : EIGHTHS;

        area_glyph(a, row, column, value ? STYLE_GAUGE : STYLE_DIM,
                   (enum glyph)(GLYPH_RISE_1 + here - 1));
        rise -= here;
    }
}

static void draw_points(struct area a, const struct chart_point *points, uint64_t most)
{
    for (int column = 0; column < a.columns; column++)
        if (points[column].known)
            draw_column(a, column, points[column].value, most);
}

void chart_points(struct area a, const struct chart_point *points)
{
    uint64_t most = 0;

    if (a.rows <= 0)
        return;
    for (int column = 0; column < a.columns; column++)
        if (points[column].known && points[column].value > most)
            most = points[column].value;
    draw_points(a, points, most);
}

static void draw_curve(struct area a, const struct series *s, enum series_id id, uint64_t scale)
{
    struct chart_point *points;

    if (a.rows <= 0 || a.columns <= 0)
        return;
    points = points_of(s, id, (size_t)a.columns);
    draw_points(a, points, scale);
    free(points);
}

void chart_curve(struct area a, const struct series *s, enum series_id id)
{
    struct series_range range;

    if (series_range(s, id, &range))
        draw_curve(a, s, id, range.most);
}

/* --- charts ----------------------------------------------------------------------------- */

/* "  c cwnd 14,480 B  w peer window 65,483 B above" */
static void write_lines(const struct series *s, enum series_id id, char *buf, size_t size)
{
    struct series_line lines[SERIES_LINES];
    struct line_out l = line_in(buf, size);
    size_t n = series_lines(s, id, lines);

    for (size_t i = 0; i < n; i++) {
        char figure[SERIES_FIGURE_BYTES];
        struct series_range range;

        series_range(s, lines[i].id, &range);
        line_add(&l, "  %c %s %s%s", lines[i].letter, lines[i].title,
                 range.has_newest ? series_figure(series_unit(s, id), range.newest, figure)
                                  : "?",
                 range.most > series_scale(s, id) ? ", above" : "");
    }
}

static void draw_line(struct area a, const struct series *s, const struct series_line *line,
                      uint64_t scale)
{
    struct chart_point *points = points_of(s, line->id, (size_t)a.columns);
    const char letter[] = {line->letter, '\0'};
    unsigned full = (unsigned)a.rows * EIGHTHS - 1;

    for (int column = 0; scale && column < a.columns; column++) {
        uint64_t value = points[column].value;

        if (points[column].known && value <= scale)
            area_text(a, a.rows - 1 - (int)((unsigned __int128)value * full / scale / EIGHTHS),
                      column, STYLE_KEY, letter);
    }
    free(points);
}

static void draw_lines(struct area a, const struct series *s, enum series_id id)
{
    struct series_line lines[SERIES_LINES];
    size_t n = series_lines(s, id, lines);

    /* In a low chart they would stand where the curve is. */
    for (size_t i = 0; i < n && a.rows >= LINE_ROWS && a.columns > 0; i++)
        draw_line(a, s, &lines[i], series_scale(s, id));
}

/* What the lines are goes to a row of its own where it is too long and there is one.  Returns the
 * row behind the figures. */
static int draw_figures(struct area a, const struct series *s, enum series_id id,
                        const struct series_range *range)
{
    enum column_unit unit = series_unit(s, id);
    char now[SERIES_FIGURE_BYTES], least[SERIES_FIGURE_BYTES], most[SERIES_FIGURE_BYTES];
    char text[160], lines[160];
    int at = area_text(a, 0, 1, STYLE_HEADER, series_title(s, id));

    snprintf(text, sizeof(text), "%s now, %s to %s",
             range->has_newest ? series_figure(unit, range->newest, now) : "?",
             series_figure(unit, range->least, least), series_figure(unit, range->most, most));
    at = area_text_cut(a, 0, at + 2, a.columns - at - 2, STYLE_NORMAL, text);
    write_lines(s, id, lines, sizeof(lines));
    if (a.rows <= LINE_ROWS + 1 || at + text_columns(lines) <= a.columns) {
        area_text_cut(a, 0, at, a.columns - at, STYLE_KEY, lines);
        return 1;
    }
    area_text_cut(a, 1, SCALE_COLUMNS - 1, a.columns - SCALE_COLUMNS + 1, STYLE_KEY, lines);
    return 2;
}

/* The figures above, the scale to the left, the curve in what is left. */
static void draw_chart(struct area a, const struct series *s, enum series_id id)
{
    char most[SERIES_FIGURE_BYTES];
    struct series_range range;
    uint64_t scale = series_scale(s, id);
    struct area plot;
    int top;

    if (!series_range(s, id, &range))
        return;
    top = draw_figures(a, s, id, &range);
    plot = area_part(a, top, SCALE_COLUMNS + 1, a.rows - top, a.columns - SCALE_COLUMNS - 1);
    for (int row = top; row < a.rows; row++)
        area_glyph(a, row, SCALE_COLUMNS, STYLE_DIM, GLYPH_VLINE);
    area_text_right(a, a.rows - 1, 0, SCALE_COLUMNS - 1, STYLE_DIM, "0");
    area_text_right(a, top, 0, SCALE_COLUMNS - 1, STYLE_DIM,
                    series_figure(series_unit(s, id), scale, most));
    draw_curve(plot, s, id, scale);
    draw_lines(plot, s, id);
}

/* more: there are charts below, for which there is no room. */
static void draw_axis(struct area a, int row, const struct series *s, bool more)
{
    int columns = a.columns - SCALE_COLUMNS - 1;
    struct clockwork c = clockwork_of(s, columns > 0 ? (size_t)columns : 1);
    char ago[TEXT_DURATION_BYTES], text[TEXT_DURATION_BYTES + 1];

    if (columns < 1 || s->n < 2)
        return;
    snprintf(text, sizeof(text), "-%s", text_duration(c.cell_ns * (c.cells - 1), ago));
    area_text_cut(a, row, SCALE_COLUMNS + 1, columns, STYLE_DIM, text);
    if (columns > 20)
        area_text_right(a, row, SCALE_COLUMNS + 1, columns - 2 * more, STYLE_DIM, "now");
    if (more)
        area_glyph(a, row, a.columns - 1, STYLE_KEY, GLYPH_ELLIPSIS);
}

int chart_count(const struct series *s)
{
    int n = 0;

    for (int id = 0; id < SERIES_COUNT; id++)
        n += series_shown(s, (enum series_id)id);
    return n;
}

void chart_stack(struct area a, const struct series *s, int top)
{
    int n = chart_count(s), rows = a.rows - 1, at = 0, each, skipped = 0;

    if (n - top < 1 || rows < 2)
        return;
    each = rows / (n - top);
    each = each < 2 ? 2 : each > 1 + MOST_ROWS ? 1 + MOST_ROWS : each;
    for (size_t i = 0; i < SERIES_COUNT && at + each <= rows; i++) {
        enum series_id id = series_in_order(i);

        if (!series_shown(s, id) || skipped++ < top)
            continue;
        draw_chart(area_part(a, at, 0, each, a.columns), s, id);
        at += each;
    }
    draw_axis(a, at, s, at / each < n - top);
}
