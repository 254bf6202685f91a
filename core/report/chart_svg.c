#include "core/report/chart_svg.h"

#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/line.h"
#include "core/report/markup.h"

/* All in pixels; a chart's plot begins PLOT_LEFT from the left. */
enum {
    WIDTH = 960,
    PLOT_LEFT = 110,
    PLOT_WIDTH = WIDTH - PLOT_LEFT - 20,
    HEAD = 40,
    CHART_HEIGHT = 130,
    PLOT_TOP = 24,
    PLOT_HEIGHT = CHART_HEIGHT - PLOT_TOP - 16,
    FOOT = 30,
    BAR_LEFT = 150,
    BAR_WIDTH = WIDTH - BAR_LEFT - 160,
    BAR_HEIGHT = 20
};

static const char style[] =
    "<style>text{font:12px sans-serif;fill:#222}polyline{fill:none;stroke-width:1.5}"
    ".curve{stroke:#06c}.line{stroke:#a40}.dashed{stroke-dasharray:6 3}"
    ".dotted{stroke-dasharray:2 3}.axis{fill:none;stroke:#999}.paper{fill:#fff}"
    ".bar{fill:#06c}.lasts{fill:#a40}.failed{fill:#c00}"
    "@media(prefers-color-scheme:dark){text{fill:#ddd}.paper{fill:#161616}.curve{stroke:#6bf}"
    ".line{stroke:#fa5}.axis{stroke:#777}.bar{fill:#6bf}.lasts{fill:#fa5}.failed{fill:#f66}}"
    "</style>\n"
    "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n";

struct frame {
    uint64_t from_ns, span_ns; /* of time */
    uint64_t most;             /* of values */
    int top;                   /* of the chart */
};

/* anchor: "start", "end" */
static void put_text(FILE *out, int x, int y, const char *anchor, const char *text)
{
    char *clean = markup_text(text);

    fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>\n", x, y, anchor, clean);
    free(clean);
}

/* Tenths of a pixel, in whole numbers: no locale's decimal comma gets in. */
static void put_point(FILE *out, const struct frame *f, uint64_t at_ns, uint64_t value)
{
    uint64_t x = (uint64_t)PLOT_LEFT * 10, y = (uint64_t)(f->top + PLOT_TOP + PLOT_HEIGHT) * 10;

    if (f->span_ns)
        x += (uint64_t)((unsigned __int128)(at_ns - f->from_ns) * PLOT_WIDTH * 10 / f->span_ns);
    if (f->most)
        y -= (uint64_t)((unsigned __int128)value * PLOT_HEIGHT * 10 / f->most);
    fprintf(out, "%u.%u,%u.%u ", (unsigned)(x / 10), (unsigned)(x % 10), (unsigned)(y / 10),
            (unsigned)(y % 10));
}

/* A line for each stretch in which the value is known. */
static void put_curve(FILE *out, const struct series *s, enum series_id id, const char *class,
                      const struct frame *f)
{
    bool drawing = false;

    for (size_t i = 0; i < s->n; i++) {
        uint64_t value;
        /* What is above the chart is said, not drawn. */
        bool known = series_value(s, i, id, &value) && value <= f->most;

        if (known && !drawing)
            fprintf(out, "<polyline class=\"%s\" points=\"", class);
        if (known)
            put_point(out, f, series_at_ns(s, i), value);
        else if (drawing)
            fputs("\"/>\n", out);
        drawing = known;
    }
    if (drawing)
        fputs("\"/>\n", out);
}

/* "c cwnd 14,480 B": behind the figures of the curve. */
static void put_legend(FILE *out, const struct series *s, enum series_id id,
                       const struct series_line lines[SERIES_LINES], size_t n, int y)
{
    char text[200] = "", now[SERIES_FIGURE_BYTES];
    struct line_out l = line_in(text, sizeof(text));

    for (size_t i = 0; i < n; i++) {
        struct series_range range;

        series_range(s, lines[i].id, &range);
        line_add(&l, "%s%s %s%s", i ? "; " : "", lines[i].title,
                 range.has_newest ? series_figure(series_unit(s, id), range.newest, now) : "?",
                 range.most > series_scale(s, id) ? " (above)"
                 : i                              ? " (dotted)"
                                                  : " (dashed)");
    }
    put_text(out, PLOT_LEFT + PLOT_WIDTH, y, "end", text);
}

