/* ui/console/detail_panel.c - queues, timer and TCP_INFO of the socket of the focus.
 *
 *  ── queues of 127.0.0.1:51826 > 127.0.0.1:65432 ───────────────────
 *  Send-Q ▁▂▄▆███████ 4,163,072
 *  Recv-Q ▁▁▁▁▁▁▁▁▁▁▁ 0
 *  timer          persist in 1.4 s            peer window    0 bytes
 *  state          ESTABLISHED                 unacked        0 segments
 *  rtt            0.045 ms                    rwnd limited   12.413204 s, 99 % busy
 *
 * The curves show the samples since the focus came here, one a snapshot, each scaled to its
 * own peak; the figure behind them is exact.  Where many samples share a cell it shows their
 * peak. */
#include "ui/console/panel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/model/errors.h"
#include "ui/console/facts.h"
#include "ui/console/figures.h"

enum { LABEL_COLUMNS = 15, FACT_COLUMNS = 40 };

struct detail {
    int rows, columns; /* below the title */
    int top;           /* first visible row of the facts */
};

static void *detail_open(void)
{
    return mem_new(1, sizeof(struct detail));
}

/* --- the facts -------------------------------------------------------------------------- */

/* What was looked up, when it is of the focus. */
static const struct socket_portrait *focus_portrait(const struct model *m)
{
    const struct snapshot *s = m->snapshot;
    const struct row *row = &m->focus.row;

    if (!s || !s->has_selected || m->focus.kind != FOCUS_ROW)
        return NULL;
    if (row->cookie && s->selected.row.cookie)
        return s->selected.row.cookie == row->cookie ? &s->selected : NULL;
    return addr_equal(&s->selected.row.local, &row->local) &&
                   addr_equal(&s->selected.row.peer, &row->peer)
               ? &s->selected
               : NULL;
}

/* The newest that is known of the focus' queues; NULL: the socket is gone. */
static const struct row *current_row(const struct model *m)
{
    const struct row *row = model_focus_row(m);
    const struct socket_portrait *d = focus_portrait(m);

    /* The one lookup may see a row that the filter hides. */
    return row ? row : d && !d->gone ? &d->row : NULL;
}

/* Why there is nothing to say about a row that was seen before. */
static void write_gone(const struct model *m, char *buf, size_t size)
{
    const struct socket_portrait *d = focus_portrait(m);
    const struct row *row = &m->focus.row;
    char local[ROW_END_BYTES], peer[ROW_END_BYTES];

    row_local(m->snapshot, row, local);
    row_peer(m->snapshot, row, peer);
    if (m->filter[0] && !(d && d->gone))
        snprintf(buf, size, "%s to %s is gone, or hidden by the filter", local, peer);
    else
        snprintf(buf, size, "%s to %s is gone; it was %s when last seen", local, peer,
                 state_name(row->state));
}

/* The sentence instead of the facts; false when there are facts. */
static bool write_absence(const struct model *m, char *buf, size_t size)
{
    const struct session_status *s =
        m->focus.session_id ? model_session(m, m->focus.session_id) : NULL;
    char why[512];

    buf[0] = '\0';
    if (m->focus.kind == FOCUS_NONE) {
        snprintf(buf, size, "no row is selected");
    } else if (!current_row(m) && s && s->err.code) {
        error_format(&s->err, why, sizeof(why));
        snprintf(buf, size, "session %llu %s: %s", (unsigned long long)s->id,
                 session_state_name(s->state), why);
    } else if (!current_row(m) && s) {
        snprintf(buf, size, "session %llu is %s: the kernel lists no socket for it",
                 (unsigned long long)s->id, session_state_name(s->state));
    } else if (!current_row(m) && !m->snapshot) {
        snprintf(buf, size, "no snapshot has come yet");
    } else if (!current_row(m)) {
        write_gone(m, buf, size);
    }
    return buf[0] != '\0';
}

