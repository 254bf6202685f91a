/* ui/console/session_panel.c - what the session of the focus sent and received.
 *
 *  ── session 2  open  sent 4,163,084  received 12  queued 0  127.0.0.1:65432 ──────
 *     0.000213 connected to 127.0.0.1:65432 from 127.0.0.1:51826
 *     1.204017 →        12  Hello, world
 *     1.204391 ←        12  HELLO, WORLD
 *
 * A session that failed has its error below the title, explained as far as there is room.  As a
 * dump it has a cursor, and while it has the keys the inspector below.
 *
 * Sent bytes are those that the kernel took.  The pane shows the end until somebody scrolls
 * up, and again after G.  The line that is being typed is the console's. */
#include "ui/console/panel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "ui/console/chart.h"
#include "ui/console/explain.h"
#include "ui/console/figures.h"
#include "ui/console/inspector.h"
#include "ui/console/message_view.h"
#include "ui/console/passage_cursor.h"
#include "ui/console/session_header.h"
#include "ui/console/subjects.h"

/* In a pane of fewer rows a passage may take only a few lines; z shows all of it. */
#define SMALL_PANE_ROWS 16
#define SMALL_PANE_LINES 3
/* Rows that an explained error leaves to the passages, where there are so many. */
#define PASSAGE_ROWS_LEAST 3

/* Columns of a length with separators, and of everything before the text when times are
 * shown.  A narrow pane leaves times out. */
enum { LENGTH_COLUMNS = 9, NARROW_COLUMNS = 48 };

struct session_view {
    struct passages passages;
    int rows, columns; /* of the whole pane */
    bool keys;         /* the pane has them */
    bool hex, wall;
    struct passage_cursor cursor; /* of a dump */
    bool scrolled;                /* not at the end */
    size_t top;                   /* the first visible passage */
    int skip;                     /* lines of it above the pane */
    struct session_status seen;   /* what a paused display goes on to show */
    char search[128];
    struct passage_view *view;     /* to read into */
    struct message_view *messages; /* instead of passages; NULL: not now */
    bool charts;                   /* of its socket, likewise */
    int chart;                     /* the first that is shown */
};

static void *session_open(void)
{
    struct session_view *p = mem_new(1, sizeof(*p));

    p->view = mem_new(1, sizeof(*p->view));
    return p;
}

static void session_close(void *self)
{
    struct session_view *p = self;

    if (p) {
        message_view_free(p->messages);
        free(p->view);
    }
    free(p);
}

/* The session of the focus, else the newest of ours, ended ones last. */
static const struct session_status *shown_session(const struct model *m)
{
    const struct session_status *s = NULL;

    if (m->focus.kind != FOCUS_NONE && m->focus.session_id)
        s = model_session(m, m->focus.session_id);
    if (!s)
        s = model_newest_session(m);
    for (size_t i = m->n_sessions; !s && i-- > 0;)
        if (!m->sessions[i].server_id)
            s = &m->sessions[i];
    return s;
}

/* --- the shape of the pane -------------------------------------------------------------- */

static bool narrow(int columns)
{
    return columns < NARROW_COLUMNS;
}

static int time_columns(const struct session_view *p)
{
    return p->wall ? FIGURE_WALL_COLUMNS : FIGURE_SINCE_COLUMNS;
}

/* Where the text of a passage begins; a dump in a pane of few columns begins earlier. */
static int text_column(const struct session_view *p, int columns)
{
    int at = 1 + time_columns(p) + 1 + 1 + 1 + LENGTH_COLUMNS + 2;

    return narrow(columns) ? 3 : p->hex && columns - at < 73 ? 3 : at;
}

/* A dump that does not begin beside its length begins below it. */
static bool dump_below(const struct session_view *p, int columns)
{
    return p->hex && !narrow(columns) && text_column(p, columns) == 3;
}

static struct passage_shape shape_of(const struct session_view *p, int columns)
{
    int text = columns - text_column(p, columns);

    return (struct passage_shape){
        .hex = p->hex,
        .columns = text > 1 ? text : 1,
        .max_lines = p->rows - 1 < SMALL_PANE_ROWS ? SMALL_PANE_LINES : 0,
    };
}

