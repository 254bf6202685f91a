/* ui/console/sessions_panel.c - our servers, then our sessions, the newest first.
 *
 *  Id        Kind       Local           Peer            State     Received    Sent Queued Age
 *  server 1  never-recv 127.0.0.1:65432 1 open of 3     listening        0       0      - -
 *  session 3 server 1   127.0.0.1:65432 127.0.0.1:51826 open             0       0      0 12 s
 *  session 2 opened     127.0.0.1:51826 127.0.0.1:65432 open             0 128,512      0 12 s
 *
 * The other panes follow the cursor. */
#include "ui/console/panel.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "ui/console/figures.h"
#include "ui/console/list_view.h"
#include "ui/console/subjects.h"

enum place { ID, KIND, LOCAL, PEER, STATE, RECEIVED, SENT, QUEUED, AGE, N_COLUMNS };

static const struct {
    const char *title;
    int least;
    bool number;
} titles[N_COLUMNS] = {
    [ID] = {"Id", 9, false},        [KIND] = {"Kind", 10, false},
    [LOCAL] = {"Local", 13, false}, [PEER] = {"Peer", 13, false},
    [STATE] = {"State", 12, false}, [RECEIVED] = {"Received", 9, true},
    [SENT] = {"Sent", 9, true},     [QUEUED] = {"Queued", 7, true},
    [AGE] = {"Age", 8, false},
};

struct sessions_view {
    struct list_view list;
    int rows;
    uint64_t id; /* under the cursor, so that it stays there when others come and go; 0: none */
};

/* One item, as text. */
struct line {
    enum style state;
    char text[N_COLUMNS][ENDPOINT_TEXT_BYTES];
};

static void *sessions_open(void)
{
    return mem_new(1, sizeof(struct sessions_view));
}

/* --- items ------------------------------------------------------------------------------ */

static size_t count(const struct model *m)
{
    return m->n_servers + m->n_sessions;
}

static const struct server_status *server_at(const struct model *m, size_t index)
{
    return index < m->n_servers ? &m->servers[index] : NULL;
}

static const struct session_status *session_at(const struct model *m, size_t index)
{
    return index >= m->n_servers && index < count(m)
               ? &m->sessions[m->n_sessions - 1 - (index - m->n_servers)]
               : NULL;
}

/* Servers and sessions share one series of numbers. */
static uint64_t id_at(const struct model *m, size_t index)
{
    const struct server_status *server = server_at(m, index);
    const struct session_status *session = session_at(m, index);

    return server ? server->id : session ? session->id : 0;
}

static void write_endpoint(const struct endpoint *e, char *buf)
{
    struct addr addr;

    if (endpoint_numeric(e, &addr))
        addr_format(&addr, buf);
    else
        endpoint_format(e, buf);
}

static void write_server(const struct server_status *s, struct line *line)
{
    char number[TEXT_NUMBER_BYTES], errors[48] = "";

    snprintf(line->text[ID], sizeof(line->text[ID]), "server %llu", (unsigned long long)s->id);
    snprintf(line->text[KIND], sizeof(line->text[KIND]), "%s", s->service);
    write_endpoint(&s->endpoint, line->text[LOCAL]);
    if (s->accept_errors)
        snprintf(errors, sizeof(errors), ", %llu failed", (unsigned long long)s->accept_errors);
    snprintf(line->text[PEER], sizeof(line->text[PEER]), "%u open of %s%s", s->open_sessions,
             text_number(s->accepted, number), errors);
    snprintf(line->text[STATE], sizeof(line->text[STATE]), "%s",
             s->listening  ? "listening"
             : s->err.code ? figure_error(&s->err)
                           : "stopped");
    line->state = s->listening ? STYLE_LISTEN : s->err.code ? STYLE_BAD : STYLE_DIM;
    text_number(s->received_bytes, line->text[RECEIVED]);
    text_number(s->sent_bytes, line->text[SENT]);
    snprintf(line->text[QUEUED], sizeof(line->text[QUEUED]), "-");
    snprintf(line->text[AGE], sizeof(line->text[AGE]), "-");
}

/* Of an ended session its whole life. */
static uint64_t age_ns(const struct model *m, const struct session_status *s)
{
    bool ended = s->state == SESSION_CLOSED || s->state == SESSION_FAILED;
    uint64_t now = m->snapshot ? m->snapshot->at_ns : s->changed_ns;
    uint64_t end = ended || now < s->changed_ns ? s->changed_ns : now;

    return end > s->opened_ns ? end - s->opened_ns : 0;
}

