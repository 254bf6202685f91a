/* How the stream panel is drawn. */
#include <stdio.h>

#include "core/base/text.h"
#include "ui/console/figures.h"
#include "ui/console/list_view.h"
#include "ui/console/stream_view.h"

bool stream_has_lines(const struct stream_view *p)
{
    return p->stream && stream_first(p->stream) < p->lines.end;
}

int stream_status_rows(const struct stream_view *p)
{
    return p->rows >= STATUS_FROM_ROWS;
}

const struct stream_chunk *stream_chunk_here(const struct stream_view *p, uint64_t *ret_number)
{
    uint64_t number = p->cursor.chunk;

    if (!stream_has_lines(p) || (p->messages && !stream_frames_chunk(p->frames, &number)))
        return NULL;
    *ret_number = number;
    return stream_chunk(p->stream, number);
}

static enum style direction_style(uint8_t direction)
{
    return direction == FROM_FIRST ? STYLE_SENT : STYLE_RECEIVED;
}

static void write_time(const struct stream_view *p, uint64_t wall_ns,
                       char buf[FIGURE_TIME_BYTES])
{
    if (p->wall)
        figure_wall(wall_ns, buf);
    else
        figure_since(p->start_ns, wall_ns, buf);
}

static void draw_heading(const struct stream_view *p, struct area a, int row,
                         const struct stream_chunk *c)
{
    char time[FIGURE_TIME_BYTES], number[TEXT_NUMBER_BYTES], end[ADDR_TEXT_BYTES];
    char text[ADDR_TEXT_BYTES + FIGURE_TIME_BYTES + TEXT_NUMBER_BYTES + 40];

    write_time(p, c->wall_ns, time);
    area_glyph(a, row, 0, direction_style(c->direction),
               c->direction == FROM_FIRST ? GLYPH_ARROW_RIGHT : GLYPH_ARROW_LEFT);
    snprintf(text, sizeof(text), "from %s  packet %s  %s",
             addr_format(&p->ends[c->direction], end),
             text_number(packet_called(c->packet), number), time);
    area_text_cut(a, row, GUTTER_COLUMNS, a.columns - GUTTER_COLUMNS, STYLE_DIM, text);
}

static enum style chunk_style(const struct stream_chunk *c)
{
    if (c->kind == CHUNK_GAP || c->disputed)
        return STYLE_BAD;
    return direction_style(c->direction);
}

static void draw_line(const struct stream_view *p, struct area a, int row,
                      const struct stream_place *at, uint64_t marked)
{
    const struct stream_chunk *c = stream_chunk(p->stream, at->chunk);
    char text[STREAM_LINE_BYTES];
    size_t len;

    if (!c)
        return;
    if (!at->body) {
        draw_heading(p, a, row, c);
        return;
    }
    stream_lines_text(&p->lines, at, text, &len);
    /* All lines of the chunk under the cursor. */
    if (at->chunk == marked)
        area_glyph(a, row, 0, STYLE_KEY, GLYPH_VLINE);
    area_text_cut(a, row, GUTTER_COLUMNS, a.columns - GUTTER_COLUMNS, chunk_style(c), text);
    if (p->lines.hex && c->kind == CHUNK_BYTES)
        area_restyle(a, row, GUTTER_COLUMNS, 8, STYLE_DIM);
}

static void draw_lines(const struct stream_view *p, struct area a, bool keys)
{
    struct stream_place at = p->top;

    for (int row = 0; row < a.rows; row++) {
        draw_line(p, a, row, &at, p->cursor.chunk);
        if (stream_place_compare(&at, &p->cursor) == 0)
            list_view_mark(a, row, keys);
        if (!stream_lines_next(&p->lines, &at))
            return;
    }
}

