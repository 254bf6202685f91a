/* A scenario's file: its head, its steps, their questions, the second run. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/share.h"
#include "core/base/text.h"
#include "core/scenario/parse_internal.h"
#include "core/scenario/template.h"

/* --- commands --------------------------------------------------------------------------- */

/* What a scenario may ask for: what the engine carries out, and one more interface. */
static bool verb_of(const char *line, enum verb *ret)
{
    size_t len = strcspn(line, " ");

    for (int i = 0; i < VERB_COUNT; i++)
        if (strlen(verbs[i].name) == len && strncmp(verbs[i].name, line, len) == 0) {
            *ret = (enum verb)i;
            return verbs[i].target == TO_ENGINE;
        }
    return false;
}

/* The whole of it where nothing in it varies. */
static int command_check(struct reading *r, const struct json_node *at, const char *field,
                         const char *line, enum verb *ret)
{
    struct command *command;
    char text[4 * ERR_TEXT_BYTES];
    struct err err = {0};
    int rc = 0;

    if (!verb_of(line, ret))
        return reading_fail(r, at, field,
                            "begins with no command of sessions and servers: %.30s", line);
    if (template_varies(line))
        return 0;
    command = mem_new(1, sizeof(*command));
    if (command_parse(line, command, &err) < 0) {
        err_format(&err, text, sizeof(text));
        rc = reading_fail(r, at, field, "is no command: %s", text);
    }
    free(command);
    return rc;
}

static bool opens(enum verb verb)
{
    return verb == VERB_CONNECT || verb == VERB_SERVE;
}

/* "as": a name for each command that opens something, as far as they go. */
static int read_names(struct reading *r, const struct json_node *object,
                      const struct scenario_step *step)
{
    const struct json_node *node = json_node_get(object, "as"), *n;
    enum verb verb;

    if (!node)
        return 0;
    n = node->kind == JSON_ARRAY ? node->first : node;
    for (size_t i = 0; i < step->commands.n; i++) {
        int rc;

        /* What is no command is told below. */
        if (!verb_of(step->commands.list[i], &verb))
            return 0;
        if (!opens(verb))
            continue;
        if (!n)
            return 0; /* the rest needs none */
        if (n->kind != JSON_STRING)
            return reading_fail(r, n, "as", "is no text");
        rc = known_add(r, n, "as", n->text, verb == VERB_SERVE ? KNOWN_SERVER : KNOWN_SESSION);
        if (rc < 0)
            return rc;
        step->names[i] = n->text;
        n = node->kind == JSON_ARRAY ? n->next : NULL;
    }
    return n ? reading_fail(r, n, "as", "has more names than do opens things") : 0;
}

/* Lines may name what a line before them opens, so that each is checked behind the names. */
static int read_commands(struct reading *r, const struct json_node *object,
                         struct scenario_step *step)
{
    const struct json_node *node = json_node_get(object, "do"), *n;
    enum verb verb;
    int rc = field_texts(r, object, "do", TEXT_PLAIN, SCENARIO_TEXT_BYTES, SCENARIO_COMMANDS,
                         &step->commands);

    if (rc < 0)
        return rc;
    if (!node)
        return json_node_get(object, "as") ? reading_fail(r, object, "as", "has no do") : 0;
    step->names = mem_new(step->commands.n, sizeof(*step->names));
    rc = read_names(r, object, step);
    n = node->kind == JSON_ARRAY ? node->first : node;
    for (size_t i = 0; rc == 0 && i < step->commands.n; i++) {
        rc = text_check(r, n, "do", TEXT_TEMPLATE, SCENARIO_TEXT_BYTES, false);
        if (rc == 0)
            rc = command_check(r, n, "do", step->commands.list[i], &verb);
        n = n->next;
    }
    return rc;
}

/* --- the parts of a step ------------------------------------------------------------------ */

/* What :goto takes. */
static int screen_check(struct reading *r, const struct json_node *at, const char *screen)
{
    char line[SCENARIO_NAME_BYTES + 8];
    struct command *command = mem_new(1, sizeof(*command));
    int rc;

    snprintf(line, sizeof(line), "goto %.31s", screen);
    rc = command_parse(line, command, NULL);
    free(command);
    return rc < 0 ? reading_fail(r, at, "screen", "is no screen: %s", screen) : 0;
}

