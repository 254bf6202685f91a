/* core/scenario/run_internal.h - between the files that carry a scenario out:
 *
 *   run.c           phases, steps, results
 *   run_commands.c  from a line to a command, its reply, what was opened and is taken away
 *   run_text.c      what ${references} stand for
 *   run_eye.c       one expectation: does it hold?
 *   run_rows.c      those about rows
 *   run_rings.c     those about packets, calls and what was said */
#ifndef SOCKEYE_SCENARIO_RUN_INTERNAL_H
#define SOCKEYE_SCENARIO_RUN_INTERNAL_H

#include "core/model/filter.h"
#include "core/scenario/run.h"
#include "core/wire/packet_filter.h"

/* What a step's commands, or the cleanup, are at. */
enum run_stage {
    STAGE_IDLE,
    STAGE_CAPTURE,  /* until it is known whether there are packets */
    STAGE_COMMANDS, /* commands are posted, one after the other */
    STAGE_EXPECT,   /* until everything expected holds */
    STAGE_WATCH,    /* never and throughout, for a while */
    STAGE_CLEANUP,  /* the scenario's commands */
    STAGE_CLOSE,    /* whatever is open still */
    STAGE_GONE,     /* until it is closed */
};

/* A session or server that was opened. */
struct opened {
    const char *name; /* NULL: it has none */
    bool server;
    bool told; /* to close, in the end */
    uint64_t id;
};

/* An expectation of the present step being looked at. */
struct eye {
    const struct expectation *e;
    struct check_result *to;
    char *text; /* the filter that is parsed; owned */
    struct filter *rows;
    struct packet_filter *packets;
    bool begun;
    uint64_t next, count; /* of a ring: the first record not looked at; those that matched */
    uint64_t calls;       /* of that name at all */
    uint64_t settled_count, settled_calls; /* of those before `next` */
    bool has_last;
    struct call last;
    uint64_t snapshot_ns; /* of the snapshot that was looked at */
    enum { WHY_NOT_ASKED, WHY_TO_ASK, WHY_ASKED, WHY_ANSWERED } why;
    uint64_t why_again_ns;
};

struct scenario_run {
    const struct scenario *s;
    const struct model *m;
    const struct scenario_pairs *set;
    const struct scenario_run *before;
    bool no_capture;
    unsigned patience;
    uint64_t wall_offset_ns; /* wall time less clock_now_ns() */

    enum run_phase phase;
    enum run_outcome outcome;
    enum run_stage stage;
    char remark[RUN_REASON_BYTES];

    /* Where the rings were when it began. */
    uint64_t journal_from, transcript_from, packets_from, began_ns;

    /* The present step. */
    size_t step, line;           /* line: the command that is under way */
    struct step_result *results; /* by step */
    size_t n_eyes, n_expects;    /* eyes of the step's lists, of them those of expect */
    struct eye *eyes;            /* then those of the choices */
    size_t n_choice_eyes;
    struct check_result *choice_results;
    uint64_t settled_ns;  /* the newest reply */
    uint64_t held_ns;     /* since when all that is expected holds; 0: it does not */
    uint64_t deadline_ns; /* of the stage; UINT64_MAX: none */
    struct err err;       /* of the step's commands, the first */
    struct reply reply;   /* the newest */
    size_t first_opened;  /* of the step, in `opened` */

    /* What the face is asked for. */
    enum {
        ASK_NOTHING,
        ASK_POST,
        ASK_POSTED, /* scenario_run_posted() is due */
        ASK_LATER,  /* there was no room: with the next look */
    } ask;
    struct command command;
    char request_line[SCENARIO_TEXT_BYTES * 2];
    uint64_t later_ns;                        /* of ASK_LATER */
    uint64_t pending;                         /* the command whose reply is awaited; 0: none */
    struct eye *why;                          /* whose question is under way */
    uint64_t why_number;                      /* of the newest question */
    char exchange_tag[COMMAND_TAG_BYTES + 1]; /* of an exchange; "": there was none */

    size_t n_opened, opened_room;
    struct opened *opened;
};

/* --- run.c ---------------------------------------------------------------------------------- */

struct step_result *run_result(struct scenario_run *r);
/* As long as the present step may take for something, from now on. */
uint64_t run_deadline_ns(const struct scenario_run *r, uint64_t now_ns);
/* The step has failed; the first reason stays. */
void run_fail_step(struct scenario_run *r, uint64_t now_ns, const char *reason, ...)
    __attribute__((format(printf, 3, 4)));
