/* ui/console/sockets_panel.c - the table of the host's sockets.
 *
 *  Proto Recv-Q   Send-Q      Local           Peer            State       Timer        Owner^
 *  tcp   -        0/128       127.0.0.1:65432 *               LISTEN                   server 1
 * !tcp   █128,512 0           127.0.0.1:65432 127.0.0.1:51826 ESTABLISHED              server 1
 * >tcp   0        ██4,163,072 127.0.0.1:51826 127.0.0.1:65432 ESTABLISHED persist 1.4s session 2
 *
 * `>` is the row that the other panes follow, `!` one with trouble; ^ and v mark the column the
 * table is sorted by.  A listener's Send-Q is its accept queue, used/limit; it has no
 * Recv-Q.  A full gauge is the fullest queue on the screen. */
#include "ui/console/panel.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/model/errors.h"
#include "ui/console/figures.h"
#include "ui/console/list_view.h"

/* From here on waiting bytes are trouble, and a gauge never counts less as full. */
#define QUEUE_LARGE 65536

/* Below this width the timers fold away; they stay in the details. */
#define COLUMNS_WITH_TIMERS 110

enum place { PROTO, RECVQ, SENDQ, LOCAL, PEER, STATE, TIMER, OWNER, N_COLUMNS };

static const struct {
    const char *title;
    const char *sort; /* column to sort by; "": ours first */
} titles[N_COLUMNS] = {
    [PROTO] = {"Proto", "netid"}, [RECVQ] = {"Recv-Q", "recvq"}, [SENDQ] = {"Send-Q", "sendq"},
    [LOCAL] = {"Local", "local"}, [PEER] = {"Peer", "peer"},     [STATE] = {"State", "state"},
    [TIMER] = {"Timer", "timer"}, [OWNER] = {"Owner", ""},
};

/* Which of the columns rows are sorted by. */
static int sorted_column(const struct model *m)
{
    int c = 0;

    while (c < OWNER && (!m->sort || strcmp(titles[c].sort, m->sort->name) != 0))
        c++;
    return c;
}

struct sockets {
    struct list_view list;
    int rows;
};

/* One row, as text. */
struct line {
    struct row row;
    const struct session_status *session; /* of a ghost; NULL otherwise */
    char recvq[TEXT_NUMBER_BYTES], sendq[2 * TEXT_NUMBER_BYTES];
    char local[ROW_END_BYTES], peer[ENDPOINT_TEXT_BYTES];
    char state[64], timer[32], owner[MODEL_OWNER_BYTES];
    enum style state_style;
    bool trouble;
};

struct layout {
    struct {
        int at, width; /* width 0: folded away */
    } column[N_COLUMNS];
    bool folded; /* something is not shown */
    uint64_t full_recvq, full_sendq;
};

static void *sockets_open(void)
{
    return mem_new(1, sizeof(struct sockets));
}

/* --- one row ---------------------------------------------------------------------------- */

static enum style state_style(uint8_t state)
{
    switch (state) {
    case STATE_ESTABLISHED:
        return STYLE_GOOD;
    case STATE_LISTEN:
        return STYLE_LISTEN;
    case STATE_TIME_WAIT:
    case STATE_CLOSE:
    case STATE_BOUND_INACTIVE:
        return STYLE_DIM;
    default:
        return STYLE_BUSY;
    }
}

/* "persist 1.4s", and how often it has fired in vain. */
static void write_timer(const struct row *row, char *buf, size_t size)
{
    unsigned ms = row->timer_ms;
    char left[16], times[8] = "";

    buf[0] = '\0';
    if (row->timer == TIMER_OFF)
        return;
    if (ms < 1000)
        snprintf(left, sizeof(left), "%ums", ms);
    else if (ms < 100000)
        snprintf(left, sizeof(left), "%u.%us", ms / 1000, ms / 100 % 10);
    else
        snprintf(left, sizeof(left), "%umin", ms / 60000);
    if (row->retransmits)
        snprintf(times, sizeof(times), " x%u", row->retransmits);
    snprintf(buf, size, "%s %s%s", timer_name(row->timer), left, times);
}

/* The accept queue is full when more wait than the limit: sk_acceptq_is_full() of the kernel.
 */
static bool in_trouble(const struct row *row)
{
    if (row->state == STATE_LISTEN)
        return row->rqueue > row->wqueue;
    return row->rqueue >= QUEUE_LARGE || row->wqueue >= QUEUE_LARGE ||
           row->timer == TIMER_PERSIST || (row->timer == TIMER_ON && row->retransmits);
}

