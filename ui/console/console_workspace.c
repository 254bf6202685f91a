/* Workspaces: what is open into a file, and from one.
 *
 * What opened a server or a session of ours is kept as the command that a person could have typed.
 * From a file servers are started first; sessions follow when each of those has answered. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/line.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/model/errors.h"
#include "ui/console/console_state.h"
#include "ui/console/figures.h"

/* Commands whose answer is waited for: fewer than the console remembers. */
#define UNDER_WAY 16
#define CLEAN_BYTES 120

struct loading {
    struct workspace w;
    char name[CLEAN_BYTES];
    size_t next; /* of its lines */
    size_t waiting, waiting_servers;
    size_t servers, sessions, failed;
    char failure[2 * ERR_TEXT_BYTES]; /* the first */
};

static void refuse(struct console *c, const struct err *err)
{
    char text[MODEL_NOTICE_BYTES];

    error_format(err, text, sizeof(text));
    model_notice(&c->model, true, "%s", text);
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

/* --- what opened them ------------------------------------------------------------------- */

static bool is_open(const struct console *c, const struct opened *o)
{
    const struct server_status *server = o->server ? model_server(&c->model, o->id) : NULL;
    const struct session_status *s = o->server ? NULL : model_session(&c->model, o->id);

    if (o->server)
        return !server || server->listening;
    return !s || (s->state != SESSION_CLOSED && s->state != SESSION_FAILED);
}

/* Those that have ended since. */
static void prune(struct console *c)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n_opened; i++)
        if (is_open(c, &c->opened[i]))
            c->opened[n++] = c->opened[i];
        else
            free(c->opened[i].line);
    c->n_opened = n;
}

void console_keep_opened(struct console *c, struct posted *p, uint64_t id)
{
    if (c->n_opened == OPENED_KEPT)
        prune(c);
    if (c->n_opened == OPENED_KEPT) {
        c->n_not_kept++;
        return;
    }
    c->opened[c->n_opened++] = (struct opened){id, p->verb == VERB_SERVE, p->line};
    p->line = NULL;
}

void console_workspace_stop(struct console *c)
{
    for (size_t i = 0; i < c->n_opened; i++)
        free(c->opened[i].line);
    for (size_t i = 0; i < POSTED_MAX; i++)
        free(c->posted[i].line);
    c->n_opened = 0;
    if (c->loading)
        workspace_done(&c->loading->w);
    free(c->loading);
    c->loading = NULL;
}

/* --- layouts and names ------------------------------------------------------------------ */

void console_write_layout(const struct console *c, struct workspace *w)
{
    static const struct arrangement nothing = {0};

    w->has_layout = true;
    w->n_screens = 0;
    for (int i = 0; i < SCREEN_COUNT; i++) {
        const struct arrangement *as = &c->as[i];
        struct workspace_screen *s = &w->screens[w->n_screens];

        if (!memcmp(as, &nothing, sizeof(nothing)))
            continue;
        w->n_screens++;
        snprintf(s->name, sizeof(s->name), "%s", layout_screen_name((enum screen_id)i));
        if (as->preset != LAYOUT_USUAL)
            snprintf(s->layout, sizeof(s->layout), "%s", layout_preset_name(as->preset));
        if (as->split)
            snprintf(s->split, sizeof(s->split), "%s", layout_pane_name(as->beside));
        for (int pane = 0; pane < PANE_COUNT; pane++) {
            if (!as->more[pane].rows && !as->more[pane].columns)
                continue;
            s->panes[s->n_panes] = (struct workspace_pane){.rows = as->more[pane].rows,
                                                           .columns = as->more[pane].columns};
            snprintf(s->panes[s->n_panes++].name, WORKSPACE_NAME_BYTES, "%s",
                     layout_pane_name((enum pane_id)pane));
        }
    }
}

_Static_assert(SCREEN_COUNT <= WORKSPACE_SCREENS && PANE_COUNT <= WORKSPACE_PANES,
               "a workspace has room for all of them");

static int no_such(const char *path, size_t line, const char *field, const char *what,
                   const char *name, struct err *err)
{
    return config_wrong(path, line, field, err, "there is no %s '%s'", what, name);
}

static int read_screen(const struct workspace_screen *s, const char *path,
                       struct arrangement as[SCREEN_COUNT], struct err *err)
{
    enum screen_id screen;
    enum pane_id pane;
    char field[64];

