/* ui/console/journal_panel.c - the socket calls that were made, and what they returned.
 *
 *        Time Session     Call                                        3 calls, 0 overwritten
 *    0.000102 session 2   socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 5
 * <0.000011> 0.000187 session 2   connect(5, 127.0.0.1:1) = -1 ECONNREFUSED (Connection
 * refused) <0.000035>
 *  ── ECONNREFUSED: Connection refused ──────────────────────────────────────────────
 *   means The peer's host answered, and said that nothing accepts this: ...
 *   often No program listens on that address and port: ...
 *   try   sockeye why HOST:PORT
 *
 * v shows each call as strace, Python or C would write it.  The lower rows explain the selected
 * call, when it failed and there is room.  Records become text only for the rows that are drawn.
 * The list shows its end until somebody scrolls up, and again after G. */
#include "ui/console/journal_panel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/model/command.h"
#include "core/report/journal_c.h"
#include "core/report/journal_python.h"
#include "ui/console/explain.h"
#include "ui/console/figures.h"
#include "ui/console/list_view.h"

enum { WHO_COLUMNS = 12, WHO_BYTES = 32, NARROW_COLUMNS = 60, EXPLAINED_ROWS_LEAST = 8 };
/* What a row shows of a call, and of its bytes. */
enum { ROW_TEXT_BYTES = 1024, ROW_DATA_BYTES = 128 };

enum form { FORM_STRACE, FORM_PYTHON, FORM_C, FORMS };

static const char *const form_names[FORMS] = {"strace", "Python", "C"};

struct journal_view {
    enum form form;
    struct list_view list;
    uint64_t base; /* number of the list's first call */
    int rows, columns;
    int explained; /* rows at the bottom, with their title */
    bool wall;
};

static void *journal_open(void)
{
    struct journal_view *p = mem_new(1, sizeof(*p));

    p->list.follows = true;
    return p;
}

static const char *who(const struct model *m, uint64_t id, char buf[WHO_BYTES])
{
    const char *what = model_session(m, id) ? "session" : model_server(m, id) ? "server" : "";

    buf[0] = '\0';
    if (id)
        snprintf(buf, WHO_BYTES, "%s%s%llu", what, *what ? " " : "#", (unsigned long long)id);
    return buf;
}

static bool read_call(const struct journal_view *p, const struct model *m, size_t index,
                      struct call *ret)
{
    return ring_get(m->journal, p->base + index, ret, NULL, 0, NULL);
}

/* The call in the form that is shown; a row does not need all its bytes. */
static bool call_text(const struct journal_view *p, const struct model *m, size_t index,
                      size_t most, char *buf, size_t size)
{
    struct line_out line = line_in(buf, size);
    uint8_t bytes[CALL_KEPT_BYTES];
    char name[24];
    struct call call;
    size_t len;
    struct call_code code = {&call, bytes, 0, name, ""};

    if (!journal_read(m->journal, p->base + index, &call, bytes, most, &len))
        return false;
    code.len = len;
    if (p->form == FORM_STRACE) {
        call_format(&call, buf, size);
        return true;
    }
    snprintf(name, sizeof(name), p->form == FORM_C ? "%d" : "s%d", call.fd);
    code.constant = p->form == FORM_C ? "" : "socket.";
    (p->form == FORM_C ? call_c : call_python)(&line, &code);
    return true;
}

static void item_text(const void *panel, const struct model *m, size_t index, char *buf)
{
    char name[WHO_BYTES], text[ROW_TEXT_BYTES];
    struct line_out line;
    struct call call;

    if (!read_call(panel, m, index, &call) ||
        !call_text(panel, m, index, ROW_DATA_BYTES, text, sizeof(text)))
        return;
    line = line_in(buf, LIST_ITEM_BYTES);
    line_add(&line, "%s %s", who(m, call.session_id, name), text);
}

/* "Not yet" is no failure: a socket that does not block says it all the time. */
static enum style call_style(const struct call *call)
{
    return !call->error                                          ? STYLE_NORMAL
           : call->error == EAGAIN || call->error == EINPROGRESS ? STYLE_BUSY
                                                                 : STYLE_BAD;
}

/* What the selected call failed with; NULL: it did not, or nothing is known about it.  "Not yet"
 * is explained to who looks for it: a list that follows would jump up and down all the time. */
static const struct error_entry *selected_error(const struct journal_view *p,
                                                const struct model *m)
{
    struct call call;

    if (!p->list.count || !read_call(p, m, p->list.cursor, &call) ||
        (p->list.follows && call_style(&call) == STYLE_BUSY))
        return NULL;
    return error_explain(call_failure(&call), NULL);
}

static int time_columns(const struct journal_view *p)
{
    return p->wall ? FIGURE_WALL_COLUMNS : FIGURE_SINCE_COLUMNS;
}