static void write_session(const struct session_status *s, struct line *line)
{
    const char *state = session_state_name(s->state);

    line->state_style = s->err.code                  ? STYLE_BAD
                        : s->state == SESSION_CLOSED ? STYLE_DIM
                                                     : STYLE_BUSY;
    line->trouble = s->err.code != 0;
    if (s->err.code)
        snprintf(line->state, sizeof(line->state), "%s %s", state, figure_error(&s->err));
    else
        snprintf(line->state, sizeof(line->state), "%s", state);
    if (line->row.peer.family == AF_UNSPEC) {
        char text[ENDPOINT_TEXT_BYTES];
        const char *host = strstr(endpoint_format(&s->endpoint, text), "://");

        snprintf(line->peer, sizeof(line->peer), "%s", host ? host + 3 : text);
    }
}

static void write_queues(struct line *line)
{
    const struct row *row = &line->row;
    char limit[TEXT_NUMBER_BYTES], used[TEXT_NUMBER_BYTES];

    if (line->session) {
        /* No kernel row: nobody knows its queues. */
        snprintf(line->recvq, sizeof(line->recvq), "-");
        snprintf(line->sendq, sizeof(line->sendq), "-");
    } else if (row->state == STATE_LISTEN) {
        snprintf(line->recvq, sizeof(line->recvq), "-");
        snprintf(line->sendq, sizeof(line->sendq), "%s/%s", text_number(row->rqueue, used),
                 text_number(row->wqueue, limit));
    } else {
        text_number(row->rqueue, line->recvq);
        text_number(row->wqueue, line->sendq);
    }
}

static bool line_of(const struct model *m, size_t index, struct line *line)
{
    *line = (struct line){0};
    if (!model_row(m, index, &line->row, &line->session))
        return false;
    line->trouble = in_trouble(&line->row);
    line->state_style = state_style(line->row.state);
    row_local(m->snapshot, &line->row, line->local);
    if (line->row.state == STATE_LISTEN)
        snprintf(line->peer, sizeof(line->peer), "*");
    else
        row_peer(m->snapshot, &line->row, line->peer);
    snprintf(line->state, sizeof(line->state), "%s", state_name(line->row.state));
    if (line->session)
        write_session(line->session, line);
    else
        write_timer(&line->row, line->timer, sizeof(line->timer));
    write_queues(line);
    model_owner(m, &line->row, line->owner);
    if (line->session && !line->owner[0])
        snprintf(line->owner, sizeof(line->owner), "session %llu",
                 (unsigned long long)line->session->id);
    return true;
}

static void item_text(const void *panel, const struct model *m, size_t index, char *buf)
{
    struct line line;

    (void)panel;
    if (line_of(m, index, &line))
        snprintf(buf, LIST_ITEM_BYTES, "%s %.191s %s %s %s %s",
                 kind_name((enum socket_kind)line.row.kind), line.local, line.peer, line.state,
                 line.timer, line.owner);
}

/* --- the columns ------------------------------------------------------------------------ */

static void widen(int *width, const char *text)
{
    int columns = text_columns(text);

    if (columns > *width)
        *width = columns;
}

/* What the visible rows would like. */
static void measure(const struct sockets *p, const struct model *m, int rows,
                    int want[N_COLUMNS], struct layout *l)
{
    struct line line;

    for (int i = 0; i < rows && line_of(m, p->list.top + (size_t)i, &line); i++) {
        widen(&want[RECVQ], line.recvq);
        widen(&want[SENDQ], line.sendq);
        widen(&want[LOCAL], line.local);
        widen(&want[PEER], line.peer);
        /* A session's state may shrink to its errno. */
        if (!line.session)
            widen(&want[STATE], line.state);
        else if (line.session->err.code)
            widen(&want[STATE], figure_error(&line.session->err));
        widen(&want[TIMER], line.timer);
        widen(&want[OWNER], line.owner);
        if (line.row.state == STATE_LISTEN || line.session)
            continue;
        if (line.row.rqueue > l->full_recvq)
            l->full_recvq = line.row.rqueue;
        if (line.row.wqueue > l->full_sendq)
            l->full_sendq = line.row.wqueue;
    }
}