    if (!layout_screen_parse(s->name, &screen))
        return no_such(path, s->line, "layout", "screen", s->name, err);
    snprintf(field, sizeof(field), "layout.%s", s->name);
    if (s->layout[0] && !layout_preset_parse(s->layout, &as[screen].preset))
        return no_such(path, s->line, field, "layout", s->layout, err);
    if (s->split[0] && !layout_pane_parse(s->split, &as[screen].beside))
        return no_such(path, s->line, field, "pane", s->split, err);
    as[screen].split = s->split[0] != '\0';
    for (size_t i = 0; i < s->n_panes; i++) {
        if (!layout_pane_parse(s->panes[i].name, &pane))
            return no_such(path, s->panes[i].line, field, "pane", s->panes[i].name, err);
        as[screen].more[pane].rows = (short)s->panes[i].rows;
        as[screen].more[pane].columns = (short)s->panes[i].columns;
    }
    return 0;
}

int console_read_layout(const struct workspace *w, const char *path,
                        struct arrangement as[SCREEN_COUNT], struct err *err)
{
    int r = 0;

    memset(as, 0, SCREEN_COUNT * sizeof(*as));
    for (size_t i = 0; i < w->n_screens && r == 0; i++)
        r = read_screen(&w->screens[i], path, as, err);
    return r;
}

/* A view whose names are known. */
struct view_named {
    enum screen_id screen;
    enum socket_view view;
    const struct column *sort;
    enum sums_order sums;
};

static int read_view(const struct workspace_view *v, const char *path, struct view_named *ret,
                     struct err *err)
{
    *ret = (struct view_named){.screen = SCREEN_HOME, .view = VIEW_LIST};
    if (v->screen[0] && !layout_screen_parse(v->screen, &ret->screen))
        return no_such(path, v->line, "view.screen", "screen", v->screen, err);
    if (v->sockets[0] && !view_parse(v->sockets, &ret->view))
        return no_such(path, v->line, "view.sockets", "view", v->sockets, err);
    ret->sort = v->sort[0] ? column_find(v->sort) : NULL;
    if (v->sort[0] && !ret->sort)
        return no_such(path, v->line, "view.sort", "column", v->sort, err);
    if (!sums_order_parse(v->sums, &ret->sums))
        return no_such(path, v->line, "view.sums", "order of sums", v->sums, err);
    return 0;
}

int console_check_workspace(const char *path, struct err *err)
{
    struct workspace *w = mem_new(1, sizeof(*w));
    struct arrangement as[SCREEN_COUNT];
    struct view_named named;
    int r = workspace_read(path, w, err);

    if (r == 0)
        r = console_read_layout(w, path, as, err);
    if (r == 0)
        r = read_view(&w->view, path, &named, err);
    workspace_done(w);
    free(w);
    return r;
}

/* --- into a file ------------------------------------------------------------------------ */

/* A server whose port was taken, or any, listens where it does. */
static bool add_opened(const struct console *c, const struct opened *o, struct workspace *w)
{
    const struct server_status *server = o->server ? model_server(&c->model, o->id) : NULL;
    char line[COMMAND_LINE_BYTES];
    struct command *command;

    if (!server)
        return workspace_add(w, o->server, o->line);
    command = mem_new(1, sizeof(*command));
    snprintf(line, sizeof(line), "%s", o->line);
    if (command_parse(line, command, NULL) == 0) {
        command->endpoint = server->endpoint;
        command_format(command, line, sizeof(line));
    }
    free(command);
    return workspace_add(w, true, line);
}

static void write_view(const struct console *c, struct workspace *w)
{
    const struct model *m = &c->model;
    struct line_out columns = line_in(w->view.columns, sizeof(w->view.columns));

    w->has_view = w->has_filters = true;
    snprintf(w->view.screen, sizeof(w->view.screen), "%s", layout_screen_name(c->screen));
    snprintf(w->view.sockets, sizeof(w->view.sockets), "%s", view_name(m->view));
    snprintf(w->view.sort, sizeof(w->view.sort), "%s", m->sort ? m->sort->name : "");
    w->view.descending = m->descending;
    snprintf(w->view.sums, sizeof(w->view.sums), "%s", sums_order_name(m->sums));
    w->view.sums_descending = m->sums_descending;
    for (size_t i = 0; i < m->n_columns; i++)
        line_add(&columns, "%s%s", i ? "," : "", m->columns[i] ? m->columns[i]->name : "owner");
    snprintf(w->filter, sizeof(w->filter), "%s", m->filter);
    for (unsigned lens = 0; lens < 1U + m->has_second; lens++)
        snprintf(w->packet_filters[lens], sizeof(w->packet_filters[lens]), "%s",
                 model_lens_filter(m, lens));
    snprintf(w->capture_filter, sizeof(w->capture_filter), "%s",
             m->capture ? m->capture->filter : "");
}

