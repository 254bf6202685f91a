/* core/scenario/lesson.h - a lesson as somebody takes it, page by page; and the list of all.
 *
 * Around the runs of one scenario stands what a reader is at: a step is read, done, seen; behind
 * the last come the results and what may be done next, such as the same again with one thing
 * changed.  The face drives the runs (see core/scenario/run.h), tells lesson_sync() when they
 * may have moved, and calls lesson_next() when the reader goes on.  No clock, no I/O but that
 * of lessons_load().
 *
 * One thread: that of the model, which outlives the lesson. */
#ifndef SOCKEYE_SCENARIO_LESSON_H
#define SOCKEYE_SCENARIO_LESSON_H

#include "core/scenario/progress.h"
#include "core/scenario/run.h"

enum lesson_page {
    LESSON_READ,   /* what the step is about, its question; next does it */
    LESSON_DOING,  /* it is under way: nothing to go on with */
    LESSON_ASKED,  /* it is done, and its question comes behind it */
    LESSON_SEEN,   /* what came of it */
    LESSON_ENDING, /* what was opened is taken away */
    LESSON_END,    /* what came of all of it; the choices are those of enum lesson_end */
};

enum lesson_end { LESSON_AGAIN, LESSON_ANEW, LESSON_LEAVE, LESSON_ENDS };

struct lesson {
    struct scenario *scenario;    /* owned */
    struct scenario_run *runs[2]; /* owned; the second with `again`, NULL until then */
    size_t run;                   /* which of them it is at */
    size_t step;                  /* that the page is about */
    enum lesson_page page;
    bool leaving;   /* it is over as soon as everything is taken away */
    unsigned turns; /* pages so far: it is another page when this is another number */
    bool no_capture;
    char lacks[RUN_REASON_BYTES]; /* why it cannot be done here; "": it can */
};

/* Takes the scenario over.  lacks: see scenario_lacks(); NULL: nothing. */
struct lesson *lesson_new(struct scenario *s, const struct model *m, const char *lacks,
                          bool no_capture, uint64_t now_ns, uint64_t wall_ns);
void lesson_free(struct lesson *l); /* NULL is a no-op */

/* The run that it is at. */
struct scenario_run *lesson_run(const struct lesson *l);
const struct scenario_step *lesson_step(const struct lesson *l);
/* The question that the page asks; NULL: none. */
const struct scenario_question *lesson_question(const struct lesson *l);
/* What there is to choose from on this page, 0: nothing; and what a choice of the last page is. */
size_t lesson_choices(const struct lesson *l);
enum lesson_end lesson_end(const struct lesson *l, size_t choice);

/* The reader goes on; choice: of lesson_choices(), from 0.  Nothing where a step is under way. */
void lesson_next(struct lesson *l, const struct model *m, size_t choice, uint64_t now_ns,
                 uint64_t wall_ns);
/* The run may have moved. */
void lesson_sync(struct lesson *l, uint64_t now_ns);
/* Enough of it; over once lesson_is_over(). */
void lesson_leave(struct lesson *l, uint64_t now_ns);
bool lesson_is_over(const struct lesson *l);
/* Whether somebody came through all its steps, also while the last one is still looked at. */
bool lesson_is_done(const struct lesson *l);

/* --- all of them -------------------------------------------------------------------------- */

struct lesson_entry {
    char *path; /* owned */
    char name[SCENARIO_LINE_BYTES], title[SCENARIO_LINE_BYTES], summary[SCENARIO_TEXT_BYTES];
    unsigned minutes;
    char problem[256]; /* why it cannot be read; "": it can */
};

struct lessons {
    size_t n;
    struct lesson_entry *list; /* owned */
    struct progress progress;
    struct lesson *taken; /* owned; NULL: none */
};

/* What share/lessons holds. */
void lessons_load(struct lessons *l);
void lessons_done(struct lessons *l);
/* NULL: there is none of that name. */
const struct lesson_entry *lessons_find(const struct lessons *l, const char *name);

/* How long a reader takes for it. */
unsigned scenario_minutes(const struct scenario *s);

#endif
