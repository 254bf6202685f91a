/* ui/console/sockets_panel.c - the host's sockets, in the view that is wanted.
 *
 *  ── tree: processes, their sockets below each ───────────────────────────────────────────
 *  Proto   Recv-Q Send-Q Local           Peer            State
 *  [-]     0      0      nginx (812) root: 2 sockets
 *    ...
 *
 * The views draw themselves (sockets_panel_*.c); here are cursor, folding and keys. */
#include "ui/console/sockets_panel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/line.h"
#include "core/base/mem.h"
#include "core/model/errors.h"
#include "ui/console/figures.h"
#include "ui/console/kernel_news.h"
#include "ui/console/subjects.h"

/* From so many rows on the pane has room for a title: the list goes without for longer. */
#define TITLE_ROWS 6
#define TITLE_ROWS_LIST 8

static void *sockets_open(void)
{
    return mem_new(1, sizeof(struct sockets));
}

static void sockets_close(void *self)
{
    struct sockets *p = self;

    free(p->order);
    free(p);
}

/* --- places ----------------------------------------------------------------------------- */

static bool has_sums(enum socket_view view)
{
    return view == VIEW_STATES || view == VIEW_PROCESSES;
}

/* Our sessions without a row mean nothing there, nor does an order of rows. */
static bool has_no_rows(const struct model *m)
{
    return has_sums(m->view) || m->view == VIEW_GONE;
}

/* Sessions without a row, above everything that has rows. */
static size_t n_ghosts(const struct model *m)
{
    return has_no_rows(m) || !model_view_is_here(m) ? 0 : m->n_ghosts;
}

/* Whether the order is one of this view's lines. */
static bool is_ordered(const struct sockets *p, const struct model *m, const struct view *v)
{
    return m->sums != SUMS_USUAL && has_sums(v->which) && p->n_order == v->n_lines;
}

size_t sockets_count(const struct sockets *p, const struct model *m)
{
    if (m->view == VIEW_GONE)
        return m->gone.n;
    return n_ghosts(m) + (model_view_is_here(m) ? p->folds.shown : 0);
}

static bool place_of_line(const struct model *m, const struct folds *folds, size_t number,
                          struct place *ret)
{
    const struct view *v = model_view(m);
    const struct row *rows = m->snapshot->rows;
    const struct view_line *line = &v->lines[number];

    if (v->which != VIEW_ENDS)
        ret->group = &v->groups[line->group];
    ret->head = ret->group && line->head;
    ret->folded = ret->head && folds_has(folds, ret->group->key);
    if (line->row != VIEW_NO_ROW)
        ret->row = rows[line->row];
    if (line->other != VIEW_NO_ROW)
        ret->other = &rows[line->other];
    return true;
}

/* Its name and detail were places in a snapshot that is no more. */
static bool place_of_gone(const struct model *m, size_t index, struct place *ret)
{
    if (index >= m->gone.n)
        return false;
    ret->gone = gone_at(&m->gone, index);
    ret->row = ret->gone->row;
    ret->row.name = ret->row.detail = 0;
    return true;
}

bool sockets_place(const struct sockets *p, const struct model *m, size_t index,
                   struct place *ret)
{
    const struct view *v = model_view(m);
    size_t ghosts = n_ghosts(m), line;

    *ret = (struct place){0};
    if (m->view == VIEW_GONE)
        return place_of_gone(m, index, ret);
    if (!model_view_is_here(m))
        return false;
    if (index < ghosts)
        return model_row(m, index, &ret->row, &ret->session);
    line = folds_line(&p->folds, index - ghosts);
    if (!v)
        return model_row(m, ghosts + line, &ret->row, &ret->session);
    if (is_ordered(p, m, v) && line < v->n_lines)
        line = p->order[line];
    return line < v->n_lines && place_of_line(m, &p->folds, line, ret);
}

/* --- the cursor ------------------------------------------------------------------------- */

static const struct view_group *group_of_key(const struct view *v, uint64_t key)
{
    for (size_t i = 0; v && key && v->which != VIEW_ENDS && i < v->n_groups; i++)
        if (v->groups[i].key == key)
            return &v->groups[i];
    return NULL;
}

static bool same_focus(const struct focus *a, const struct focus *b)
{
    return a->kind == b->kind && a->session_id == b->session_id &&
           (a->kind != FOCUS_ROW || model_same_socket(&a->row, &b->row));
}

