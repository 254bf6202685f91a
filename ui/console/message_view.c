#include "ui/console/message_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/model/messages.h"
#include "core/model/resend.h"
#include "core/wire/hexdump.h"
#include "ui/console/figures.h"
#include "ui/console/line_edit.h"
#include "ui/console/list_view.h"

/* A pane of fewer rows has the list only; a narrower one leaves out times, lengths and ranges. */
enum { ROWS_FOR_BYTES = 8, NARROW_COLUMNS = 60 };

enum { LENGTH_COLUMNS = 9 };

/* A row of the list: a message, or a line of its parts. */
struct place {
    uint64_t number;
    size_t line; /* 0: the message */
};

struct message_view {
    struct messages messages;
    uint64_t open[MESSAGES_KEPT]; /* by number: the number plus 1 of what is unfolded */
    struct list_view list;
    struct place here; /* under the cursor */
    int rows, columns;
    bool without_bytes;
    size_t hex_top; /* the first row of the dump that is shown */
};

struct message_view *message_view_new(void)
{
    struct message_view *v = mem_new(1, sizeof(*v));

    messages_init(&v->messages);
    v->list.follows = true;
    return v;
}

void message_view_free(struct message_view *v)
{
    if (v)
        messages_done(&v->messages);
    free(v);
}

bool message_view_scrolled(const struct message_view *v)
{
    return !v->list.follows;
}

/* --- rows ------------------------------------------------------------------------------- */

static bool is_open(const struct message_view *v, uint64_t number)
{
    return v->open[number % MESSAGES_KEPT] == number + 1;
}

static size_t rows_of(const struct message_view *v, uint64_t number)
{
    return 1 + (is_open(v, number) ? messages_at(&v->messages, number)->n_lines : 0);
}

static size_t row_count(const struct message_view *v)
{
    size_t n = 0;

    for (uint64_t i = v->messages.first; i < v->messages.next; i++)
        n += rows_of(v, i);
    return n;
}

static struct place place_at(const struct message_view *v, size_t row)
{
    uint64_t number = v->messages.first;

    while (number < v->messages.next && row >= rows_of(v, number))
        row -= rows_of(v, number++);
    return (struct place){number, row};
}

static size_t row_at(const struct message_view *v, struct place place)
{
    size_t row = 0;

    for (uint64_t i = v->messages.first; i < place.number && i < v->messages.next; i++)
        row += rows_of(v, i);
    if (place.number < v->messages.first || place.number >= v->messages.next)
        return row;
    return row + (place.line < rows_of(v, place.number) ? place.line : 0);
}

static const struct found *found_here(const struct message_view *v)
{
    return messages_at(&v->messages, v->here.number);
}

/* The line of a row; false when that is the message itself. */
static bool line_of(const struct message_view *v, struct place place, struct describe_line *ret)
{
    struct describe_line lines[FOUND_LINES_MAX];
    const struct found *f = messages_at(&v->messages, place.number);

    if (!f || !place.line || place.line > found_describe(f, lines))
        return false;
    *ret = lines[place.line - 1];
    return true;
}

/* --- its bytes -------------------------------------------------------------------------- */

static size_t width_for(const struct hexdump *h, int columns)
{
    static const size_t widths[] = {32, 16, 8};

    for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
        struct hexdump wide = *h;

        wide.width = widths[i];
        if (1 + hexdump_char_column(&wide, widths[i] - 1) < columns)
            return widths[i];
    }
    return 4;
}

static struct hexdump dump_of(const struct found *f, int columns)
{
    struct hexdump h = {.len = f && f->message ? f->message->len : 0, .width = 4};

    /* The content begins a row of its own. */
    if (h.len)
        h.brk = f->message->content.at;
    h.width = width_for(&h, columns);
    return h;
}

/* Rows of the bytes, and of what is said below them. */
static size_t dump_rows(const struct found *f, const struct hexdump *h)
{
    return hexdump_rows(h) + (f && f->missing_bytes && h->len);
}

/* Rows of the lower part, its line included. */
static int bytes_rows(const struct message_view *v)
{
    const struct found *f = found_here(v);
    struct hexdump h = dump_of(f, v->columns);
    int most = v->rows / 2;

    if (v->without_bytes || v->rows < ROWS_FOR_BYTES || !h.len)
        return 0;
    return dump_rows(f, &h) + 1 < (size_t)most ? (int)dump_rows(f, &h) + 1 : most;
}

static size_t last_top(const struct message_view *v)
{
    const struct found *f = found_here(v);
    struct hexdump h = dump_of(f, v->columns);
    size_t shown = (size_t)(bytes_rows(v) > 1 ? bytes_rows(v) - 1 : 0);

    return dump_rows(f, &h) > shown ? dump_rows(f, &h) - shown : 0;
}

