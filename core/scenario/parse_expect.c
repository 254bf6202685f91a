/* Expectations: what they look at, and how that is to be. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/model/column.h"
#include "core/model/filter.h"
#include "core/model/journal.h"
#include "core/scenario/compare.h"
#include "core/scenario/parse_internal.h"
#include "core/scenario/template.h"
#include "core/wire/packet_filter.h"

const char *const expectation_keys[EXPECT_KINDS] = {
    [EXPECT_SESSION] = "session", [EXPECT_SERVER] = "server",   [EXPECT_ROW] = "row",
    [EXPECT_ROWS] = "rows",       [EXPECT_PACKETS] = "packets", [EXPECT_CALLS] = "calls",
    [EXPECT_ERROR] = "error",     [EXPECT_REPLY] = "reply",     [EXPECT_WHY] = "why",
    [EXPECT_VALUE] = "value",
};

/* --- the subject ------------------------------------------------------------------------ */

static int filter_check(struct reading *r, const struct json_node *n,
                        enum expectation_kind kind)
{
    struct packet_filter *packets = NULL;
    struct filter *rows = NULL;
    struct err err = {0};
    int rc;

    if (template_varies(n->text))
        return 0;
    rc = kind == EXPECT_ROWS ? filter_parse(n->text, &rows, &err)
                             : packet_filter_parse(n->text, &packets, &err);
    filter_free(rows);
    packet_filter_free(packets);
    return rc < 0 ? reading_fail(r, n, n->key, "is no filter: %.100s", err.reason) : 0;
}

static int call_check(struct reading *r, const struct json_node *n)
{
    for (int i = 0; i < CALL_NAMES; i++)
        if (strcmp(call_name((enum call_name)i), n->text) == 0)
            return 0;
    return reading_fail(r, n, n->key, "is none of the calls that the journal has");
}

/* A session or server that has a name, else an endpoint. */
static int why_check(struct reading *r, const struct json_node *n)
{
    struct reference ref;
    struct endpoint e;
    size_t bind = strncmp(n->text, COMMAND_BIND_PREFIX, strlen(COMMAND_BIND_PREFIX)) == 0
                      ? strlen(COMMAND_BIND_PREFIX)
                      : 0;

    if (template_varies(n->text))
        return 0;
    reference_parse(n->text, &ref);
    if (known_find(r, ref.head))
        return thing_check(r, n, n->key, n->text, THING_EITHER);
    return endpoint_parse(n->text + bind, &e, NULL) == 0
               ? 0
               : reading_fail(r, n, n->key, "is neither a session nor an endpoint");
}

static int subject_check(struct reading *r, const struct json_node *n,
                         enum expectation_kind kind)
{
    bool thing = kind == EXPECT_SESSION || kind == EXPECT_SERVER || kind == EXPECT_ROW;
    int rc = text_check(r, n, n->key, thing ? TEXT_PLAIN : TEXT_TEMPLATE, SCENARIO_TEXT_BYTES,
                        false);

    if (rc < 0)
        return rc;
    switch (kind) {
    case EXPECT_SESSION:
        return thing_check(r, n, n->key, n->text, THING_SESSION);
    case EXPECT_SERVER:
        return thing_check(r, n, n->key, n->text, THING_SERVER);
    case EXPECT_ROW:
        return thing_check(r, n, n->key, n->text, THING_EITHER);
    case EXPECT_ROWS:
    case EXPECT_PACKETS:
        return filter_check(r, n, kind);
    case EXPECT_CALLS:
        return call_check(r, n);
    case EXPECT_WHY:
        return why_check(r, n);
    default:
        return 0;
    }
}

/* --- the tests -------------------------------------------------------------------------- */

