/*   127.0.0.1:51826                    127.0.0.1:65432
 *   |--SYN win 65,495 seq 0------------------------->|
 *   (SYN_SENT)                                       |
 *   |<-SYN ACK win 65,483 seq 0 ack 1----------------|
 *   |* send(5) = 5                                   |  */
#include "core/report/ladder_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

enum { PITCH_COMFORTABLE = 64, TAIL_CELLS = 2 };

/* Of gaps to scale: one of so many may be cut, and so many lines a step are not too many. */
enum { OUTLIERS = 50, LINES_A_STEP = 3 };
#define UNIT_MOST_NS (UINT64_C(100000) * 1000000000)

struct pen {
    const struct ladder_layout *layout;
    struct ladder_line *line;
};

static void put(const struct pen *p, size_t at, uint32_t code, enum ladder_part part)
{
    if (at < p->line->width)
        p->line->cells[at] = (struct ladder_cell){code, (uint8_t)part};
}

/* The cell behind what was written, at most `columns` cells; a text that is longer ends in a
 * mark. */
static size_t put_text(const struct pen *p, size_t at, size_t columns, enum ladder_part part,
                       const char *text)
{
    size_t len = strlen(text);
    size_t n = len < columns ? len : columns;

    for (size_t i = 0; i < n; i++)
        put(p, at + i, (uint8_t)text[i], part);
    if (len > columns && columns)
        put(p, at + columns - 1, p->layout->ascii ? '~' : 0x2026, part);
    return at + n;
}

static struct pen begin(const struct ladder_layout *layout, struct ladder_line *line,
                        uint32_t lifeline)
{
    struct pen p = {layout, line};

    line->width = layout->width;
    for (size_t i = 0; i < line->width; i++)
        line->cells[i] = (struct ladder_cell){' ', LADDER_BLANK};
    for (size_t i = 0; i < layout->n && lifeline; i++)
        put(&p, layout->at[i], lifeline, LADDER_LIFELINE);
    return p;
}

static uint32_t lifeline_of(const struct ladder_layout *layout)
{
    return layout->ascii ? '|' : 0x2502;
}

/* --- layout ----------------------------------------------------------------------------- */

static size_t bounded(size_t n, size_t least, size_t most)
{
    return n < least ? least : n > most ? most : n;
}

struct ladder_layout ladder_lay_out(const struct ladder *l, size_t width, size_t first,
                                    bool whole, bool ascii)
{
    size_t total = ladder_columns(l), pitch;
    struct ladder_layout o = {.ascii = ascii, .total = total};

    if (!width)
        width = total > 1 ? (total - 1) * PITCH_COMFORTABLE + 1 : PITCH_COMFORTABLE;
    o.n = whole ? total : bounded(1 + (width - 1) / LADDER_PITCH_LEAST, 1, total ? total : 1);
    /* Two columns always: an arrow needs both its ends. */
    if (!whole && o.n < 2 && total >= 2)
        o.n = 2;
    if (o.n > total)
        o.n = total;
    o.first = first + o.n > total ? total - o.n : first;
    if (o.n > 1) {
        pitch =
            bounded((width - 1) / (o.n - 1), whole ? LADDER_PITCH_LEAST : 1, LADDER_PITCH_MOST);
        width = pitch * (o.n - 1) + 1;
        for (size_t i = 0; i < o.n; i++)
            o.at[i] = i * pitch;
    }
    o.width = bounded(width, 1, LADDER_LINE_CELLS);
    return o;
}

/* --- heads ------------------------------------------------------------------------------ */

const char *ladder_column_name(const struct ladder *l, size_t column, char buf[ADDR_TEXT_BYTES])
{
    const struct addr *a = ladder_column(l, column);

    return a->port ? addr_format(a, buf) : addr_format_ip(a, buf);
}

/* What tells addresses apart is at both ends. */
static void shorten(char *name, size_t columns, bool ascii)
{
    size_t len = strlen(name), front, back;

    if (len <= columns || columns < 3)
        return;
    front = (columns - 1) / 2;
    back = columns - 1 - front;
    name[front] = ascii ? '~' : '\x01'; /* the caller's mark */
    memmove(name + front + 1, name + len - back, back + 1);
}

