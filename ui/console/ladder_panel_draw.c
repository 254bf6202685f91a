#include "ui/console/ladder_panel.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/model/errors.h"
#include "ui/console/figures.h"
#include "ui/console/packets_meter.h"

/* From these heights on: what is said of the step of the cursor, in one row or in two. */
enum { WITH_DETAIL = 8, WITH_DETAILS = 14 };

static int time_columns(const struct ladder_view *p)
{
    return p->times == LADDER_WALL ? FIGURE_WALL_COLUMNS : FIGURE_SINCE_COLUMNS;
}

/* Time, a blank, the mark, a blank. */
static int left_columns(const struct ladder_view *p)
{
    return time_columns(p) + 3;
}

int ladder_line_columns(const struct ladder_view *p, int columns)
{
    return columns - left_columns(p);
}

/* --- what is around the list ------------------------------------------------------------ */

/* What is missing; "" when nothing is. */
static void write_note(const struct ladder_view *p, char *buf, size_t size)
{
    const struct ladder *l = p->feed.ladder;
    char lost[TEXT_NUMBER_BYTES], out[TEXT_NUMBER_BYTES];

    buf[0] = '\0';
    text_number(ladder_first(l), lost);
    text_number(ladder_left_out(l), out);
    if (ladder_first(l) && ladder_left_out(l))
        snprintf(buf, size, "lost: the oldest %s steps; left out: %s of further addresses",
                 lost, out);
    else if (ladder_first(l))
        snprintf(buf, size, "lost: the oldest %s steps", lost);
    else if (ladder_left_out(l))
        snprintf(buf, size, "left out: %s steps of more than %d addresses", out,
                 LADDER_COLUMNS);
}

static int note_rows(const struct ladder_view *p, int rows)
{
    char note[160];

    write_note(p, note, sizeof(note));
    return note[0] && rows > 4;
}

static int detail_rows(int rows)
{
    return rows >= WITH_DETAILS ? 2 : rows >= WITH_DETAIL;
}

int ladder_head_rows(int rows)
{
    return rows > 2;
}

int ladder_list_rows(const struct ladder_view *p, const struct model *m, int rows)
{
    (void)m;
    return rows - ladder_head_rows(rows) - note_rows(p, rows) - detail_rows(rows);
}

static void write_title(const struct ladder_view *p, const struct model *m,
                        const struct ladder_layout *layout, char *buf, size_t size)
{
    char restrictions[320], columns[64] = "", gaps[64] = "", unit[TEXT_DURATION_BYTES];

    if (layout->n < layout->total)
        snprintf(columns, sizeof(columns), " [columns %zu to %zu of %zu]", layout->first + 1,
                 layout->first + layout->n, layout->total);
    if (p->gaps)
        snprintf(gaps, sizeof(gaps), " [an empty line is %s]", text_duration(p->unit_ns, unit));
    snprintf(buf, size, "%s%s%s%s", m->packet_list.picking ? "ladder of this row" : "ladder",
             columns, gaps, packets_restrictions(m, restrictions, sizeof(restrictions)));
}

/* --- a step ----------------------------------------------------------------------------- */

/* "Not yet" is no failure: a socket that does not block says it all the time. */
static enum style call_style(const struct ladder_step *s)
{
    if (!s->failed)
        return STYLE_NORMAL;
    return strstr(s->text, "EAGAIN") || strstr(s->text, "EINPROGRESS") ? STYLE_BUSY : STYLE_BAD;
}

static enum style packet_style(const struct ladder_view *p, const struct model *m,
                               const struct ladder_step *s)
{
    static const enum style severities[] = {[SEVERITY_CHAT] = STYLE_GOOD,
                                            [SEVERITY_NOTE] = STYLE_BUSY,
                                            [SEVERITY_WARN] = STYLE_BAD};
    struct addr local;

    if (s->flags & TCP_FLAG_RST)
        return STYLE_BAD;
    if (s->findings)
        return severities[findings_severity(s->findings)];
    if (s->flags & (TCP_FLAG_SYN | TCP_FLAG_FIN))
        return STYLE_BUSY;
    if (!s->bytes || !ladder_feed_local(m, &local))
        return STYLE_NORMAL;
    return addr_equal(ladder_column(p->feed.ladder, s->from), &local) ? STYLE_SENT
                                                                      : STYLE_RECEIVED;
}