/* The fields beside figures and columns, with what they are. */
static const struct {
    const char *field;
    enum expectation_kind of;
    enum figure_kind kind;
} plain_fields[] = {
    {"count", EXPECT_ROWS, FIGURE_NUMBER},   {"count", EXPECT_PACKETS, FIGURE_NUMBER},
    {"since", EXPECT_PACKETS, FIGURE_TEXT},  {"count", EXPECT_CALLS, FIGURE_NUMBER},
    {"since", EXPECT_CALLS, FIGURE_TEXT},    {"of", EXPECT_CALLS, FIGURE_TEXT},
    {"error", EXPECT_CALLS, FIGURE_TEXT},    {"result", EXPECT_CALLS, FIGURE_NUMBER},
    {"short", EXPECT_CALLS, FIGURE_FLAG},    {"cause", EXPECT_WHY, FIGURE_TEXT},
    {"confidence", EXPECT_WHY, FIGURE_TEXT}, {"is", EXPECT_VALUE, FIGURE_TEXT},
};

/* What is compared there; false: there is no such field. */
static bool field_kind(enum expectation_kind kind, const char *field, enum figure_kind *ret)
{
    const struct figure *f = kind == EXPECT_SESSION  ? session_figure_find(field)
                             : kind == EXPECT_SERVER ? server_figure_find(field)
                                                     : NULL;
    const struct column *c = kind == EXPECT_ROW ? column_find(field) : NULL;

    if (f)
        *ret = f->kind;
    else if (c)
        *ret = c->unit == UNIT_NONE ? FIGURE_TEXT : FIGURE_NUMBER;
    for (size_t i = 0; i < sizeof(plain_fields) / sizeof(plain_fields[0]); i++)
        if (plain_fields[i].of == kind && strcmp(plain_fields[i].field, field) == 0) {
            *ret = plain_fields[i].kind;
            return true;
        }
    return f || c;
}

static int since_check(struct reading *r, const struct json_node *n)
{
    return strcmp(n->text, "step") == 0 || strcmp(n->text, "run") == 0
               ? 0
               : reading_fail(r, n, n->key, "is \"step\" or \"run\"");
}

static int value_check(struct reading *r, const struct json_node *n, const char *field,
                       enum figure_kind kind)
{
    const char *wrong;
    int rc = 0;

    if (n->kind == JSON_OBJECT || n->kind == JSON_ARRAY || n->kind == JSON_NULL)
        return reading_fail(r, n, field, "is no text, number or flag");
    if (n->kind == JSON_STRING)
        rc = text_check(r, n, field, TEXT_TEMPLATE, SCENARIO_TEXT_BYTES, true);
    /* What `is` compares is known only then. */
    if (rc < 0 || template_varies(n->text) || strcmp(field, "is") == 0)
        return rc;
    wrong = compare_check(n->text, kind);
    if (wrong)
        return reading_fail(r, n, field, "cannot be \"%.40s\": %s", n->text, wrong);
    if (strcmp(field, "of") == 0)
        return thing_check(r, n, field, n->text, THING_EITHER);
    return strcmp(field, "since") == 0 ? since_check(r, n) : 0;
}

static int read_test(struct reading *r, const struct json_node *n, enum expectation_kind kind,
                     struct scenario_test *t)
{
    const struct json_node *v = n->kind == JSON_ARRAY ? n->first : n;
    enum figure_kind compared = FIGURE_TEXT;
    int rc = 0;

    if (!field_kind(kind, n->key, &compared))
        return reading_fail(r, n, n->key, "is no field of an expectation of \"%s\"",
                            expectation_keys[kind]);
    if (n->kind == JSON_ARRAY && (n->n == 0 || n->n > SCENARIO_ALTERNATIVES))
        return reading_fail(r, n, n->key, "is a list of none, or of more than %d",
                            SCENARIO_ALTERNATIVES);
    t->field = n->key;
    do {
        rc = value_check(r, v, n->key, compared);
        if (rc == 0)
            t->values[t->n++] = v->text;
        v = n->kind == JSON_ARRAY ? v->next : NULL;
    } while (rc == 0 && v);
    return rc;
}

/* --- one, and a list of them -------------------------------------------------------------- */

static bool names_before(const char *text)
{
    struct template_piece piece;

    while (template_next(&text, &piece))
        if (!piece.literal &&
            strncmp(piece.reference, REFERENCE_BEFORE ".", strlen(REFERENCE_BEFORE) + 1) == 0)
            return true;
    return false;
}

