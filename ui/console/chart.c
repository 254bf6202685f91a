#include "ui/console/chart.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/base/text.h"

enum { EIGHTHS = 8, SCALE_COLUMNS = 14, MOST_ROWS = 8 };

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

void chart_curve(struct area a, const struct series *s, enum series_id id)
{
    struct series_range range;
    struct chart_point *points;

    if (a.rows <= 0 || a.columns <= 0 || !series_range(s, id, &range))
        return;
    points = points_of(s, id, (size_t)a.columns);
    draw_points(a, points, range.most);
    free(points);
}

/* --- charts ----------------------------------------------------------------------------- */

static void draw_figures(struct area a, const struct series *s, enum series_id id,
                         const struct series_range *range)
{
    enum column_unit unit = series_unit(s, id);
    char now[SERIES_FIGURE_BYTES], least[SERIES_FIGURE_BYTES], most[SERIES_FIGURE_BYTES];
    char text[160];
    int at = area_text(a, 0, 1, STYLE_HEADER, series_title(s, id));

    snprintf(text, sizeof(text), "%s now, %s to %s",
             range->has_newest ? series_figure(unit, range->newest, now) : "?",
             series_figure(unit, range->least, least), series_figure(unit, range->most, most));
    area_text_cut(a, 0, at + 2, a.columns - at - 2, STYLE_NORMAL, text);
}

/* The figures above, the scale to the left, the curve in what is left. */
static void draw_chart(struct area a, const struct series *s, enum series_id id)
{
    char most[SERIES_FIGURE_BYTES];
    struct series_range range;

    if (!series_range(s, id, &range))
        return;
    draw_figures(a, s, id, &range);
    for (int row = 1; row < a.rows; row++)
        area_glyph(a, row, SCALE_COLUMNS, STYLE_DIM, GLYPH_VLINE);
    area_text_right(a, a.rows - 1, 0, SCALE_COLUMNS - 1, STYLE_DIM, "0");
    area_text_right(a, 1, 0, SCALE_COLUMNS - 1, STYLE_DIM,
                    series_figure(series_unit(s, id), range.most, most));
    chart_curve(area_part(a, 1, SCALE_COLUMNS + 1, a.rows - 1, a.columns - SCALE_COLUMNS - 1),
                s, id);
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
    for (int id = 0; id < SERIES_COUNT && at + each <= rows; id++) {
        if (!series_shown(s, (enum series_id)id) || skipped++ < top)
            continue;
        draw_chart(area_part(a, at, 0, each, a.columns), s, (enum series_id)id);
        at += each;
    }
    draw_axis(a, at, s, at / each < n - top);
}