static bool note(const struct passage_view *v)
{
    return v->passage.direction == DIRECTION_NOTE;
}

/* Notes have no length in front of them. */
static struct passage_shape shape_for(const struct session_view *p, const struct area *a,
                                      const struct passage_view *v)
{
    struct passage_shape shape = shape_of(p, a->columns);
    int at = 1 + time_columns(p) + 1;

    if (note(v) && !narrow(a->columns))
        shape.columns = a->columns - at > 1 ? a->columns - at : 1;
    return shape;
}

/* Lines of a passage, the one with its length included where that stands alone. */
static int height(const struct session_view *p, const struct area *a, const struct model *m,
                  size_t index)
{
    struct passage_shape shape;

    if (!passages_read(&p->passages, m->transcript, index, p->view))
        return 1;
    shape = shape_for(p, a, p->view);
    return passage_lines(p->view, &shape) + (dump_below(p, a->columns) && !note(p->view));
}

static struct passage_dumps dumps_of(const struct session_view *p, const struct model *m)
{
    return (struct passage_dumps){.passages = &p->passages,
                                  .transcript = m->transcript,
                                  .shape = shape_of(p, p->columns),
                                  .view = p->view};
}

/* Rows of the inspector where so many are left for passages. */
static int inspected_rows(const struct session_view *p, int rows)
{
    return p->keys && p->hex && p->cursor.has && !p->messages ? inspector_part(rows, p->columns)
                                                              : 0;
}

/* The line of the cursor in its passage. */
static int cursor_line(const struct session_view *p, const struct model *m,
                       const struct passage_dumps *d)
{
    if (!passages_read(&p->passages, m->transcript, p->cursor.passage, p->view))
        return 0;
    return (int)(p->cursor.at / passage_dump(p->view, &d->shape).width) +
           dump_below(p, p->columns);
}

/* The row of the cursor, or one outside the area: negative above it. */
static int cursor_row(const struct session_view *p, const struct area *a, const struct model *m)
{
    struct passage_dumps d = dumps_of(p, m);
    int row = -p->skip;

    if (p->cursor.passage < p->top)
        return -1;
    for (size_t i = p->top; i < p->cursor.passage; i++)
        row += height(p, a, m, i);
    return row + cursor_line(p, m, &d);
}

/* --- drawing ---------------------------------------------------------------------------- */

/* Rows that explain the error; of the rest some stay to what was said, in a low pane half. */
static int explained_rows(int rows, int columns, const struct session_status *s)
{
    int half = (rows - 2) / 2, most = rows - 2 - PASSAGE_ROWS_LEAST;

    return explain_rows(error_of(&s->err), most > half ? most : half, columns - 2);
}

/* What failed, and what the view has lost; returns the row behind it. */
static int draw_trouble(const struct session_view *p, struct area a, int row,
                        const struct session_status *s)
{
    char text[640], number[TEXT_NUMBER_BYTES];

    if (s->err.code) {
        int rows = explained_rows(a.rows, a.columns, s);

        err_format(&s->err, text, sizeof(text));
        area_text_cut(a, row++, 1, a.columns - 1, STYLE_BAD, text);
        row += explain_draw(area_part(a, row, 2, rows, a.columns - 2), error_of(&s->err));
    }
    if (p->passages.lost_before)
        area_text_cut(a, row++, 1, a.columns - 1, STYLE_BAD,
                      "the oldest passages are gone: newer ones took the place");
    else if (p->passages.lost) {
        snprintf(text, sizeof(text), "%s older passage%s gone: newer ones took the place",
                 text_number(p->passages.lost, number),
                 p->passages.lost == 1 ? " is" : "s are");
        area_text_cut(a, row++, 1, a.columns - 1, STYLE_BAD, text);
    }
    return row;
}

static int trouble_rows(const struct session_view *p, const struct session_status *s)
{
    return (s->err.code != 0) + explained_rows(p->rows, p->columns, s) +
           (p->passages.lost_before || p->passages.lost);
}