/* Sockets that went since moved those before them down; one socket may have gone twice. */
static size_t focus_place_gone(const struct sockets *p, const struct model *m)
{
    uint64_t moved = p->list.cursor + (m->gone.total - p->gone);

    if (m->focus.kind != FOCUS_ROW)
        return SIZE_MAX;
    if (moved < m->gone.n &&
        model_same_socket(&gone_at(&m->gone, (size_t)moved)->row, &m->focus.row))
        return (size_t)moved;
    for (size_t i = 0; i < m->gone.n; i++)
        if (model_same_socket(&gone_at(&m->gone, i)->row, &m->focus.row))
            return i;
    return SIZE_MAX;
}

/* Where the socket stands that has the focus; of several places the one in the cursor's group.
 * SIZE_MAX: nowhere. */
static size_t focus_place(const struct sockets *p, const struct model *m)
{
    const struct view *v = model_view(m);
    const struct view_group *group = group_of_key(v, p->group);
    size_t line = m->focus_row;

    if (m->focus.kind == FOCUS_SESSION) {
        size_t ghost = model_focus_index(m);

        return ghost < n_ghosts(m) ? ghost : SIZE_MAX;
    }
    if (!model_focus_row(m))
        return SIZE_MAX;
    if (v)
        line = view_find_row(v, (uint32_t)m->focus_row, group ? group->line : 0);
    if (v && line == v->n_lines)
        return SIZE_MAX;
    return n_ghosts(m) + folds_place(&p->folds, line);
}

static size_t head_place(const struct sockets *p, const struct model *m)
{
    const struct view *v = model_view(m);
    const struct view_group *group = group_of_key(v, p->group);

    for (size_t i = 0; group && is_ordered(p, m, v) && i < v->n_lines; i++)
        if (p->order[i] == group->line)
            return i;
    return group ? n_ghosts(m) + folds_place(&p->folds, group->line) : SIZE_MAX;
}

/* Sums change with every snapshot, and with them their order. */
static void order_sums(struct sockets *p, const struct model *m)
{
    const struct view *v = model_view(m);

    if (!v || !has_sums(v->which) || m->sums == SUMS_USUAL)
        return;
    if (v->n_lines > p->n_order) {
        free(p->order);
        p->order = mem_new(v->n_lines, sizeof(*p->order));
    }
    p->n_order = v->n_lines;
    view_order_sums(m->snapshot, v, m->sums, m->sums_descending, p->order);
}

static void count(struct sockets *p, const struct model *m)
{
    order_sums(p, m);
    folds_apply(&p->folds, model_view(m), m->snapshot ? m->snapshot->n_rows : 0);
    list_view_count(&p->list, sockets_count(p, m));
}

/* The cursor follows its socket, or stays on its group's line. */
static void follow(struct sockets *p, const struct model *m)
{
    size_t at = SIZE_MAX;

    p->on_head = p->on_head && same_focus(&p->seen, &m->focus);
    if (m->view == VIEW_GONE)
        at = focus_place_gone(p, m);
    else if (p->on_head)
        at = head_place(p, m);
    else
        at = focus_place(p, m);
    if (at < sockets_count(p, m))
        list_view_to(&p->list, at);
    p->gone = m->gone.total;
}

/* What the cursor is on now is what the other panes follow. */
static void focus_cursor(struct sockets *p, const struct model *m, struct requests *requests)
{
    struct place place;

    if (!sockets_place(p, m, p->list.cursor, &place))
        return;
    p->group = place.group ? place.group->key : 0;
    p->on_head = !place.row.state && !place.gone;
    p->seen = m->focus;
    if (p->on_head)
        return;
    requests->set_focus = true;
    requests->focus = place.session ? model_focus_of_session(m, place.session->id)
                                    : model_focus_of_row(m, &place.row);
}

/* --- drawing ---------------------------------------------------------------------------- */

/* What the history lacks; false when it is complete. */
static bool write_gone_note(const struct model *m, char *buf, size_t size)
{
    char number[TEXT_NUMBER_BYTES], news[KERNEL_NEWS_BYTES];
    uint64_t dropped = m->gone.total - m->gone.n;
    struct line_out l = line_in(buf, size);

    if (dropped)
        line_add(&l, "%s older ones were dropped", text_number(dropped, number));
    if (kernel_news_lacks(m))
        line_add(&l, "%s%s", l.used ? "; " : "",
                 kernel_news_status(m, KERNEL_NEWS_WHOLE, news));
    if (l.used)
        line_add(&l, "; ");
    if (!kernel_news_why_not(m, buf + l.used, size - l.used))
        buf[l.used -= l.used ? 2 : 0] = '\0';
    return buf[0];
}