static enum style step_style(const struct ladder_view *p, const struct model *m,
                             const struct ladder_step *s)
{
    return s->kind == LADDER_STATE  ? figure_state_style(s->state)
           : s->kind == LADDER_CALL ? call_style(s)
                                    : packet_style(p, m, s);
}

static void write_time(const struct ladder_view *p, const struct model *m,
                       const struct ladder_item *item, char buf[FIGURE_TIME_BYTES])
{
    const struct packet_list *list = &m->packet_list;
    const struct ladder_step *first = ladder_step(p->feed.ladder, ladder_first(p->feed.ladder));
    uint64_t wall_ns = item->step.wall_ns, from_ns = first ? first->wall_ns : wall_ns;

    if (list->has_first)
        from_ns = list->first_wall_ns;
    if (p->times == LADDER_WALL)
        figure_wall(wall_ns, buf);
    else if (p->times == LADDER_SINCE_REFERENCE && m->marks.has_reference)
        figure_since(m->marks.reference_wall_ns, wall_ns, buf);
    else if (p->times == LADDER_DELTA && !item->in)
        figure_since(0, ladder_gap_ns(p->feed.ladder, item->number), buf);
    else if (p->times == LADDER_DELTA)
        buf[0] = '\0';
    else
        figure_since(from_ns, wall_ns, buf);
}

/* Runs of cells of one style; beyond ASCII the surface finds what stands for a character. */
static void put_line(struct area a, int row, int at, const struct ladder_line *line,
                     enum style style)
{
    char text[512];
    size_t used = 0;
    enum style now = STYLE_DIM;
    int from = at;

    for (size_t i = 0; i <= line->width; i++) {
        const struct ladder_cell *c = i < line->width ? &line->cells[i] : NULL;
        enum style next = !c || c->part == LADDER_LIFELINE || c->part == LADDER_BLANK
                              ? STYLE_DIM
                          : c->part == LADDER_HEAD ? STYLE_HEADER
                                                   : style;

        if (used && (!c || next != now || used + 4 >= sizeof(text))) {
            text[used] = '\0';
            from = area_text(a, row, from, now, text);
            used = 0;
        }
        now = next;
        if (c)
            used += text_utf8_encode(c->code, text + used);
    }
}

static char mark_of(const struct ladder_step *s)
{
    enum finding_severity severity =
        s->findings ? findings_severity(s->findings) : SEVERITY_CHAT;

    return severity == SEVERITY_WARN ? '!' : severity == SEVERITY_NOTE ? '+' : ' ';
}

static void draw_item(const struct ladder_view *p, const struct model *m, struct area a,
                      int row, const struct ladder_layout *layout,
                      const struct ladder_item *item)
{
    enum style style = step_style(p, m, &item->step);
    char time[FIGURE_TIME_BYTES], mark[2] = {mark_of(&item->step), '\0'};

    write_time(p, m, item, time);
    area_text_right(a, row, 0, time_columns(p), STYLE_DIM, time);
    area_text(a, row, time_columns(p) + 1, style, item->in ? "." : mark);
    ladder_draw_step(layout, &item->step, p->line);
    put_line(a, row, left_columns(p), p->line, style);
}

static int draw_gap(const struct ladder_view *p, struct area a, int row, int end,
                    const struct ladder_layout *layout, const struct ladder_item *item)
{
    size_t lines = ladder_item_gap(p, item);
    bool cut = lines && ladder_gap_ns(p->feed.ladder, item->number) / p->unit_ns > lines;

    for (size_t i = 0; i < lines && row < end; i++, row++) {
        ladder_draw_gap(layout, cut && i == lines / 2, p->line);
        put_line(a, row, left_columns(p), p->line, STYLE_DIM);
    }
    return row;
}

/* --- the step of the cursor in words ---------------------------------------------------- */

static void write_packets(const struct ladder_step *s, char *buf, size_t size)
{
    char first[TEXT_NUMBER_BYTES], last[TEXT_NUMBER_BYTES];

    text_number(packet_called(s->packet), first);
    text_number(packet_called(s->last_packet), last);
    if (s->packet == s->last_packet)
        snprintf(buf, size, "packet %s", first);
    else
        snprintf(buf, size, "packets %s to %s, %s opens and closes", first, last,
                 key_for(ACTION_DETAILS));
}