/* Whatever else has that name is not ours to overwrite. */
static bool may_replace(struct console *c, const char *path, const char *name)
{
    struct workspace *w = mem_new(1, sizeof(*w));
    struct err err = {0};
    struct stat st;
    bool may = stat(path, &st) < 0 || !S_ISREG(st.st_mode) || !st.st_size ||
               workspace_read(path, w, &err) == 0;

    workspace_done(w);
    free(w);
    if (!may)
        model_notice(&c->model, true, "%s is there and no workspace: it stays as it is", name);
    return may;
}

static void save(struct console *c, const char *path)
{
    struct workspace *w;
    size_t servers = 0, left_out = c->n_not_kept;
    char name[CLEAN_BYTES], more[96] = "";
    struct err err = {0};

    text_clean(path, strlen(path), name, sizeof(name));
    if (!may_replace(c, path, name))
        return;
    w = mem_new(1, sizeof(*w));
    prune(c);
    for (int server = 1; server >= 0; server--)
        for (size_t i = 0; i < c->n_opened; i++)
            if (c->opened[i].server == (server == 1))
                left_out += !add_opened(c, &c->opened[i], w);
    for (size_t i = 0; i < w->n_lines; i++)
        servers += w->lines[i].server;
    write_view(c, w);
    console_write_layout(c, w);
    if (left_out)
        snprintf(more, sizeof(more), "; %zu more are not in it: it holds %d", left_out,
                 WORKSPACE_LINES);
    if (workspace_save(w, path, &err) < 0)
        refuse(c, &err);
    else
        model_notice(&c->model, left_out > 0, "%s: %zu server%s, %zu session%s and the view%s",
                     name, servers, plural(servers), w->n_lines - servers,
                     plural(w->n_lines - servers), more);
    workspace_done(w);
    free(w);
}

/* --- from a file ------------------------------------------------------------------------ */

static int check_packet_filters(const struct workspace *w, const char *path, struct err *err)
{
    static const char *const fields[] = {"filters.packets", "filters.packets-2"};
    struct packet_filter *tree = NULL;
    struct err why = {0};

    for (int lens = 0; lens < 2; lens++) {
        if (packet_filter_parse(w->packet_filters[lens], &tree, &why) < 0)
            return config_wrong(path, w->filters_line, fields[lens], err, "%s", why.reason);
        packet_filter_free(tree);
    }
    return 0;
}

/* Filters first: they alone can still be wrong. */
static int show_filters(struct console *c, const struct workspace *w, const char *path,
                        struct err *err)
{
    struct model *m = &c->model;
    struct err why = {0};
    int r;

    if (!w->has_filters)
        return 0;
    r = check_packet_filters(w, path, err);
    if (r < 0)
        return r;
    if (model_set_filter(m, w->filter, &why) < 0)
        return config_wrong(path, w->filters_line, "filters.sockets", err, "%s", why.reason);
    if (w->capture_filter[0] || (m->capture && m->capture->filter[0]))
        console_set_capture_filter(c, w->capture_filter);
    return 0;
}

/* Behind the layout, which says whether there is a second pane of packets. */
static void show_packet_filters(struct console *c, const struct workspace *w)
{
    struct model *m = &c->model;

    for (unsigned lens = 0; w->has_filters && lens < 1U + m->has_second; lens++) {
        model_look_through(m, lens);
        model_set_packet_filter(m, w->packet_filters[lens], NULL); /* it was checked */
    }
    model_look_through(m, c->lens);
}

static int show_view(struct console *c, const struct workspace *w, const char *path,
                     struct err *err)
{
    struct view_named named;
    struct err why = {0};
    int r = read_view(&w->view, path, &named, err);

    if (r < 0 || !w->has_view)
        return r;
    if (model_set_columns(&c->model, w->view.columns, &why) < 0)
        return config_wrong(path, w->view.line, "view.columns", err, "%s: %s", why.input,
                            why.reason);
    c->model.sort = named.sort;
    c->model.descending = w->view.descending;
    c->model.sums = named.sums;
    c->model.sums_descending = w->view.sums_descending;
    console_set_view(c, named.view);
    console_go(c, named.screen);
    return 0;
}