static enum style passage_style(const struct passage_view *v)
{
    return note(v)                                  ? STYLE_DIM
           : v->passage.direction == DIRECTION_SENT ? STYLE_SENT
                                                    : STYLE_RECEIVED;
}

/* Time, arrow and length in front of a passage's first line. */
static void draw_lead(const struct session_view *p, const struct model *m, struct area a,
                      int row, const struct session_status *s, const struct passage_view *v)
{
    char time[FIGURE_TIME_BYTES], number[TEXT_NUMBER_BYTES];
    enum style style = passage_style(v);
    int column = 1;

    if (!narrow(a.columns)) {
        if (p->wall)
            figure_wall(figure_wall_ns(m, v->passage.at_ns), time);
        else
            figure_since(s->opened_ns, v->passage.at_ns, time);
        area_text_right(a, row, column, time_columns(p), STYLE_DIM, time);
        column += time_columns(p) + 1;
    }
    if (note(v))
        return;
    area_glyph(a, row, column, style,
               v->passage.direction == DIRECTION_SENT ? GLYPH_ARROW_RIGHT : GLYPH_ARROW_LEFT);
    if (!narrow(a.columns))
        area_text_right(a, row, column + 2, LENGTH_COLUMNS, STYLE_DIM,
                        text_number(v->passage.length, number));
}

/* One passage from its line `skip` on; returns the row behind it. */
static int draw_passage(const struct session_view *p, const struct model *m, struct area a,
                        int row, int skip, const struct session_status *s,
                        const struct passage_view *v)
{
    struct passage_shape shape = shape_for(p, &a, v);
    struct passage_walk w = {.v = v, .shape = &shape};
    bool below = dump_below(p, a.columns) && !note(v), more = false;
    int at = text_column(p, a.columns);
    char buf[PASSAGE_LINE_BYTES];

    if (note(v) && !narrow(a.columns))
        at = 1 + time_columns(p) + 1;
    if (skip == 0)
        draw_lead(p, m, a, row, s, v);
    /* The line of the length comes first where the dump begins below it. */
    if (below && skip == 0)
        row++;
    else if (below)
        skip--;
    while (skip-- > 0 && passage_next(&w, NULL, NULL))
        ;
    for (; row < a.rows && passage_next(&w, buf, &more); row++) {
        int end = area_text(a, row, at, passage_style(v), buf);

        if (more)
            area_glyph(a, row, end < a.columns ? end : a.columns - 1, STYLE_KEY,
                       GLYPH_ELLIPSIS);
    }
    return row;
}

static void draw_passages(const struct session_view *p, const struct model *m, struct area a,
                          const struct session_status *s)
{
    int skip = p->skip;
    int row = 0;

    for (size_t i = p->top; row < a.rows && i < p->passages.count; i++, skip = 0) {
        if (passages_read(&p->passages, m->transcript, i, p->view))
            row = draw_passage(p, m, a, row, skip, s, p->view);
        else
            area_text_cut(a, row++, 1, a.columns - 1, STYLE_DIM, "(gone)");
    }
    if (!p->passages.count)
        figure_advice(
            a, 0,
            s->sent_bytes + s->received_bytes
                ? "what it said is not kept here: {follow} puts it together from its packets"
                : "nothing sent or received yet: {type} types into it, {compose} composes a "
                  "message");
}

/* The byte of the cursor, in digits and as a character, and what it is. */
static void draw_cursor(const struct session_view *p, const struct model *m, struct area a,
                        struct area below)
{
    struct passage_dumps d = dumps_of(p, m);
    int row = cursor_row(p, &a, m), at = text_column(p, a.columns);
    struct hexdump h;
    size_t i;

    if (!passages_read(&p->passages, m->transcript, p->cursor.passage, p->view))
        return;
    h = passage_dump(p->view, &d.shape);
    i = p->cursor.at % h.width;
    if (row >= 0 && row < a.rows) {
        area_restyle(a, row, at + hexdump_byte_column(&h, i), 2, STYLE_SELECTED);
        area_restyle(a, row, at + hexdump_char_column(&h, i), 1, STYLE_SELECTED);
    }
    if (below.rows > 0)
        inspector_draw(below, p->view->bytes, p->view->len, p->cursor.at);
}

