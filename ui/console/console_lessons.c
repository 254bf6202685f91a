/* A lesson that is being taken: its run gets what it asks for, with the console's own engine, model
 * and probes; its page goes where it points to.  What the pages say is in lesson_page.c, what they
 * are about in core/scenario/lesson.h. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/base/xdg.h"
#include "core/model/errors.h"
#include "core/scenario/surroundings.h"
#include "ui/console/console_state.h"

#define FILE_NAME "lessons.json"
/* While a row is waited for the kernel's list is asked for so often. */
#define HURRY_NS (50 * CLOCK_MS_NS)

static struct lesson *taken(const struct console *c)
{
    return c->lessons.all.taken;
}

/* --- what was done before ------------------------------------------------------------------- */

static void recall(struct console *c)
{
    char path[PATH_MAX], text[MODEL_NOTICE_BYTES - 120];
    struct err err = {0};
    bool moved;
    int r;

    if (!xdg_path(XDG_STATE, FILE_NAME, path))
        return;
    r = progress_read(path, &c->lessons.all.progress, &err);
    if (r == 0 || r == -ENOENT || r == -ENOTDIR)
        return;
    error_format(&err, text, sizeof(text));
    moved = console_put_aside(path, &err);
    c->lessons.forgets = !moved;
    model_notice(&c->model, true, "which lessons were done is not known: %s; %s", text,
                 moved ? "that file is " FILE_NAME ".bad now" : "that file stays as it is");
}

static void remember(struct console *c)
{
    const struct lesson *l = taken(c);
    struct progress *p = &c->lessons.all.progress;
    char path[PATH_MAX], text[MODEL_NOTICE_BYTES];
    struct err err = {0};
    int r;

    if (!lesson_is_done(l) || progress_has(p, l->scenario->name) ||
        !progress_add(p, l->scenario->name) || c->lessons.forgets ||
        !xdg_path(XDG_STATE, FILE_NAME, path))
        return;
    r = xdg_make_folders(path);
    r = r < 0 ? err_set(&err, r, "write", path, "%s", "") : progress_write(path, p, &err);
    if (r == 0)
        return;
    error_format(&err, text, sizeof(text));
    model_notice(&c->model, true, "this lesson is not remembered as done: %s", text);
}

void console_lessons_visit(struct console *c)
{
    if (c->model.lessons)
        return;
    lessons_load(&c->lessons.all);
    c->model.lessons = &c->lessons.all;
    recall(c);
}

/* --- where it points to --------------------------------------------------------------------- */

bool console_lesson_beside(const struct console *c)
{
    return taken(c) && c->screen != SCREEN_LESSONS;
}

static const struct scenario_look *look_of(const struct console *c)
{
    return &lesson_step(taken(c))->look;
}

/* The screen that it speaks of, with what it speaks of selected; the lesson keeps the keys. */
static void show_place(struct console *c)
{
    const struct scenario_look *look = look_of(c);
    bool server = false;
    uint64_t id;

    if (look->screen && strcmp(look->screen, layout_screen_name(c->screen)) != 0) {
        char line[64];

        snprintf(line, sizeof(line), "goto %.40s", look->screen);
        console_line(c, line);
    }
    if (c->screen != SCREEN_LESSONS)
        console_give_pane(c, PANE_LESSONS);
    id = look->select ? scenario_run_thing(lesson_run(taken(c)), look->select, &server) : 0;
    if (id && server)
        console_follow_server(c, id);
    else if (id)
        console_follow(c, id);
    c->news = true;
}

static bool is_cursor_row(struct surface *s, const struct rectangle *at, int row)
{
    for (int i = 0; i < at->columns; i++) {
        enum style style = (enum style)surface_cell(s, row, at->column + i)->style;

        if (style == STYLE_MARKED || style == STYLE_SELECTED)
            return true;
    }
    return false;
}

static bool stands_at(struct surface *s, int row, int column, int end, const char *text)
{
    for (; *text; column++, text++)
        if (column >= end || surface_cell(s, row, column)->text[0] != *text)
            return false;
    return true;
}

/* Every place in a pane where the text stands, or only those in the cursor's row.  Returns how
 * many. */
static size_t mark(struct surface *s, const struct rectangle *at, const char *text,
                   bool cursor_only)
{
    int len = (int)strlen(text);
    size_t n = 0;

    for (int row = at->row; row < at->row + at->rows; row++) {
        if (cursor_only && !is_cursor_row(s, at, row))
            continue;
        for (int i = 0; i + len <= at->columns; i++)
            if (stands_at(s, row, at->column + i, at->column + at->columns, text)) {
                area_restyle(area_whole(s), row, at->column + i, len, STYLE_INPUT);
                n++;
            }
    }
    return n;
}