static void draw_head(const struct pen *p, const struct ladder *l, size_t i)
{
    const struct ladder_layout *o = p->layout;
    size_t pitch = o->n > 1 ? o->at[1] : o->width;
    size_t room = o->n == 2 ? pitch / 2 : pitch - 1, len, at;
    char name[ADDR_TEXT_BYTES];

    ladder_column_name(l, o->first + i, name);
    shorten(name, room, o->ascii);
    len = strlen(name);
    if (i == 0)
        at = 0;
    else if (i + 1 == o->n)
        at = o->width > len ? o->width - len : 0;
    else
        at = o->at[i] > len / 2 ? o->at[i] - len / 2 : 0;
    for (size_t k = 0; k < len; k++)
        put(p, at + k, name[k] == '\x01' ? 0x2026 : (uint8_t)name[k], LADDER_HEAD);
}

void ladder_draw_heads(const struct ladder_layout *layout, const struct ladder *l,
                       struct ladder_line *ret)
{
    struct pen p = begin(layout, ret, 0);

    for (size_t i = 0; i < layout->n; i++)
        draw_head(&p, l, i);
}

/* --- arrows ----------------------------------------------------------------------------- */

/* Where a column is drawn: -1 to the left of what is seen, width to the right of it. */
static long column_at(const struct ladder_layout *o, size_t column)
{
    if (column < o->first)
        return -1;
    return column < o->first + o->n ? (long)o->at[column - o->first] : (long)o->width;
}

/* From cell `left` to cell `right`, both included. */
static bool draw_arrow(const struct pen *p, long left, long right, bool to_right,
                       const char *label, size_t must)
{
    bool ascii = p->layout->ascii;
    size_t room;

    for (long x = left; x <= right; x++)
        put(p, (size_t)x, ascii ? '-' : 0x2500, LADDER_ARROW);
    if (to_right)
        put(p, (size_t)right, ascii ? '>' : 0x2192, LADDER_ARROW);
    else
        put(p, (size_t)left, ascii ? '<' : 0x2190, LADDER_ARROW);
    left += TAIL_CELLS;
    room = right - 1 > left ? (size_t)(right - 1 - left) : 0;
    put_text(p, (size_t)left, room, LADDER_TEXT, label);
    return must <= room;
}

/* How much of the label holds the findings; 0: there are none. */
static size_t findings_end(const struct ladder_step *s, const char *label)
{
    char findings[LADDER_LABEL_BYTES];
    const char *at = s->findings ? strstr(label, ladder_findings(s, findings)) : NULL;

    return at ? (size_t)(at - label) + strlen(findings) : 0;
}

/* Beside the column, to the side that has more room. */
static void draw_beside(const struct pen *p, long at, const char *text)
{
    size_t width = p->line->width, len = strlen(text);
    size_t behind = (size_t)at + 1 < width ? width - (size_t)at - 1 : 0;

    if (behind >= (size_t)at || behind > len) {
        put_text(p, (size_t)at + 1, behind, LADDER_TEXT, text);
        return;
    }
    len = len < (size_t)at ? len : (size_t)at;
    put_text(p, (size_t)at - len, len, LADDER_TEXT, text);
}

static bool is_seen(const struct ladder_layout *o, long at)
{
    return at >= 0 && at < (long)o->width;
}

/* What happens beside the columns that are seen, said at that edge. */
static void draw_elsewhere(const struct pen *p, long at, const char *label)
{
    char text[LADDER_LABEL_BYTES + 16];

    snprintf(text, sizeof(text), at < 0 ? "<< %s" : "%s >>", label);
    if (at < 0)
        put_text(p, 1, p->line->width - 1, LADDER_TEXT, text);
    else
        draw_beside(p, (long)p->line->width - 1, text);
}

static bool draw_packet(const struct pen *p, const struct ladder_step *s, const char *label)
{
    const struct ladder_layout *o = p->layout;
    long from = column_at(o, s->from), to = column_at(o, s->to);
    char text[LADDER_LABEL_BYTES + 8];

    if (from == to && !is_seen(o, from)) {
        draw_elsewhere(p, from, label);
    } else if (from == to) {
        snprintf(text, sizeof(text), "<> %s", label);
        draw_beside(p, from, text);
    } else {
        return draw_arrow(p, (from < to ? from : to) + 1, (from < to ? to : from) - 1,
                          from < to, label, findings_end(s, label));
    }
    return true;
}

