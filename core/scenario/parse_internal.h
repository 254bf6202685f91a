/* core/scenario/parse_internal.h - between the files that read a scenario: parse.c (the file, its
 * steps), parse_expect.c (expectations), parse_fields.c (fields of any object). */
#ifndef SOCKEYE_SCENARIO_PARSE_INTERNAL_H
#define SOCKEYE_SCENARIO_PARSE_INTERNAL_H

#include "core/message/json_tree.h"
#include "core/scenario/scenario.h"

/* What a reference may begin with. */
enum known_kind { KNOWN_VARIABLE, KNOWN_SESSION, KNOWN_SERVER, KNOWN_VALUE };

#define KNOWN_MAX (SCENARIO_VARIABLES + SCENARIO_THINGS + SCENARIO_STEPS * SCENARIO_MEASURES)

struct known {
    const char *name;
    enum known_kind kind;
};

struct reading {
    const char *file;
    struct scenario *s;
    struct err *err;
    size_t step; /* from 1; 0: none */
    const char *step_name;
    const char *list; /* "expect" while one of that list is read; NULL: none */
    size_t item;      /* from 1 */
    size_t n_known, n_things, n_measured;
    struct known known[KNOWN_MAX];
    const char *measured[SCENARIO_STEPS * SCENARIO_MEASURES]; /* by any step */
};

/* Fills err with file, line, step and field (NULL: the node itself); returns -EINVAL. */
int reading_fail(struct reading *r, const struct json_node *at, const char *field,
                 const char *reason, ...) __attribute__((format(printf, 4, 5)));

/* Below, 0 or -EINVAL with err. */

/* The node is an object, and no key of it is missing from `fields`, which ends with NULL. */
int fields_check(struct reading *r, const struct json_node *object, const char *const *fields);

enum text_kind {
    TEXT_PLAIN,    /* as it stands */
    TEXT_TEMPLATE, /* with ${references} to what is known */
};

/* A text shorter than `size`.  Where there is none: *ret stays, or an error when it is needed. */
int field_text(struct reading *r, const struct json_node *object, const char *field,
               enum text_kind kind, size_t size, bool needed, const char **ret);
/* A text, or an array of up to `max` of them. */
int field_texts(struct reading *r, const struct json_node *object, const char *field,
                enum text_kind kind, size_t size, size_t max, struct scenario_texts *ret);
/* An object of up to `max` names with texts, numbers or flags. */
int field_pairs(struct reading *r, const struct json_node *object, const char *field,
                enum text_kind kind, size_t max, struct scenario_pairs *ret);
/* Seconds above 0 (or from 0 on) up to SCENARIO_WITHIN_MAX_S. */
int field_seconds(struct reading *r, const struct json_node *object, const char *field,
                  bool zero, uint64_t *ret_ns);

/* One text, checked likewise; `raw` lets line ends and tabs through. */
int text_check(struct reading *r, const struct json_node *node, const char *field,
               enum text_kind kind, size_t size, bool raw);

/* NULL: nothing is called so. */
const struct known *known_find(const struct reading *r, const char *name);
/* A new name; "field" is where it stands. */
int known_add(struct reading *r, const struct json_node *at, const char *field,
              const char *name, enum known_kind kind);
/* What a reference such as "client.other.port" means, with a figure or column at its end
 * (*ret_kind is that of its value), with row or flow, or with nothing behind the thing's name. */
int reference_check(struct reading *r, const struct json_node *at, const char *field,
                    const char *text, enum figure_kind *ret_kind);
/* Like that, but it is a session (server: a server; thing: either) itself, nothing behind it. */
enum thing_kind { THING_SESSION, THING_SERVER, THING_EITHER };
int thing_check(struct reading *r, const struct json_node *at, const char *field,
                const char *text, enum thing_kind kind);

/* The expectations of a field, none when it is not there.  sync: those whose answer takes its
 * time, why, may not be among them. */
int field_expectations(struct reading *r, const struct json_node *object, const char *field,
                       bool sync, struct expectations *ret);

#endif