/* In a narrow pane only the call remains. */
static int call_column(const struct journal_view *p, int columns)
{
    return columns < NARROW_COLUMNS ? 1 : 1 + time_columns(p) + 1 + WHO_COLUMNS;
}

static void draw_header(const struct journal_view *p, struct area a)
{
    char calls[TEXT_NUMBER_BYTES], lost[TEXT_NUMBER_BYTES], text[96];
    int at = call_column(p, a.columns);

    if (at > 1) {
        area_text_right(a, 0, 1, time_columns(p), STYLE_HEADER, "Time");
        area_text(a, 0, 1 + time_columns(p) + 1, STYLE_HEADER, "Session");
    }
    at = area_text(a, 0, at, STYLE_HEADER, "Call");
    at = area_printf(a, 0, at, STYLE_DIM, " as %s", form_names[p->form]) + 1;
    snprintf(text, sizeof(text), "%s calls, %s overwritten",
             text_number(p->base + p->list.count, calls), text_number(p->base, lost));
    area_text_right(a, 0, at, a.columns - at, p->base ? STYLE_BAD : STYLE_DIM, text);
}

static void draw_call(const struct journal_view *p, const struct model *m, struct area a,
                      int row, size_t index)
{
    char text[ROW_TEXT_BYTES], name[WHO_BYTES], time[FIGURE_TIME_BYTES];
    int at = call_column(p, a.columns);
    struct call call;

    if (!read_call(p, m, index, &call) ||
        !call_text(p, m, index, ROW_DATA_BYTES, text, sizeof(text))) {
        area_text_cut(a, row, at, a.columns - at, STYLE_DIM, "(overwritten)");
        return;
    }
    if (at > 1) {
        if (p->wall)
            figure_wall(figure_wall_ns(m, call.start_ns), time);
        else
            figure_since(m->start_ns, call.start_ns, time);
        area_text_right(a, row, 1, time_columns(p), STYLE_DIM, time);
        area_text_cut(a, row, 1 + time_columns(p) + 1, WHO_COLUMNS - 1, STYLE_NORMAL,
                      who(m, call.session_id, name));
    }
    area_text_cut(a, row, at, a.columns - at, call_style(&call), text);
}

static void draw_explanation(const struct journal_view *p, const struct model *m, struct area a)
{
    const struct error_entry *e = selected_error(p, m);
    char title[128];

    if (!e)
        return;
    snprintf(title, sizeof(title), "%s: %s", e->name, error_sentence(e));
    area_title(a, 0, STYLE_DIM, title);
    explain_draw(area_part(a, 1, 0, a.rows - 1, a.columns), e);
}

static void journal_draw(const void *self, const struct model *m, struct area a, bool keys)
{
    const struct journal_view *p = self;
    int rows = a.rows - p->explained;

    draw_header(p, a);
    if (!p->list.count)
        figure_advice(a, 1,
                      "no socket call yet: {open} opens a session, {serve} starts a server");
    for (int i = 0; i < rows - 1 && p->list.top + (size_t)i < p->list.count; i++) {
        size_t index = p->list.top + (size_t)i;

        draw_call(p, m, a, 1 + i, index);
        if (index == p->list.cursor)
            list_view_mark(a, 1 + i, keys);
    }
    if (p->explained)
        draw_explanation(p, m, area_part(a, rows, 0, p->explained, a.columns));
}

/* The list keeps the better half. */
static int explained_rows(const struct journal_view *p, const struct model *m)
{
    int rows = 0;

    if (p->rows >= EXPLAINED_ROWS_LEAST)
        rows = explain_rows(selected_error(p, m), p->rows / 2 - 1, p->columns);
    return rows ? rows + 1 : 0;
}

static void refresh(struct journal_view *p, const struct model *m)
{
    uint64_t tail = ring_tail(m->journal), end = model_journal_end(m);

    if (tail > p->base)
        list_view_dropped(&p->list, (size_t)(tail - p->base));
    p->base = tail;
    list_view_count(&p->list, end > tail ? (size_t)(end - tail) : 0);
    list_view_follow(&p->list);
    p->explained = explained_rows(p, m);
    list_view_rows(&p->list, p->rows - 1 - p->explained);
}

/* Enter: the session or server of the call. */
static enum panel_reply focus_call(const struct journal_view *p, const struct model *m,
                                   struct requests *requests)
{
    struct call call;

    if (!p->list.count || !read_call(p, m, p->list.cursor, &call) ||
        !model_session(m, call.session_id))
        return PANEL_IGNORED;
    requests->set_focus = true;
    requests->focus = model_focus_of_session(m, call.session_id);
    return PANEL_HANDLED;
}

/* The endpoint that a call was about; false: it names none. */
static bool endpoint_of(const struct call *call, const struct model *m, struct endpoint *ret)
{
    const struct session_status *s = model_session(m, call->session_id);

    if (s && call->name != CALL_BIND)
        *ret = s->endpoint;
    else if (call->addr.family != AF_UNSPEC && call->addr.port)
        *ret = endpoint_from_addr(ENDPOINT_TCP, &call->addr);
    else
        return false;
    if (s && s->endpoint.scheme == ENDPOINT_UDP)
        ret->scheme = ENDPOINT_UDP;
    return true;
}

