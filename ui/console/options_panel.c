/* ui/console/options_panel.c - the options of the selected session's or server's socket.
 *
 *  Option            Value      Unit   Set  What it is for              57 of session 2
 *  SO_KEEPALIVE      off               yes  Probe a connection on which nothing moves...
 * >SO_RCVBUF         131,072    bytes  yes  Room for what has come and was not read yet.
 *  SO_TYPE           stream            -    What sort of socket it is.
 *  ── SO_RCVBUF ───────────────────────────────────────────────────────────────────────
 *   Room for what has come and was not read yet.
 *   takes a number from 0 to 2147483647; the kernel doubles it
 *   socket(7)    Enter fills in :set 2 SO_RCVBUF=131072
 *
 * Values are read again each second; one that became another meanwhile is marked.  What setting
 * one came to is said by the command itself, and stays below while the option is selected. */
#include "ui/console/panel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/model/command.h"
#include "core/net/option_values.h"
#include "ui/console/figures.h"
#include "ui/console/list_view.h"

enum { VALUE_COLUMNS = 18, VALUE_COLUMNS_MOST = 40, UNIT_COLUMNS = 8, SET_COLUMNS = 4 };
enum { DETAIL_ROWS = 7, DETAIL_FROM_ROWS = 14 };
#define LOOK_NS CLOCK_SECOND_NS

struct options_view {
    struct list_view list;
    int rows, columns;
    size_t shown[OPTION_VALUES]; /* places in the model's list */
    struct line_edit filter;
    bool filtering;    /* it is being typed */
    uint64_t asked_ns; /* for the values, last */
    uint64_t asked_id;
    struct option_values *before; /* the look that was compared last */
    bool changed[OPTION_VALUES];  /* since the one before it */
};

static void *options_open(void)
{
    struct options_view *p = mem_new(1, sizeof(*p));

    line_edit_init(&p->filter);
    return p;
}

static void options_close(void *self)
{
    struct options_view *p = self;

    if (!p)
        return;
    line_edit_done(&p->filter);
    free(p->before);
    free(p);
}

/* The session or server of the selected row, else the newest session of ours; 0: none. */
static uint64_t target_of(const struct model *m)
{
    const struct server_status *server =
        m->focus.kind == FOCUS_ROW ? model_server_by_cookie(m, m->focus.row.cookie) : NULL;
    const struct session_status *newest = model_newest_session(m);

    return m->focus.session_id ? m->focus.session_id
           : server            ? server->id
           : newest            ? newest->id
                               : 0;
}

/* Its values; NULL: they have not come yet, or are of another. */
static const struct option_values *values_of(const struct model *m)
{
    return m->options && m->options->id == target_of(m) ? m->options : NULL;
}

static const struct option_value_now *value_at(const struct options_view *p,
                                               const struct model *m, size_t index)
{
    const struct option_values *v = values_of(m);

    return v && index < p->list.count ? &v->list[p->shown[index]] : NULL;
}

/* --- words ------------------------------------------------------------------------------ */

/* Exact digits with separators; what is no number as it is. */
static const char *value_text(const struct option_value_now *v, char buf[OPTION_VALUE_BYTES])
{
    size_t digits = strspn(v->text, "0123456789");

    if (v->unread)
        return v->option->flags & OPTION_READ ? "not read" : "only set";
    if (v->error)
        return err_name(v->error);
    if (digits && digits < 19 && !v->text[digits])
        return text_number(strtoull(v->text, NULL, 10), buf);
    snprintf(buf, OPTION_VALUE_BYTES, "%s", v->text);
    return buf;
}

static const char *access_text(const struct socket_option *o)
{
    return !(o->flags & OPTION_WRITE) ? "-" : o->flags & OPTION_PRIVILEGED ? "root" : "yes";
}

static const char *name_of(const struct model *m, uint64_t id, char buf[40])
{
    snprintf(buf, 40, "%s %llu", model_server(m, id) ? "server" : "session",
             (unsigned long long)id);
    return buf;
}

static void item_text(const void *panel, const struct model *m, size_t index, char *buf)
{
    const struct option_value_now *v = value_at(panel, m, index);

    if (v)
        snprintf(buf, LIST_ITEM_BYTES, "%s %s %s", v->option->name, v->text,
                 v->option->summary);
}

/* --- drawing ---------------------------------------------------------------------------- */

