#include "ui/console/stream_frames.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/model/messages.h"
#include "ui/console/figures.h"
#include "ui/console/list_view.h"

/* Bytes that are looked at at once: no more messages than are kept end in those.  And how many
 * times that, which takes about 40 us, before keys have their turn. */
#define STEP_BYTES 4096
#define FEED_STEPS 100

enum { LENGTH_COLUMNS = 10, PACKET_COLUMNS = 15, NARROW_COLUMNS = 60 };

/* A row: a message, or one of its parts. */
struct place {
    uint64_t number;
    size_t line; /* 0: the message */
};

struct stream_frames {
    struct messages messages;
    uint64_t next_chunk; /* to look at */
    uint64_t done;       /* bytes of it that were */
    bool begun[2];
    struct list_view list;
    struct place here;
    uint64_t open[MESSAGES_KEPT]; /* number + 1 of those that are unfolded */
};

struct stream_frames *stream_frames_new(void)
{
    struct stream_frames *f = mem_new(1, sizeof(*f));

    messages_init(&f->messages);
    list_view_rows(&f->list, 1);
    f->list.follows = true;
    return f;
}

void stream_frames_free(struct stream_frames *f)
{
    if (!f)
        return;
    messages_done(&f->messages);
    free(f);
}

/* --- rows ------------------------------------------------------------------------------- */

static bool is_open(const struct stream_frames *f, uint64_t number)
{
    return f->open[number % MESSAGES_KEPT] == number + 1;
}

static size_t rows_of(const struct stream_frames *f, uint64_t number)
{
    return 1 + (is_open(f, number) ? messages_at(&f->messages, number)->n_lines : 0);
}

static size_t row_at(const struct stream_frames *f, struct place place)
{
    size_t row = 0;

    if (place.number < f->messages.first)
        return 0;
    for (uint64_t n = f->messages.first; n < place.number && n < f->messages.next; n++)
        row += rows_of(f, n);
    return row + place.line;
}

static struct place place_at(const struct stream_frames *f, size_t row)
{
    struct place place = {f->messages.first, row};

    for (; place.number < f->messages.next; place.number++) {
        size_t n = rows_of(f, place.number);

        if (place.line < n)
            return place;
        place.line -= n;
    }
    return (struct place){f->messages.next, 0};
}

/* After anything that changed the rows. */
static void place_cursor(struct stream_frames *f)
{
    size_t before = f->list.cursor, row;

    list_view_count(&f->list, row_at(f, (struct place){f->messages.next, 0}));
    row = f->list.follows && f->list.count ? f->list.count - 1 : row_at(f, f->here);
    /* What went above it moves the list, not the cursor on the screen. */
    if (row < before)
        f->list.top -= before - row < f->list.top ? before - row : f->list.top;
    list_view_to(&f->list, row);
    f->here = place_at(f, f->list.cursor);
}

void stream_frames_rows(struct stream_frames *f, int rows)
{
    list_view_rows(&f->list, rows);
}

bool stream_frames_follows(const struct stream_frames *f)
{
    return f->list.follows;
}

bool stream_frames_chunk(const struct stream_frames *f, uint64_t *ret_chunk)
{
    const struct found *found = messages_at(&f->messages, f->here.number);

    if (found)
        *ret_chunk = found->passage;
    return found != NULL;
}

void stream_frames_go(struct stream_frames *f, uint64_t chunk)
{
    uint64_t number = f->messages.first;
    const struct found *found;

    for (uint64_t n = number; (found = messages_at(&f->messages, n)); n++)
        if (found->passage <= chunk)
            number = n;
    f->list.follows = false;
    f->here = (struct place){number, 0};
    place_cursor(f);
}

/* --- looking at chunks ------------------------------------------------------------------ */

/* A step of the next chunk. */
static void feed_chunk(struct stream_frames *f, const struct stream *s,
                       const struct stream_chunk *c)
{
    struct passage p = {
        .at_ns = c->wall_ns, .length = c->len - f->done, .direction = c->direction};
    const uint8_t *bytes = stream_bytes(s, f->next_chunk);

    if (!f->begun[c->direction] && c->offset)
        messages_lose(&f->messages, c->direction, c->wall_ns);
    f->begun[c->direction] = true;
    if (bytes && p.length > STEP_BYTES)
        p.length = STEP_BYTES;
    messages_take(&f->messages, f->next_chunk, &p,
                  bytes ? bytes + f->done : (const uint8_t *)"", bytes ? (size_t)p.length : 0);
    f->done += p.length;
    if (f->done == c->len) {
        f->next_chunk++;
        f->done = 0;
    }
}

/* Chunks went before anybody looked at them. */
static void lose_chunks(struct stream_frames *f, const struct stream *s)
{
    const struct stream_chunk *c = stream_chunk(s, stream_first(s));

    if (f->next_chunk >= stream_first(s) || !c)
        return;
    for (unsigned i = 0; i < 2; i++)
        if (f->begun[i])
            messages_lose(&f->messages, i, c->wall_ns);
    f->next_chunk = stream_first(s);
    f->done = 0;
}

