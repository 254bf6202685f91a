/* ui/console/lessons_panel.c - the lessons that there are, and the page of the one that is taken.
 *
 *  ── lessons: 2 of 18 done ────────────────────────────────────────────────────────
 *   done  The three-way handshake                                            4 min
 *  >      TIME_WAIT, who closes first, and SO_REUSEADDR                      5 min
 *
 *   Why a server that was restarted cannot have its port back for a minute, ...
 *
 * While one is taken its page stands here and, on every other screen, below or beside the panes.
 * Enter reads on, answers and does the step; what that is the console knows. */
#include "ui/console/panel.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/mem.h"
#include "core/scenario/lesson.h"
#include "ui/console/figures.h"
#include "ui/console/lesson_page.h"
#include "ui/console/list_view.h"
#include "ui/console/subjects.h"

/* Below the list: a blank, and what the lesson is about. */
#define SUMMARY_ROWS 3
#define DONE_COLUMN 2
#define TITLE_COLUMN 8
#define MINUTES_COLUMNS 8

struct lessons_view {
    struct list_view list;
    int rows, columns; /* of the whole pane */
    /* Of the page: */
    unsigned turns;
    int top;
    size_t choice; /* NOT_CHOSEN: a question's answer is nobody's but the reader's */
};

#define NOT_CHOSEN SIZE_MAX

static void *lessons_open(void)
{
    return mem_new(1, sizeof(struct lessons_view));
}

static void lessons_close(void *self)
{
    free(self);
}

static const struct lesson *taken(const struct model *m)
{
    return m->lessons ? m->lessons->taken : NULL;
}

/* --- the list ------------------------------------------------------------------------------- */

static int list_rows(int rows)
{
    return rows - figure_title_rows(rows) - SUMMARY_ROWS;
}

static void item_text(const void *panel, const struct model *m, size_t index, char *buf)
{
    const struct lesson_entry *e = &m->lessons->list[index];

    (void)panel;
    snprintf(buf, LIST_ITEM_BYTES, "%s %s %.400s", e->name, e->title, e->summary);
}

static void draw_entry(const struct lessons *l, const struct lesson_entry *e, struct area a,
                       int row)
{
    char minutes[24];

    if (progress_has(&l->progress, e->name))
        area_text(a, row, DONE_COLUMN, STYLE_GOOD, "done");
    area_text_cut(a, row, TITLE_COLUMN, a.columns - TITLE_COLUMN - MINUTES_COLUMNS - 1,
                  e->problem[0] ? STYLE_BAD : STYLE_NORMAL, e->title);
    snprintf(minutes, sizeof(minutes), "%u min", e->minutes);
    if (!e->problem[0])
        area_text_right(a, row, a.columns - MINUTES_COLUMNS, MINUTES_COLUMNS - 1, STYLE_DIM,
                        minutes);
}

static size_t count_done(const struct lessons *l)
{
    size_t n = 0;

    for (size_t i = 0; i < l->n; i++)
        n += progress_has(&l->progress, l->list[i].name);
    return n;
}

static void draw_list(const struct lessons_view *p, const struct lessons *l, struct area a,
                      bool keys)
{
    char title[80];
    const struct lesson_entry *e;

    snprintf(title, sizeof(title), "lessons: %zu of %zu done; %s begins one", count_done(l),
             l->n, key_for(ACTION_DETAILS));
    a = figure_title(a, title, keys);
    for (size_t i = 0; i < p->list.rows && p->list.top + i < p->list.count; i++) {
        draw_entry(l, &l->list[p->list.top + i], a, (int)i);
        if (p->list.top + i == p->list.cursor)
            list_view_mark(a, (int)i, keys);
    }
    if (!p->list.count || a.rows <= SUMMARY_ROWS)
        return;
    e = &l->list[p->list.cursor];
    a = area_part(a, a.rows - SUMMARY_ROWS + 1, 2, SUMMARY_ROWS - 1, a.columns - 3);
    figure_paragraph(a, 0, e->problem[0] ? STYLE_BAD : STYLE_DIM,
                     e->problem[0] ? e->problem : e->summary);
}

