#include "ui/console/passages.h"

#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/wire/hexdump.h"
#include "ui/console/surface.h"

/* From this width on a dump has 16 bytes a row, below it 8. */
#define COLUMNS_OF_16 73

/* --- finding them ----------------------------------------------------------------------- */

static void start_over(struct passages *p, const struct ring *transcript, uint64_t session_id,
                       uint64_t opened_ns)
{
    struct passage oldest;

    p->session_id = session_id;
    p->first = p->count = 0;
    p->lost = 0;
    p->next = ring_tail(transcript);
    /* What was overwritten is older than the oldest that is left. */
    p->lost_before = p->next > 0 && (!ring_get(transcript, p->next, &oldest, NULL, 0, NULL) ||
                                     oldest.at_ns > opened_ns);
}

static size_t drop_lost(struct passages *p, uint64_t tail)
{
    size_t dropped = 0;

    while (p->count && p->numbers[p->first] < tail) {
        p->first++;
        p->count--;
        dropped++;
    }
    p->lost += dropped;
    return dropped;
}

static void append(struct passages *p, uint64_t number)
{
    size_t room = sizeof(p->numbers) / sizeof(p->numbers[0]);

    if (p->first + p->count == room) {
        /* A ring larger than ours: the oldest go from the view. */
        size_t drop = p->first ? 0 : room / 2;

        memmove(p->numbers, p->numbers + p->first + drop,
                (p->count - drop) * sizeof(p->numbers[0]));
        p->lost += drop;
        p->count -= drop;
        p->first = 0;
    }
    p->numbers[p->first + p->count++] = number;
}

size_t passages_update(struct passages *p, const struct ring *transcript, uint64_t end,
                       uint64_t session_id, uint64_t opened_ns)
{
    uint64_t tail = ring_tail(transcript);
    bool fresh = p->session_id != session_id;
    uint64_t lost_before = p->lost;

    if (fresh)
        start_over(p, transcript, session_id, opened_ns);
    drop_lost(p, tail);
    if (p->next < tail) {
        p->lost_before = true;
        p->next = tail;
    }
    for (; p->next < end; p->next++) {
        struct passage passage;

        if (ring_get(transcript, p->next, &passage, NULL, 0, NULL) &&
            passage.session_id == session_id)
            append(p, p->next);
    }
    return fresh ? SIZE_MAX : (size_t)(p->lost - lost_before);
}

bool passages_read(const struct passages *p, const struct ring *transcript, size_t index,
                   struct passage_view *ret)
{
    if (index >= p->count || !ring_get(transcript, p->numbers[p->first + index], &ret->passage,
                                       ret->bytes, sizeof(ret->bytes), &ret->len))
        return false;
    if (ret->len > sizeof(ret->bytes))
        ret->len = sizeof(ret->bytes);
    return true;
}

/* --- breaking them into lines ----------------------------------------------------------- */

/* One printable piece: a character as it is, or the escape that stands for it. */
static size_t piece_at(const struct passage_view *v, size_t at, char piece[16], int *columns)
{
    uint32_t code;
    size_t n;

    if (v->bytes[at] >= 0x20 && v->bytes[at] < 0x7f) {
        piece[0] = (char)v->bytes[at];
        piece[1] = '\0';
        *columns = 1;
        return 1;
    }
    n = text_utf8_decode(v->bytes + at, v->len - at, &code);
    n = n ? n : 1;
    text_clean(v->bytes + at, n, piece, 16);
    *columns = text_columns(piece);
    return n;
}

/* The bytes of the text line that begins at `at`: up to the width or a line feed.  A note is a
 * sentence of ours and breaks at blanks where it can; what a session carried is never moved
 * about.  buf may be NULL. */
static size_t text_line(const struct passage_view *v, size_t at, int columns, char *buf)
{
    bool sentence = v->passage.direction == DIRECTION_NOTE;
    size_t start = at, used = 0, blank_at = 0, blank_used = 0;
    int taken = 0;

    if (buf)
        buf[0] = '\0';
    while (at < v->len) {
        char piece[16];
        int width;
        size_t n = piece_at(v, at, piece, &width);
        size_t len = strlen(piece);

        if (at > start && (taken + width > columns || used + len >= PASSAGE_LINE_BYTES)) {
            if (sentence && v->bytes[at] == ' ')
                return at + 1 - start;
            if (!blank_at)
                break;
            if (buf)
                buf[blank_used] = '\0';
            return blank_at - start;
        }
        if (sentence && v->bytes[at] == ' ') {
            blank_at = at + 1;
            blank_used = used;
        }
        if (buf)
            memcpy(buf + used, piece, len + 1);
        used += len;
        taken += width;
        at += n;
        if (v->bytes[at - 1] == '\n')
            break;
    }
    return at - start;
}

struct hexdump passage_dump(const struct passage_view *v, const struct passage_shape *shape)
{
    return (struct hexdump){.len = v->len, .width = shape->columns >= COLUMNS_OF_16 ? 16 : 8};
}

size_t passage_dumped(const struct passage_view *v, const struct passage_shape *shape)
{
    struct hexdump h = passage_dump(v, shape);
    size_t shown = shape->max_lines ? (size_t)shape->max_lines * h.width : v->len;

    if (v->passage.direction == DIRECTION_NOTE || !shape->hex)
        return 0;
    return shown < v->len ? shown : v->len;
}

/* One row of the dump; returns its bytes. */
static size_t dump_line(const struct passage_walk *w, char *buf)
{
    struct hexdump h = passage_dump(w->v, w->shape);
    size_t row = hexdump_row_of(&h, w->at);

    if (buf)
        hexdump_line(&h, w->v->bytes, row, buf);
    return hexdump_row_len(&h, row);
}

static bool has_rest(const struct passage_walk *w)
{
    return w->v->passage.direction != DIRECTION_NOTE && w->v->passage.length > w->v->len &&
           !w->said_rest;
}

static void write_rest(const struct passage_view *v, char *buf)
{
    char number[TEXT_NUMBER_BYTES];

    if (buf)
        snprintf(buf, PASSAGE_LINE_BYTES, "(%s more bytes were not kept)",
                 text_number(v->passage.length - v->len, number));
}

bool passage_next(struct passage_walk *w, char buf[PASSAGE_LINE_BYTES], bool *ret_more)
{
    int last = w->shape->max_lines;

    if (last && w->line >= last)
        return false;
    if (w->at < w->v->len) {
        bool hex = w->shape->hex && w->v->passage.direction != DIRECTION_NOTE;

        w->at += hex ? dump_line(w, buf) : text_line(w->v, w->at, w->shape->columns, buf);
    } else if (has_rest(w)) {
        write_rest(w->v, buf);
        w->said_rest = true;
    } else if (w->line == 0) {
        /* A passage without bytes is a line of its own, too. */
        if (buf)
            buf[0] = '\0';
    } else {
        return false;
    }
    w->line++;
    if (ret_more)
        *ret_more = last && w->line == last && (w->at < w->v->len || has_rest(w));
    return true;
}

int passage_lines(const struct passage_view *v, const struct passage_shape *shape)
{
    struct passage_walk w = {.v = v, .shape = shape};

    while (passage_next(&w, NULL, NULL))
        ;
    return w.line;
}