/* The part under the cursor, else the whole, from its first byte. */
static void show_part(struct message_view *v)
{
    struct hexdump h = dump_of(found_here(v), v->columns);
    struct describe_line line;
    size_t shown = (size_t)(bytes_rows(v) > 1 ? bytes_rows(v) - 1 : 0), first, last;

    v->hex_top = 0;
    if (!line_of(v, v->here, &line) || !line.part.len)
        return;
    first = hexdump_row_of(&h, line.part.at);
    last = hexdump_row_of(&h, line.part.at + line.part.len - 1);
    if (last >= shown)
        v->hex_top = first < last_top(v) ? first : last_top(v);
}

/* --- drawing ---------------------------------------------------------------------------- */

static enum style found_style(const struct found *f)
{
    if (f->kind == FOUND_FAULTY || f->kind == FOUND_LOST || f->wrong)
        return STYLE_BAD;
    if (f->kind == FOUND_COMING)
        return STYLE_BUSY;
    return f->direction == DIRECTION_SENT ? STYLE_SENT : STYLE_RECEIVED;
}

/* All of its bytes, whether they are here or not. */
static uint64_t found_length(const struct found *f)
{
    return (f->message ? f->message->len : 0) + (f->kind == FOUND_LOST ? 0 : f->missing_bytes);
}

static void draw_message(const struct message_view *v, const struct model *m,
                         const struct session_status *s, struct area a, int row,
                         uint64_t number, bool wall)
{
    const struct found *f = messages_at(&v->messages, number);
    char time[FIGURE_TIME_BYTES], length[TEXT_NUMBER_BYTES];
    int at = 2, columns = wall ? FIGURE_WALL_COLUMNS : FIGURE_SINCE_COLUMNS;

    if (f->n_lines)
        area_text(a, row, 0, STYLE_KEY, is_open(v, number) ? "-" : "+");
    if (a.columns >= NARROW_COLUMNS) {
        if (wall)
            figure_wall(figure_wall_ns(m, f->at_ns), time);
        else
            figure_since(s->opened_ns, f->at_ns, time);
        area_text_right(a, row, at - 1, columns, STYLE_DIM, time);
        at += columns;
    }
    at =
        1 + area_glyph(a, row, at, f->direction == DIRECTION_SENT ? STYLE_SENT : STYLE_RECEIVED,
                       f->direction == DIRECTION_SENT ? GLYPH_ARROW_RIGHT : GLYPH_ARROW_LEFT);
    if (a.columns >= NARROW_COLUMNS && f->message) {
        area_text_right(a, row, at, LENGTH_COLUMNS, STYLE_DIM,
                        text_number(found_length(f), length));
        at += LENGTH_COLUMNS + 2;
    }
    area_text_cut(a, row, at, a.columns - at, found_style(f), f->summary);
}

static void draw_list(const struct message_view *v, const struct model *m,
                      const struct session_status *s, struct area a, bool wall, bool keys)
{
    struct describe_line lines[FOUND_LINES_MAX];
    struct place place = place_at(v, v->list.top);
    size_t n_lines = 0;

    for (int row = 0; row < a.rows && place.number < v->messages.next; row++) {
        if (place.line && (row == 0 || place.line == 1))
            n_lines = found_describe(messages_at(&v->messages, place.number), lines);
        if (!place.line)
            draw_message(v, m, s, a, row, place.number, wall);
        else if (place.line <= n_lines)
            figure_message_line(a, row, &lines[place.line - 1]);
        if (place.number == v->here.number && place.line == v->here.line)
            list_view_mark(a, row, keys);
        if (++place.line >= rows_of(v, place.number))
            place = (struct place){place.number + 1, 0};
    }
}

/* What is marked below it, and what can be done. */
static void draw_title(const struct found *f, const struct describe_line *line, bool open,
                       struct area a, bool keys)
{
    char part[80], length[TEXT_NUMBER_BYTES], hint[80] = "";
    char text[sizeof(part) + sizeof(length) + sizeof(hint) + 16];

    if (keys && a.columns >= 76)
        action_text(open ? "  {left} folds  {details} edits and sends anew"
                         : "  {right} unfolds  {details} edits and sends anew",
                    hint, sizeof(hint));
    if (!line->name[0])
        snprintf(part, sizeof(part), "message");
    else if (!line->part.len)
        snprintf(part, sizeof(part), "%s", line->name);
    else
        snprintf(part, sizeof(part), "%s %zu..%zu", line->name, line->part.at,
                 line->part.at + line->part.len - 1);
    snprintf(text, sizeof(text), "%s of %s bytes%s", part, text_number(found_length(f), length),
             hint);
    area_title(a, 0, keys ? STYLE_TITLE : STYLE_DIM, text);
}

