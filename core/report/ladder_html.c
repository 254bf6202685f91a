/* One page that needs nothing but itself.  Its policy forbids the browser everything that a page
 * could load or run; colours follow the reader's light or dark, and what they say is said in
 * words, too. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/report/ladder_line.h"
#include "core/report/ladder_out.h"
#include "core/report/markup.h"

/* All in pixels. */
enum {
    TIME_RIGHT = 110,
    DELTA_RIGHT = 190,
    FIRST_COLUMN = 290,
    MARGIN_RIGHT = 320,
    HEAD_HEIGHT = 34,
    ROW_HEIGHT = 26,
    GAP_HEIGHT = 10, /* of one line of a gap to scale */
    PITCH_OF_TWO = 640,
    PITCH_OF_MORE = 400,
    HEAD_LENGTH = 7
};

struct page {
    struct ladder_out *out;
    const struct ladder *ladder;
    const struct ladder_shape *shape;
    size_t columns;
    unsigned pitch;
    uint64_t unit_ns; /* of gaps to scale; 0: they are not */
    uint64_t y;
};

static const char style[] =
    ":root{--bg:#fff;--fg:#1b1b1b;--dim:#6a6a6a;--line:#b8b8b8;--chat:#0a6b3d;--note:#8a5300;"
    "--warn:#b3001b;--call:#5a35a8;--state:#00607a}\n"
    "@media(prefers-color-scheme:dark){:root{--bg:#16181b;--fg:#e6e6e6;--dim:#9a9a9a;"
    "--line:#55585c;--chat:#6fd3a0;--note:#f0b45a;--warn:#ff7b85;--call:#bfa2ff;"
    "--state:#6fd0e8}}\n"
    "body{margin:0;background:var(--bg);color:var(--fg);font:13px/1.5 sans-serif}\n"
    "h1,p{margin:.6em 16px}h1{font-size:1.2em}\n"
    ".heads{position:sticky;top:0;background:var(--bg);border-bottom:1px solid var(--line)}\n"
    "svg{display:block}\n"
    "text{font:12px monospace;fill:var(--fg);paint-order:stroke;stroke:var(--bg);"
    "stroke-width:4px;white-space:pre}\n"
    "path{fill:none;stroke:currentColor}\n"
    ".t{fill:var(--dim)}.l{stroke:var(--line)}.h{fill:currentColor}.z{stroke:var(--dim)}\n"
    "g{color:var(--fg)}\n"
    ".chat{color:var(--chat)}.note{color:var(--note)}.warn{color:var(--warn)}"
    ".call{color:var(--call)}.state{color:var(--state)}.bad{color:var(--warn)}\n"
    ".chat .x,.note .x,.warn .x,.call .x,.state .x,.bad .x{fill:currentColor}\n"
    ".warn path{stroke-width:2}\n"
    "h2{margin:1em 16px .3em;font-size:1.05em}ul,pre{margin:.4em 16px}"
    "table{margin:.4em 16px;border-collapse:collapse}"
    "td,th{text-align:left;vertical-align:top;padding:1px 12px 1px 0;"
    "border-bottom:1px solid var(--line)}td.r{text-align:right}\n";

static void put_foreign(struct ladder_out *o, const char *text)
{
    char *clean = markup_text(text);

    ladder_put(o, clean);
    free(clean);
}

/* anchor: "start", "middle", "end" */
static void put_text(const struct page *p, const char *class, uint64_t x, uint64_t y,
                     const char *anchor, const char *text)
{
    ladder_putf(p->out,
                "<text class=\"%s\" x=\"%" PRIu64 "\" y=\"%" PRIu64 "\" text-anchor=\"%s\">",
                class, x, y, anchor);
    put_foreign(p->out, text);
    ladder_put(p->out, "</text>");
}

static uint64_t column_x(const struct page *p, size_t column)
{
    return FIRST_COLUMN + (uint64_t)p->pitch * column;
}

static uint64_t width_of(const struct page *p)
{
    return column_x(p, p->columns ? p->columns - 1 : 0) + MARGIN_RIGHT;
}

/* --- a step ----------------------------------------------------------------------------- */

static const char *class_of(const struct ladder_step *s)
{
    static const char *const severities[] = {
        [SEVERITY_CHAT] = "chat", [SEVERITY_NOTE] = "note", [SEVERITY_WARN] = "warn"};

    if (s->kind == LADDER_STATE)
        return "state";
    if (s->kind == LADDER_CALL)
        return s->failed ? "bad" : "call";
    return s->findings ? severities[findings_severity(s->findings)] : "packet";
}