/* Give a column up to `want` columns of what is left. */
static void grow(struct layout *l, enum place c, int want, int *left)
{
    int more = want - l->column[c].width;

    if (!l->column[c].width || more <= 0 || *left <= 0)
        return;
    more = more < *left ? more : *left;
    l->column[c].width += more;
    *left -= more;
}

/* Fold the least important columns until the narrowest form of the others fits; returns what
 * is left. */
static int fold(struct layout *l, int columns)
{
    static const enum place order[] = {TIMER, OWNER, PROTO, STATE, SENDQ, RECVQ, PEER};
    int need = 1;

    for (int c = 0; c < N_COLUMNS; c++)
        need += l->column[c].width + 1;
    need--; /* no gap behind the last */
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        if (need <= columns && (order[i] != TIMER || columns >= COLUMNS_WITH_TIMERS))
            continue;
        need -= l->column[order[i]].width + 1;
        l->column[order[i]].width = 0;
        l->folded = true;
    }
    return columns - need;
}

static struct layout lay_out(const struct sockets *p, const struct model *m, struct area a,
                             int rows)
{
    struct layout l = {.full_recvq = QUEUE_LARGE, .full_sendq = QUEUE_LARGE};
    int want[N_COLUMNS] = {5, 8, 8, 12, 12, 11, 12, 9}, gap, left, at = 1;

    for (int c = 0; c < N_COLUMNS; c++)
        l.column[c].width = want[c];
    measure(p, m, rows, want, &l);
    /* Counts and states are never cut; addresses and owners may be, visibly. */
    l.column[RECVQ].width = want[RECVQ];
    l.column[SENDQ].width = want[SENDQ];
    l.column[STATE].width = want[STATE];
    l.column[TIMER].width = want[TIMER];
    left = fold(&l, a.columns);
    grow(&l, LOCAL, (want[LOCAL] + want[PEER]) / 2, &left);
    grow(&l, PEER, want[PEER], &left);
    grow(&l, LOCAL, want[LOCAL], &left);
    grow(&l, OWNER, want[OWNER], &left);
    grow(&l, RECVQ, 12, &left);
    grow(&l, SENDQ, 12, &left);
    gap = left >= N_COLUMNS ? 2 : 1;
    for (int c = 0; c < N_COLUMNS; c++) {
        l.column[c].at = at;
        if (l.column[c].width)
            at += l.column[c].width + gap;
    }
    if (l.column[OWNER].width)
        l.column[OWNER].width = a.columns - l.column[OWNER].at;
    else if (!l.column[PEER].width)
        l.column[LOCAL].width = a.columns - l.column[LOCAL].at;
    return l;
}

/* --- drawing ---------------------------------------------------------------------------- */

static void draw_header(const struct model *m, struct area a, const struct layout *l)
{
    for (int c = 0; c < N_COLUMNS; c++) {
        bool sorted = c == sorted_column(m);
        int at = l->column[c].at, end = at + l->column[c].width;

        if (!l->column[c].width)
            continue;
        at = area_text_cut(a, 0, at, end - at, STYLE_HEADER, titles[c].title);
        if (sorted && at < end)
            area_text(a, 0, at, STYLE_KEY, m->descending ? "v" : "^");
    }
    if (l->folded)
        area_glyph(a, 0, a.columns - 1, STYLE_HEADER, GLYPH_ELLIPSIS);
}

/* Too long an address loses the end of its host, never its port. */
static void draw_address(struct area a, int row, int at, int width, const char *text)
{
    const char *port = strrchr(text, ':');
    int port_columns = port ? text_columns(port) : 0;
    char host[ENDPOINT_TEXT_BYTES];

    if (!port || text_columns(text) <= width || port_columns + 2 > width) {
        area_text_cut(a, row, at, width, STYLE_NORMAL, text);
        return;
    }
    snprintf(host, sizeof(host), "%.*s", (int)(port - text), text);
    at = area_text_cut(a, row, at, width - port_columns, STYLE_NORMAL, host);
    area_text(a, row, at, STYLE_NORMAL, port);
}

/* A gauge in front of exact digits that end with the column; nothing waiting stays quiet. */
static void draw_queue(struct area a, int row, int at, int width, const char *digits,
                       uint64_t value, uint64_t full, bool bad)
{
    int columns = text_columns(digits);

    if (!width)
        return;
    if (!value) {
        area_text_cut(a, row, at, width, STYLE_DIM, digits);
        return;
    }
    area_gauge(a, row, at, width - columns, value, full);
    area_text_right(a, row, at, width, bad ? STYLE_BAD : STYLE_BUSY, digits);
}