static void put_chart(FILE *out, const struct series *s, enum series_id id, struct frame *f)
{
    enum column_unit unit = series_unit(s, id);
    char least[SERIES_FIGURE_BYTES], most[SERIES_FIGURE_BYTES], now[SERIES_FIGURE_BYTES];
    int bottom = f->top + PLOT_TOP + PLOT_HEIGHT;
    struct series_line lines[SERIES_LINES];
    size_t n = series_lines(s, id, lines);
    struct series_range range;
    char text[200];

    if (!series_range(s, id, &range))
        return;
    f->most = series_scale(s, id);
    snprintf(text, sizeof(text), "%s: %s at last, %s to %s", series_title(s, id),
             range.has_newest ? series_figure(unit, range.newest, now) : "?",
             series_figure(unit, range.least, least), series_figure(unit, range.most, most));
    put_text(out, PLOT_LEFT, f->top + PLOT_TOP - 8, "start", text);
    put_legend(out, s, id, lines, n, f->top + PLOT_TOP - 8);
    fprintf(out, "<path class=\"axis\" d=\"M%d %dV%dH%d\"/>\n", PLOT_LEFT, f->top + PLOT_TOP,
            bottom, PLOT_LEFT + PLOT_WIDTH);
    put_text(out, PLOT_LEFT - 6, f->top + PLOT_TOP + 10, "end",
             series_figure(unit, f->most, most));
    put_text(out, PLOT_LEFT - 6, bottom, "end", "0");
    put_curve(out, s, id, "curve", f);
    for (size_t i = 0; i < n; i++)
        put_curve(out, s, lines[i].id, i ? "line dotted" : "line dashed", f);
}

/* --- bars ------------------------------------------------------------------------------- */

static void put_bar(FILE *out, const struct span *span, const struct frame *f, int y)
{
    static const char *const classes[] = {
        [SPAN_ENDED] = "bar", [SPAN_LASTS] = "bar lasts", [SPAN_FAILED] = "bar failed"};
    uint64_t from = span->from_ns > f->from_ns ? span->from_ns - f->from_ns : 0;
    uint64_t long_ns = span->until_ns > span->from_ns ? span->until_ns - span->from_ns : 0;
    int x = BAR_LEFT, width = 0;
    char text[SPAN_TEXT_BYTES];

    if (f->span_ns) {
        x += (int)((unsigned __int128)from * BAR_WIDTH / f->span_ns);
        width = (int)((unsigned __int128)long_ns * BAR_WIDTH / f->span_ns);
    }
    put_text(out, BAR_LEFT - 6, y + BAR_HEIGHT - 6, "end", span->label);
    fprintf(out, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n",
            classes[span->end], x, y, width < 2 ? 2 : width, BAR_HEIGHT - 6);
    put_text(out, BAR_LEFT + BAR_WIDTH + 6, y + BAR_HEIGHT - 6, "start", span_text(span, text));
}

static void put_times(FILE *out, const struct chart_times *t, int top)
{
    struct frame f = {.top = top};
    uint64_t until_ns = 0;

    if (!spans_range(&t->spans, &f.from_ns, &until_ns))
        return;
    f.span_ns = until_ns > f.from_ns ? until_ns - f.from_ns : 0;
    put_text(out, BAR_LEFT, top + PLOT_TOP - 8, "start", t->title);
    for (size_t i = 0; i < t->spans.n; i++)
        put_bar(out, &t->spans.list[i], &f, top + PLOT_TOP + (int)i * BAR_HEIGHT);
}

static int times_height(const struct chart_times *t)
{
    return t->spans.n ? PLOT_TOP + (int)t->spans.n * BAR_HEIGHT + 16 : 0;
}

/* --- all of it -------------------------------------------------------------------------- */

static void put_time(FILE *out, int x, int y, const char *anchor, uint64_t at_ns)
{
    time_t seconds = (time_t)(clock_to_wall_ns(at_ns) / CLOCK_SECOND_NS);
    char text[40] = "";
    struct tm tm;

    if (localtime_r(&seconds, &tm))
        strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %z", &tm);
    put_text(out, x, y, anchor, text);
}

/* Under the charts, which share it. */
static void put_axis(FILE *out, const struct frame *f, int y)
{
    put_time(out, PLOT_LEFT, y, "start", f->from_ns);
    put_time(out, PLOT_LEFT + PLOT_WIDTH, y, "end", f->from_ns + f->span_ns);
}

static int whole_height(const struct series *s, const struct chart_times *times, size_t n_times)
{
    int height = HEAD + FOOT;

    for (int id = 0; id < SERIES_COUNT; id++)
        height += series_shown(s, (enum series_id)id) ? CHART_HEIGHT : 0;
    for (size_t i = 0; i < n_times; i++)
        height += times_height(&times[i]);
    return height;
}

void chart_svg(FILE *out, const struct series *s, const struct chart_times *times,
               size_t n_times, const char *title)
{
    int height = whole_height(s, times, n_times);
    struct frame f = {.top = HEAD};

    if (s->n) {
        f.from_ns = series_at_ns(s, 0);
        f.span_ns = series_at_ns(s, s->n - 1) - f.from_ns;
    }
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
            "viewBox=\"0 0 %d %d\">\n%s",
            WIDTH, height, WIDTH, height, style);
    put_text(out, 20, 24, "start", title);
    for (size_t i = 0; i < SERIES_COUNT; i++)
        if (series_shown(s, series_in_order(i))) {
            put_chart(out, s, series_in_order(i), &f);
            f.top += CHART_HEIGHT;
        }
    if (s->n)
        put_axis(out, &f, f.top + FOOT - 12);
    f.top += FOOT;
    for (size_t i = 0; i < n_times; i++) {
        put_times(out, &times[i], f.top);
        f.top += times_height(&times[i]);
    }
    fputs("</svg>\n", out);
}
