#include "ui/console/chart_bars.h"

#include <stdio.h>

#include "core/base/text.h"

enum { LABEL_COLUMNS = 13, FIGURE_COLUMNS = 20, LEAST_BAR = 8 };

/* The time that the bars share, and the columns of it. */
struct axis {
    uint64_t from_ns, span_ns;
    int at, columns;
};

static struct axis axis_of(struct area a, const struct spans *s)
{
    struct axis x = {.at = 1 + LABEL_COLUMNS + 1};
    uint64_t until_ns = 0;

    spans_range(s, &x.from_ns, &until_ns);
    x.span_ns = until_ns > x.from_ns ? until_ns - x.from_ns : 0;
    x.columns = a.columns - x.at - FIGURE_COLUMNS - 1;
    return x;
}

static int column_of(const struct axis *x, uint64_t at_ns)
{
    uint64_t into = at_ns > x->from_ns ? at_ns - x->from_ns : 0;

    return x->span_ns ? (int)((unsigned __int128)into * (unsigned)x->columns / x->span_ns) : 0;
}

static enum style span_style(const struct span *s)
{
    return s->end == SPAN_FAILED ? STYLE_BAD : s->end == SPAN_LASTS ? STYLE_BUSY : STYLE_GAUGE;
}

static void draw_span(struct area a, int row, const struct axis *x, const struct span *s)
{
    char text[SPAN_TEXT_BYTES];
    int from = column_of(x, s->from_ns), end = column_of(x, s->until_ns);

    from = from < x->columns ? from : x->columns - 1;
    end = end > from ? end : from + 1;
    area_line(a, row, x->at + from, end - from, span_style(s), GLYPH_BAR_8);
    if (s->end == SPAN_LASTS)
        area_glyph(a, row, x->at + end - 1, STYLE_BUSY, GLYPH_ARROW_RIGHT);
    span_text(s, text);
    area_text_cut(a, row, x->at + x->columns + 1, FIGURE_COLUMNS - 1,
                  s->end == SPAN_FAILED ? STYLE_BAD : STYLE_NORMAL, text);
}

/* Without room for bars their times are told all the same. */
static void draw_row(struct area a, int row, const struct axis *x, const struct span *s)
{
    char text[SPAN_TEXT_BYTES];

    area_text_cut(a, row, 1, LABEL_COLUMNS, STYLE_DIM, s->label);
    if (x->columns < LEAST_BAR) {
        area_text_cut(a, row, x->at, a.columns - x->at, STYLE_NORMAL, span_text(s, text));
        return;
    }
    area_glyph(a, row, x->at - 1, STYLE_DIM, GLYPH_VLINE);
    draw_span(a, row, x, s);
}

static void draw_axis(struct area a, int row, const struct axis *x)
{
    char time[TEXT_DURATION_BYTES];

    if (x->columns < LEAST_BAR)
        return;
    area_text(a, row, x->at, STYLE_DIM, "0");
    area_text_right(a, row, x->at + 1, x->columns - 1, STYLE_DIM,
                    text_duration(x->span_ns, time));
}

int chart_bars_rows(const struct spans *s)
{
    return s->n ? (int)s->n + 2 + (s->forgotten > 0) : 0;
}

int chart_bars(struct area a, int row, const char *title, const struct spans *s)
{
    struct axis x = axis_of(a, s);

    if (!s->n)
        return row;
    area_text_cut(a, row++, 1, a.columns - 2, STYLE_HEADER, title);
    if (s->forgotten)
        area_printf(a, row++, 1, STYLE_BAD, "%llu older ones are no longer kept",
                    (unsigned long long)s->forgotten);
    for (size_t i = 0; i < s->n; i++)
        draw_row(a, row++, &x, &s->list[i]);
    draw_axis(a, row++, &x);
    return row;
}