static enum style byte_style(const struct found *f, const struct describe_line *line, size_t at)
{
    if (f->kind == FOUND_FAULTY && at == f->fault.at)
        return STYLE_BAD;
    return at >= line->part.at && at - line->part.at < line->part.len ? STYLE_MARKED
                                                                      : STYLE_NORMAL;
}

static void draw_dump_row(const struct found *f, const struct describe_line *line,
                          struct area a, int row, const struct hexdump *h, size_t dump_row)
{
    size_t start = hexdump_row_start(h, dump_row), n = hexdump_row_len(h, dump_row);
    char text[HEXDUMP_LINE_BYTES];

    hexdump_line(h, f->message->bytes, dump_row, text);
    area_text_cut(a, row, 1, a.columns - 1, STYLE_NORMAL, text);
    area_restyle(a, row, 1, hexdump_offset_columns(h), STYLE_DIM);
    for (size_t i = 0; i < n; i++) {
        enum style style = byte_style(f, line, start + i);

        if (style == STYLE_NORMAL)
            continue;
        area_restyle(a, row, 1 + hexdump_byte_column(h, i), 2, style);
        area_restyle(a, row, 1 + hexdump_char_column(h, i), 1, style);
    }
}

static void draw_bytes(const struct message_view *v, struct area a, bool keys)
{
    const struct found *f = found_here(v);
    struct describe_line line = {0};
    struct hexdump h = dump_of(f, a.columns);
    char number[TEXT_NUMBER_BYTES];
    size_t at = v->hex_top;

    line_of(v, v->here, &line);
    draw_title(f, &line, is_open(v, v->here.number), a, keys);
    for (int row = 1; row < a.rows; row++, at++)
        if (at < hexdump_rows(&h))
            draw_dump_row(f, &line, a, row, &h, at);
        else if (at == hexdump_rows(&h) && f->missing_bytes)
            area_printf(a, row, 1, STYLE_BAD, "(%s more bytes were not kept)",
                        text_number(f->missing_bytes, number));
    if (hexdump_rows(&h) > v->hex_top + (size_t)(a.rows - 1))
        area_glyph(a, a.rows - 1, a.columns - 1, STYLE_KEY, GLYPH_ELLIPSIS);
}

void message_view_draw(const struct message_view *v, const struct model *m,
                       const struct session_status *s, struct area a, bool wall, bool keys)
{
    char text[80], number[TEXT_NUMBER_BYTES];
    int lower;

    /* Before the first tick it is another session's. */
    if (v->messages.session_id != s->id)
        return;
    if (v->messages.first == v->messages.next) {
        figure_advice(a, 0,
                      "no message yet: `:message action=search value=morpheus` sends one, "
                      "{view} shows the bytes");
        return;
    }
    if (v->messages.first) {
        snprintf(text, sizeof(text), "%s older messages are gone: newer ones took the place",
                 text_number(v->messages.first, number));
        area_text_cut(a, 0, 1, a.columns - 1, STYLE_BAD, text);
        a = area_part(a, 1, 0, a.rows - 1, a.columns);
    }
    lower = bytes_rows(v) < a.rows ? bytes_rows(v) : 0;
    draw_list(v, m, s, area_part(a, 0, 0, a.rows - lower, a.columns), wall, keys);
    if (lower)
        draw_bytes(v, area_part(a, a.rows - lower, 0, lower, a.columns), keys);
}

/* --- moving ----------------------------------------------------------------------------- */

/* The list and its cursor after anything that changed its rows. */
static void place_cursor(struct message_view *v)
{
    size_t before = v->list.cursor, row;

    list_view_count(&v->list, row_count(v));
    row = v->list.follows && v->list.count ? v->list.count - 1 : row_at(v, v->here);
    /* What went above it moves the list, not the cursor on the screen. */
    if (row < before)
        v->list.top -= before - row < v->list.top ? before - row : v->list.top;
    list_view_to(&v->list, row);
    v->here = place_at(v, v->list.cursor);
    list_view_rows(&v->list, v->rows - bytes_rows(v) - (v->messages.first > 0));
}

/* The cursor has moved. */
static void follow_cursor(struct message_view *v)
{
    v->here = place_at(v, v->list.cursor);
    place_cursor(v);
    show_part(v);
}

void message_view_refresh(struct message_view *v, const struct model *m,
                          const struct session_status *s, int rows, int columns)
{
    struct place before = v->here;
    bool same = v->messages.session_id == s->id && v->rows == rows && v->columns == columns;

    if (v->messages.session_id != s->id) {
        memset(v->open, 0, sizeof(v->open));
        v->list.follows = true;
    }
    v->rows = rows;
    v->columns = columns;
    messages_update(&v->messages, m->transcript, model_transcript_end(m), s->id, s->opened_ns);
    place_cursor(v);
    if (!same || before.number != v->here.number || before.line != v->here.line)
        show_part(v);
}