struct columns {
    int name, value, unit, set, text;
};

static struct columns lay_out(const struct options_view *p, const struct model *m, int columns)
{
    int name = 12, value = VALUE_COLUMNS;
    char buf[OPTION_VALUE_BYTES];

    for (size_t i = 0; i < p->list.count; i++) {
        const struct option_value_now *v = value_at(p, m, i);
        int wide = v ? text_columns(value_text(v, buf)) : 0;

        if (v && text_columns(v->option->name) > name)
            name = text_columns(v->option->name);
        if (wide > value)
            value = wide < VALUE_COLUMNS_MOST ? wide : VALUE_COLUMNS_MOST;
    }
    if (columns < 120 && value > VALUE_COLUMNS)
        value = VALUE_COLUMNS;
    return (struct columns){.name = 1,
                            .value = 1 + name + 1,
                            .unit = 1 + name + 1 + value + 1,
                            .set = 1 + name + 1 + value + 1 + UNIT_COLUMNS,
                            .text = 1 + name + 1 + value + 1 + UNIT_COLUMNS + SET_COLUMNS + 1};
}

static void draw_header(const struct options_view *p, const struct model *m, struct area a,
                        const struct columns *c)
{
    const struct option_values *v = values_of(m);
    char text[120], name[40];

    area_text_cut(a, 0, c->name, c->value - c->name, STYLE_HEADER, "Option");
    area_text(a, 0, c->value, STYLE_HEADER, "Value");
    area_text(a, 0, c->unit, STYLE_HEADER, "Unit");
    area_text(a, 0, c->set, STYLE_HEADER, "Set");
    name_of(m, target_of(m), name);
    if (!target_of(m))
        text[0] = '\0';
    else if (v && p->list.count < v->n)
        snprintf(text, sizeof(text), "%zu of the %zu of %s", p->list.count, v->n, name);
    else
        snprintf(text, sizeof(text), "%zu of %s", p->list.count, name);
    area_text_right(a, 0, c->text, a.columns - c->text, STYLE_DIM, text);
}

static void draw_option(struct area a, int row, const struct columns *c,
                        const struct option_value_now *v, bool changed)
{
    const struct socket_option *o = v->option;
    char buf[OPTION_VALUE_BYTES];
    enum style style = v->unread  ? STYLE_DIM
                       : v->error ? STYLE_BUSY
                       : changed  ? STYLE_CHANGED
                                  : STYLE_NORMAL;

    area_text_cut(a, row, c->name, c->value - c->name - 1, STYLE_NORMAL, o->name);
    area_text_cut(a, row, c->value, c->unit - c->value - 1, style, value_text(v, buf));
    area_text_cut(a, row, c->unit, UNIT_COLUMNS - 1, STYLE_DIM, o->unit);
    area_text_cut(a, row, c->set, SET_COLUMNS, STYLE_DIM, access_text(o));
    area_text_cut(a, row, c->text, a.columns - c->text, STYLE_DIM, o->summary);
}

/* What a command said of it: it begins with the name. */
static bool said_of(const struct model *m, const struct socket_option *o)
{
    return strstr(m->notice, o->name) != NULL;
}

static void draw_detail(const struct model *m, struct area a, const struct option_value_now *v)
{
    const struct socket_option *o = v->option;
    struct area in = area_part(a, 1, 2, a.rows - 1, a.columns - 3);
    char expects[OPTION_EXPECTS_BYTES], text[OPTION_EXPECTS_BYTES + 256];
    char advice[96];
    int row;

    area_title(a, 0, STYLE_DIM, o->name);
    row = figure_paragraph(in, 0, STYLE_NORMAL, o->summary);
    if (v->error) {
        snprintf(text, sizeof(text),
                 "reading it gives %s: this kernel or this socket does not "
                 "have it",
                 err_name(v->error));
        row = figure_paragraph(in, row, STYLE_BUSY, text);
    }
    if (o->flags & OPTION_WRITE) {
        snprintf(text, sizeof(text), "takes %s%s%s", option_expects(o, expects),
                 o->change ? "; the kernel may change it: " : "", o->change ? o->change : "");
        row = figure_paragraph(in, row, STYLE_NORMAL, text);
    }
    action_text(v->unread && o->flags & OPTION_READ
                    ? "reading it would change something: {details} reads it"
                : !(o->flags & OPTION_WRITE)   ? "it can only be read"
                : o->flags & OPTION_PRIVILEGED ? "setting it needs CAP_NET_ADMIN or CAP_NET_RAW"
                                               : "{details} fills in the command that sets it",
                advice, sizeof(advice));
    snprintf(text, sizeof(text), "%s; %s", o->man, advice);
    row = figure_paragraph(in, row, STYLE_DIM, text);
    if (said_of(m, o))
        figure_paragraph(in, row, m->notice_bad ? STYLE_BAD : STYLE_GOOD, m->notice);
}