/* Over the column's line, as far as it stays inside. */
static void draw_state(const struct pen *p, long column, const char *text)
{
    size_t width = p->line->width, len = strlen(text);
    size_t at = (size_t)column > len / 2 ? (size_t)column - len / 2 : 0;

    if (at + len > width)
        at = width > len ? width - len : 0;
    put_text(p, at, width - at, LADDER_TEXT, text);
}

bool ladder_draw_step(const struct ladder_layout *layout, const struct ladder_step *s,
                      struct ladder_line *ret)
{
    struct pen p = begin(layout, ret, lifeline_of(layout));
    char label[LADDER_LABEL_BYTES], text[LADDER_LABEL_BYTES + 8];
    long at = column_at(layout, s->from);

    ladder_label(s, label);
    if (s->kind == LADDER_PACKET)
        return draw_packet(&p, s, label);
    snprintf(text, sizeof(text),
             s->kind == LADDER_CALL ? "* %s"
             : s->on_wire           ? "(%s)"
                                    : "[%s]",
             label);
    if (!is_seen(layout, at))
        draw_elsewhere(&p, at, text);
    else if (s->kind == LADDER_STATE)
        draw_state(&p, at, text);
    else
        draw_beside(&p, at, text);
    return true;
}

/* --- gaps ------------------------------------------------------------------------------- */

void ladder_draw_gap(const struct ladder_layout *layout, bool cut, struct ladder_line *ret)
{
    begin(layout, ret, cut ? '~' : lifeline_of(layout));
}

uint64_t ladder_gap_ns(const struct ladder *l, uint64_t number)
{
    const struct ladder_step *s = ladder_step(l, number), *before;
    uint64_t from;

    if (!s || number <= ladder_first(l))
        return 0;
    before = ladder_step(l, number - 1);
    /* A fold may reach beyond what began after it. */
    from = before->last_wall_ns <= s->wall_ns ? before->last_wall_ns : before->wall_ns;
    return s->wall_ns - from;
}

size_t ladder_gap_lines(uint64_t gap_ns, uint64_t unit_ns)
{
    uint64_t lines = unit_ns ? gap_ns / unit_ns : 0;

    return lines < LADDER_GAP_LINES ? (size_t)lines : LADDER_GAP_LINES;
}

static int longer_first(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? 1 : x > y ? -1 : 0;
}

static uint64_t lines_with(const uint64_t *gaps_ns, size_t n, uint64_t unit_ns)
{
    uint64_t lines = 0;

    for (size_t i = 0; i < n && gaps_ns[i] >= unit_ns; i++)
        lines += ladder_gap_lines(gaps_ns[i], unit_ns);
    return lines;
}

/* The next larger one of 1, 2, 5, 10, 20, ... */
static uint64_t next_unit(uint64_t unit_ns, unsigned *digit)
{
    *digit = *digit == 1 ? 2 : *digit == 2 ? 5 : 1;
    return *digit == 5 ? unit_ns / 2 * 5 : unit_ns * 2;
}

uint64_t ladder_gap_unit(const struct ladder *l)
{
    uint64_t first = ladder_first(l), unit_ns = 1000;
    size_t n = (size_t)(ladder_count(l) - first);
    uint64_t *gaps_ns = mem_new(n + 1, sizeof(*gaps_ns));
    unsigned digit = 1;

    for (size_t i = 0; i < n; i++)
        gaps_ns[i] = ladder_gap_ns(l, first + i);
    qsort(gaps_ns, n, sizeof(*gaps_ns), longer_first);
    /* The few longest ones do not press all others flat. */
    while (unit_ns < UNIT_MOST_NS &&
           (gaps_ns[n / OUTLIERS] / unit_ns > LADDER_GAP_LINES ||
            lines_with(gaps_ns, n, unit_ns) > LADDER_GAP_LINES + LINES_A_STEP * n))
        unit_ns = next_unit(unit_ns, &digit);
    free(gaps_ns);
    return unit_ns;
}