static void draw_queues(struct area a, int row, const struct layout *l, const struct line *line)
{
    const struct row *r = &line->row;
    bool listens = r->state == STATE_LISTEN && !line->session;
    uint64_t full = listens ? r->wqueue : l->full_sendq;
    uint64_t sendq = line->session ? 0 : listens ? r->rqueue : r->wqueue;
    uint64_t recvq = line->session || listens ? 0 : r->rqueue;

    draw_queue(a, row, l->column[RECVQ].at, l->column[RECVQ].width, line->recvq, recvq,
               l->full_recvq, recvq >= QUEUE_LARGE);
    draw_queue(a, row, l->column[SENDQ].at, l->column[SENDQ].width, line->sendq, sendq, full,
               listens ? line->trouble : sendq >= QUEUE_LARGE);
}

static void draw_state(struct area a, int row, const struct layout *l, const struct line *line)
{
    int at = l->column[STATE].at, width = l->column[STATE].width;
    const char *text = line->state;

    if (!width)
        return;
    if (line->session && l->column[TIMER].width)
        width = l->column[TIMER].at + l->column[TIMER].width - at;
    /* Where both do not fit, the errno says it all. */
    if (line->session && line->session->err.code && text_columns(text) > width)
        text = figure_error(&line->session->err);
    area_text_cut(a, row, at, width, line->state_style, text);
}

/* "sockeye server 1 echo" fits; one width for all rows, so that they read alike. */
#define OWNER_FULL_COLUMNS 21

/* Whose program a session is goes without saying where there is no room to say it. */
static void draw_owner(const struct model *m, struct area a, int row, int at, int width,
                       const struct line *line)
{
    static const char ours[] = "sockeye ";
    uint64_t cookie = line->row.cookie;
    const char *owner = line->owner;

    /* Another process of this name keeps it. */
    if (width < OWNER_FULL_COLUMNS && strncmp(owner, ours, strlen(ours)) == 0 &&
        (model_session_by_cookie(m, cookie) || model_server_by_cookie(m, cookie)))
        owner += strlen(ours);
    area_text_cut(a, row, at, width, STYLE_NORMAL, owner);
}

static void draw_row(const struct model *m, struct area a, int row, const struct layout *l,
                     size_t index, bool focus)
{
    struct line line;

    if (!line_of(m, index, &line))
        return;
    if (focus)
        area_glyph(a, row, 0, STYLE_KEY, GLYPH_CURSOR_ROW);
    else if (line.trouble)
        area_text(a, row, 0, STYLE_BAD, "!");
    area_text_cut(a, row, l->column[PROTO].at, l->column[PROTO].width, STYLE_NORMAL,
                  kind_name((enum socket_kind)line.row.kind));
    draw_queues(a, row, l, &line);
    draw_address(a, row, l->column[LOCAL].at, l->column[LOCAL].width, line.local);
    draw_address(a, row, l->column[PEER].at, l->column[PEER].width, line.peer);
    draw_state(a, row, l, &line);
    if (!line.session)
        area_text_cut(a, row, l->column[TIMER].at, l->column[TIMER].width, STYLE_NORMAL,
                      line.timer);
    draw_owner(m, a, row, l->column[OWNER].at, l->column[OWNER].width, &line);
}

/* What the table lacks; false when it is complete. */
static bool write_note(const struct model *m, char *buf, size_t size)
{
    const struct snapshot *s = m->snapshot;
    char number[TEXT_NUMBER_BYTES], why[512];

    if (!s)
        return false;
    if (s->err.code) {
        error_format(&s->err, why, sizeof(why));
        snprintf(buf, size, "the table is incomplete: %s", why);
    } else if (s->malformed) {
        snprintf(buf, size, "%s rows could not be read and are missing",
                 text_number(s->malformed, number));
    } else if (s->interrupted) {
        snprintf(buf, size, "sockets changed during the dump: rows may be missing or twice");
    }
    return s->err.code || s->malformed || s->interrupted;
}