static void draw_nothing(const struct model *m, struct area a)
{
    uint64_t id = target_of(m);
    const struct option_values *v = values_of(m);
    const char *text =
        "no socket of ours is selected: {open} opens a session, {serve} starts a server";
    char line[400];

    if (id && v && v->err.code) {
        err_format(&v->err, line, sizeof(line));
        figure_paragraph(area_part(a, 1, 1, a.rows - 1, a.columns - 1), 0, STYLE_DIM, line);
        return;
    } else if (id && v) {
        text = "no option matches the filter: {leave} takes it away";
    } else if (id) {
        text = "its socket has ended, or its options have not been read yet";
    }
    figure_advice(a, 1, text);
}

static int detail_rows(int rows)
{
    return rows >= DETAIL_FROM_ROWS ? DETAIL_ROWS : 0;
}

static void draw_filter(const struct options_view *p, struct area a)
{
    int at = area_text(a, 0, 1, STYLE_KEY, "filter: ");

    if (p->filtering)
        line_edit_draw(&p->filter, a, 0, at);
    else
        area_text_cut(a, 0, at, a.columns - at, STYLE_NORMAL, p->filter.text);
}

static void options_draw(const void *self, const struct model *m, struct area a, bool keys)
{
    const struct options_view *p = self;
    struct columns c = lay_out(p, m, a.columns);
    bool filter = p->filtering || p->filter.len;
    int detail = detail_rows(a.rows), rows = a.rows - detail - 1 - filter;
    const struct option_value_now *v;

    draw_header(p, m, a, &c);
    if (!p->list.count)
        draw_nothing(m, a);
    for (int i = 0; i < rows; i++) {
        size_t index = p->list.top + (size_t)i;

        v = value_at(p, m, index);
        if (!v)
            break;
        draw_option(a, 1 + i, &c, v, p->changed[p->shown[index]]);
        if (index == p->list.cursor)
            list_view_mark(a, 1 + i, keys);
    }
    if (filter)
        draw_filter(p, area_part(a, a.rows - detail - 1, 0, 1, a.columns));
    v = value_at(p, m, p->list.cursor);
    if (detail && v)
        draw_detail(m, area_part(a, a.rows - detail, 0, detail, a.columns), v);
}

/* --- keys ------------------------------------------------------------------------------- */

static bool matches(const struct options_view *p, const struct option_value_now *v)
{
    return strcasestr(v->option->name, p->filter.text) ||
           (v->option->alias && strcasestr(v->option->alias, p->filter.text)) ||
           strcasestr(v->option->summary, p->filter.text);
}

/* Which of them are others than at the look before. */
static void compare(struct options_view *p, const struct option_values *v)
{
    bool same_socket = p->before && p->before->id == v->id && p->before->n == v->n;

    if (same_socket && p->before->at_ns == v->at_ns)
        return;
    for (size_t i = 0; i < v->n; i++)
        p->changed[i] = same_socket && strcmp(p->before->list[i].text, v->list[i].text) != 0;
    free(p->before);
    p->before = mem_copy(v, sizeof(*v));
}

static void refresh(struct options_view *p, const struct model *m)
{
    const struct option_values *v = values_of(m);
    size_t n = 0;

    if (v)
        compare(p, v);
    for (size_t i = 0; v && i < v->n; i++)
        if (matches(p, &v->list[i]))
            p->shown[n++] = i;
    list_view_count(&p->list, n);
    list_view_rows(&p->list,
                   p->rows - 1 - detail_rows(p->rows) - (p->filtering || p->filter.len));
}

static bool has_socket(const struct model *m, uint64_t id)
{
    const struct session_status *s = model_session(m, id);
    const struct server_status *server = model_server(m, id);

    return (s && s->state != SESSION_CLOSED && s->state != SESSION_FAILED) ||
           (server && server->listening);
}

