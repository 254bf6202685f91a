#include "core/scenario/lesson.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

/* Of prose that somebody wants to understand; a question is thought about, a step looked at. */
#define WORDS_A_MINUTE 160
#define SECONDS_A_QUESTION 15
#define SECONDS_A_STEP 10

/* --- life ----------------------------------------------------------------------------------- */

static void turn_to(struct lesson *l, enum lesson_page page)
{
    l->page = page;
    l->turns++;
}

/* The first run, or with `again` the second. */
static void begin_run(struct lesson *l, const struct model *m, size_t run, uint64_t now_ns,
                      uint64_t wall_ns)
{
    struct run_settings settings = {.before = run ? l->runs[0] : NULL,
                                    .no_capture = l->no_capture,
                                    .now_ns = now_ns,
                                    .wall_ns = wall_ns};

    l->run = run;
    l->step = 0;
    l->runs[run] = scenario_run_new(l->scenario, m, &settings);
    turn_to(l, LESSON_READ);
    if (!l->lacks[0])
        return;
    scenario_run_refuse(l->runs[run], l->lacks);
    lesson_sync(l, now_ns);
}

struct lesson *lesson_new(struct scenario *s, const struct model *m, const char *lacks,
                          bool no_capture, uint64_t now_ns, uint64_t wall_ns)
{
    struct lesson *l = mem_new(1, sizeof(*l));

    l->scenario = s;
    l->no_capture = no_capture;
    snprintf(l->lacks, sizeof(l->lacks), "%s", lacks ? lacks : "");
    begin_run(l, m, 0, now_ns, wall_ns);
    return l;
}

static void free_runs(struct lesson *l)
{
    scenario_run_free(l->runs[1]);
    scenario_run_free(l->runs[0]);
    l->runs[0] = l->runs[1] = NULL;
}

void lesson_free(struct lesson *l)
{
    if (!l)
        return;
    free_runs(l);
    scenario_free(l->scenario);
    free(l);
}

/* --- where it is ---------------------------------------------------------------------------- */

struct scenario_run *lesson_run(const struct lesson *l)
{
    return l->runs[l->run];
}

const struct scenario_step *lesson_step(const struct lesson *l)
{
    return &l->scenario->steps[l->step];
}

const struct scenario_question *lesson_question(const struct lesson *l)
{
    const struct scenario_question *q = lesson_step(l)->question;

    return q && l->page == (q->after ? LESSON_ASKED : LESSON_READ) ? q : NULL;
}

static bool has_again(const struct lesson *l)
{
    return l->scenario->again && l->run == 0 && lesson_is_done(l);
}

size_t lesson_choices(const struct lesson *l)
{
    const struct scenario_question *q = lesson_question(l);

    if (l->page == LESSON_END)
        return has_again(l) ? LESSON_ENDS : LESSON_ENDS - 1;
    return q ? q->n_choices : 0;
}

enum lesson_end lesson_end(const struct lesson *l, size_t choice)
{
    size_t end = choice + (has_again(l) ? 0 : 1);

    return end < LESSON_ENDS ? (enum lesson_end)end : LESSON_LEAVE;
}

bool lesson_is_done(const struct lesson *l)
{
    return scenario_run_outcome(lesson_run(l)) == RUN_HELD;
}

bool lesson_is_over(const struct lesson *l)
{
    return l->leaving && scenario_run_phase(lesson_run(l)) == RUN_OVER;
}

/* --- on ------------------------------------------------------------------------------------- */

static void choose_end(struct lesson *l, const struct model *m, size_t choice, uint64_t now_ns,
                       uint64_t wall_ns)
{
    switch (lesson_end(l, choice)) {
    case LESSON_AGAIN:
        begin_run(l, m, 1, now_ns, wall_ns);
        break;
    case LESSON_ANEW:
        free_runs(l);
        begin_run(l, m, 0, now_ns, wall_ns);
        break;
    default:
        lesson_leave(l, now_ns);
        break;
    }
}

/* To the next step, or what was opened is taken away. */
static void leave_step(struct lesson *l, uint64_t now_ns)
{
    struct scenario_run *r = lesson_run(l);

    if (scenario_run_outcome(r) == RUN_UNDECIDED) {
        l->step = scenario_run_step(r);
        turn_to(l, LESSON_READ);
        return;
    }
    turn_to(l, LESSON_ENDING);
    scenario_run_go(r, now_ns);
}