static int read_look(struct reading *r, const struct json_node *object,
                     struct scenario_look *look)
{
    static const char *const fields[] = {"screen", "select", "at", NULL};
    const struct json_node *node = json_node_get(object, "look");
    int rc;

    if (!node)
        return 0;
    rc = fields_check(r, node, fields);
    if (rc == 0)
        rc = field_text(r, node, "screen", TEXT_PLAIN, SCENARIO_NAME_BYTES, false,
                        &look->screen);
    if (rc == 0 && look->screen)
        rc = screen_check(r, json_node_get(node, "screen"), look->screen);
    if (rc == 0)
        rc = field_text(r, node, "select", TEXT_PLAIN, SCENARIO_TEXT_BYTES, false,
                        &look->select);
    if (rc == 0 && look->select)
        rc = thing_check(r, node, "select", look->select, THING_EITHER);
    if (rc == 0)
        rc = field_text(r, node, "at", TEXT_TEMPLATE, SCENARIO_LINE_BYTES, false, &look->at);
    return rc;
}

static int read_choice(struct reading *r, const struct json_node *n, struct scenario_choice *c)
{
    static const char *const fields[] = {"text", "expect", NULL};
    int rc = fields_check(r, n, fields);

    if (rc == 0)
        rc = field_text(r, n, "text", TEXT_TEMPLATE, SCENARIO_LINE_BYTES, true, &c->text);
    if (rc == 0)
        rc = field_expectations(r, n, "expect", true, &c->expect);
    return rc;
}

/* Without packets the right one could not be told. */
static int capture_check(struct reading *r, const struct json_node *at,
                         const struct scenario_choice *c)
{
    for (size_t i = 0; i < c->expect.n; i++)
        if (c->expect.list[i].kind == EXPECT_PACKETS && !(r->s->needs & NEED_CAPTURE))
            return reading_fail(r, at, "choices",
                                "look at packets: \"needs\" must have \"capture\"");
    return 0;
}

static int read_choices(struct reading *r, const struct json_node *object,
                        struct scenario_question *q)
{
    const struct json_node *node = json_node_get(object, "choices");
    size_t decided = 0;
    int rc = 0;

    if (!node || node->kind != JSON_ARRAY || node->n < 2 || node->n > SCENARIO_CHOICES)
        return reading_fail(r, node ? node : object, "choices", "is no list of 2 to %d",
                            SCENARIO_CHOICES);
    q->choices = mem_new(node->n, sizeof(*q->choices));
    for (const struct json_node *n = node->first; rc == 0 && n; n = n->next) {
        struct scenario_choice *c = &q->choices[q->n_choices++];

        rc = read_choice(r, n, c);
        if (rc == 0)
            rc = capture_check(r, n, c);
        decided += c->expect.n > 0;
    }
    return rc == 0 && !decided
               ? reading_fail(r, node, "choices", "have no expect: the right one must be seen")
               : rc;
}

static int read_question(struct reading *r, const struct json_node *object,
                         struct scenario_step *step)
{
    static const char *const fields[] = {"ask", "when", "choices", "because", NULL};
    const struct json_node *node = json_node_get(object, "question");
    const char *when = "before";
    struct scenario_question *q;
    int rc;

    if (!node)
        return 0;
    q = step->question = mem_new(1, sizeof(*q));
    r->s->lesson = true;
    rc = fields_check(r, node, fields);
    if (rc == 0)
        rc = field_text(r, node, "ask", TEXT_TEMPLATE, SCENARIO_TEXT_BYTES, true, &q->ask);
    if (rc == 0)
        rc = field_text(r, node, "when", TEXT_PLAIN, SCENARIO_NAME_BYTES, false, &when);
    q->after = strcmp(when, "after") == 0;
    if (rc == 0 && !q->after && strcmp(when, "before") != 0)
        rc = reading_fail(r, node, "when", "is \"before\" or \"after\"");
    if (rc == 0)
        rc = read_choices(r, node, q);
    if (rc == 0)
        rc = field_text(r, node, "because", TEXT_TEMPLATE, SCENARIO_TEXT_BYTES, false,
                        &q->because);
    return rc;
}