/* "packet 12, 1,448 bytes from byte 4,096 on": the chunk under the cursor; what is not there. */
static void draw_status(const struct stream_view *p, struct area a)
{
    char text[400], packet[TEXT_NUMBER_BYTES], len[TEXT_NUMBER_BYTES], at[TEXT_NUMBER_BYTES];
    uint64_t number, lost = stream_lost_bytes(p->stream);
    size_t waiting = stream_waiting_bytes(p->stream, FROM_FIRST) +
                     stream_waiting_bytes(p->stream, FROM_SECOND);
    const struct stream_chunk *c = stream_chunk_here(p, &number);
    struct line_out l = line_in(text, sizeof(text));

    if (c)
        line_add(&l, "packet %s, %s %s from byte %s on%s",
                 text_number(packet_called(c->packet), packet), text_number(c->len, len),
                 c->kind == CHUNK_GAP ? "missing" : "bytes", text_number(c->offset, at),
                 c->disputed ? "; another segment had other bytes here" : "");
    if (waiting)
        line_add(&l, "; %s bytes wait for a segment before them", text_number(waiting, len));
    if (lost)
        line_add(&l, "; the oldest %s bytes are gone", text_number(lost, len));
    if (p->missed)
        line_add(&l, "; up to %s of its packets were lost from the store unseen",
                 text_number(p->missed, len));
    area_text_cut(a, a.rows - 1, 0, a.columns,
                  waiting || lost || p->missed || (c && c->disputed) ? STYLE_BAD : STYLE_DIM,
                  text);
}

static void draw_empty(const struct stream_view *p, const struct model *m, struct area a)
{
    char number[TEXT_NUMBER_BYTES], text[200];
    size_t waiting = 0;

    for (unsigned i = 0; p->stream && i < 2; i++)
        waiting += stream_waiting_bytes(p->stream, i);
    if (!m->has_stream)
        snprintf(text, sizeof(text),
                 "no stream is followed: f on a socket, a packet or a step of the ladder "
                 "follows its conversation");
    else if (waiting)
        snprintf(text, sizeof(text),
                 "%s bytes came, but wait for a segment before them that was not captured",
                 text_number(waiting, number));
    else if (p->stream)
        snprintf(text, sizeof(text),
                 "no bytes in this conversation yet: they show as soon as they are captured");
    else if (!m->capture || !m->capture->n_interfaces)
        snprintf(text, sizeof(text),
                 "no packet of it: nothing is being captured; :capture IF begins");
    else if (m->has_packet)
        snprintf(text, sizeof(text),
                 "the chosen packet belongs to no conversation: f on a packet of TCP or UDP "
                 "follows that");
    else
        snprintf(text, sizeof(text),
                 "no packet of this connection has been captured yet: its stream begins with "
                 "the first");
    figure_paragraph(area_part(a, 0, 1, a.rows, a.columns - 1), 0, STYLE_DIM, text);
}

static void write_title(const struct stream_view *p, int columns, char *buf, size_t size)
{
    char first[ADDR_TEXT_BYTES], second[ADDR_TEXT_BYTES];
    const char *form = p->messages ? "messages" : p->lines.hex ? "hex" : "text";
    struct line_out l = line_in(buf, size);

    if (!p->stream) {
        line_add(&l, "stream");
        return;
    }
    line_add(&l, "stream of %s and %s as %s", addr_format(&p->ends[0], first),
             addr_format(&p->ends[1], second), form);
    if (columns >= (int)l.used + 38)
        line_add(&l, "   %s hex  %s messages  %s packet", key_for(ACTION_HEX),
                 key_for(ACTION_VIEW), key_for(ACTION_DETAILS));
}

void stream_draw(const void *self, const struct model *m, struct area a, bool keys)
{
    const struct stream_view *p = self;
    char title[2 * ADDR_TEXT_BYTES + 80];

    write_title(p, a.columns, title, sizeof(title));
    a = figure_title(a, title, keys);
    if (!stream_has_lines(p)) {
        draw_empty(p, m, a);
        return;
    }
    if (stream_status_rows(p) && a.rows == p->rows) {
        draw_status(p, a);
        a = area_part(a, 0, 0, a.rows - 1, a.columns);
    }
    if (p->messages && p->frames)
        stream_frames_draw(p->frames, p->stream, a, keys);
    else
        draw_lines(p, a, keys);
}