void lesson_next(struct lesson *l, const struct model *m, size_t choice, uint64_t now_ns,
                 uint64_t wall_ns)
{
    struct scenario_run *r = lesson_run(l);

    switch (l->page) {
    case LESSON_READ:
        turn_to(l, LESSON_DOING);
        scenario_run_go(r, now_ns);
        scenario_run_answer(r, (int)choice, now_ns);
        break;
    case LESSON_ASKED:
        turn_to(l, LESSON_SEEN);
        scenario_run_answer(r, (int)choice, now_ns);
        break;
    case LESSON_SEEN:
        leave_step(l, now_ns);
        break;
    case LESSON_END:
        choose_end(l, m, choice, now_ns, wall_ns);
        break;
    default:
        break;
    }
    lesson_sync(l, now_ns);
}

void lesson_sync(struct lesson *l, uint64_t now_ns)
{
    struct scenario_run *r = lesson_run(l);
    enum run_phase phase = scenario_run_phase(r);
    bool moved = l->page == LESSON_DOING && (phase == RUN_READY || phase == RUN_ASKING);

    if (phase == RUN_READY && scenario_run_outcome(r) == RUN_UNAVAILABLE) {
        turn_to(l, LESSON_ENDING);
        scenario_run_go(r, now_ns);
        phase = scenario_run_phase(r);
    } else if (moved) {
        turn_to(l, phase == RUN_ASKING ? LESSON_ASKED : LESSON_SEEN);
    }
    if (l->page == LESSON_ENDING && phase == RUN_OVER)
        turn_to(l, LESSON_END);
}

void lesson_leave(struct lesson *l, uint64_t now_ns)
{
    l->leaving = true;
    if (l->page != LESSON_END)
        turn_to(l, LESSON_ENDING);
    scenario_run_stop(lesson_run(l), now_ns);
}

/* --- all of them ---------------------------------------------------------------------------- */

static size_t words_of(const struct scenario_texts *t)
{
    size_t words = 0;

    for (size_t i = 0; i < t->n; i++)
        for (const char *at = t->list[i]; *at;) {
            at += strspn(at, " ");
            words += *at != '\0';
            at += strcspn(at, " ");
        }
    return words;
}

unsigned scenario_minutes(const struct scenario *s)
{
    size_t words = s->again ? words_of(&s->again->prose) : 0, seconds = 0;

    for (size_t i = 0; i < s->n_steps; i++) {
        const struct scenario_step *step = &s->steps[i];

        words += words_of(&step->prose) + words_of(&step->after);
        seconds += SECONDS_A_STEP;
        seconds += step->question ? SECONDS_A_QUESTION : 0;
    }
    return (unsigned)((seconds + words * 60 / WORDS_A_MINUTE + 59) / 60);
}

static void set_entry(struct lesson_entry *e, const struct scenario *s)
{
    e->path = mem_copy(s->file, strlen(s->file) + 1);
    snprintf(e->name, sizeof(e->name), "%s", s->name);
    snprintf(e->title, sizeof(e->title), "%s", s->title);
    snprintf(e->summary, sizeof(e->summary), "%s", s->summary);
    e->minutes = scenario_minutes(s);
}

void lessons_load(struct lessons *l)
{
    struct scenario **all;
    struct err err = {0};
    size_t n = scenario_load_all("lessons", &all, &err);

    l->list = mem_new(n + 1, sizeof(*l->list));
    for (l->n = 0; l->n < n; l->n++) {
        set_entry(&l->list[l->n], all[l->n]);
        scenario_free(all[l->n]);
    }
    free(all);
    if (err.code) {
        struct lesson_entry *e = &l->list[l->n++];

        snprintf(e->title, sizeof(e->title), "%s", err.input);
        err_format(&err, e->problem, sizeof(e->problem));
    }
}

void lessons_done(struct lessons *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->list[i].path);
    free(l->list);
    lesson_free(l->taken);
}

const struct lesson_entry *lessons_find(const struct lessons *l, const char *name)
{
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->list[i].name, name) == 0)
            return &l->list[i];
    return NULL;
}
