/*       Time     Delta   127.0.0.1:51826                    127.0.0.1:65432
 *   0.000000             |--SYN win 65,495 seq 0------------------------->|
 *   0.000021    +21 us   |<-SYN ACK win 65,483 seq 0 ack 1----------------|
 *   0.001110  +1.08 ms ! |<-ACK win 0 [zero window] seq 1 ack 4,001-------|
 *
 * The mark before the columns is the severity of what was found.  Findings that the arrow is too
 * short for follow in a line of their own. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/report/ladder_line.h"
#include "core/report/ladder_out.h"

enum { SINCE_COLUMNS = 11, WALL_COLUMNS = 15, DELTA_COLUMNS = 9 };

struct page {
    struct ladder_out *out;
    const struct ladder *ladder;
    const struct ladder_shape *shape;
    struct ladder_layout layout;
    uint64_t unit_ns;               /* of gaps to scale; 0: they are not */
    bool found, on_wire, told, cut; /* what has to be explained at the end */
    struct ladder_line line;
    char bytes[4 * LADDER_LINE_CELLS + 1];
};

/* The line without the blanks at its end. */
static void put_line(struct page *p)
{
    size_t n = p->line.width, used = 0;

    while (n && p->line.cells[n - 1].code == ' ')
        n--;
    for (size_t i = 0; i < n; i++)
        used += text_utf8_encode(p->line.cells[i].code, p->bytes + used);
    p->bytes[used] = '\0';
    ladder_put(p->out, p->bytes);
    ladder_put(p->out, "\n");
}

static int time_columns(const struct page *p)
{
    return p->shape->wall ? WALL_COLUMNS : SINCE_COLUMNS;
}

static void put_left(struct page *p, const char *time, const char *delta, char mark)
{
    ladder_putf(p->out, "%*s %*s %c ", time_columns(p), time, DELTA_COLUMNS, delta, mark);
}

static char mark_of(const struct ladder_step *s)
{
    static const char marks[] = {
        [SEVERITY_CHAT] = ' ', [SEVERITY_NOTE] = '+', [SEVERITY_WARN] = '!'};

    return s->findings ? marks[findings_severity(s->findings)] : ' ';
}

static void put_gap(struct page *p, uint64_t number)
{
    uint64_t gap_ns = ladder_gap_ns(p->ladder, number);
    size_t lines = ladder_gap_lines(gap_ns, p->unit_ns);
    bool too_long = p->unit_ns && gap_ns / p->unit_ns > LADDER_GAP_LINES;

    p->cut = p->cut || too_long;
    for (size_t i = 0; i < lines; i++) {
        bool cut = too_long && i == lines / 2;

        put_left(p, "", cut ? "~" : "", ' ');
        ladder_draw_gap(&p->layout, cut, &p->line);
        put_line(p);
    }
}

static void put_step(struct page *p, uint64_t number)
{
    const struct ladder_step *s = ladder_step(p->ladder, number);
    char time[LADDER_TIME_BYTES], delta[LADDER_TIME_BYTES], findings[LADDER_LABEL_BYTES];
    char mark = mark_of(s);

    put_gap(p, number);
    put_left(p, ladder_time(p->ladder, p->shape, s->wall_ns, time),
             ladder_delta(p->ladder, number, delta), mark);
    if (ladder_draw_step(&p->layout, s, &p->line)) {
        put_line(p);
    } else {
        put_line(p);
        put_left(p, "", "", ' ');
        ladder_putf(p->out, "  [%s]\n", ladder_findings(s, findings));
    }
    p->found = p->found || mark != ' ';
    if (s->kind == LADDER_STATE && s->on_wire)
        p->on_wire = true;
    else if (s->kind == LADDER_STATE)
        p->told = true;
}

static void put_header(struct page *p)
{
    put_left(p, p->shape->wall ? "Time of day" : "Time", "Delta", ' ');
    ladder_draw_heads(&p->layout, p->ladder, &p->line);
    put_line(p);
}

static void put_footer(struct page *p)
{
    char number[TEXT_NUMBER_BYTES];

    if (p->found)
        ladder_put(p->out, "! data was lost, or nothing moves   + unusual\n");
    if (p->on_wire)
        ladder_put(p->out, "(STATE) as seen on the wire\n");
    if (p->told)
        ladder_put(p->out, "[STATE] as the kernel told\n");
    if (p->unit_ns) {
        char duration[TEXT_DURATION_BYTES];

        ladder_putf(p->out, "an empty line is %s%s\n", text_duration(p->unit_ns, duration),
                    p->cut ? "; ~ lasted longer than it has lines" : "");
    }
    if (ladder_first(p->ladder))
        ladder_putf(p->out, "the oldest %s steps are lost: there was no room for more\n",
                    text_number(ladder_first(p->ladder), number));
    if (ladder_left_out(p->ladder))
        ladder_putf(p->out, "left out: %s steps of more than %u addresses\n",
                    text_number(ladder_left_out(p->ladder), number), LADDER_COLUMNS);
}

void ladder_text(struct ladder_out *o, const struct ladder *l, const struct ladder_shape *shape)
{
    struct page *p = mem_new(1, sizeof(*p));
    unsigned left;

    *p = (struct page){.out = o, .ladder = l, .shape = shape};
    left = (unsigned)time_columns(p) + DELTA_COLUMNS + 4;
    p->layout = ladder_lay_out(l, shape->width > left ? shape->width - left : shape->width, 0,
                               true, shape->ascii);
    if (shape->gaps)
        p->unit_ns = ladder_gap_unit(l);
    if (ladder_count(l) > ladder_first(l))
        put_header(p);
    for (uint64_t i = ladder_first(l); i < ladder_count(l) && !o->result; i++)
        put_step(p, i);
    put_footer(p);
    free(p);
}