/* What a pointer over it tells: its packets, and what was found in words. */
static void put_tip(const struct page *p, const struct ladder_step *s)
{
    uint64_t first = packet_called(s->packet);

    ladder_put(p->out, "<title>");
    if (s->kind == LADDER_STATE) {
        ladder_put(p->out, s->on_wire ? "seen on the wire" : "told by the kernel");
    } else if (s->kind == LADDER_CALL) {
        ladder_put(p->out, "our own call");
    } else {
        ladder_putf(p->out, "packet %" PRIu64, first);
        if (s->last_packet != s->packet)
            ladder_putf(p->out, " to %" PRIu64, packet_called(s->last_packet));
    }
    for (unsigned f = 0; f < FINDING_COUNT; f++)
        if (s->findings & FINDING_BIT(f)) {
            ladder_putf(p->out, "; %s: ", finding_infos[f].id);
            put_foreign(p->out, finding_infos[f].words);
        }
    ladder_put(p->out, "</title>");
}

static void put_arrow(const struct page *p, const struct ladder_step *s)
{
    uint64_t from = column_x(p, s->from), to = column_x(p, s->to), y = p->y + 20;
    int back = from < to ? -HEAD_LENGTH : HEAD_LENGTH;
    char label[LADDER_LABEL_BYTES];

    ladder_label(s, label);
    if (from == to) {
        ladder_putf(p->out, "<path d=\"M%" PRIu64 " %" PRIu64 "h24v8h-24\"/>", from, y - 8);
        put_text(p, "x", from + 30, y, "start", label);
        return;
    }
    ladder_putf(p->out, "<path d=\"M%" PRIu64 " %" PRIu64 "H%" PRIu64 "\"/>", from, y, to);
    ladder_putf(p->out, "<path class=\"h\" d=\"M%" PRIu64 " %" PRIu64 "l%d -4v8z\"/>", to, y,
                back);
    put_text(p, "x", (from + to) / 2, y - 5, "middle", label);
}

static void put_beside(const struct page *p, const struct ladder_step *s)
{
    bool last = s->from && (size_t)s->from + 1 == p->columns;
    char label[LADDER_LABEL_BYTES], text[LADDER_LABEL_BYTES + 4];
    uint64_t x = column_x(p, s->from), y = p->y + 17;

    ladder_label(s, label);
    if (s->kind == LADDER_STATE) {
        snprintf(text, sizeof(text), s->on_wire ? "(%s)" : "[%s]", label);
        put_text(p, "x", x, y, "middle", text);
        return;
    }
    snprintf(text, sizeof(text), last ? "%s *" : "* %s", label);
    put_text(p, "x", last ? x - 8 : x + 8, y, last ? "end" : "start", text);
}

static size_t gap_height(const struct page *p, uint64_t number)
{
    return p->unit_ns
               ? GAP_HEIGHT * ladder_gap_lines(ladder_gap_ns(p->ladder, number), p->unit_ns)
               : 0;
}

static void put_gap(struct page *p, uint64_t number)
{
    uint64_t gap_ns = ladder_gap_ns(p->ladder, number), middle;
    size_t height = gap_height(p, number);

    if (height && gap_ns / p->unit_ns > LADDER_GAP_LINES) {
        middle = p->y + height / 2;
        ladder_putf(p->out, "<path class=\"z\" d=\"M%u %" PRIu64 "l8 -6l8 12l8 -6\"/>",
                    DELTA_RIGHT - 60, middle);
        put_text(p, "t", DELTA_RIGHT - 28, middle + 4, "start", "longer than drawn");
        ladder_put(p->out, "\n");
    }
    p->y += height;
}

static void put_step(struct page *p, uint64_t number)
{
    const struct ladder_step *s = ladder_step(p->ladder, number);
    char text[LADDER_TIME_BYTES];

    put_gap(p, number);
    ladder_putf(p->out, "<g class=\"%s\">", class_of(s));
    put_tip(p, s);
    put_text(p, "t", TIME_RIGHT, p->y + 17, "end",
             ladder_time(p->ladder, p->shape, s->wall_ns, text));
    put_text(p, "t", DELTA_RIGHT, p->y + 17, "end", ladder_delta(p->ladder, number, text));
    if (s->kind == LADDER_PACKET)
        put_arrow(p, s);
    else
        put_beside(p, s);
    ladder_put(p->out, "</g>\n");
    p->y += ROW_HEIGHT;
}