/* What was measured of its socket since it was selected. */
static void draw_charts(const struct session_view *p, const struct model *m, struct area a,
                        const struct session_status *s)
{
    if (m->focus.session_id == s->id && chart_count(&m->series))
        chart_stack(a, &m->series, p->chart);
    else
        figure_paragraph(
            area_part(a, 0, 1, a.rows, a.columns - 1), 0, STYLE_DIM,
            "nothing was measured of its socket yet: queues, rtt, window and rates "
            "are drawn while it is selected");
}

static void session_draw(const void *self, const struct model *m, struct area a, bool keys)
{
    const struct session_view *p = self;
    const struct session_status *s = shown_session(m);
    int row, inspected;

    if (!s) {
        a = figure_title(a, "session", keys);
        figure_advice(a, 0, "no session yet: {open} opens one, {serve} starts a server");
        return;
    }
    if (m->paused && p->seen.id == s->id)
        s = &p->seen;
    session_header_draw(a, s, p->messages ? message_view_scrolled(p->messages) : p->scrolled,
                        keys);
    row = draw_trouble(p, a, 1, s);
    if (p->charts) {
        draw_charts(p, m, area_part(a, row, 0, a.rows - row, a.columns), s);
        return;
    }
    if (p->messages) {
        message_view_draw(p->messages, m, s, area_part(a, row, 0, a.rows - row, a.columns),
                          p->wall, keys);
        return;
    }
    /* Before the first tick the index belongs to another session. */
    if (p->passages.session_id != s->id)
        return;
    inspected = inspected_rows(p, a.rows - row);
    draw_passages(p, m, area_part(a, row, 0, a.rows - row - inspected, a.columns), s);
    if (keys && p->hex && p->cursor.has)
        draw_cursor(p, m, area_part(a, row, 0, a.rows - row - inspected, a.columns),
                    area_part(a, a.rows - inspected, 0, inspected, a.columns));
}

/* --- scrolling -------------------------------------------------------------------------- */

/* The rows of the pane that hold passages. */
static struct area text_area(const struct session_view *p, const struct session_status *s)
{
    int rows = p->rows - 1 - (s ? trouble_rows(p, s) : 0);

    rows -= inspected_rows(p, rows);
    return (struct area){.rows = rows > 0 ? rows : 1, .columns = p->columns};
}

/* So that the last line is the last row. */
static void to_end(struct session_view *p, const struct model *m, const struct area *a)
{
    int left = a->rows;

    p->top = p->passages.count;
    p->skip = 0;
    while (p->top > 0 && left > 0) {
        int lines = height(p, a, m, --p->top);

        p->skip = lines > left ? lines - left : 0;
        left -= lines;
    }
    p->scrolled = false;
}

static bool behind_end(const struct session_view *p, const struct model *m,
                       const struct area *a)
{
    int rows = -p->skip;

    for (size_t i = p->top; i < p->passages.count; i++) {
        rows += height(p, a, m, i);
        if (rows > a->rows)
            return false;
    }
    return true;
}

static void scroll(struct session_view *p, const struct model *m, const struct area *a,
                   int lines)
{
    for (; lines < 0; lines++) {
        if (p->skip > 0)
            p->skip--;
        else if (p->top > 0)
            p->skip = height(p, a, m, --p->top) - 1;
        p->scrolled = true;
    }
    for (; lines > 0; lines--) {
        if (behind_end(p, m, a)) {
            to_end(p, m, a);
            return;
        }
        if (++p->skip >= height(p, a, m, p->top)) {
            p->skip = 0;
            p->top++;
        }
    }
    if (behind_end(p, m, a))
        to_end(p, m, a);
}

/* So that the cursor is on the screen, scrolling as little as that takes. */
static void show_cursor(struct session_view *p, const struct model *m, const struct area *a)
{
    struct passage_dumps d = dumps_of(p, m);
    int row = cursor_row(p, a, m);

    if (row < 0) {
        p->top = p->cursor.passage;
        p->skip = cursor_line(p, m, &d);
        /* The first row comes with the length above it. */
        if (p->skip == dump_below(p, p->columns))
            p->skip = 0;
    }
    for (; row >= a->rows; row--)
        if (++p->skip >= height(p, a, m, p->top)) {
            p->skip = 0;
            p->top++;
        }
}