/* Figures get a name: "open_ms": "client.connect_ms". */
static int read_measure(struct reading *r, const struct json_node *object,
                        struct scenario_step *step)
{
    enum figure_kind ignored;
    int rc = field_pairs(r, object, "measure", TEXT_PLAIN, SCENARIO_MEASURES, &step->measure);
    const struct json_node *n = json_node_get(object, "measure");

    n = rc == 0 && n ? n->first : NULL;
    for (; rc == 0 && n; n = n->next) {
        const struct known *k;
        struct reference ref;

        rc = reference_check(r, n, n->key, n->text, &ignored);
        reference_parse(n->text, &ref);
        k = known_find(r, ref.head);
        if (rc == 0 && (!k || !*ref.tail))
            rc = reading_fail(r, n, n->key, "is no figure of a session or server");
        if (rc == 0)
            rc = known_add(r, n, "measure", n->key, KNOWN_VALUE);
    }
    return rc;
}

static int read_lists(struct reading *r, const struct json_node *object,
                      struct scenario_step *step)
{
    bool watched;
    int rc = field_expectations(r, object, "expect", false, &step->expect);

    if (rc == 0)
        rc = field_expectations(r, object, "never", true, &step->never);
    if (rc == 0)
        rc = field_expectations(r, object, "throughout", true, &step->throughout);
    if (rc == 0)
        rc = field_seconds(r, object, "within", false, &step->within_ns);
    if (rc == 0)
        rc = field_seconds(r, object, "for", true, &step->for_ns);
    watched = step->never.n || step->throughout.n;
    if (rc == 0 && watched && !json_node_get(object, "for"))
        return reading_fail(r, object, "for",
                            "is missing: how long are never and throughout watched?");
    return rc;
}

static int read_step(struct reading *r, const struct json_node *object,
                     struct scenario_step *step)
{
    static const char *const fields[] = {"name",    "prose",    "look",  "do",         "as",
                                         "within",  "expect",   "never", "throughout", "for",
                                         "measure", "question", "after", NULL};
    int rc = fields_check(r, object, fields);

    step->within_ns = SCENARIO_WITHIN_NS;
    step->line = object->line;
    if (rc == 0)
        rc = field_text(r, object, "name", TEXT_PLAIN, SCENARIO_LINE_BYTES, true, &step->name);
    r->step_name = step->name;
    /* What is shown before the step can only name what is there by then. */
    if (rc == 0)
        rc = field_texts(r, object, "prose", TEXT_TEMPLATE, SCENARIO_TEXT_BYTES,
                         SCENARIO_PARAGRAPHS, &step->prose);
    if (rc == 0)
        rc = read_commands(r, object, step);
    if (rc == 0)
        rc = read_look(r, object, &step->look);
    if (rc == 0)
        rc = read_lists(r, object, step);
    if (rc == 0)
        rc = read_measure(r, object, step);
    if (rc == 0)
        rc = field_texts(r, object, "after", TEXT_TEMPLATE, SCENARIO_TEXT_BYTES,
                         SCENARIO_PARAGRAPHS, &step->after);
    if (rc == 0)
        rc = read_question(r, object, step);
    r->s->lesson |= step->prose.n > 0 || step->after.n > 0;
    return rc;
}

/* --- the file ----------------------------------------------------------------------------- */

/* What any step measures can be referred to in the second run. */
static void collect_measured(struct reading *r, const struct json_node *steps)
{
    for (const struct json_node *s = steps->first; s; s = s->next) {
        const struct json_node *m = json_node_get(s, "measure");

        for (m = m ? m->first : NULL; m && m->key; m = m->next)
            if (r->n_measured < sizeof(r->measured) / sizeof(r->measured[0]))
                r->measured[r->n_measured++] = m->key;
    }
}