/* --- the page --------------------------------------------------------------------------- */

static void begin_svg(const struct page *p, uint64_t height)
{
    ladder_putf(p->out,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%" PRIu64
                "\" height=\"%" PRIu64 "\">\n",
                width_of(p), height);
}

static void put_heads(const struct page *p)
{
    char name[ADDR_TEXT_BYTES];

    ladder_put(p->out, "<div class=\"heads\">");
    begin_svg(p, HEAD_HEIGHT);
    put_text(p, "t", TIME_RIGHT, 21, "end", p->shape->wall ? "time of day" : "time");
    put_text(p, "t", DELTA_RIGHT, 21, "end", "delta");
    for (size_t i = 0; i < p->columns; i++)
        put_text(p, "n", column_x(p, i), 21, "middle", ladder_column_name(p->ladder, i, name));
    ladder_put(p->out, "</svg></div>\n");
}

static uint64_t whole_height(const struct page *p)
{
    uint64_t height = ROW_HEIGHT;

    for (uint64_t i = ladder_first(p->ladder); i < ladder_count(p->ladder); i++)
        height += ROW_HEIGHT + gap_height(p, i);
    return height;
}

static void put_steps(struct page *p)
{
    uint64_t height = whole_height(p);

    begin_svg(p, height);
    for (size_t i = 0; i < p->columns; i++)
        ladder_putf(p->out, "<path class=\"l\" d=\"M%" PRIu64 " 0V%" PRIu64 "\"/>\n",
                    column_x(p, i), height);
    for (uint64_t i = ladder_first(p->ladder); i < ladder_count(p->ladder) && !p->out->result;
         i++)
        put_step(p, i);
    ladder_put(p->out, "</svg>\n");
}

static void put_remarks(const struct page *p)
{
    char number[TEXT_NUMBER_BYTES], duration[TEXT_DURATION_BYTES];
    const struct ladder *l = p->ladder;

    ladder_put(p->out,
               "<p>Findings stand in brackets: "
               "<span class=\"warn\">data was lost, or nothing moves</span>, "
               "<span class=\"note\">unusual</span>, "
               "<span class=\"chat\">part of how it works</span>. "
               "<span class=\"call\">* our own call</span>. "
               "<span class=\"state\">(STATE) as seen on the wire, [STATE] as the kernel "
               "told</span>.</p>\n");
    if (p->unit_ns)
        ladder_putf(p->out, "<p>Gaps are to scale: %d pixels are %s.</p>\n", GAP_HEIGHT,
                    text_duration(p->unit_ns, duration));
    if (ladder_first(l))
        ladder_putf(p->out,
                    "<p>The oldest %s steps are lost: there was no room for more.</p>\n",
                    text_number(ladder_first(l), number));
    if (ladder_left_out(l))
        ladder_putf(p->out, "<p>Left out: %s steps of more than %d addresses.</p>\n",
                    text_number(ladder_left_out(l), number), LADDER_COLUMNS);
}

void ladder_html(struct ladder_out *o, const struct ladder *l, const struct ladder_shape *shape)
{
    struct page p = {.out = o,
                     .ladder = l,
                     .shape = shape,
                     .columns = ladder_columns(l),
                     .unit_ns = shape->gaps ? ladder_gap_unit(l) : 0};
    const char *title = shape->title ? shape->title : "";

    p.pitch = p.columns > 2 ? PITCH_OF_MORE : PITCH_OF_TWO;
    ladder_put(o, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
                  "'none'; style-src 'unsafe-inline'\">\n"
                  "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    put_foreign(o, title[0] ? title : "ladder");
    ladder_put(o, "</title>\n<style>\n");
    ladder_put(o, style);
    ladder_put(o, "</style>\n</head>\n<body>\n");
    if (title[0]) {
        ladder_put(o, "<h1>");
        put_foreign(o, title);
        ladder_put(o, "</h1>\n");
    }
    if (shape->before)
        ladder_put(o, shape->before);
    if (p.columns || !shape->before) {
        put_remarks(&p);
        put_heads(&p);
        put_steps(&p);
    }
    ladder_put(o, "</body>\n</html>\n");
}