static void add_span(struct facts *f, const struct model *m)
{
    char span[TEXT_DURATION_BYTES];

    if (m->n_history < 2)
        return;
    text_duration(m->history[m->n_history - 1].at_ns - m->history[0].at_ns, span);
    facts_add(f, "curves over", STYLE_DIM, "%s", span);
}

static void collect(const struct model *m, struct facts *f)
{
    const struct row *row = current_row(m);

    f->n = 0;
    if (!row)
        return;
    facts_of_row(f, m, row);
    if (m->focus.session_id)
        facts_of_session(f, model_session(m, m->focus.session_id));
    facts_of_portrait(f, focus_portrait(m));
    add_span(f, m);
}

/* --- the curves ------------------------------------------------------------------------- */

enum queue { QUEUE_RECEIVE, QUEUE_SEND };

static uint32_t sample(const struct model *m, size_t i, enum queue q)
{
    return q == QUEUE_SEND ? m->history[i].wqueue : m->history[i].rqueue;
}

static uint32_t peak(const struct model *m, size_t from, size_t to, enum queue q)
{
    uint32_t most = 0;

    for (size_t i = from; i < to; i++)
        if (sample(m, i, q) > most)
            most = sample(m, i, q);
    return most;
}

/* Nothing is the lowest glyph, a little already the one above it. */
static void draw_curve(const struct model *m, struct area a, int row, int column, int columns,
                       enum queue q)
{
    size_t n = m->n_history, cells = columns > 0 ? (size_t)columns : 0;
    uint64_t most = peak(m, 0, n, q);

    if (n < cells) {
        column += (int)(cells - n);
        cells = n;
    }
    for (size_t i = 0; i < cells; i++) {
        uint64_t value = peak(m, i * n / cells, (i + 1) * n / cells, q);
        /* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): a value is at most the most */
        int rise = value ? 1 + (int)((value * 7 + most - 1) / most) : 1;

        area_glyph(a, row, column + (int)i, value ? STYLE_GAUGE : STYLE_DIM,
                   (enum glyph)(GLYPH_RISE_1 + rise - 1));
    }
}

static void draw_queue(const struct model *m, struct area a, int row, enum queue q,
                       const char *label, const char *figure, int figure_columns, bool waiting)
{
    int column = 1 + 7, columns = a.columns - column - figure_columns - 2;

    area_text_cut(a, row, 1, a.columns - 1, STYLE_NORMAL, label);
    if (columns > 0) {
        draw_curve(m, a, row, column, columns, q);
        column += columns + 1;
    }
    area_text_cut(a, row, column, a.columns - column, waiting ? STYLE_BUSY : STYLE_NORMAL,
                  figure);
}

/* Returns the row behind the curves. */
static int draw_queues(const struct model *m, struct area a)
{
    const struct row *row = current_row(m);
    char send[TEXT_NUMBER_BYTES] = "?", receive[TEXT_NUMBER_BYTES] = "?", both[80];
    int columns;

    if (row) {
        text_number(row->wqueue, send);
        text_number(row->rqueue, receive);
    }
    if (row && row->state == STATE_LISTEN) {
        snprintf(both, sizeof(both), "%s/%s", receive, send);
        draw_queue(m, a, 0, QUEUE_RECEIVE, "Accept", both, text_columns(both),
                   row->rqueue > row->wqueue);
        return 1;
    }
    columns = text_columns(strlen(send) > strlen(receive) ? send : receive);
    draw_queue(m, a, 0, QUEUE_SEND, "Send-Q", send, columns, row && row->wqueue);
    draw_queue(m, a, 1, QUEUE_RECEIVE, "Recv-Q", receive, columns, row && row->rqueue);
    return 2;
}

/* --- drawing ---------------------------------------------------------------------------- */

static int fact_columns(int columns)
{
    return columns >= 2 * FACT_COLUMNS ? columns / FACT_COLUMNS : 1;
}

static int fact_rows(const struct facts *f, int columns)
{
    int across = fact_columns(columns);

    return ((int)f->n + across - 1) / across;
}