bool stream_frames_feed(struct stream_frames *f, const struct stream *s, uint64_t end)
{
    const struct stream_chunk *c;

    lose_chunks(f, s);
    for (int i = 0; i < FEED_STEPS && f->next_chunk < end; i++)
        if ((c = stream_chunk(s, f->next_chunk)))
            feed_chunk(f, s, c);
    place_cursor(f);
    return f->next_chunk < end;
}

/* --- keys ------------------------------------------------------------------------------- */

static void fold(struct stream_frames *f, bool open)
{
    const struct found *found = messages_at(&f->messages, f->here.number);

    if (!found)
        return;
    f->open[f->here.number % MESSAGES_KEPT] = open && found->n_lines ? f->here.number + 1 : 0;
    f->list.follows = false;
    f->here.line = 0;
    place_cursor(f);
    /* All of its parts, if there is room for them. */
    list_view_to(&f->list, f->list.cursor + rows_of(f, f->here.number) - 1);
    list_view_to(&f->list, row_at(f, f->here));
}

static void row_text(const void *frames, const struct model *m, size_t index, char *buf)
{
    const struct stream_frames *f = frames;
    struct place place = place_at(f, index);
    const struct found *found = messages_at(&f->messages, place.number);
    struct describe_line lines[FOUND_LINES_MAX];

    (void)m;
    if (!found)
        return;
    if (place.line && place.line <= found_describe(found, lines))
        snprintf(buf, LIST_ITEM_BYTES, "%s %s", lines[place.line - 1].name,
                 lines[place.line - 1].text);
    else
        snprintf(buf, LIST_ITEM_BYTES, "%s", found->summary);
}

enum panel_reply stream_frames_update(struct stream_frames *f, const struct panel_event *event,
                                      const struct model *m, struct requests *requests)
{
    bool action = event->kind == PANEL_ACTION;

    if (list_view_click(&f->list, event, 0) ||
        list_view_search(&f->list, event, row_text, f, m, requests) ||
        (action && list_view_move(&f->list, event->action))) {
        f->here = place_at(f, f->list.cursor);
        return PANEL_HANDLED;
    }
    if (!action || (event->action != ACTION_RIGHT && event->action != ACTION_LEFT))
        return PANEL_IGNORED;
    fold(f, event->action == ACTION_RIGHT);
    return PANEL_HANDLED;
}

/* --- drawing ---------------------------------------------------------------------------- */

static enum style found_style(const struct found *f)
{
    if (f->kind == FOUND_FAULTY || f->kind == FOUND_LOST || f->wrong)
        return STYLE_BAD;
    return f->kind == FOUND_COMING || f->kind == FOUND_CUT ? STYLE_BUSY : STYLE_NORMAL;
}

static void draw_message(const struct stream_frames *f, const struct stream *s, struct area a,
                         int row, uint64_t number)
{
    const struct found *found = messages_at(&f->messages, number);
    const struct stream_chunk *c = stream_chunk(s, found->passage);
    enum style style = found->direction == DIRECTION_SENT ? STYLE_SENT : STYLE_RECEIVED;
    char text[TEXT_NUMBER_BYTES];
    int at = 4;

    if (found->n_lines)
        area_text(a, row, 0, STYLE_KEY, is_open(f, number) ? "-" : "+");
    area_glyph(a, row, 2, style,
               found->direction == DIRECTION_SENT ? GLYPH_ARROW_RIGHT : GLYPH_ARROW_LEFT);
    if (a.columns >= NARROW_COLUMNS) {
        uint64_t len = (found->message ? found->message->len : 0) + found->missing_bytes;

        area_text_right(a, row, at, LENGTH_COLUMNS, STYLE_DIM, text_number(len, text));
        at += LENGTH_COLUMNS + 2;
        if (c)
            area_printf(a, row, at, STYLE_DIM, "packet %s",
                        text_number(packet_called(c->packet), text));
        at += PACKET_COLUMNS;
    }
    area_text_cut(a, row, at, a.columns - at, found_style(found), found->summary);
}

void stream_frames_draw(const struct stream_frames *f, const struct stream *s, struct area a,
                        bool keys)
{
    struct describe_line lines[FOUND_LINES_MAX];
    struct place place = place_at(f, f->list.top);
    size_t n = 0;

    if (f->messages.first == f->messages.next) {
        figure_advice(a, 0, "no framed message in these bytes yet: {view} shows the bytes");
        return;
    }
    for (int row = 0; row < a.rows && place.number < f->messages.next; row++) {
        if (place.line && (row == 0 || place.line == 1))
            n = found_describe(messages_at(&f->messages, place.number), lines);
        if (!place.line)
            draw_message(f, s, a, row, place.number);
        else if (place.line <= n)
            figure_message_line(a, row, &lines[place.line - 1]);
        if (place.number == f->here.number && place.line == f->here.line)
            list_view_mark(a, row, keys);
        if (++place.line >= rows_of(f, place.number))
            place = (struct place){place.number + 1, 0};
    }
}