void console_lesson_point(const struct console *c)
{
    const struct lesson *l = taken(c);
    char text[SCENARIO_LINE_BYTES];

    if (!l || !look_of(c)->at || (l->page != LESSON_SEEN && l->page != LESSON_ASKED))
        return;
    if (look_of(c)->screen && strcmp(look_of(c)->screen, layout_screen_name(c->screen)) != 0)
        return;
    scenario_run_text(lesson_run(l), look_of(c)->at, text, sizeof(text));
    for (size_t i = 0; i < c->layout.n && text[0]; i++) {
        const struct pane *pane = &c->layout.panes[i];

        if (pane->id != PANE_LESSONS && !mark(c->surface, &pane->at, text, true))
            mark(c->surface, &pane->at, text, false);
    }
}

/* --- the run -------------------------------------------------------------------------------- */

static void answers_ready(struct watch *w, uint32_t events)
{
    struct console *c = w->owner;
    struct inquiry *q = inquirer_take(c->lessons.inquirer);

    (void)events;
    if (!q)
        return;
    if (taken(c))
        scenario_run_why(lesson_run(taken(c)), c->lessons.number, q->e ? &q->v : NULL, &q->err,
                         clock_shown_ns());
    console_why_show(c, q);
}

/* Apart from the person's own questions, which would end this one. */
static void start_inquirer(struct console *c)
{
    if (c->lessons.inquirer)
        return;
    c->lessons.inquirer = inquirer_new(c->setup->probes);
    c->lessons.answers = (struct watch){.fd = inquirer_fd(c->lessons.inquirer),
                                        .events = EPOLLIN,
                                        .ready = answers_ready,
                                        .owner = c};
    loop_add(c->loop, &c->lessons.answers);
}

static void put_why(struct console *c, const struct run_request *request)
{
    struct recorded recorded = console_why_recorded(c);
    struct err err = {0};
    struct inquiry *q = scenario_inquiry(request, &c->model, &recorded, &err);
    int r = -EOPNOTSUPP;

    c->lessons.number = request->number;
    if (q) {
        q->wish.no_capture = c->setup->no_capture;
        start_inquirer(c);
        r = inquirer_ask(c->lessons.inquirer, q);
        if (r < 0)
            err_set(&err, r, "why", "", "%s", "");
    }
    if (r < 0)
        scenario_run_why(lesson_run(taken(c)), c->lessons.number, NULL, &err, clock_shown_ns());
}

static void carry_out(struct console *c, const struct run_request *request)
{
    if (request->kind == REQUEST_WHY)
        put_why(c, request);
    else
        scenario_run_posted(lesson_run(taken(c)), console_post(c, request->command),
                            clock_shown_ns());
}

static void end(struct console *c)
{
    enum pane_id ids[PANE_COUNT];

    loop_timer_cancel(c->loop, &c->lessons.due);
    if (c->lessons.inquirer)
        inquirer_give_up(c->lessons.inquirer);
    lesson_free(taken(c));
    c->lessons.all.taken = NULL;
    for (int i = 0; i < SCREEN_COUNT; i++)
        if (i != SCREEN_LESSONS && c->keys[i] == PANE_LESSONS) {
            layout_panes((enum screen_id)i, NULL, ids);
            c->keys[i] = ids[0];
        }
    console_go(c, SCREEN_LESSONS);
}

/* It is another page. */
static void turned(struct console *c)
{
    const struct lesson *l = taken(c);

    c->lessons.turns = l->turns;
    remember(c);
    if (l->page == LESSON_READ || l->page == LESSON_SEEN || l->page == LESSON_ASKED)
        show_place(c);
    console_tell_all(c, PANEL_TICK);
    console_urgent(c);
}

void console_lesson_look(struct console *c)
{
    struct lesson *l = taken(c);
    struct run_request request;
    uint64_t due_ns;

    if (!l)
        return;
    scenario_run_look(lesson_run(l), clock_shown_ns());
    while (scenario_run_request(lesson_run(l), &request))
        carry_out(c, &request);
    lesson_sync(l, clock_shown_ns());
    if (lesson_is_over(l)) {
        end(c);
        return;
    }
    if (c->lessons.turns != l->turns)
        turned(c);
    due_ns = scenario_run_due_ns(lesson_run(l));
    /* The time of a replay moves with what is shown, which looks again. */
    if (due_ns != UINT64_MAX && !c->replay)
        loop_timer_set(c->loop, &c->lessons.due, due_ns);
    else
        loop_timer_cancel(c->loop, &c->lessons.due);
}

static void look_due(struct timer *t)
{
    console_dirty(t->owner);
}