/* All commands of the step are carried out. */
void run_settled(struct scenario_run *r, uint64_t now_ns);
/* Everything is taken away, or will not be. */
void run_over(struct scenario_run *r);

/* --- run_commands.c ------------------------------------------------------------------------- */

/* Go on with the step's commands, as far as that is possible now. */
void run_look_commands(struct scenario_run *r, uint64_t now_ns);
void run_begin_cleanup(struct scenario_run *r, uint64_t now_ns);
void run_look_cleanup(struct scenario_run *r, uint64_t now_ns);

/* --- run_text.c ----------------------------------------------------------------------------- */

/* What a reference stands for.  False: that is not known; then *ret says it in its text. */
bool run_reference(const struct scenario_run *r, const char *reference,
                   enum figure_kind *ret_kind, struct figure_value *ret);
enum fill_kind {
    FILL_PLAIN, /* as it is */
    FILL_SHOWN, /* "?" for what is not known */
    FILL_WORDS, /* a command line: a value stays one word */
    FILL_REST,  /* a command line whose rest is taken as it stands */
};
/* 0, or -ENOENT: something is not known; -EINVAL: a value cannot stand there; -E2BIG; with the
 * reason in why (RUN_SEEN_BYTES). */
int run_fill(const struct scenario_run *r, const char *text, enum fill_kind kind, char *buf,
             size_t size, char *why);
/* A session or server by its name; NULL with a reason in why (may be NULL): there is none yet. */
const struct session_status *run_session(const struct scenario_run *r, const char *name,
                                         char *why);
const struct server_status *run_server(const struct scenario_run *r, const char *name,
                                       char *why);
const struct opened *run_opened(const struct scenario_run *r, const char *name);

/* --- run_eye.c ------------------------------------------------------------------------------ */

void eye_open(struct eye *eye, const struct expectation *e, enum check_list list,
              struct check_result *to);
void eye_done(struct eye *eye);
/* Look now; its result is new. */
void eye_look(struct scenario_run *r, struct eye *eye, uint64_t now_ns);
/* It cannot come to hold any more. */
bool eye_hopeless(const struct scenario_run *r, const struct eye *eye);
/* Whether one of a field's values is as it should.  UNSEEN: a value refers to what is not known. */
enum check_state run_test(const struct scenario_run *r, const struct scenario_test *t,
                          enum figure_kind kind, const struct figure_value *v);
/* The test of a field; NULL: it has none. */
const struct scenario_test *eye_test(const struct expectation *e, const char *field);
/* Its filter with the references replaced, parsed (0, or with err) when it is another than before.
 * CHECK_HOLDS: it is there. */
enum check_state eye_prepare(struct scenario_run *r, struct eye *eye,
                             int (*parse)(const struct scenario_run *r, struct eye *eye,
                                          const char *text, struct err *err));
/* A count as its test wants it, at least one without. */
enum check_state eye_count(const struct scenario_run *r, const struct expectation *e,
                           uint64_t count);
/* More of a sentence of RUN_SEEN_BYTES. */
void seen_add(char *seen, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* --- run_rows.c ----------------------------------------------------------------------------- */

enum check_state eye_rows(struct scenario_run *r, struct eye *eye);
enum check_state eye_row(struct scenario_run *r, struct eye *eye);
/* The row of a session or server in the newest snapshot; NULL: it has none there. */
const struct row *run_row(const struct scenario_run *r, const char *name);

/* --- run_rings.c ---------------------------------------------------------------------------- */

enum check_state eye_packets(struct scenario_run *r, struct eye *eye);
enum check_state eye_calls(struct scenario_run *r, struct eye *eye);
/* What was received or sent by a session, as the figure of FIGURE_BYTES wants it.  False: not all
 * of it is kept. */
bool run_said(const struct scenario_run *r, const struct session_status *s, const char *figure,
              char **ret_bytes, size_t *ret_len);
/* The value of any figure of a session but FIGURE_BYTES: from its status, or the transcript. */
void run_session_figure(const struct scenario_run *r, const struct figure *f,
                        const struct session_status *s, struct figure_value *ret);
enum run_packets { PACKETS_NOT_YET, PACKETS_COME, PACKETS_NONE };
/* Whether packets are captured; PACKETS_NONE with the reason in why (may be NULL). */
enum run_packets run_packets(const struct scenario_run *r, char *why);

#endif
