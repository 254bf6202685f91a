/* core/scenario/scenario.h - steps, and what is expected of each, read from a JSON file.
 *
 * A lesson is a scenario with prose.  share/doc/scenarios.md explains the format, and
 * share/scenario.schema.json is its schema.  What is read here is plain data: nothing in it has
 * been done yet, and texts still have their ${variables}; core/scenario/run.h carries it out.
 *
 * Texts are UTF-8 without control characters and belong to the scenario. */
#ifndef SOCKEYE_SCENARIO_SCENARIO_H
#define SOCKEYE_SCENARIO_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/model/command.h"
#include "core/scenario/figure.h"

#define SCENARIO_SCHEMA 1
#define SCENARIO_FILE_BYTES (256U << 10)
#define SCENARIO_VARIABLES 32
#define SCENARIO_STEPS 64
#define SCENARIO_COMMANDS 16                    /* of one step; of the cleanup */
#define SCENARIO_THINGS 64                      /* sessions and servers with a name */
#define SCENARIO_EXPECTATIONS 16                /* of one list */
#define SCENARIO_TESTS 12                       /* fields of one expectation */
#define SCENARIO_ALTERNATIVES 12                /* values that one field may have */
#define SCENARIO_MEASURES 12                    /* of one step, and compared at the end */
#define SCENARIO_CHOICES 6                      /* of one question */
#define SCENARIO_PARAGRAPHS 12                  /* of one text */
#define SCENARIO_NAME_BYTES 32                  /* of a name, with its NUL */
#define SCENARIO_LINE_BYTES 160                 /* of a title or a step's name, with its NUL */
#define SCENARIO_TEXT_BYTES 1024                /* of any other text, with its NUL */
#define SCENARIO_VALUE_BYTES FIGURE_TEXT_BYTES  /* of a variable's value, with its NUL */
#define SCENARIO_WITHIN_NS UINT64_C(2000000000) /* unless it says otherwise */
#define SCENARIO_WITHIN_MAX_S 120
#define SCENARIO_ORDER_MAX 999

/* What it cannot do without: bits of scenario.needs. */
enum scenario_need {
    NEED_CAPTURE = 1 << 0, /* packets can be captured */
    NEED_IPV6 = 1 << 1,    /* ::1 is an address of this host */
    NEED_ROOT = 1 << 2,
};
/* "capture", "ipv6", "root"; NULL for no bit of them. */
const char *scenario_need_name(enum scenario_need need);

struct scenario_texts {
    size_t n;
    const char **list;
};

struct scenario_pair {
    const char *name, *value;
};

struct scenario_pairs {
    size_t n;
    struct scenario_pair *list;
};

/* What an expectation looks at. */
enum expectation_kind {
    EXPECT_SESSION, /* subject: a session; tests: figures */
    EXPECT_SERVER,  /* likewise a server */
    EXPECT_ROW,     /* subject: either; tests: columns of its row in the kernel's list */
    EXPECT_ROWS,    /* subject: a filter of core/model/filter.h; count */
    EXPECT_PACKETS, /* subject: a filter of core/wire/packet_filter.h; count */
    EXPECT_CALLS,   /* subject: the name of a call; of, error, result, short, count */
    EXPECT_ERROR,   /* subject: the error's name or "none", of the step's command */
    EXPECT_REPLY,   /* subject: what the reply to the step's command says */
    EXPECT_WHY,     /* subject: a session or an endpoint; cause, confidence */
    EXPECT_VALUE,   /* subject: any text; is */
    EXPECT_KINDS
};
/* The key that stands for it: "session", "rows", ... */
extern const char *const expectation_keys[EXPECT_KINDS];

/* One field of an expectation: it holds when one of the values does. */
struct scenario_test {
    const char *field;
    size_t n;
    const char *values[SCENARIO_ALTERNATIVES]; /* "open", ">= 2", "~ hello" */
};

struct expectation {
    enum expectation_kind kind;
    size_t line; /* of the file */
    const char *subject;
    size_t n_tests;
    struct scenario_test *tests;
    bool of_again; /* it names ${before.}: only the second run is asked */
};

struct expectations {
    size_t n;
    struct expectation *list;
};

struct scenario_choice {
    const char *text;
    struct expectations expect; /* it is the right one when these hold; none: it is wrong */
};

struct scenario_question {
    const char *ask;
    bool after; /* asked when the step is done, not before */
    size_t n_choices;
    struct scenario_choice *choices;
    const char *because; /* what to say then; NULL: nothing */
};

/* Where to look meanwhile; any may be NULL. */
struct scenario_look {
    const char *screen; /* as :goto takes it */
    const char *select; /* a session or server */
    const char *at;     /* a text that is to be seen there */
};

struct scenario_step {
    const char *name;
    size_t line;
    struct scenario_texts prose, after; /* for before the step is done, and behind it */
    struct scenario_look look;
    struct scenario_texts commands;
    const char **names; /* of what each command opens, by command; NULL: it has none */
    uint64_t within_ns; /* until everything expected must hold */
    struct expectations expect, never, throughout;
    uint64_t for_ns; /* how long never and throughout are watched once expect holds */
    struct scenario_pairs measure;      /* name, figure */
    struct scenario_question *question; /* NULL: none */
};

/* The same once more with other variables. */
struct scenario_again {
    const char *title;
    struct scenario_texts prose;
    struct scenario_pairs variables;
    struct scenario_pairs compare; /* a measured name, what it is in words */
};

struct json_node;

struct scenario {
    struct json_node *document;     /* owns the texts */
    char *file;                     /* as it was given */
    char name[SCENARIO_LINE_BYTES]; /* the file's without folder and ending */
    const char *title, *summary;    /* summary may be "" */
    unsigned needs;                 /* enum scenario_need */
    unsigned order;                 /* where it stands among others; 0: behind them */
    bool packets, rows;             /* they are looked at somewhere */
    bool lesson;                    /* it has prose or questions */
    struct scenario_pairs variables;
    size_t n_steps;
    struct scenario_step *steps;
    struct scenario_texts cleanup;
    struct scenario_again *again; /* NULL: none */
};

/* Read len bytes; file is what errors call them.  Returns 0; or -EINVAL with err: input is
 * "FILE:LINE", the reason names step and field. */
int scenario_parse(const char *text, size_t len, const char *file, struct scenario **ret,
                   struct err *err);
/* The same of a file, or negative errno with err when it cannot be read. */
int scenario_load(const char *path, struct scenario **ret, struct err *err);
void scenario_free(struct scenario *s); /* NULL is a no-op */

/* What NAME stands for: with a '/' or .json at its end a path, else share/lessons/NAME.json,
 * share/scenarios/NAME.json, or a path after all.  Returns buf; NULL: there is none. */
const char *scenario_find(const char *name, char *buf, size_t size);

/* Those of a folder of share/, "lessons" or "scenarios", by their order, then by name.  The caller
 * frees each and the list.  Returns how many; err (code 0: nothing is wrong) tells of the first that
 * could not be read. */
#define SCENARIO_FILES 256
size_t scenario_load_all(const char *folder, struct scenario ***ret, struct err *err);

/* NULL: there is none of that name. */
const char *scenario_variable(const struct scenario *s, const char *name);

/* The value of pairs by name; NULL: none. */
const char *scenario_pair(const struct scenario_pairs *p, const char *name);

#endif