/* Why a bind or a connect failed is asked by its endpoint, anything else of its session. */
static enum panel_reply ask_call(const struct journal_view *p, const struct model *m,
                                 struct requests *requests)
{
    char endpoint[ENDPOINT_TEXT_BYTES];
    struct endpoint to;
    struct call call;
    bool of_endpoint;

    if (!p->list.count || !read_call(p, m, p->list.cursor, &call))
        return PANEL_IGNORED;
    of_endpoint = call_style(&call) == STYLE_BAD || call_failure(&call) != 0;
    of_endpoint =
        of_endpoint && call_failure(&call) != EINPROGRESS &&
        (call.name == CALL_BIND || call.name == CALL_CONNECT || call.name == CALL_GETSOCKOPT);
    if (of_endpoint && endpoint_of(&call, m, &to)) {
        snprintf(requests->command, sizeof(requests->command), "why %s%s",
                 call.name == CALL_BIND ? COMMAND_BIND_PREFIX : "",
                 endpoint_format(&to, endpoint));
    } else if (model_session(m, call.session_id)) {
        requests->set_focus = requests->ask_why = true;
        requests->focus = model_focus_of_session(m, call.session_id);
    } else {
        snprintf(requests->notice, sizeof(requests->notice),
                 "the session of this call is not known any more");
    }
    return PANEL_HANDLED;
}

static enum panel_reply journal_update(void *self, const struct panel_event *event,
                                       const struct model *m, struct requests *requests)
{
    struct journal_view *p = self;

    if (event->kind == PANEL_TIMES) {
        p->wall = event->clock;
        return PANEL_HANDLED;
    }
    if (event->kind == PANEL_RESIZE) {
        p->rows = event->rows;
        p->columns = event->columns;
    }
    if (event->kind == PANEL_RESIZE || event->kind == PANEL_TICK) {
        refresh(p, m);
        return PANEL_HANDLED;
    }
    if (event->kind == PANEL_CALL) {
        refresh(p, m);
        p->list.follows = false;
        list_view_to(&p->list, event->call > p->base ? (size_t)(event->call - p->base) : 0);
        refresh(p, m);
        return PANEL_HANDLED;
    }
    if (list_view_click(&p->list, event, 1) ||
        list_view_search(&p->list, event, item_text, p, m, requests) ||
        (event->kind == PANEL_ACTION && list_view_move(&p->list, event->action))) {
        refresh(p, m);
        return PANEL_HANDLED;
    }
    if (event->action == ACTION_TIME_FORMAT) {
        p->wall = !p->wall;
        return PANEL_HANDLED;
    }
    if (event->kind == PANEL_ACTION && event->action == ACTION_VIEW) {
        p->form = (p->form + 1) % FORMS;
        return PANEL_HANDLED;
    }
    if (event->kind == PANEL_ACTION && event->action == ACTION_ASK_WHY)
        return ask_call(p, m, requests);
    if (event->action == ACTION_DETAILS)
        return focus_call(p, m, requests);
    return PANEL_IGNORED;
}

static void journal_subjects(const void *self, const struct model *m, struct subjects *ret)
{
    const struct journal_view *p = self;
    const struct error_entry *e;
    char text[CALL_TEXT_BYTES];
    struct call call;

    if (!p->list.count || !read_call(p, m, p->list.cursor, &call))
        return;
    call_format(&call, text, sizeof(text));
    subjects_add(ret, TOPIC_CALL, NULL, call_name((enum call_name)call.name), text);
    e = error_explain(call_failure(&call), NULL);
    if (e)
        subjects_add(ret, TOPIC_ERROR, NULL, e->name, error_sentence(e));
}

uint64_t journal_panel_session(const void *self, const struct model *m)
{
    const struct journal_view *p = self;
    struct call call;

    return p->list.count && read_call(p, m, p->list.cursor, &call) ? call.session_id : 0;
}

char *journal_panel_text(const void *self, const struct model *m)
{
    const struct journal_view *p = self;
    char *text = mem_new(1, JOURNAL_CODE_BYTES);

    if (p->list.count &&
        call_text(p, m, p->list.cursor, CALL_KEPT_BYTES, text, JOURNAL_CODE_BYTES))
        return text;
    free(text);
    return NULL;
}

enum program_language journal_panel_language(const void *self)
{
    const struct journal_view *p = self;

    return p->form == FORM_C ? PROGRAM_C : PROGRAM_PYTHON;
}

const struct panel_ops journal_panel = {
    .name = "journal",
    .open = journal_open,
    .close = free,
    .update = journal_update,
    .draw = journal_draw,
    .subjects = journal_subjects,
};