/* In the newest passage, in a row that is seen while the pane shows the end. */
static void follow_with_cursor(struct session_view *p, const struct model *m,
                               const struct area *a)
{
    struct passage_dumps d = dumps_of(p, m);
    int above;

    passage_cursor_to(&p->cursor, &d, p->passages.count);
    if (!p->cursor.has || p->cursor.passage != p->top)
        return;
    above = -cursor_row(p, a, m);
    if (above > 0 && p->skip)
        p->cursor.at = (size_t)above * passage_dump(p->view, &d.shape).width;
}

/* The cursor of a dump after `dropped` passages went; SIZE_MAX: all of them. */
static void refresh_cursor(struct session_view *p, const struct model *m, size_t dropped)
{
    struct passage_dumps d = dumps_of(p, m);

    if (!p->hex)
        p->cursor.has = false;
    else if (dropped == SIZE_MAX || !p->scrolled || !p->cursor.has)
        passage_cursor_to(&p->cursor, &d, p->scrolled ? p->top : p->passages.count);
    else
        passage_cursor_dropped(&p->cursor, &d, dropped);
}

static void refresh(struct session_view *p, const struct model *m)
{
    const struct session_status *s = shown_session(m);
    struct area a;
    size_t dropped;

    if (!s)
        return;
    dropped = passages_update(&p->passages, m->transcript, model_transcript_end(m), s->id,
                              s->opened_ns);
    if (!m->paused || p->seen.id != s->id)
        p->seen = *s;
    refresh_cursor(p, m, dropped);
    a = text_area(p, s);
    if (p->messages)
        message_view_refresh(p->messages, m, s, a.rows, a.columns);
    if (dropped == SIZE_MAX || !p->scrolled) {
        to_end(p, m, &a);
        if (p->hex)
            follow_with_cursor(p, m, &a);
        return;
    }
    if (dropped > p->top)
        p->skip = 0;
    p->top -= dropped < p->top ? dropped : p->top;
    if (p->skip >= height(p, &a, m, p->top))
        p->skip = 0;
    if (p->hex && p->cursor.has)
        show_cursor(p, m, &a);
}

/* --- search ----------------------------------------------------------------------------- */

/* Looks through the bytes as they are shown, in any case. */
static bool passage_holds(struct session_view *p, const struct model *m, size_t index)
{
    static const struct passage_shape one_line = {.columns = PASSAGE_LINE_BYTES / 4};
    struct passage_walk w = {.v = p->view, .shape = &one_line};
    char buf[PASSAGE_LINE_BYTES];

    if (!passages_read(&p->passages, m->transcript, index, p->view))
        return false;
    while (passage_next(&w, buf, NULL))
        if (strcasestr(buf, p->search))
            return true;
    return false;
}

static void search(struct session_view *p, const struct model *m, bool backward,
                   struct requests *requests)
{
    size_t n = p->passages.count;

    for (size_t i = 1; i <= n && p->search[0]; i++) {
        size_t index = (p->top + (backward ? n - i : i)) % n;

        if (!passage_holds(p, m, index))
            continue;
        p->top = index;
        p->skip = 0;
        p->scrolled = true;
        p->cursor.has = false; /* it comes to the match */
        refresh(p, m);
        return;
    }
    snprintf(requests->notice, sizeof(requests->notice), "no match for \"%s\" in this session",
             p->search);
}

/* --- keys ------------------------------------------------------------------------------- */

/* Bytes, messages, charts. */
static void next_view(struct session_view *p, const struct model *m)
{
    if (p->messages) {
        message_view_free(p->messages);
        p->messages = NULL;
        p->charts = true;
        p->chart = 0;
    } else if (p->charts) {
        p->charts = false;
    } else {
        p->messages = message_view_new();
    }
    refresh(p, m);
}