static bool is_of_again(const struct expectation *e)
{
    bool yes = names_before(e->subject);

    for (size_t i = 0; i < e->n_tests; i++)
        for (size_t k = 0; k < e->tests[i].n; k++)
            yes |= names_before(e->tests[i].values[k]);
    return yes;
}

/* The kind whose key it has; "error" is a field of others, too, so that it comes last. */
static const struct json_node *find_subject(const struct json_node *object,
                                            enum expectation_kind *ret)
{
    const struct json_node *found = NULL;

    for (int i = 0; i < EXPECT_KINDS; i++) {
        const struct json_node *n = json_node_get(object, expectation_keys[i]);

        if (n && (!found || *ret == EXPECT_ERROR)) {
            found = n;
            *ret = (enum expectation_kind)i;
        }
    }
    return found;
}

/* Fields that an expectation cannot do without. */
static int needed_check(struct reading *r, const struct json_node *object,
                        const struct expectation *e)
{
    bool bare = e->n_tests == 0;

    if (e->kind == EXPECT_VALUE && bare)
        return reading_fail(r, object, "is", "is missing");
    if (e->kind == EXPECT_WHY && !json_node_get(object, "cause"))
        return reading_fail(r, object, "cause", "is missing");
    if (bare &&
        (e->kind == EXPECT_SESSION || e->kind == EXPECT_SERVER || e->kind == EXPECT_ROW))
        return reading_fail(r, object, NULL, "it does not say how the %s is to be",
                            expectation_keys[e->kind]);
    return 0;
}

static int read_expectation(struct reading *r, const struct json_node *object,
                            struct expectation *e)
{
    const struct json_node *subject;
    int rc;

    if (object->kind != JSON_OBJECT)
        return reading_fail(r, object, NULL, "it is no object");
    subject = find_subject(object, &e->kind);
    if (!subject)
        return reading_fail(r, object, NULL,
                            "it has none of session, server, row, rows, packets, calls, error, "
                            "reply, why and value");
    rc = subject_check(r, subject, e->kind);
    if (rc < 0)
        return rc;
    e->line = object->line;
    e->subject = subject->text;
    e->tests = mem_new(object->n, sizeof(*e->tests));
    for (const struct json_node *n = object->first; rc == 0 && n; n = n->next)
        if (n != subject && e->n_tests == SCENARIO_TESTS)
            rc = reading_fail(r, n, n->key, "is more than %d fields", SCENARIO_TESTS);
        else if (n != subject)
            rc = read_test(r, n, e->kind, &e->tests[e->n_tests++]);
    if (rc < 0)
        return rc;
    e->of_again = is_of_again(e);
    r->s->packets |= e->kind == EXPECT_PACKETS;
    r->s->rows |= e->kind == EXPECT_ROWS || e->kind == EXPECT_ROW;
    return needed_check(r, object, e);
}

int field_expectations(struct reading *r, const struct json_node *object, const char *field,
                       bool sync, struct expectations *ret)
{
    const struct json_node *node = json_node_get(object, field);
    const char *list = r->list;
    size_t item = r->item;
    int rc = 0;

    if (!node)
        return 0;
    if (node->kind != JSON_ARRAY || node->n == 0 || node->n > SCENARIO_EXPECTATIONS)
        return reading_fail(r, node, field, "is no list of 1 to %d expectations",
                            SCENARIO_EXPECTATIONS);
    ret->list = mem_new(node->n, sizeof(*ret->list));
    r->list = field;
    r->item = 0;
    for (const struct json_node *n = node->first; rc == 0 && n; n = n->next) {
        struct expectation *e = &ret->list[ret->n++];

        r->item++;
        rc = read_expectation(r, n, e);
        if (rc == 0 && sync && e->kind == EXPECT_WHY)
            rc = reading_fail(r, n, "why", "takes its time: it can only be in expect");
    }
    r->list = list;
    r->item = item;
    return rc;
}