static void draw_facts(struct area a, const struct facts *f, int top)
{
    int across = fact_columns(a.columns), rows = fact_rows(f, a.columns);
    int width = a.columns / across;

    for (size_t i = 0; i < f->n; i++) {
        struct area cell = area_part(a, 0, (int)i / rows * width, a.rows, width);
        int row = (int)i % rows - top;

        area_text_cut(cell, row, 1, LABEL_COLUMNS - 1, STYLE_DIM, f->list[i].label);
        area_text_cut(cell, row, 1 + LABEL_COLUMNS, cell.columns - 1 - LABEL_COLUMNS,
                      f->list[i].style, f->list[i].value);
    }
    if (rows - top > a.rows)
        area_glyph(a, a.rows - 1, a.columns - 1, STYLE_KEY, GLYPH_ELLIPSIS);
}

static void write_title(const struct model *m, char *buf, size_t size)
{
    char local[ROW_END_BYTES], peer[ROW_END_BYTES];

    if (m->focus.kind == FOCUS_ROW)
        snprintf(buf, size, "queues of %s > %s", row_local(m->snapshot, &m->focus.row, local),
                 row_peer(m->snapshot, &m->focus.row, peer));
    else
        snprintf(buf, size, "queues");
}

static void detail_draw(const void *self, const struct model *m, struct area a, bool keys)
{
    const struct detail *p = self;
    struct facts facts;
    char text[640];
    int row = 0;

    write_title(m, text, sizeof(text));
    a = figure_title(a, text, keys);
    if (m->focus.kind != FOCUS_NONE && (current_row(m) || m->n_history))
        row = draw_queues(m, a);
    if (write_absence(m, text, sizeof(text))) {
        figure_paragraph(area_part(a, row, 1, a.rows - row, a.columns - 1), 0,
                         m->focus.kind == FOCUS_NONE ? STYLE_DIM : STYLE_BUSY, text);
        return;
    }
    collect(m, &facts);
    draw_facts(area_part(a, row, 0, a.rows - row, a.columns), &facts, p->top);
}

/* --- keys ------------------------------------------------------------------------------- */

static void clamp(struct detail *p, const struct model *m)
{
    const struct row *row = current_row(m);
    struct facts facts;
    int last;

    collect(m, &facts);
    last =
        fact_rows(&facts, p->columns) - (p->rows - (row && row->state == STATE_LISTEN ? 1 : 2));
    p->top = p->top < last ? p->top : last;
    p->top = p->top > 0 ? p->top : 0;
}

static enum panel_reply act(struct detail *p, enum action action)
{
    int half = p->rows > 3 ? p->rows / 2 : 1;

    switch (action) {
    case ACTION_UP:
        p->top--;
        return PANEL_HANDLED;
    case ACTION_DOWN:
        p->top++;
        return PANEL_HANDLED;
    case ACTION_PAGE_UP:
        p->top -= half;
        return PANEL_HANDLED;
    case ACTION_PAGE_DOWN:
        p->top += half;
        return PANEL_HANDLED;
    case ACTION_FIRST:
        p->top = 0;
        return PANEL_HANDLED;
    case ACTION_LAST:
        p->top = FACTS_MAX;
        return PANEL_HANDLED;
    default:
        return PANEL_IGNORED;
    }
}

static enum panel_reply detail_update(void *self, const struct panel_event *event,
                                      const struct model *m, struct requests *requests)
{
    struct detail *p = self;
    enum panel_reply reply = PANEL_HANDLED;

    (void)requests;
    if (event->kind == PANEL_SEARCH)
        return PANEL_IGNORED;
    if (event->kind == PANEL_RESIZE) {
        p->rows = event->rows - figure_title_rows(event->rows);
        p->columns = event->columns;
    } else if (event->kind == PANEL_ACTION) {
        reply = act(p, event->action);
    }
    clamp(p, m);
    return reply;
}

const struct panel_ops detail_panel = {
    .name = "detail",
    .open = detail_open,
    .close = free,
    .update = detail_update,
    .draw = detail_draw,
};