static void fold(struct message_view *v, bool open)
{
    v->open[v->here.number % MESSAGES_KEPT] = open ? v->here.number + 1 : 0;
    v->list.follows = false;
    v->here.line = 0;
    place_cursor(v);
    /* All of its parts, if there is room for them. */
    list_view_to(&v->list, v->list.cursor + rows_of(v, v->here.number) - 1);
    list_view_to(&v->list, row_at(v, v->here));
    show_part(v);
    v->list.follows = v->list.cursor + 1 == v->list.count;
}

/* Unfold it, then on through its bytes. */
static void go_right(struct message_view *v)
{
    const struct found *f = found_here(v);

    if (f && f->n_lines && !is_open(v, v->here.number))
        fold(v, true);
    else if (v->hex_top < last_top(v))
        v->hex_top++;
}

static void go_left(struct message_view *v)
{
    size_t top = v->hex_top;

    show_part(v);
    if (top > v->hex_top)
        v->hex_top = top - 1;
    else if (is_open(v, v->here.number))
        fold(v, false);
}

/* The session to send it on: this one, or the newest while this one has ended. */
static uint64_t session_for(const struct model *m, const struct session_status *s)
{
    const struct session_status *newest = model_newest_session(m);
    bool ended = s->state == SESSION_CLOSED || s->state == SESSION_FAILED;

    return ended && newest ? newest->id : s->id;
}

/* False when it is longer than what can be typed. */
static bool write_prompt(const struct command *c, struct requests *requests)
{
    char line[COMMAND_LINE_BYTES];
    size_t len = command_format(c, line, sizeof(line));

    if (len >= sizeof(requests->prompt))
        return false;
    memcpy(requests->prompt, line, len + 1);
    return true;
}

/* Begin the command that sends the message of the cursor anew. */
static void edit(const struct message_view *v, const struct model *m,
                 const struct session_status *s, struct requests *requests)
{
    static const char *const said[] = {
        [RESEND_ALL] = "",
        [RESEND_BUT_FIELDS] = "not every field of its header can be typed",
        [RESEND_BUT_CONTENT] = "its content cannot be typed: it is left out",
    };
    const struct found *f = found_here(v);
    const struct message *whole = f && f->kind == FOUND_WHOLE ? f->message : NULL;
    struct command command;
    const char *notice = said[resend_command(whole, session_for(m, s), &command)];

    if (!write_prompt(&command, requests)) {
        notice = "its content is longer than a line may be: it is left out";
        command.message.raw_json[0] = '\0';
        command.message.parts = (struct words){0};
    }
    if (!requests->prompt[0] && !write_prompt(&command, requests)) {
        notice = "it is longer than a line may be: begin a new one";
        whole = NULL;
        resend_command(NULL, command.target_id, &command);
        write_prompt(&command, requests);
    }
    if (!whole)
        strcat(requests->prompt, " ");
    if (!whole && !notice[0])
        notice = "this is no whole message: begin a new one";
    snprintf(requests->notice, sizeof(requests->notice), "%s", notice);
}

static void row_text(const void *view, const struct model *m, size_t index, char *buf)
{
    const struct message_view *v = view;
    struct place place = place_at(v, index);
    const struct found *f = messages_at(&v->messages, place.number);
    struct describe_line line;

    (void)m;
    if (line_of(v, place, &line))
        snprintf(buf, LIST_ITEM_BYTES, "%s %s", line.name, line.text);
    else if (f)
        snprintf(buf, LIST_ITEM_BYTES, "%s", f->summary);
}

enum panel_reply message_view_update(struct message_view *v, const struct panel_event *event,
                                     const struct model *m, const struct session_status *s,
                                     struct requests *requests)
{
    if (!s || v->messages.session_id != s->id)
        return PANEL_IGNORED;
    if (list_view_click(&v->list, event, v->messages.first > 0) ||
        list_view_search(&v->list, event, row_text, v, m, requests) ||
        list_view_move(&v->list, event->action)) {
        follow_cursor(v);
        return PANEL_HANDLED;
    }
    switch (event->action) {
    case ACTION_RIGHT:
        go_right(v);
        return PANEL_HANDLED;
    case ACTION_LEFT:
        go_left(v);
        return PANEL_HANDLED;
    case ACTION_HEX:
        v->without_bytes = !v->without_bytes;
        follow_cursor(v);
        return PANEL_HANDLED;
    case ACTION_DETAILS:
        edit(v, m, s, requests);
        return PANEL_HANDLED;
    default:
        return PANEL_IGNORED;
    }
}