/* --- the page ------------------------------------------------------------------------------- */

/* The last row says what keys do. */
static int page_rows(int rows)
{
    return rows - figure_title_rows(rows) - 1;
}

static bool has_more(const struct lessons_view *p, const struct lesson *l)
{
    return p->top + page_rows(p->rows) < lesson_page_shape(l, p->columns, p->choice).rows;
}

static const char *what_enter_does(const struct lessons_view *p, const struct lesson *l)
{
    if (has_more(p, l))
        return "{details} more";
    switch (l->page) {
    case LESSON_READ:
        return lesson_choices(l)                ? "{up} {down} choose, {details} does it"
               : lesson_step(l)->commands.n > 0 ? "{details} does it"
                                                : "{details} looks";
    case LESSON_ASKED:
        return "{up} {down} choose, {details} answers";
    case LESSON_END:
        return "{up} {down} choose, {details} takes it";
    case LESSON_SEEN:
        return "{details} goes on";
    default:
        return "...";
    }
}

static void draw_page(const struct lessons_view *p, const struct lesson *l, struct area a,
                      bool keys)
{
    const struct scenario_look *look = &lesson_step(l)->look;
    char title[LESSON_TITLE_BYTES], text[160], hint[200];

    lesson_title(l, title);
    a = figure_title(a, title, keys);
    lesson_page_draw(l, area_part(a, 0, 0, a.rows - 1, a.columns), p->top, p->choice);
    if (a.rows < 1)
        return;
    snprintf(text, sizeof(text), "%s%s   {quit} leaves%s%s", keys ? "" : "{next-pane}, then ",
             what_enter_does(p, l), look->screen ? "   {right}: to " : "",
             look->screen ? look->screen : "");
    area_text_cut(a, a.rows - 1, 1, a.columns - 2, keys ? STYLE_KEY : STYLE_DIM,
                  action_text(text, hint, sizeof(hint)));
}

static void lessons_draw(const void *self, const struct model *m, struct area a, bool keys)
{
    const struct lessons_view *p = self;

    if (taken(m)) {
        draw_page(p, taken(m), a, keys);
    } else if (m->lessons && m->lessons->n) {
        draw_list(p, m->lessons, a, keys);
    } else {
        a = figure_title(a, "lessons", keys);
        figure_paragraph(area_part(a, 0, 1, a.rows, a.columns - 2), 0, STYLE_DIM,
                         "No lessons are here: share/lessons was not found.");
    }
}

/* --- keys ----------------------------------------------------------------------------------- */

static void scroll(struct lessons_view *p, const struct lesson *l, int by)
{
    int most = lesson_page_shape(l, p->columns, p->choice).rows - page_rows(p->rows);

    p->top += by;
    if (p->top > most)
        p->top = most;
    if (p->top < 0)
        p->top = 0;
}

static void choose(struct lessons_view *p, const struct lesson *l, int by)
{
    size_t n = lesson_choices(l);
    struct lesson_shape shape;

    if (p->choice == NOT_CHOSEN)
        p->choice = by > 0 ? 0 : n - 1;
    else if (by < 0 && p->choice > 0)
        p->choice--;
    else if (by > 0 && p->choice + 1 < n)
        p->choice++;
    shape = lesson_page_shape(l, p->columns, p->choice);
    if (shape.choice + shape.choice_rows > p->top + page_rows(p->rows))
        p->top = shape.choice + shape.choice_rows - page_rows(p->rows);
    if (shape.choice < p->top)
        p->top = shape.choice;
}