static void write_session(const struct model *m, const struct session_status *s,
                          struct line *line)
{
    snprintf(line->text[ID], sizeof(line->text[ID]), "session %llu", (unsigned long long)s->id);
    if (s->server_id)
        snprintf(line->text[KIND], sizeof(line->text[KIND]), "server %llu%s%s",
                 (unsigned long long)s->server_id, s->tag[0] ? " tag:" : "", s->tag);
    else
        snprintf(line->text[KIND], sizeof(line->text[KIND]), "%s%s",
                 s->tag[0] ? "tag:" : "opened", s->tag);
    addr_format(&s->local, line->text[LOCAL]);
    if (s->peer.family == AF_UNSPEC)
        write_endpoint(&s->endpoint, line->text[PEER]);
    else
        addr_format(&s->peer, line->text[PEER]);
    snprintf(line->text[STATE], sizeof(line->text[STATE]), "%s",
             s->err.code ? figure_error(&s->err) : session_state_name(s->state));
    line->state = s->err.code                  ? STYLE_BAD
                  : s->state == SESSION_OPEN   ? STYLE_GOOD
                  : s->state == SESSION_CLOSED ? STYLE_DIM
                                               : STYLE_BUSY;
    text_number(s->received_bytes, line->text[RECEIVED]);
    text_number(s->sent_bytes, line->text[SENT]);
    text_number(s->queued_bytes, line->text[QUEUED]);
    text_duration(age_ns(m, s), line->text[AGE]);
}

static bool line_of(const struct model *m, size_t index, struct line *line)
{
    *line = (struct line){.state = STYLE_NORMAL};
    if (index >= count(m))
        return false;
    if (server_at(m, index))
        write_server(server_at(m, index), line);
    else
        write_session(m, session_at(m, index), line);
    return true;
}

static void item_text(const void *panel, const struct model *m, size_t index, char *buf)
{
    struct line line;

    (void)panel;
    if (line_of(m, index, &line))
        snprintf(buf, LIST_ITEM_BYTES, "%.40s %.40s %.120s %.160s %.40s", line.text[ID],
                 line.text[KIND], line.text[LOCAL], line.text[PEER], line.text[STATE]);
}

/* --- drawing ---------------------------------------------------------------------------- */

struct layout {
    int at[N_COLUMNS], width[N_COLUMNS]; /* width 0: folded away */
    bool folded;
};

static void measure(const struct sessions_view *p, const struct model *m, int rows,
                    int want[N_COLUMNS])
{
    struct line line;

    for (int c = 0; c < N_COLUMNS; c++)
        want[c] = titles[c].least;
    for (int i = 0; i < rows && line_of(m, p->list.top + (size_t)i, &line); i++)
        for (int c = 0; c < N_COLUMNS; c++)
            if (text_columns(line.text[c]) > want[c])
                want[c] = text_columns(line.text[c]);
}

static struct layout lay_out(const struct sessions_view *p, const struct model *m, int columns,
                             int rows)
{
    static const enum place order[] = {AGE, LOCAL, QUEUED, KIND, RECEIVED, SENT, STATE};
    int want[N_COLUMNS], need = 0, at = 1;
    struct layout l = {.folded = false};

    measure(p, m, rows, want);
    /* Numbers and states are whole or not there; the others may be cut, visibly. */
    for (int c = 0; c < N_COLUMNS; c++) {
        l.width[c] = titles[c].number || c == STATE ? want[c] : titles[c].least;
        need += l.width[c] + 1;
    }
    /* Where something is folded the sign of it needs two columns. */
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]) && need > columns; i++) {
        need -= l.width[order[i]] + 1;
        l.width[order[i]] = 0;
        columns -= l.folded ? 0 : 2;
        l.folded = true;
    }
    for (int c = 0; c < N_COLUMNS; c++) {
        int more = want[c] - l.width[c];

        more = more < columns - need ? more : columns - need;
        if (l.width[c] && more > 0) {
            l.width[c] += more;
            need += more;
        }
        l.at[c] = at;
        at += l.width[c] ? l.width[c] + 1 : 0;
    }
    return l;
}

static void draw_line(struct area a, int row, const struct layout *l, const struct line *line)
{
    for (int c = 0; c < N_COLUMNS; c++) {
        if (titles[c].number)
            area_text_right(a, row, l->at[c], l->width[c], STYLE_NORMAL, line->text[c]);
        else
            area_text_cut(a, row, l->at[c], l->width[c],
                          c == STATE ? line->state : STYLE_NORMAL, line->text[c]);
    }
}

static void draw_header(struct area a, const struct layout *l)
{
    for (int c = 0; c < N_COLUMNS; c++) {
        if (titles[c].number)
            area_text_right(a, 0, l->at[c], l->width[c], STYLE_HEADER, titles[c].title);
        else
            area_text_cut(a, 0, l->at[c], l->width[c], STYLE_HEADER, titles[c].title);
    }
    if (l->folded)
        area_glyph(a, 0, a.columns - 1, STYLE_HEADER, GLYPH_ELLIPSIS);
}