static void draw_empty(const struct model *m, struct area a)
{
    char text[512], number[TEXT_NUMBER_BYTES];
    size_t total = m->snapshot ? m->snapshot->n_total : 0;

    if (!m->snapshot)
        snprintf(text, sizeof(text), "no snapshot of the host's sockets has come yet");
    else if (m->filter[0])
        snprintf(text, sizeof(text), "no row matches \"%s\", %s are hidden; & changes it",
                 m->filter, text_number(total, number));
    else
        snprintf(text, sizeof(text), "the kernel listed no socket");
    figure_paragraph(area_part(a, 1, 1, a.rows - 1, a.columns - 1), 0, STYLE_DIM, text);
}

static void sockets_draw(const void *self, const struct model *m, struct area a, bool keys)
{
    const struct sockets *p = self;
    char note[640];
    bool noted = write_note(m, note, sizeof(note));
    int rows = a.rows - 1 - noted;
    size_t focus = model_focus_index(m), n = model_n_rows(m);
    struct layout l;

    if (noted && a.rows > 1)
        area_text_cut(a, a.rows - 1, 1, a.columns - 1, STYLE_BAD, note);
    l = lay_out(p, m, a, rows);
    draw_header(m, a, &l);
    a = area_part(a, 0, 0, 1 + (rows > 0 ? rows : 0), a.columns);
    if (!n)
        draw_empty(m, a);
    for (int i = 0; i < rows && p->list.top + (size_t)i < n; i++) {
        size_t index = p->list.top + (size_t)i;

        draw_row(m, a, 1 + i, &l, index, index == focus);
        if (index == p->list.cursor)
            list_view_mark(a, 1 + i, keys);
    }
}

/* --- keys ------------------------------------------------------------------------------- */

static void refresh(struct sockets *p, const struct model *m)
{
    size_t n = model_n_rows(m), focus = model_focus_index(m);
    char note[640];

    list_view_rows(&p->list, p->rows - 1 - write_note(m, note, sizeof(note)));
    list_view_count(&p->list, n);
    if (focus < n)
        list_view_to(&p->list, focus);
}

static void focus_cursor(const struct sockets *p, const struct model *m,
                         struct requests *requests)
{
    const struct session_status *session = NULL;
    struct row row;

    if (!model_row(m, p->list.cursor, &row, &session))
        return;
    requests->set_focus = true;
    requests->focus =
        session ? model_focus_of_session(m, session->id) : model_focus_of_row(m, &row);
}

/* Largest queues first, everything else from small to large. */
static void sort_by(int column, struct requests *requests)
{
    int c = (column + N_COLUMNS) % N_COLUMNS;

    requests->set_sort = true;
    requests->sort = column_find(titles[c].sort);
    requests->descending = c == RECVQ || c == SENDQ;
}

static enum panel_reply act(struct sockets *p, enum action action, const struct model *m,
                            struct requests *requests)
{
    switch (action) {
    case ACTION_SORT_LEFT:
        sort_by(sorted_column(m) - 1, requests);
        return PANEL_HANDLED;
    case ACTION_SORT_RIGHT:
        sort_by(sorted_column(m) + 1, requests);
        return PANEL_HANDLED;
    case ACTION_SORT_INVERT:
        requests->set_sort = true;
        requests->sort = m->sort;
        requests->descending = !m->descending;
        return PANEL_HANDLED;
    case ACTION_DETAILS:
        /* The console then looks closer at it. */
        focus_cursor(p, m, requests);
        return PANEL_IGNORED;
    default:
        if (!list_view_move(&p->list, action))
            return PANEL_IGNORED;
        focus_cursor(p, m, requests);
        return PANEL_HANDLED;
    }
}

static enum panel_reply sockets_update(void *self, const struct panel_event *event,
                                       const struct model *m, struct requests *requests)
{
    struct sockets *p = self;
    size_t before;

    if (event->kind == PANEL_RESIZE)
        p->rows = event->rows;
    if (event->kind == PANEL_RESIZE || event->kind == PANEL_TICK) {
        refresh(p, m);
        return PANEL_HANDLED;
    }
    list_view_count(&p->list, model_n_rows(m));
    before = p->list.cursor;
    if (list_view_search(&p->list, event, item_text, p, m, requests)) {
        if (p->list.cursor != before)
            focus_cursor(p, m, requests);
        return PANEL_HANDLED;
    }
    return act(p, event->action, m, requests);
}

const struct panel_ops sockets_panel = {
    .name = "sockets",
    .open = sockets_open,
    .close = free,
    .update = sockets_update,
    .draw = sockets_draw,
};