static int read_steps(struct reading *r, const struct json_node *root)
{
    const struct json_node *node = json_node_get(root, "steps");
    int rc = 0;

    if (!node || node->kind != JSON_ARRAY || node->n == 0 || node->n > SCENARIO_STEPS)
        return reading_fail(r, node ? node : root, "steps", "is no list of 1 to %d",
                            SCENARIO_STEPS);
    collect_measured(r, node);
    r->s->steps = mem_new(node->n, sizeof(*r->s->steps));
    for (const struct json_node *n = node->first; rc == 0 && n; n = n->next) {
        r->step++;
        r->step_name = NULL;
        rc = read_step(r, n, &r->s->steps[r->s->n_steps++]);
    }
    if (rc == 0)
        r->step = 0;
    return rc;
}

static const char *const need_names[] = {"capture", "ipv6", "root"};
#define N_NEEDS (sizeof(need_names) / sizeof(need_names[0]))

const char *scenario_need_name(enum scenario_need need)
{
    for (size_t i = 0; i < N_NEEDS; i++)
        if (1U << i == (unsigned)need)
            return need_names[i];
    return NULL;
}

static int read_needs(struct reading *r, const struct json_node *root)
{
    struct scenario_texts needs = {0};
    int rc = field_texts(r, root, "needs", TEXT_PLAIN, SCENARIO_NAME_BYTES, N_NEEDS, &needs);

    for (size_t i = 0; rc == 0 && i < needs.n; i++) {
        size_t k = 0;

        while (k < N_NEEDS && strcmp(need_names[k], needs.list[i]) != 0)
            k++;
        if (k == N_NEEDS)
            rc = reading_fail(r, json_node_get(root, "needs"), "needs",
                              "holds '%.30s', which is none of capture, ipv6 and root",
                              needs.list[i]);
        else
            r->s->needs |= 1U << k;
    }
    free(needs.list);
    return rc;
}

static int read_variables(struct reading *r, const struct json_node *root)
{
    const struct json_node *node = json_node_get(root, "variables");
    int rc =
        field_pairs(r, root, "variables", TEXT_PLAIN, SCENARIO_VARIABLES, &r->s->variables);

    for (const struct json_node *n = node ? node->first : NULL; rc == 0 && n; n = n->next)
        rc = known_add(r, n, "variables", n->key, KNOWN_VARIABLE);
    return rc;
}

static int check_again(struct reading *r, const struct json_node *node,
                       const struct scenario_again *again)
{
    for (size_t i = 0; i < again->variables.n; i++) {
        const char *name = again->variables.list[i].name;

        if (!scenario_variable(r->s, name))
            return reading_fail(r, json_node_get(node, "variables"), "variables",
                                "of again: '%.30s' is no variable of the scenario", name);
    }
    for (size_t i = 0; i < again->compare.n; i++) {
        const struct known *k = known_find(r, again->compare.list[i].name);

        if (!k || k->kind != KNOWN_VALUE)
            return reading_fail(r, json_node_get(node, "compare"), "compare",
                                "names '%.30s', which no step measures",
                                again->compare.list[i].name);
    }
    return 0;
}

static int read_again(struct reading *r, const struct json_node *root)
{
    static const char *const fields[] = {"title", "prose", "variables", "compare", NULL};
    const struct json_node *node = json_node_get(root, "again");
    struct scenario_again *again;
    int rc;

    if (!node)
        return 0;
    again = r->s->again = mem_new(1, sizeof(*again));
    rc = fields_check(r, node, fields);
    if (rc == 0)
        rc = field_text(r, node, "title", TEXT_PLAIN, SCENARIO_LINE_BYTES, true, &again->title);
    if (rc == 0)
        rc = field_texts(r, node, "prose", TEXT_TEMPLATE, SCENARIO_TEXT_BYTES,
                         SCENARIO_PARAGRAPHS, &again->prose);
    if (rc == 0)
        rc = field_pairs(r, node, "variables", TEXT_PLAIN, SCENARIO_VARIABLES,
                         &again->variables);
    if (rc == 0)
        rc = field_pairs(r, node, "compare", TEXT_PLAIN, SCENARIO_MEASURES, &again->compare);
    return rc < 0 ? rc : check_again(r, node, again);
}