static void sessions_draw(const void *self, const struct model *m, struct area a, bool keys)
{
    const struct sessions_view *p = self;
    int rows = a.rows - 1 - (m->forgotten_sessions > 0);
    struct layout l = lay_out(p, m, a.columns, rows);
    char number[TEXT_NUMBER_BYTES];
    struct line line;

    draw_header(a, &l);
    if (m->forgotten_sessions && a.rows > 1)
        area_printf(a, a.rows - 1, 1, STYLE_BAD, "%s older sessions are forgotten",
                    text_number(m->forgotten_sessions, number));
    if (!count(m))
        figure_paragraph(area_part(a, 1, 1, a.rows - 1, a.columns - 1), 0, STYLE_DIM,
                         "nothing of ours yet: o opens a session, L starts a server");
    for (int i = 0; i < rows && line_of(m, p->list.top + (size_t)i, &line); i++) {
        draw_line(a, 1 + i, &l, &line);
        if (id_at(m, p->list.top + (size_t)i) == m->focus.session_id && m->focus.session_id)
            area_glyph(a, 1 + i, 0, STYLE_KEY, GLYPH_CURSOR_ROW);
        if (p->list.top + (size_t)i == p->list.cursor)
            list_view_mark(a, 1 + i, keys);
    }
}

/* --- keys ------------------------------------------------------------------------------- */

static void refresh(struct sessions_view *p, const struct model *m)
{
    list_view_rows(&p->list, p->rows - 1 - (m->forgotten_sessions > 0));
    list_view_count(&p->list, count(m));
    for (size_t i = 0; p->id && i < p->list.count; i++)
        if (id_at(m, i) == p->id) {
            list_view_to(&p->list, i);
            break;
        }
    p->id = id_at(m, p->list.cursor);
}

/* The row of a listening socket of ours, as far as we know it ourselves. */
static struct focus focus_of_server(const struct model *m, const struct server_status *s)
{
    struct row row = {.cookie = s->cookie, .state = STATE_LISTEN, .kind = KIND_TCP};

    for (size_t i = 0; m->snapshot && s->cookie && i < m->snapshot->n_rows; i++)
        if (m->snapshot->rows[i].cookie == s->cookie)
            return model_focus_of_row(m, &m->snapshot->rows[i]);
    if (endpoint_numeric(&s->endpoint, &row.local))
        row.peer.family = row.local.family;
    return model_focus_of_row(m, &row);
}

static void focus_cursor(struct sessions_view *p, const struct model *m,
                         struct requests *requests)
{
    const struct server_status *server = server_at(m, p->list.cursor);

    p->id = id_at(m, p->list.cursor);
    if (!p->id)
        return;
    requests->set_focus = true;
    requests->focus = server ? focus_of_server(m, server) : model_focus_of_session(m, p->id);
}

/* The tag of the engine's, so that close tag:NAME means the same everywhere. */
static void tag_cursor(struct sessions_view *p, const struct model *m,
                       struct requests *requests)
{
    const struct session_status *s = session_at(m, p->list.cursor);

    if (!s || s->state == SESSION_CLOSED || s->state == SESSION_FAILED) {
        snprintf(requests->notice, sizeof(requests->notice), "only open sessions are tagged");
        return;
    }
    snprintf(requests->command, sizeof(requests->command), "tag %llu%s",
             (unsigned long long)s->id, s->tag[0] ? "" : " tagged");
    list_view_move(&p->list, ACTION_DOWN);
}

static enum panel_reply sessions_update(void *self, const struct panel_event *event,
                                        const struct model *m, struct requests *requests)
{
    struct sessions_view *p = self;

    if (event->kind == PANEL_RESIZE)
        p->rows = event->rows;
    refresh(p, m);
    if (event->kind == PANEL_RESIZE || event->kind == PANEL_TICK)
        return PANEL_HANDLED;
    if (event->kind == PANEL_ACTION && event->action == ACTION_TAG) {
        tag_cursor(p, m, requests);
        focus_cursor(p, m, requests);
        return PANEL_HANDLED;
    }
    if (!list_view_click(&p->list, event, 1) &&
        !list_view_search(&p->list, event, item_text, p, m, requests) &&
        !list_view_move(&p->list, event->action) && event->action != ACTION_DETAILS)
        return PANEL_IGNORED;
    focus_cursor(p, m, requests);
    /* The console then looks closer at it. */
    return event->kind == PANEL_ACTION && event->action == ACTION_DETAILS ? PANEL_IGNORED
                                                                          : PANEL_HANDLED;
}

static void sessions_subjects(const void *self, const struct model *m, struct subjects *ret)
{
    const struct sessions_view *p = self;
    struct line line;

    if (!line_of(m, p->list.cursor, &line))
        return;
    for (int c = 0; c < N_COLUMNS; c++)
        subjects_add(ret, TOPIC_SESSION, NULL, titles[c].title, line.text[c]);
    ret->cursor = STATE;
    subjects_of_session(ret, m, session_at(m, p->list.cursor));
}

const struct panel_ops sessions_panel = {
    .name = "sessions",
    .open = sessions_open,
    .close = free,
    .update = sessions_update,
    .draw = sessions_draw,
    .subjects = sessions_subjects,
};
