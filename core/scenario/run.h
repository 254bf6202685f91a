/* core/scenario/run.h - a scenario carried out, step by step.
 *
 * A state machine without a clock or I/O of its own, so that a command line, a console and a test
 * drive the same one.  Its face (the caller)
 *   - begins each step with scenario_run_go(), and answers its question;
 *   - does what scenario_run_request() asks for: posts a command, finds out why;
 *   - hands over the replies, and calls scenario_run_look() whenever the model has changed and at
 *     scenario_run_due_ns();
 *   - shows what the results say.
 * What it opened it takes away in the end, also after scenario_run_stop(): it is over when
 * scenario_run_phase() says so, not before.
 *
 * Times are clock_now_ns().  One thread: that of the model, which it only reads, and which
 * outlives it, as the scenario does. */
#ifndef SOCKEYE_SCENARIO_RUN_H
#define SOCKEYE_SCENARIO_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/model/command.h"
#include "core/model/model.h"
#include "core/scenario/scenario.h"
#include "core/why/inquiry.h"

#define RUN_REASON_BYTES 480
#define RUN_SEEN_BYTES 480

struct scenario_run;

enum run_phase {
    RUN_READY,  /* scenario_run_go() begins the next step; behind the last, and behind one that
                     failed, the cleanup */
    RUN_ASKING, /* scenario_run_answer() goes on */
    RUN_DOING,  /* a step is under way */
    RUN_CLEANING, /* what was opened is taken away */
    RUN_OVER,
};

enum run_outcome {
    RUN_UNDECIDED,
    RUN_HELD,        /* every step did */
    RUN_FAILED,      /* one did not */
    RUN_UNAVAILABLE, /* something that it needs is not to be had here */
    RUN_STOPPED,     /* scenario_run_stop() */
};

struct run_settings {
    const struct scenario_pairs *set; /* variables instead of the scenario's; NULL: none.  The
                                         texts outlive the run */
    const struct scenario_run
        *before;              /* this is the run again behind that one; NULL: the first */
    bool no_capture;          /* there will be no packets */
    unsigned patience;        /* `within` is so many times as long; 0: once */
    uint64_t now_ns, wall_ns; /* clock_now_ns(), clock_wall_ns() */
};

struct scenario_run *scenario_run_new(const struct scenario *s, const struct model *m,
                                      const struct run_settings *settings);
void scenario_run_free(struct scenario_run *r); /* NULL is a no-op */

enum run_phase scenario_run_phase(const struct scenario_run *r);
enum run_outcome scenario_run_outcome(const struct scenario_run *r);
/* Why it is unavailable, or what could not be taken away; "": nothing to say. */
const char *scenario_run_remark(const struct scenario_run *r);
/* The step that is done, asked about, or begun by the next go, from 0; n_steps behind the last. */
size_t scenario_run_step(const struct scenario_run *r);

/* RUN_READY only. */
void scenario_run_go(struct scenario_run *r, uint64_t now_ns);
/* RUN_ASKING only.  choice from 0; -1: nobody guessed. */
void scenario_run_answer(struct scenario_run *r, int choice, uint64_t now_ns);
/* Enough: clean up, whatever it is at. */
void scenario_run_stop(struct scenario_run *r, uint64_t now_ns);
/* Before the first step: it cannot be done here. */
void scenario_run_refuse(struct scenario_run *r, const char *reason);

/* --- what the face does for it ------------------------------------------------------------ */

enum run_request_kind { REQUEST_COMMAND, REQUEST_WHY };

struct run_request {
    enum run_request_kind kind;
    const char *line; /* the command, or what is asked why, as a person would type it */
    /* REQUEST_COMMAND: to be posted as it is, then scenario_run_posted(). */
    const struct command *command;
    /* REQUEST_WHY: of this session; 0: reaching the endpoint, or binding to it.  Then
     * scenario_run_why() with its number; a newer question makes an older one void. */
    uint64_t number, session_id;
    struct endpoint endpoint;
    bool bind;
};

/* What is to be done now, once each.  Borrowed until the next call of any function here. */
bool scenario_run_request(struct scenario_run *r, struct run_request *ret);
/* The number that the command got; 0: it could not be posted. */
void scenario_run_posted(struct scenario_run *r, uint64_t command_id, uint64_t now_ns);
/* Any reply: those to others' commands are passed over. */
void scenario_run_reply(struct scenario_run *r, const struct reply *reply, uint64_t now_ns);
/* The answer, NULL with err: there is none. */
void scenario_run_why(struct scenario_run *r, uint64_t number, const struct verdict *v,
                      const struct err *err, uint64_t now_ns);

/* The model is another, or scenario_run_due_ns() has come. */
void scenario_run_look(struct scenario_run *r, uint64_t now_ns);
/* UINT64_MAX: no time matters. */
uint64_t scenario_run_due_ns(const struct scenario_run *r);

/* What snapshots must have for it. */
struct run_wish {
    bool rows;      /* one is waited for: soon, please */
    bool owners;    /* of every row */
    uint32_t parts; /* enum detail_part */
};
void scenario_run_wish(const struct scenario_run *r, struct run_wish *ret);

/* --- results ------------------------------------------------------------------------------ */

enum step_outcome { STEP_NOT_YET, STEP_UNDER_WAY, STEP_HELD, STEP_FAILED };

enum check_state {
    CHECK_UNSEEN,   /* it could not be looked at yet */
    CHECK_NO,       /* it does not hold */
    CHECK_HOLDS,    /* of never: it does not, as it should */
    CHECK_LEFT_OUT, /* no packets, or it is of the second run */
};

enum check_list { CHECK_EXPECT, CHECK_THROUGHOUT, CHECK_NEVER };

struct check_result {
    const struct expectation *expectation;
    enum check_list list;
    enum check_state state;
    char seen[RUN_SEEN_BYTES]; /* what there is: "state failed, error ECONNREFUSED" */
};

struct measured {
    const char *name;
    enum figure_kind kind;
    struct figure_value value;
};

struct step_result {
    const struct scenario_step *step;
    enum step_outcome outcome;
    uint64_t began_ns, ended_ns;
    size_t n_lines;
    char *lines[SCENARIO_COMMANDS]; /* the commands as they were given */
    size_t n_checks;
    struct check_result *checks;
    size_t n_measured;
    struct measured measured[SCENARIO_MEASURES];
    int chosen, right;             /* choices of the question, from 0; -1: none, not seen yet */
    char reason[RUN_REASON_BYTES]; /* of STEP_FAILED: one line */
};

/* By number; what is not known yet is zero.  Borrowed until the run goes on. */
const struct step_result *scenario_run_result(const struct scenario_run *r, size_t step);
/* NULL: it was not measured (yet). */
const struct measured *scenario_run_measured(const struct scenario_run *r, const char *name);
/* The value of a variable in this run. */
const char *scenario_run_variable(const struct scenario_run *r, const char *name);

/* An expectation in words, its references replaced: "session client: state open".  Returns the
 * length. */
size_t scenario_run_expected(const struct scenario_run *r, const struct expectation *e,
                             char *buf, size_t size);
/* A text of the scenario with its references replaced, "?" for what is not known; printable. */
size_t scenario_run_text(const struct scenario_run *r, const char *text, char *buf,
                         size_t size);
/* A session or server by its name ("client.other"): its number; 0: there is none (yet). */
uint64_t scenario_run_thing(const struct scenario_run *r, const char *name, bool *ret_server);

#endif