void console_lesson_event(struct console *c, const struct event *event)
{
    if (taken(c) && event->kind == EVENT_REPLY)
        scenario_run_reply(lesson_run(taken(c)), &event->reply, clock_shown_ns());
}

void console_lesson_wish(const struct console *c, struct wish *w)
{
    struct run_wish wish;

    if (!taken(c))
        return;
    scenario_run_wish(lesson_run(taken(c)), &wish);
    w->parts |= wish.parts;
    w->every_owner |= wish.owners;
}

uint64_t console_lesson_wish_ns(const struct console *c)
{
    struct run_wish wish = {0};

    if (taken(c))
        scenario_run_wish(lesson_run(taken(c)), &wish);
    return wish.rows ? c->wished_ns + HURRY_NS : UINT64_MAX;
}

/* --- what a person does --------------------------------------------------------------------- */

/* What would keep it from seeing all rows, as they are. */
static void make_seeing(struct console *c)
{
    if (c->model.filter[0]) {
        console_set_filter(c, "");
        model_notice(&c->model, false,
                     "a lesson needs all rows: the filter is off; %s undoes it",
                     key_for(ACTION_UNDO));
    }
    if (c->model.paused) {
        model_pause(&c->model, false);
        console_unpause(c);
    }
}

static void begin(struct console *c, const char *name)
{
    const struct lesson_entry *e = lessons_find(&c->lessons.all, name);
    bool no_capture = !c->capture && !c->replay;
    char text[MODEL_NOTICE_BYTES], clean[80];
    const char *lacks = NULL;
    struct scenario *s;
    struct err err = {0};

    /* What was recorded is shown again with its lesson; nobody else can take one there. */
    if (!console_replay_follows(c) && console_hands_off(c))
        return;
    if (taken(c)) {
        model_notice(&c->model, true, "a lesson is being taken: %s or :lesson leave ends it",
                     key_for(ACTION_QUIT));
        return;
    }
    if (!e) {
        text_clean(name, strlen(name), clean, sizeof(clean));
        model_notice(&c->model, true, "there is no lesson '%s': %s lists them", clean,
                     key_for(ACTION_PANEL_7));
        return;
    }
    if (scenario_load(e->path, &s, &err) < 0) {
        error_format(&err, text, sizeof(text));
        model_notice(&c->model, true, "%s", text);
        return;
    }
    make_seeing(c);
    c->lessons.due = (struct timer){.fire = look_due, .owner = c};
    c->lessons.turns = 0;
    if (!c->replay) /* there it was taken */
        lacks = scenario_missing(s, c->setup->probes, no_capture);
    c->lessons.all.taken =
        lesson_new(s, &c->model, lacks, no_capture, clock_shown_ns(), clock_shown_wall_ns());
    console_go(c, SCREEN_LESSONS);
    console_lesson_look(c);
}

/* A choice that there is not, or none where one is due, is no answer. */
static void go_on(struct console *c, const char *word)
{
    struct lesson *l = taken(c);
    unsigned choice = 0;
    char rest;

    if (lesson_choices(l) && (sscanf(word, " %u%c", &choice, &rest) != 1 || choice < 1 ||
                              choice > lesson_choices(l))) {
        model_notice(&c->model, true, "lesson next: it takes a choice from 1 to %zu",
                     lesson_choices(l));
        return;
    }
    make_seeing(c);
    lesson_next(l, &c->model, choice ? choice - 1 : 0, clock_shown_ns(), clock_shown_wall_ns());
    console_lesson_look(c);
}

static void ask_leave(struct console *c)
{
    snprintf(c->question, sizeof(c->question),
             "leave this lesson? What it has opened is closed");
    snprintf(c->answer_command, sizeof(c->answer_command), "lesson leave now");
    c->mode = MODE_ASK;
}

static void leave(struct console *c)
{
    lesson_leave(taken(c), clock_shown_ns());
    console_lesson_look(c);
}

void console_lesson(struct console *c, const char *words)
{
    static const char next[] = "next";

    console_lessons_visit(c);
    if (!words[0])
        console_go(c, SCREEN_LESSONS);
    else if (!taken(c) || lessons_find(&c->lessons.all, words))
        begin(c, words);
    else if (!strncmp(words, next, strlen(next)))
        go_on(c, words + strlen(next));
    else if (!strcmp(words, "look"))
        show_place(c);
    else if (!strcmp(words, "leave") && taken(c)->page != LESSON_END)
        ask_leave(c);
    else if (!strcmp(words, "leave") || !strcmp(words, "leave now"))
        leave(c);
    else
        begin(c, words);
    console_urgent(c);
}

void console_lessons_stop(struct console *c)
{
    inquirer_free(c->lessons.inquirer);
    c->lessons.inquirer = NULL;
}