static void write_detail(const struct ladder_step *s, char *buf, size_t size)
{
    char label[LADDER_LABEL_BYTES], what[128];
    size_t used;

    if (s->kind == LADDER_STATE)
        snprintf(what, sizeof(what), "%s",
                 s->on_wire ? "a state as seen on the wire" : "a state as the kernel told");
    else if (s->kind == LADDER_CALL)
        snprintf(what, sizeof(what), "a call of ours");
    else
        write_packets(s, what, sizeof(what));
    used = (size_t)snprintf(buf, size, "%s: %s", what, ladder_label(s, label));
    for (unsigned f = 0; f < FINDING_COUNT && used < size; f++)
        if (s->findings & FINDING_BIT(f))
            used += (size_t)snprintf(buf + used, size - used, "; %s: %s", finding_infos[f].id,
                                     finding_infos[f].words);
}

static void draw_detail(const struct ladder_view *p, struct area a)
{
    struct ladder_item item;
    char text[640];

    if (a.rows <= 0 || !ladder_item(p, p->list.cursor, &item))
        return;
    write_detail(&item.step, text, sizeof(text));
    figure_paragraph(a, 0, mark_of(&item.step) == '!' ? STYLE_BAD : STYLE_DIM, text);
}

/* --- nothing yet ------------------------------------------------------------------------ */

static void draw_empty(const struct model *m, struct area a)
{
    const struct capture_status *c = m->capture;
    const char *whose = m->packet_list.picking ? " of this row" : "";
    char text[320];
    size_t running = 0;

    for (size_t i = 0; c && i < c->n_interfaces; i++)
        running += c->interfaces[i].state == CAPTURE_RUNNING;
    if (m->packet_list.dropped || m->packet_list.missed)
        snprintf(text, sizeof(text),
                 "nothing%s is in the store any more: other traffic filled it", whose);
    else if (running)
        snprintf(text, sizeof(text),
                 "nothing%s yet: packets, calls and states are drawn as they come; %s and %s "
                 "choose another row or session, %s opens a session",
                 whose, key_for(ACTION_PANEL_1), key_for(ACTION_PANEL_2), key_for(ACTION_OPEN));
    else
        snprintf(text, sizeof(text),
                 "no packets%s: nothing is being captured; :capture IF begins, %s says what "
                 "hinders it",
                 whose, key_for(ACTION_PANEL_3));
    figure_paragraph(a, 0, STYLE_DIM, text);
}

/* --- all of it -------------------------------------------------------------------------- */

static void draw_head(const struct ladder_view *p, struct area a,
                      const struct ladder_layout *layout)
{
    static const char *const names[LADDER_TIMES] = {"Time", "Time", "Delta", "Time of day"};

    area_text_right(a, 0, 0, time_columns(p), STYLE_HEADER, names[p->times]);
    ladder_draw_heads(layout, p->feed.ladder, p->line);
    put_line(a, 0, left_columns(p), p->line, STYLE_HEADER);
}

static void draw_items(const struct ladder_view *p, const struct model *m, struct area a,
                       const struct ladder_layout *layout, bool keys)
{
    struct ladder_item item;
    int row = 0;

    for (size_t i = p->top; row < a.rows && ladder_item(p, i, &item); i++) {
        if (i > p->top)
            row = draw_gap(p, a, row, a.rows, layout, &item);
        if (row >= a.rows)
            return;
        draw_item(p, m, a, row, layout, &item);
        if (i == p->list.cursor)
            list_view_mark(a, row, keys);
        row++;
    }
}

void ladder_panel_draw(const void *self, const struct model *m, struct area a, bool keys)
{
    const struct ladder_view *p = self;
    int columns = ladder_line_columns(p, a.columns), head, list;
    struct ladder_layout layout = ladder_lay_out(
        p->feed.ladder, columns > 0 ? (size_t)columns : 1, p->column, false, false);
    char text[512];

    write_title(p, m, &layout, text, sizeof(text));
    a = figure_title(a, text, keys);
    if (!p->list.count) {
        draw_empty(m, area_part(a, 0, 1, a.rows, a.columns - 1));
        return;
    }
    head = ladder_head_rows(a.rows);
    list = ladder_list_rows(p, m, a.rows);
    if (head)
        draw_head(p, a, &layout);
    draw_items(p, m, area_part(a, head, 0, list, a.columns), &layout, keys);
    draw_detail(p, area_part(a, head + list, 1, detail_rows(a.rows), a.columns - 1));
    if (note_rows(p, a.rows)) {
        write_note(p, text, sizeof(text));
        area_text_cut(a, a.rows - 1, 1, a.columns - 1, STYLE_BAD, text);
    }
}
