#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/report/scenario.h"

#define LINE_BYTES 1600

struct tap {
    const struct scenario *s;
    const struct scenario_run *run;
    const char *title; /* of the second run; NULL: the first */
    size_t *number;
    int (*put)(void *ctx, const char *line);
    void *ctx;
    int rc;
};

static void line(struct tap *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void line(struct tap *t, const char *format, ...)
{
    char text[LINE_BYTES];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (t->rc == 0)
        t->rc = t->put(t->ctx, text);
}

/* '#' would begin a directive. */
static void escape(const char *text, char *buf, size_t size)
{
    size_t used = 0;

    for (; *text && used + 3 < size; text++) {
        if (*text == '#' || *text == '\\')
            buf[used++] = '\\';
        buf[used++] = *text;
    }
    buf[used] = '\0';
}

/* A YAML scalar in double quotes; the text is printable. */
static void quote(const char *text, char *buf, size_t size)
{
    size_t used = 0;

    buf[used++] = '"';
    for (; *text && used + 4 < size; text++) {
        if (*text == '"' || *text == '\\')
            buf[used++] = '\\';
        buf[used++] = *text;
    }
    buf[used++] = '"';
    buf[used] = '\0';
}

static void field(struct tap *t, const char *indent, const char *name, const char *text)
{
    char quoted[LINE_BYTES / 2];

    quote(text, quoted, sizeof(quoted));
    line(t, "  %s%s: %s", indent, name, quoted);
}

static const char *state_name_of(enum check_state state)
{
    static const char *const names[] = {[CHECK_UNSEEN] = "not seen",
                                        [CHECK_NO] = "does not hold",
                                        [CHECK_HOLDS] = "holds",
                                        [CHECK_LEFT_OUT] = "left out"};

    return names[state];
}

static void check(struct tap *t, const struct check_result *c)
{
    static const char *const lists[] = {"expect", "throughout", "never"};
    char expected[RUN_REASON_BYTES];

    scenario_run_expected(t->run, c->expectation, expected, sizeof(expected));
    field(t, "  - ", lists[c->list], expected);
    field(t, "    ", "seen", c->seen);
    field(t, "    ", "outcome", state_name_of(c->state));
}

static void why_not(struct tap *t, const struct step_result *r)
{
    char at[LINE_BYTES / 4];

    snprintf(at, sizeof(at), "%.200s:%zu", t->s->file, r->step->line);
    line(t, "  ---");
    field(t, "", "message", r->reason);
    field(t, "", "at", at);
    if (r->n_lines)
        line(t, "  do:");
    for (size_t i = 0; i < r->n_lines; i++) {
        char quoted[LINE_BYTES / 2];

        quote(r->lines[i], quoted, sizeof(quoted));
        line(t, "    - %s", quoted);
    }
    if (r->n_checks)
        line(t, "  checks:");
    for (size_t i = 0; i < r->n_checks; i++)
        check(t, &r->checks[i]);
    line(t, "  ...");
}

static void left_out(struct tap *t, const struct step_result *r)
{
    for (size_t i = 0; i < r->n_checks; i++) {
        char expected[RUN_REASON_BYTES];

        if (r->checks[i].state != CHECK_LEFT_OUT || r->checks[i].expectation->of_again)
            continue;
        scenario_run_expected(t->run, r->checks[i].expectation, expected, sizeof(expected));
        line(t, "# left out: %s: %s", expected, r->checks[i].seen);
    }
}

static void step(struct tap *t, const struct step_result *r)
{
    char name[2 * SCENARIO_LINE_BYTES], title[2 * SCENARIO_LINE_BYTES] = "";
    bool ok = r->outcome != STEP_FAILED;
    const char *skip = "";

    escape(r->step->name, name, sizeof(name));
    if (t->title)
        escape(t->title, title, sizeof(title));
    if (r->outcome == STEP_NOT_YET || r->outcome == STEP_UNDER_WAY)
        skip = scenario_run_outcome(t->run) == RUN_UNAVAILABLE
                   ? " # SKIP it needs what is not here"
               : scenario_run_outcome(t->run) == RUN_STOPPED
                   ? " # SKIP it was interrupted"
                   : " # SKIP a step before it failed";
    line(t, "%sok %zu - %s%s%s: %s%s", ok ? "" : "not ", ++*t->number, t->s->name,
         t->title ? ", " : "", title, name, skip);
    if (!ok)
        why_not(t, r);
    left_out(t, r);
    for (size_t i = 0; i < r->n_measured; i++)
        line(t, "# %s = %s", r->measured[i].name,
             r->measured[i].value.known ? r->measured[i].value.text : "unknown");
}

static void one_run(struct tap *t)
{
    const char *remark = scenario_run_remark(t->run);

    if (remark[0])
        line(t, "# %s: %s", t->s->name, remark);
    for (size_t i = 0; i < t->s->n_steps; i++)
        step(t, scenario_run_result(t->run, i));
}

static const char *value_of(const struct scenario_run *run, const char *name)
{
    const struct measured *m = scenario_run_measured(run, name);

    return m && m->value.known ? m->value.text : "unknown";
}

int scenario_tap(const struct scenario_report *report, size_t *number,
                 int (*put)(void *ctx, const char *line), void *ctx)
{
    struct tap t = {
        .s = report->scenario, .run = report->run, .number = number, .put = put, .ctx = ctx};
    const struct scenario_again *again = report->scenario->again;

    one_run(&t);
    if (!report->again)
        return t.rc;
    t.run = report->again;
    t.title = again->title;
    one_run(&t);
    for (size_t i = 0; i < again->compare.n; i++)
        line(&t, "# %s: %s: %s, then %s", t.s->name, again->compare.list[i].value,
             value_of(report->run, again->compare.list[i].name),
             value_of(report->again, again->compare.list[i].name));
    return t.rc;
}