/* Each second, and at once behind a command, whose words are newer than the values. */
static void ask(struct options_view *p, const struct model *m, struct requests *requests)
{
    uint64_t id = target_of(m), now = clock_shown_ns();
    bool due = id != p->asked_id || now >= p->asked_ns + LOOK_NS || m->notice_ns > p->asked_ns;

    if (!id || !due || !has_socket(m, id) || m->paused)
        return;
    p->asked_id = id;
    p->asked_ns = now;
    snprintf(requests->command, sizeof(requests->command), "get %llu " COMMAND_ALL_OPTIONS,
             (unsigned long long)id);
}

/* An option that is on or off begins as the other. */
static const char *proposal(const struct option_value_now *v)
{
    return v->error || v->unread            ? ""
           : v->option->type != OPTION_BOOL ? v->text
           : strcmp(v->text, "on") == 0     ? "off"
                                            : "on";
}

static enum panel_reply edit(const struct options_view *p, const struct model *m,
                             struct requests *requests)
{
    const struct option_value_now *v = value_at(p, m, p->list.cursor);
    const char *value, *quote;

    if (!v)
        return PANEL_HANDLED;
    if (v->unread && v->option->flags & OPTION_READ && !(v->option->flags & OPTION_WRITE)) {
        snprintf(requests->command, sizeof(requests->command), "get %llu %s",
                 (unsigned long long)target_of(m), v->option->name);
    } else if (!(v->option->flags & OPTION_WRITE)) {
        snprintf(requests->notice, sizeof(requests->notice), "%s can only be read: %s",
                 v->option->name, v->option->man);
    } else {
        value = proposal(v);
        quote = strchr(value, ' ') ? "'" : "";
        snprintf(requests->prompt, sizeof(requests->prompt), "set %llu %s%s=%s%s",
                 (unsigned long long)target_of(m), quote, v->option->name, value, quote);
    }
    return PANEL_HANDLED;
}

/* A letter of the filter; keys that move the list still do. */
static enum panel_reply type(struct options_view *p, const struct panel_event *event,
                             const struct model *m)
{
    enum action action = event->key == KEYS_UP     ? ACTION_UP
                         : event->key == KEYS_DOWN ? ACTION_DOWN
                         : event->key == KEYS_PGUP ? ACTION_PAGE_UP
                         : event->key == KEYS_PGDN ? ACTION_PAGE_DOWN
                                                   : ACTION_NONE;

    if (action != ACTION_NONE) {
        list_view_move(&p->list, action);
    } else if (!line_edit_key(&p->filter, event->key)) {
        p->filtering = event->key != KEYS_ENTER && event->key != KEYS_ESCAPE;
        if (event->key == KEYS_ESCAPE)
            line_edit_set(&p->filter, "");
        refresh(p, m);
        return PANEL_IGNORED;
    }
    refresh(p, m);
    return PANEL_HANDLED;
}

static enum panel_reply options_update(void *self, const struct panel_event *event,
                                       const struct model *m, struct requests *requests)
{
    struct options_view *p = self;

    if (event->kind == PANEL_RESIZE) {
        p->rows = event->rows;
        p->columns = event->columns;
    }
    refresh(p, m);
    if (event->kind == PANEL_TICK)
        ask(p, m, requests);
    if (event->kind == PANEL_RESIZE || event->kind == PANEL_TICK)
        return PANEL_HANDLED;
    if (event->kind == PANEL_KEY)
        return type(p, event, m);
    if (list_view_click(&p->list, event, 1) ||
        list_view_search(&p->list, event, item_text, p, m, requests))
        return PANEL_HANDLED;
    if (event->kind != PANEL_ACTION)
        return PANEL_IGNORED;
    if (list_view_move(&p->list, event->action))
        return PANEL_HANDLED;
    if (event->action == ACTION_DETAILS)
        return edit(p, m, requests);
    if (event->action == ACTION_FILTER) {
        p->filtering = requests->type_here = true;
        refresh(p, m);
        return PANEL_HANDLED;
    }
    if (event->action == ACTION_LEAVE && p->filter.len) {
        line_edit_set(&p->filter, "");
        refresh(p, m);
        return PANEL_HANDLED;
    }
    return PANEL_IGNORED;
}

const struct panel_ops options_panel = {
    .name = "options",
    .open = options_open,
    .close = options_close,
    .update = options_update,
    .draw = options_draw,
};
