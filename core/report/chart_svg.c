#include "core/report/chart_svg.h"

#include <stdbool.h>
#include <time.h>

#include "core/base/clock.h"

/* All in pixels; a chart's plot begins PLOT_LEFT from the left. */
enum {
    WIDTH = 960,
    PLOT_LEFT = 110,
    PLOT_WIDTH = WIDTH - PLOT_LEFT - 20,
    HEAD = 40,
    CHART_HEIGHT = 130,
    PLOT_TOP = 24,
    PLOT_HEIGHT = CHART_HEIGHT - PLOT_TOP - 16,
    FOOT = 30
};

struct frame {
    uint64_t from_ns, span_ns; /* of time */
    uint64_t most;             /* of values */
    int top;                   /* of the chart */
};

static void put_escaped(FILE *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        default:
            fputc(*text, out);
            break;
        }
    }
}

/* anchor: "start", "end" */
static void put_text(FILE *out, int x, int y, const char *anchor, const char *text)
{
    fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">", x, y, anchor);
    put_escaped(out, text);
    fputs("</text>\n", out);
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
static void put_curve(FILE *out, const struct series *s, enum series_id id,
                      const struct frame *f)
{
    bool drawing = false;

    for (size_t i = 0; i < s->n; i++) {
        uint64_t value;
        bool known = series_value(s, i, id, &value);

        if (known && !drawing)
            fputs("<polyline points=\"", out);
        if (known)
            put_point(out, f, series_at_ns(s, i), value);
        else if (drawing)
            fputs("\"/>\n", out);
        drawing = known;
    }
    if (drawing)
        fputs("\"/>\n", out);
}

static void put_chart(FILE *out, const struct series *s, enum series_id id, struct frame *f)
{
    enum column_unit unit = series_unit(s, id);
    char least[SERIES_FIGURE_BYTES], most[SERIES_FIGURE_BYTES], now[SERIES_FIGURE_BYTES];
    int bottom = f->top + PLOT_TOP + PLOT_HEIGHT;
    struct series_range range;
    char text[200];

    if (!series_range(s, id, &range))
        return;
    f->most = range.most;
    snprintf(text, sizeof(text), "%s: %s at last, %s to %s", series_title(s, id),
             range.has_newest ? series_figure(unit, range.newest, now) : "?",
             series_figure(unit, range.least, least), series_figure(unit, range.most, most));
    put_text(out, PLOT_LEFT, f->top + PLOT_TOP - 8, "start", text);
    fprintf(out, "<path class=\"axis\" d=\"M%d %dV%dH%d\"/>\n", PLOT_LEFT, f->top + PLOT_TOP,
            bottom, PLOT_LEFT + PLOT_WIDTH);
    put_text(out, PLOT_LEFT - 6, f->top + PLOT_TOP + 10, "end",
             series_figure(unit, range.most, most));
    put_text(out, PLOT_LEFT - 6, bottom, "end", "0");
    put_curve(out, s, id, f);
}

static void put_time(FILE *out, int x, int y, const char *anchor, uint64_t at_ns)
{
    time_t seconds = (time_t)(clock_to_wall_ns(at_ns) / CLOCK_SECOND_NS);
    char text[40] = "";
    struct tm tm;

    if (localtime_r(&seconds, &tm))
        strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %z", &tm);
    put_text(out, x, y, anchor, text);
}

void chart_svg(FILE *out, const struct series *s, const char *title)
{
    struct frame f = {.top = HEAD};
    int charts = 0, height;

    for (int id = 0; id < SERIES_COUNT; id++)
        charts += series_shown(s, (enum series_id)id);
    height = HEAD + charts * CHART_HEIGHT + FOOT;
    if (s->n) {
        f.from_ns = series_at_ns(s, 0);
        f.span_ns = series_at_ns(s, s->n - 1) - f.from_ns;
    }
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
            "viewBox=\"0 0 %d %d\">\n"
            "<style>text{font:12px sans-serif;fill:#222}polyline{fill:none;stroke:#06c;"
            "stroke-width:1.5}.axis{fill:none;stroke:#999}</style>\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
            WIDTH, height, WIDTH, height);
    put_text(out, 20, 24, "start", title);
    for (int id = 0; id < SERIES_COUNT; id++)
        if (series_shown(s, (enum series_id)id)) {
            put_chart(out, s, (enum series_id)id, &f);
            f.top += CHART_HEIGHT;
        }
    if (s->n) {
        put_time(out, PLOT_LEFT, height - 12, "start", f.from_ns);
        put_time(out, PLOT_LEFT + PLOT_WIDTH, height - 12, "end", f.from_ns + f.span_ns);
    }
    fputs("</svg>\n", out);
}
