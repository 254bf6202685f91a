/* ui/console/detail_panel.c - the socket of the focus: its facts, its charts, its states, what
 * of it took how long.
 *
 * v goes from one to the next.  The facts are queues, timer and TCP_INFO:
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
#include "core/model/spans.h"
#include "ui/console/chart.h"
#include "ui/console/chart_bars.h"
#include "ui/console/facts.h"
#include "ui/console/figures.h"
#include "ui/console/state_diagram.h"
#include "ui/console/subjects.h"

enum { LABEL_COLUMNS = 15, FACT_COLUMNS = 40 };

enum detail_view { DETAIL_FACTS, DETAIL_CHARTS, DETAIL_STATES, DETAIL_TIMES, DETAIL_VIEWS };

struct detail {
    int rows, columns; /* below the title */
    int top;           /* first visible row of the facts or states, or chart */
    enum detail_view view;
};

static void *detail_open(void)
{
    return mem_new(1, sizeof(struct detail));
}

/* --- the facts -------------------------------------------------------------------------- */

/* Why there is nothing to say about a row that was seen before. */
static void write_gone(const struct model *m, char *buf, size_t size)
{
    const struct socket_portrait *d = model_focus_portrait(m);
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
        snprintf(buf, size, "no row is selected: %s has the table, %s and %s choose",
                 key_for(ACTION_PANEL_1), key_for(ACTION_UP), key_for(ACTION_DOWN));
    } else if (!model_focus_now(m) && s && s->err.code) {
        error_format(&s->err, why, sizeof(why));
        snprintf(buf, size, "session %llu %s: %s", (unsigned long long)s->id,
                 session_state_name(s->state), why);
    } else if (!model_focus_now(m) && s) {
        snprintf(buf, size, "session %llu is %s: the kernel lists no socket for it",
                 (unsigned long long)s->id, session_state_name(s->state));
    } else if (!model_focus_now(m) && !m->snapshot) {
        snprintf(buf, size, "no snapshot has come yet");
    } else if (!model_focus_now(m)) {
        write_gone(m, buf, size);
    }
    return buf[0] != '\0';
}

static void add_span(struct facts *f, const struct model *m)
{
    char span[TEXT_DURATION_BYTES];

    if (m->series.n < 2)
        return;
    text_duration(series_at_ns(&m->series, m->series.n - 1) - series_at_ns(&m->series, 0),
                  span);
    facts_add(f, "curves over", STYLE_DIM, "%s", span);
}

static void collect(const struct model *m, struct facts *f)
{
    const struct row *row = model_focus_now(m);

    f->n = 0;
    if (!row)
        return;
    facts_of_row(f, m, row);
    if (m->focus.session_id)
        facts_of_session(f, model_session(m, m->focus.session_id));
    facts_of_portrait(f, model_focus_portrait(m));
    add_span(f, m);
}

/* --- the curves ------------------------------------------------------------------------- */

static void draw_queue(const struct model *m, struct area a, int row, enum series_id id,
                       const char *label, const char *figure, int figure_columns, bool waiting)
{
    int column = 1 + 7, columns = a.columns - column - figure_columns - 2;

    area_text_cut(a, row, 1, a.columns - 1, STYLE_NORMAL, label);
    if (columns > 0) {
        chart_curve(area_part(a, row, column, 1, columns), &m->series, id);
        column += columns + 1;
    }
    area_text_cut(a, row, column, a.columns - column, waiting ? STYLE_BUSY : STYLE_NORMAL,
                  figure);
}