static void enter(struct lessons_view *p, const struct lesson *l, struct requests *requests)
{
    if (has_more(p, l))
        scroll(p, l, page_rows(p->rows) - 1);
    else if (lesson_choices(l) && p->choice == NOT_CHOSEN)
        snprintf(requests->notice, sizeof(requests->notice),
                 "%s and %s choose an answer first: a guess will do", key_for(ACTION_UP),
                 key_for(ACTION_DOWN));
    else if (lesson_choices(l))
        snprintf(requests->command, sizeof(requests->command), "lesson next %zu",
                 p->choice + 1);
    else
        snprintf(requests->command, sizeof(requests->command), "lesson next");
}

static enum panel_reply act_on_page(struct lessons_view *p, const struct lesson *l,
                                    enum action action, struct requests *requests)
{
    int page = page_rows(p->rows) > 1 ? page_rows(p->rows) - 1 : 1;

    switch (action) {
    case ACTION_UP:
    case ACTION_DOWN:
        (lesson_choices(l) ? choose : scroll)(p, l, action == ACTION_UP ? -1 : 1);
        return PANEL_HANDLED;
    case ACTION_SCROLL_UP:
    case ACTION_SCROLL_DOWN:
        scroll(p, l, action == ACTION_SCROLL_UP ? -1 : 1);
        return PANEL_HANDLED;
    case ACTION_PAGE_UP:
    case ACTION_PAGE_DOWN:
        scroll(p, l, action == ACTION_PAGE_UP ? -page : page);
        return PANEL_HANDLED;
    case ACTION_FIRST:
    case ACTION_LAST:
        scroll(p, l, action == ACTION_FIRST ? -p->top : INT16_MAX);
        return PANEL_HANDLED;
    case ACTION_DETAILS:
        enter(p, l, requests);
        return PANEL_HANDLED;
    case ACTION_RIGHT:
        snprintf(requests->command, sizeof(requests->command), "lesson look");
        return PANEL_HANDLED;
    case ACTION_LEFT:
        snprintf(requests->command, sizeof(requests->command), "goto lessons");
        return PANEL_HANDLED;
    case ACTION_QUIT:
        snprintf(requests->command, sizeof(requests->command), "lesson leave");
        return PANEL_HANDLED;
    default:
        return PANEL_IGNORED;
    }
}

static enum panel_reply update_page(struct lessons_view *p, const struct lesson *l,
                                    const struct panel_event *event, struct requests *requests)
{
    if (p->turns != l->turns) {
        p->turns = l->turns;
        p->top = 0;
        p->choice = lesson_question(l) ? NOT_CHOSEN : 0;
    }
    if (event->kind == PANEL_ACTION)
        return act_on_page(p, l, event->action, requests);
    if (event->kind == PANEL_RESIZE || event->kind == PANEL_TICK)
        scroll(p, l, 0);
    return PANEL_IGNORED;
}

static enum panel_reply lessons_update(void *self, const struct panel_event *event,
                                       const struct model *m, struct requests *requests)
{
    struct lessons_view *p = self;

    if (event->kind == PANEL_RESIZE || event->kind == PANEL_CLICK) {
        p->rows = event->rows;
        p->columns = event->columns;
        list_view_rows(&p->list, list_rows(p->rows));
    }
    if (taken(m))
        return update_page(p, taken(m), event, requests);
    list_view_count(&p->list, m->lessons ? m->lessons->n : 0);
    if (!m->lessons || !p->list.count)
        return PANEL_IGNORED;
    if (event->kind == PANEL_ACTION && event->action == ACTION_DETAILS) {
        snprintf(requests->command, sizeof(requests->command), "lesson %s",
                 m->lessons->list[p->list.cursor].name);
        return PANEL_HANDLED;
    }
    if (list_view_click(&p->list, event, figure_title_rows(event->rows)) ||
        list_view_search(&p->list, event, item_text, p, m, requests))
        return PANEL_HANDLED;
    return event->kind == PANEL_ACTION && list_view_move(&p->list, event->action)
               ? PANEL_HANDLED
               : PANEL_IGNORED;
}

const struct panel_ops lessons_panel = {
    .name = "lessons",
    .open = lessons_open,
    .close = lessons_close,
    .update = lessons_update,
    .draw = lessons_draw,
};