/* Up and down through the charts. */
static bool move_charts(struct session_view *p, enum action action, const struct model *m)
{
    int last = chart_count(&m->series) - 1;

    if (action == ACTION_UP || action == ACTION_PAGE_UP)
        p->chart -= p->chart > 0;
    else if (action == ACTION_DOWN || action == ACTION_PAGE_DOWN)
        p->chart += p->chart < last;
    else if (action == ACTION_FIRST)
        p->chart = 0;
    else if (action == ACTION_LAST)
        p->chart = last > 0 ? last : 0;
    else
        return false;
    return true;
}

static enum panel_reply act(struct session_view *p, enum action action, const struct model *m,
                            struct requests *requests)
{
    struct area a = text_area(p, shown_session(m));
    int half = a.rows > 2 ? a.rows / 2 : 1;
    struct passage_dumps d = dumps_of(p, m);

    if (p->charts && move_charts(p, action, m))
        return PANEL_HANDLED;
    if (p->hex && p->cursor.has && passage_cursor_move(&p->cursor, &d, action, half)) {
        p->scrolled = true;
        show_cursor(p, m, &a);
        return PANEL_HANDLED;
    }
    switch (action) {
    case ACTION_UP:
    case ACTION_DOWN:
        scroll(p, m, &a, action == ACTION_UP ? -1 : 1);
        return PANEL_HANDLED;
    case ACTION_PAGE_UP:
    case ACTION_PAGE_DOWN:
        scroll(p, m, &a, action == ACTION_PAGE_UP ? -half : half);
        return PANEL_HANDLED;
    case ACTION_FIRST:
        p->top = 0;
        p->skip = 0;
        p->scrolled = !behind_end(p, m, &a);
        return PANEL_HANDLED;
    case ACTION_LAST:
        p->scrolled = false;
        refresh(p, m);
        return PANEL_HANDLED;
    case ACTION_HEX:
        p->hex = !p->hex;
        p->cursor.has = false;
        p->skip = 0;
        refresh(p, m);
        return PANEL_HANDLED;
    case ACTION_VIEW:
        next_view(p, m);
        return PANEL_HANDLED;
    case ACTION_TIME_FORMAT:
        p->wall = !p->wall;
        refresh(p, m);
        return PANEL_HANDLED;
    case ACTION_SEARCH_NEXT:
    case ACTION_SEARCH_PREVIOUS:
        search(p, m, action == ACTION_SEARCH_PREVIOUS, requests);
        return PANEL_HANDLED;
    default:
        return PANEL_IGNORED;
    }
}

static enum panel_reply session_update(void *self, const struct panel_event *event,
                                       const struct model *m, struct requests *requests)
{
    struct session_view *p = self;
    const struct session_status *s = shown_session(m);
    struct panel_event inside = *event;

    inside.row -= 1 + (s ? trouble_rows(p, s) : 0);
    if (p->messages && event->kind != PANEL_RESIZE && event->kind != PANEL_TICK &&
        message_view_update(p->messages, &inside, m, s, requests) == PANEL_HANDLED)
        return PANEL_HANDLED;
    switch (event->kind) {
    case PANEL_ACTION:
        return act(p, event->action, m, requests);
    case PANEL_SEARCH:
        snprintf(p->search, sizeof(p->search), "%s", event->text ? event->text : "");
        search(p, m, false, requests);
        return PANEL_HANDLED;
    case PANEL_RESIZE:
        p->rows = event->rows;
        p->columns = event->columns;
        p->keys = event->keys;
        break;
    case PANEL_CLICK:
    case PANEL_KEY:
    case PANEL_CALL:
        return PANEL_IGNORED;
    case PANEL_TIMES:
        p->wall = event->clock;
        break;
    case PANEL_TICK:
    case PANEL_GO_ON:
        break;
    }
    refresh(p, m);
    return PANEL_HANDLED;
}

static void session_subjects(const void *self, const struct model *m, struct subjects *ret)
{
    (void)self;
    subjects_of_session(ret, m, shown_session(m));
}

const struct panel_ops session_panel = {
    .name = "session",
    .open = session_open,
    .close = session_close,
    .update = session_update,
    .draw = session_draw,
    .subjects = session_subjects,
};