/* What the table lacks; false when it is complete. */
static bool write_note(const struct model *m, char *buf, size_t size)
{
    const struct snapshot *s = m->snapshot;
    char number[TEXT_NUMBER_BYTES], why[512];

    if (m->view == VIEW_GONE)
        return write_gone_note(m, buf, size);
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

static bool has_title(const struct model *m, int rows)
{
    return rows >= (m->view == VIEW_LIST ? TITLE_ROWS_LIST : TITLE_ROWS);
}

static void draw_empty(const struct model *m, struct area a)
{
    char text[512], number[TEXT_NUMBER_BYTES];
    size_t total = m->snapshot ? m->snapshot->n_total : 0;
    size_t shown = m->snapshot ? m->snapshot->n_rows : 0;

    if (m->view == VIEW_GONE)
        snprintf(text, sizeof(text),
                 "no socket went since the console began; one that does stays here: when, its "
                 "last state, bytes that nobody read, who held it; %s goes to the next view",
                 key_for(ACTION_VIEW));
    else if (!m->snapshot)
        snprintf(text, sizeof(text), "no snapshot of the host's sockets has come yet");
    else if (!model_view_is_here(m) && m->paused)
        snprintf(text, sizeof(text),
                 "this view comes when the display goes on: %s; %s picks another",
                 key_for(ACTION_PAUSE), key_for(ACTION_PICK_VIEW));
    else if (!model_view_is_here(m))
        snprintf(text, sizeof(text), "this view comes with the next look at the sockets");
    else if (m->filter[0])
        snprintf(text, sizeof(text),
                 "no row matches \"%s\", %s are hidden; %s changes it, %s takes it away",
                 m->filter, text_number(total - shown, number), key_for(ACTION_FILTER),
                 key_for(ACTION_LEAVE));
    else if (!shown)
        snprintf(text, sizeof(text),
                 "the kernel listed no socket: %s opens a session, %s starts a server",
                 key_for(ACTION_OPEN), key_for(ACTION_SERVE));
    else if (m->view == VIEW_LISTENERS)
        snprintf(text, sizeof(text), "no socket listens; %s starts a server",
                 key_for(ACTION_SERVE));
    else
        snprintf(text, sizeof(text), "no socket is connected; %s opens a session",
                 key_for(ACTION_OPEN));
    figure_paragraph(area_part(a, 1, 1, a.rows - 1, a.columns - 1), 0, STYLE_DIM, text);
}

static void draw_view(const struct sockets *p, const struct model *m, struct area a, bool keys)
{
    if (has_sums(m->view) && model_view(m))
        sockets_sums_draw(p, m, a, keys);
    else if (m->view == VIEW_ENDS)
        sockets_ends_draw(p, m, a, keys);
    else if (m->view == VIEW_GONE)
        sockets_gone_draw(p, m, a, keys);
    else if (!has_sums(m->view))
        sockets_table_draw(p, m, a, keys);
}

static void sockets_draw(const void *self, const struct model *m, struct area a, bool keys)
{
    const struct sockets *p = self;
    char note[640], title[160];
    bool noted = write_note(m, note, sizeof(note));

    if (has_title(m, a.rows)) {
        snprintf(title, sizeof(title), "%s: %s", view_name(m->view), view_title(m->view));
        a = figure_title(a, title, keys);
    }
    if (noted && a.rows > 1)
        area_text_cut(a, a.rows - 1, 1, a.columns - 1, STYLE_BAD, note);
    a = area_part(a, 0, 0, a.rows - (noted && a.rows > 1), a.columns);
    draw_view(p, m, a, keys);
    if (!sockets_count(p, m))
        draw_empty(m, a);
}

/* --- keys ------------------------------------------------------------------------------- */

static void refresh(struct sockets *p, const struct model *m)
{
    char note[640];

    list_view_rows(&p->list,
                   p->rows - 1 - has_title(m, p->rows) - write_note(m, note, sizeof(note)));
    count(p, m);
    follow(p, m);
}

static void fold(struct sockets *p, const struct model *m, bool folded,
                 struct requests *requests)
{
    if (!folds_set(&p->folds, p->group, folded)) {
        snprintf(requests->notice, sizeof(requests->notice),
                 "no more than %d groups can be folded", FOLDS_MAX);
        return;
    }
    count(p, m);
    list_view_to(&p->list, head_place(p, m));
}

/* Left folds the group that the cursor is in and goes to its line, right unfolds it; of a
 * connection they choose the end.  False: there is neither. */
static bool act_on_group(struct sockets *p, enum action action, const struct model *m,
                         struct requests *requests)
{
    struct place place;

    if (!sockets_place(p, m, p->list.cursor, &place))
        return false;
    if (place.other && (action == ACTION_LEFT || action == ACTION_RIGHT)) {
        requests->set_focus = true;
        requests->focus =
            model_focus_of_row(m, action == ACTION_LEFT ? &place.row : place.other);
        return true;
    }
    if (!place.group || has_sums(m->view) || (!place.head && action != ACTION_LEFT))
        return false;
    p->group = place.group->key;
    if (place.head)
        fold(p, m, action == ACTION_LEFT || (action != ACTION_RIGHT && !place.folded),
             requests);
    else
        list_view_to(&p->list, head_place(p, m));
    focus_cursor(p, m, requests);
    return true;
}

/* The sockets behind a sum. */
static void open_sum(struct sockets *p, const struct view_group *g, const struct model *m,
                     struct requests *requests)
{
    const char *state = state_name((enum socket_state)g->state);

    requests->set_view = true;
    requests->view = VIEW_TREE;
    p->group = g->key;
    p->on_head = true;
    p->seen = m->focus;
    if (g->kind != GROUP_STATE)
        return;
    requests->view = VIEW_LIST;
    p->on_head = false;
    if (!m->filter[0])
        snprintf(requests->command, sizeof(requests->command), "filter state %s", state);
    else if (snprintf(requests->command, sizeof(requests->command),
                      "filter state %s and ( %s )", state,
                      m->filter) >= (int)sizeof(requests->command))
        requests->command[0] = '\0';
}

/* Enter: opens a group, else the console looks closer at the row. */
static enum panel_reply details(struct sockets *p, const struct model *m,
                                struct requests *requests)
{
    struct place place;

    if (sockets_place(p, m, p->list.cursor, &place) && place.head && !place.row.state) {
        if (has_sums(m->view))
            open_sum(p, place.group, m, requests);
        else
            act_on_group(p, ACTION_TAG, m, requests);
        return PANEL_HANDLED;
    }
    focus_cursor(p, m, requests);
    return PANEL_IGNORED;
}

/* True after saying why nothing can be sorted. */
static bool tell_own_order(const struct model *m, struct requests *requests)
{
    if (m->view == VIEW_GONE)
        snprintf(requests->notice, sizeof(requests->notice),
                 "what is gone has an order of its own: the newest first");
    return m->view == VIEW_GONE;
}

static void sort_sums(enum sums_order by, bool descending, struct requests *requests)
{
    requests->set_sums = true;
    requests->sums = by;
    requests->sums_descending = descending;
}

static void sort_sums_by(enum sums_order by, struct requests *requests)
{
    sort_sums(by, by != SUMS_NAME, requests);
}

static void invert(const struct model *m, struct requests *requests)
{
    bool descending;
    enum sums_order by = sockets_sums_order(m, &descending);

    if (tell_own_order(m, requests))
        return;
    if (has_sums(m->view)) {
        sort_sums(by, !descending, requests);
        return;
    }
    requests->set_sort = true;
    requests->sort = m->sort;
    requests->descending = !m->descending;
}

/* Largest figures first, everything else from small to large. */
static void sort_to(const struct column *c, struct requests *requests)
{
    requests->set_sort = true;
    requests->sort = c;
    requests->descending = c && c->unit != UNIT_NONE && strcmp(c->name, "timer") != 0;
}

static void sort_by(const struct model *m, int step, struct requests *requests)
{
    const int first = SUMS_NAME, count = SUMS_ORDERS - SUMS_NAME;
    size_t n = table_n_columns(m), at = 0;
    bool descending;

    if (tell_own_order(m, requests))
        return;
    if (has_sums(m->view)) {
        int by = (int)sockets_sums_order(m, &descending);

        sort_sums_by((enum sums_order)(first + (by - first + step + count) % count), requests);
        return;
    }
    while (at < n && table_column(m, at) != m->sort)
        at++;
    /* From none of them the first follows, whichever way. */
    at = at == n ? 0 : (at + n + (size_t)(step + (int)n)) % n;
    sort_to(table_column(m, at), requests);
}

/* A click on a column's title sorts by it, another one inverts that. */
static void sort_at(struct sockets *p, const struct model *m, int at, struct requests *requests)
{
    const struct column *c;
    enum sums_order by;
    bool descending;

    if (tell_own_order(m, requests))
        return;
    if (has_sums(m->view)) {
        if (!model_view(m) || !sockets_sums_order_at(p, m, at, &by))
            return;
        if (by == sockets_sums_order(m, &descending))
            invert(m, requests);
        else
            sort_sums_by(by, requests);
        return;
    }
    if (!(m->view == VIEW_ENDS ? sockets_ends_column_at : sockets_table_column_at)(p, m, at,
                                                                                   &c))
        return;
    if (c == m->sort)
        invert(m, requests);
    else
        sort_to(c, requests);
}

/* Of a connection the half that was clicked is the end that is followed. */
static enum panel_reply click(struct sockets *p, const struct panel_event *event,
                              const struct model *m, struct requests *requests)
{
    int header = has_title(m, p->rows);
    bool right = 2 * event->column > p->columns;

    if (event->row == header)
        sort_at(p, m, event->column, requests);
    if (!list_view_click(&p->list, event, header + 1))
        return PANEL_IGNORED;
    if (m->view != VIEW_ENDS ||
        !act_on_group(p, right ? ACTION_RIGHT : ACTION_LEFT, m, requests))
        focus_cursor(p, m, requests);
    return PANEL_HANDLED;
}

static enum panel_reply act(struct sockets *p, enum action action, const struct model *m,
                            struct requests *requests)
{
    switch (action) {
    case ACTION_SORT_LEFT:
        sort_by(m, -1, requests);
        return PANEL_HANDLED;
    case ACTION_SORT_RIGHT:
        sort_by(m, 1, requests);
        return PANEL_HANDLED;
    case ACTION_SORT_INVERT:
        invert(m, requests);
        return PANEL_HANDLED;
    case ACTION_VIEW:
        requests->set_view = true;
        requests->view = (enum socket_view)((m->view + 1) % VIEW_COUNT);
        return PANEL_HANDLED;
    case ACTION_DETAILS:
        return details(p, m, requests);
    case ACTION_LEFT:
    case ACTION_RIGHT:
    case ACTION_TAG:
        return act_on_group(p, action, m, requests) ? PANEL_HANDLED : PANEL_IGNORED;
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

    if (event->kind == PANEL_RESIZE) {
        p->rows = event->rows;
        p->columns = event->columns;
    }
    if (event->kind == PANEL_RESIZE || event->kind == PANEL_TICK) {
        refresh(p, m);
        return PANEL_HANDLED;
    }
    list_view_count(&p->list, sockets_count(p, m));
    if (event->kind == PANEL_CLICK)
        return click(p, event, m, requests);
    before = p->list.cursor;
    if (list_view_search(&p->list, event, sockets_item_text, p, m, requests)) {
        if (p->list.cursor != before)
            focus_cursor(p, m, requests);
        return PANEL_HANDLED;
    }
    return act(p, event->action, m, requests);
}

static void add_owner(const struct model *m, const struct row *row, struct subjects *ret)
{
    char owner[MODEL_OWNER_BYTES];

    model_owner(m, row, owner);
    subjects_add(ret, TOPIC_FACT, NULL, "owner", owner[0] ? owner : row->inode ? "?" : "none");
}

/* Its cells; asked about is the one that the table is sorted by, else its state. */
static void sockets_subjects(const void *self, const struct model *m, struct subjects *ret)
{
    const struct sockets *p = self;
    struct place place;
    struct value value;

    if (!sockets_place(p, m, p->list.cursor, &place) || !place.row.state)
        return;
    if (place.session) {
        subjects_of_session(ret, m, place.session);
        return;
    }
    for (size_t i = 0; i < table_n_columns(m); i++) {
        const struct column *c = table_column(m, i);

        if (!c) {
            add_owner(m, &place.row, ret);
            continue;
        }
        if (c == m->sort || (!m->sort && strcmp(c->name, "state") == 0))
            ret->cursor = ret->n;
        column_text(c, m->snapshot, &place.row, &value);
        if (value.kind == VALUE_NUMBER && c->unit != UNIT_NONE)
            text_number(value.number, value.text);
        subjects_add(ret, TOPIC_COLUMN, NULL, c->name, value.text);
    }
}

const struct panel_ops sockets_panel = {
    .name = "sockets",
    .open = sockets_open,
    .close = sockets_close,
    .update = sockets_update,
    .draw = sockets_draw,
    .subjects = sockets_subjects,
};