/* Returns the row behind the curves. */
static int draw_queues(const struct model *m, struct area a)
{
    const struct row *row = model_focus_now(m);
    char send[TEXT_NUMBER_BYTES] = "?", receive[TEXT_NUMBER_BYTES] = "?", both[80];
    int columns;

    if (row) {
        text_number(row->wqueue, send);
        text_number(row->rqueue, receive);
    }
    if (row && row->state == STATE_LISTEN) {
        snprintf(both, sizeof(both), "%s/%s", receive, send);
        draw_queue(m, a, 0, SERIES_RECEIVE_QUEUE, "Accept", both, text_columns(both),
                   row->rqueue > row->wqueue);
        return 1;
    }
    columns = text_columns(strlen(send) > strlen(receive) ? send : receive);
    draw_queue(m, a, 0, SERIES_SEND_QUEUE, "Send-Q", send, columns, row && row->wqueue);
    draw_queue(m, a, 1, SERIES_RECEIVE_QUEUE, "Recv-Q", receive, columns, row && row->rqueue);
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

static void write_title(const struct detail *p, const struct model *m, char *buf, size_t size)
{
    static const char *const names[] = {[DETAIL_FACTS] = "queues",
                                        [DETAIL_CHARTS] = "charts",
                                        [DETAIL_STATES] = "states",
                                        [DETAIL_TIMES] = "times"};
    char local[ROW_END_BYTES], peer[ROW_END_BYTES];

    if (m->focus.kind == FOCUS_ROW)
        snprintf(buf, size, "%s of %s > %s", names[p->view],
                 row_local(m->snapshot, &m->focus.row, local),
                 row_peer(m->snapshot, &m->focus.row, peer));
    else
        snprintf(buf, size, "%s", names[p->view]);
}

static void draw_facts_view(const struct detail *p, const struct model *m, struct area a)
{
    struct facts facts;
    char text[640];
    int row = 0;

    if (m->focus.kind != FOCUS_NONE && (model_focus_now(m) || m->series.n))
        row = draw_queues(m, a);
    if (write_absence(m, text, sizeof(text))) {
        figure_paragraph(area_part(a, row, 1, a.rows - row, a.columns - 1), 0,
                         m->focus.kind == FOCUS_NONE ? STYLE_DIM : STYLE_BUSY, text);
        return;
    }
    collect(m, &facts);
    draw_facts(area_part(a, row, 0, a.rows - row, a.columns), &facts, p->top);
}

/* The phases of opening it, where it is a session of ours; the states that it was seen in.  Returns
 * the row behind them. */
static int draw_times(const struct model *m, struct area a, int top)
{
    const struct session_status *session =
        m->focus.session_id ? model_session(m, m->focus.session_id) : NULL;
    uint64_t now_ns = m->snapshot ? m->snapshot->at_ns : 0;
    struct spans spans = {0};
    char title[64];
    int row = -top;

    if (session) {
        spans_of_session(&spans, session, now_ns);
        snprintf(title, sizeof(title), "opening session %llu", (unsigned long long)session->id);
        row = chart_bars(a, row, title, &spans);
    }
    spans_of_states(&spans, &m->path);
    row = chart_bars(a, row, "states", &spans);
    if (row > a.rows)
        area_glyph(a, a.rows - 1, a.columns - 1, STYLE_KEY, GLYPH_ELLIPSIS);
    return row + top;
}

/* Charts and states outlive the socket. */
static bool has_past(const struct detail *p, const struct model *m)
{
    if (p->view == DETAIL_TIMES && model_session(m, m->focus.session_id))
        return m->focus.kind != FOCUS_NONE;
    return m->focus.kind == FOCUS_ROW &&
           (p->view == DETAIL_CHARTS ? chart_count(&m->series) > 0 : m->path.n > 0);
}

static void draw_past(const struct detail *p, const struct model *m, struct area a)
{
    const struct row *row = model_focus_now(m);

    if (p->view == DETAIL_CHARTS)
        chart_stack(a, &m->series, p->top);
    else if (p->view == DETAIL_TIMES)
        draw_times(m, a, p->top);
    else
        state_diagram_draw(a, row ? row : &m->focus.row, &m->path, p->top);
}

static void detail_draw(const void *self, const struct model *m, struct area a, bool keys)
{
    const struct detail *p = self;
    char text[640];

    write_title(p, m, text, sizeof(text));
    a = figure_title(a, text, keys);
    if (p->view == DETAIL_FACTS)
        draw_facts_view(p, m, a);
    else if (has_past(p, m))
        draw_past(p, m, a);
    else
        figure_paragraph(
            area_part(a, 0, 1, a.rows, a.columns - 1), 0, STYLE_DIM,
            write_absence(m, text, sizeof(text))
                ? text
                : "nothing was measured yet: the next look at the sockets begins it");
}

/* --- keys ------------------------------------------------------------------------------- */

/* The last line that may be the first one shown. */
static int last_top(const struct detail *p, const struct model *m)
{
    const struct row *row = model_focus_now(m);
    struct surface *nowhere;
    struct facts facts;
    int lines;

    if (p->view == DETAIL_CHARTS)
        return chart_count(&m->series) - 1;
    if (p->view == DETAIL_STATES || p->view == DETAIL_TIMES) {
        nowhere = surface_new(p->rows, p->columns, false);
        lines = p->view == DETAIL_TIMES
                    ? draw_times(m, area_whole(nowhere), 0)
                    : state_diagram_draw(area_whole(nowhere), row ? row : &m->focus.row,
                                         &m->path, 0);
        surface_free(nowhere);
        return lines - p->rows;
    }
    collect(m, &facts);
    return fact_rows(&facts, p->columns) -
           (p->rows - (row && row->state == STATE_LISTEN ? 1 : 2));
}

static void clamp(struct detail *p, const struct model *m)
{
    int last = last_top(p, m);

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
    case ACTION_VIEW:
        p->view = (enum detail_view)((p->view + 1) % DETAIL_VIEWS);
        p->top = 0;
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
    if (event->kind == PANEL_SEARCH || event->kind == PANEL_CLICK)
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

/* States that it was seen in, the newest first. */
static void add_states(const struct model *m, struct subjects *ret)
{
    struct spans spans;
    char text[SPAN_TEXT_BYTES];

    spans_of_states(&spans, &m->path);
    for (size_t i = spans.n; i-- > 0;)
        subjects_add(ret, TOPIC_STATE, NULL, spans.list[i].label,
                     span_text(&spans.list[i], text));
}

/* By what share a chart: topics of share/explain.json. */
static const char *chart_topic(const struct series *s, enum series_id id)
{
    switch (id) {
    case SERIES_SEND_QUEUE:
    case SERIES_RECEIVE_QUEUE:
        return s->listens ? "accept queue" : "queues";
    case SERIES_RTT:
        return "rtt";
    case SERIES_IN_FLIGHT:
    case SERIES_CWND:
        return "window";
    case SERIES_RETRANSMITS:
        return "sent again";
    case SERIES_DROPS:
        return "drops";
    default:
        return "throughput";
    }
}

static void add_charts(const struct series *s, struct subjects *ret)
{
    for (size_t i = 0; i < SERIES_COUNT; i++) {
        enum series_id id = series_in_order(i);
        char newest[SERIES_FIGURE_BYTES] = "?";
        struct series_range range;

        if (!series_shown(s, id))
            continue;
        if (series_range(s, id, &range) && range.has_newest)
            series_figure(series_unit(s, id), range.newest, newest);
        subjects_add(ret, TOPIC_CHART, NULL, chart_topic(s, id), newest);
    }
}

static void detail_subjects(const void *self, const struct model *m, struct subjects *ret)
{
    const struct detail *p = self;
    struct facts facts;

    collect(m, &facts);
    if (p->view == DETAIL_STATES || p->view == DETAIL_TIMES)
        add_states(m, ret);
    if (p->view == DETAIL_TIMES && m->focus.session_id)
        subjects_of_session(ret, m, model_session(m, m->focus.session_id));
    if (p->view == DETAIL_CHARTS)
        add_charts(&m->series, ret);
    for (size_t i = 0; p->view == DETAIL_FACTS && i < facts.n; i++)
        subjects_add(ret, TOPIC_FACT, NULL, facts.list[i].label, facts.list[i].value);
}

const struct panel_ops detail_panel = {
    .name = "detail",
    .open = detail_open,
    .close = free,
    .update = detail_update,
    .draw = detail_draw,
    .subjects = detail_subjects,
};