static int show(struct console *c, const struct workspace *w, const char *path, struct err *err)
{
    struct arrangement as[SCREEN_COUNT];
    int r = console_read_layout(w, path, as, err);

    if (r == 0)
        r = show_filters(c, w, path, err);
    if (r == 0)
        r = show_view(c, w, path, err);
    if (r == 0 && w->has_layout) {
        memcpy(c->as, as, sizeof(c->as));
        console_lay_out(c);
    }
    if (r == 0)
        show_packet_filters(c, w);
    return r;
}

static void finish(struct console *c)
{
    struct loading *l = c->loading;

    if (l->failed)
        model_notice(&c->model, true,
                     "%s: %zu server%s and %zu session%s opened; %zu failed: %s", l->name,
                     l->servers, plural(l->servers), l->sessions, plural(l->sessions),
                     l->failed, l->failure);
    else
        model_notice(&c->model, false, "%s: %zu server%s and %zu session%s opened", l->name,
                     l->servers, plural(l->servers), l->sessions, plural(l->sessions));
    workspace_done(&l->w);
    free(l);
    c->loading = NULL;
}

static void fail(struct loading *l, const char *line, const char *reason)
{
    char clean[CLEAN_BYTES];

    text_clean(line, strlen(line), clean, sizeof(clean));
    if (!l->failed++)
        snprintf(l->failure, sizeof(l->failure), "%s: %s", clean, reason);
}

/* As many of the commands as may be under way.  A server whose port is taken fails: the sessions
 * were to that port. */
static void go_on(struct console *c)
{
    struct loading *l = c->loading;
    struct command *command = mem_new(1, sizeof(*command));

    while (l->next < l->w.n_lines && l->waiting < UNDER_WAY) {
        const struct workspace_line *line = &l->w.lines[l->next];

        if (!line->server && l->waiting_servers)
            break;
        l->next++;
        if (command_parse(line->text, command, NULL) < 0 || !console_post(c, command)) {
            fail(l, line->text, "the engine did not take it");
            continue;
        }
        c->posted[(c->next_posted - 1) % POSTED_MAX].of_workspace = true;
        l->waiting++;
        l->waiting_servers += line->server;
    }
    free(command);
    if (!l->waiting && l->next == l->w.n_lines)
        finish(c);
}

/* reply NULL: it will not be heard. */
void console_workspace_reply(struct console *c, const struct posted *p,
                             const struct reply *reply)
{
    struct loading *l = c->loading;

    if (!l || !p->of_workspace)
        return;
    l->waiting--;
    l->waiting_servers -= p->verb == VERB_SERVE;
    if (!reply || reply->err.code)
        fail(l, p->line ? p->line : "",
             reply ? figure_error(&reply->err) : "its answer was not heard");
    else if (p->verb == VERB_SERVE)
        l->servers++;
    else
        l->sessions++;
    if (reply)
        go_on(c);
}

void console_load_workspace(struct console *c, const char *path)
{
    struct loading *l;
    struct err err = {0};

    if (c->loading && !c->loading->waiting) /* the last answer was not heard */
        finish(c);
    if (c->loading) {
        model_notice(&c->model, true, "%s is still being loaded", c->loading->name);
        return;
    }
    l = mem_new(1, sizeof(*l));
    text_clean(path, strlen(path), l->name, sizeof(l->name));
    if (workspace_read(path, &l->w, &err) < 0 || show(c, &l->w, path, &err) < 0) {
        refuse(c, &err);
        workspace_done(&l->w);
        free(l);
        return;
    }
    console_record_workspace(c, l->name, &l->w);
    c->loading = l;
    go_on(c);
}

bool console_take_workspace(struct console *c, const char *name, struct workspace *w)
{
    struct loading *l;
    struct err err = {0};

    if (c->loading || show(c, w, name, &err) < 0)
        return false;
    l = mem_new(1, sizeof(*l));
    snprintf(l->name, sizeof(l->name), "%s", name);
    l->w = *w;
    c->loading = l;
    go_on(c);
    return true;
}

void console_workspace(struct console *c, const struct command *command)
{
    /* None is written by a replay, and what was in one is in the recording. */
    if (c->acted_out || (command->format != WORKSPACE_SAVE && console_hands_off(c)))
        return;
    if (command->format == WORKSPACE_SAVE)
        save(c, command->text);
    else
        console_load_workspace(c, command->text);
}