static int read_cleanup(struct reading *r, const struct json_node *root)
{
    const struct json_node *node = json_node_get(root, "cleanup"), *n;
    enum verb verb;
    int rc = field_texts(r, root, "cleanup", TEXT_TEMPLATE, SCENARIO_TEXT_BYTES,
                         SCENARIO_COMMANDS, &r->s->cleanup);

    if (rc < 0 || !node)
        return rc;
    n = node->kind == JSON_ARRAY ? node->first : node;
    for (size_t i = 0; rc == 0 && i < r->s->cleanup.n; i++, n = n->next) {
        rc = command_check(r, n, "cleanup", r->s->cleanup.list[i], &verb);
        if (rc == 0 && opens(verb))
            rc = reading_fail(r, n, "cleanup", "opens something");
    }
    return rc;
}

static int read_order(struct reading *r, const struct json_node *root)
{
    const struct json_node *node = json_node_get(root, "order");
    char *end = NULL;
    unsigned long n = node && node->kind == JSON_NUMBER ? strtoul(node->text, &end, 10) : 0;

    if (!node)
        return 0;
    if (!end || *end || n < 1 || n > SCENARIO_ORDER_MAX)
        return reading_fail(r, node, "order", "is no number from 1 to %d", SCENARIO_ORDER_MAX);
    r->s->order = (unsigned)n;
    return 0;
}

static int read_head(struct reading *r, const struct json_node *root)
{
    static const char *const fields[] = {"$schema", "schema",    "title", "summary",
                                         "needs",   "variables", "steps", "cleanup",
                                         "again",   "order",     NULL};
    const struct json_node *schema;
    int rc = fields_check(r, root, fields);

    if (rc < 0)
        return rc;
    schema = json_node_get(root, "schema");
    if (!schema || schema->kind != JSON_NUMBER || strcmp(schema->text, "1") != 0)
        return reading_fail(r, schema ? schema : root, "schema", "is not 1");
    r->s->summary = "";
    rc = field_text(r, root, "title", TEXT_PLAIN, SCENARIO_LINE_BYTES, true, &r->s->title);
    if (rc == 0)
        rc = field_text(r, root, "summary", TEXT_PLAIN, SCENARIO_TEXT_BYTES, false,
                        &r->s->summary);
    if (rc == 0)
        rc = read_order(r, root);
    if (rc == 0)
        rc = read_needs(r, root);
    return rc == 0 ? read_variables(r, root) : rc;
}

static int read_all(struct reading *r, const struct json_node *root)
{
    int rc;

    if (root->kind != JSON_OBJECT)
        return reading_fail(r, root, NULL, "it is no object");
    rc = read_head(r, root);
    if (rc == 0)
        rc = read_steps(r, root);
    if (rc == 0)
        rc = read_cleanup(r, root);
    return rc == 0 ? read_again(r, root) : rc;
}

/* "lessons/time-wait.json" is "time-wait". */
static void put_name(struct scenario *s)
{
    const char *slash = strrchr(s->file, '/');
    const char *base = slash ? slash + 1 : s->file;
    size_t len = strlen(base), n;

    if (len > 5 && strcmp(base + len - 5, ".json") == 0)
        len -= 5;
    n = text_clean(base, len, s->name, sizeof(s->name));
    if (n == 0)
        strcpy(s->name, "scenario");
}

int scenario_parse(const char *text, size_t len, const char *file, struct scenario **ret,
                   struct err *err)
{
    struct reading *r = mem_new(1, sizeof(*r));
    struct json_node *root = NULL;
    struct err why = {0};
    size_t line = 1;
    char at[ERR_TEXT_BYTES];
    int rc;

    if (json_tree_read(text, len, &root, &line, &why) < 0) {
        snprintf(at, sizeof(at), "%.120s:%zu", file, line);
        free(r);
        return err_set(err, -EINVAL, "read", at, "%s", why.reason);
    }
    r->file = file;
    r->err = err;
    r->s = mem_new(1, sizeof(*r->s));
    r->s->document = root;
    r->s->file = mem_copy(file, strlen(file));
    put_name(r->s);
    rc = read_all(r, root);
    if (rc < 0)
        scenario_free(r->s);
    else
        *ret = r->s;
    free(r);
    return rc;
}
