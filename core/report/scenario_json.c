#include "core/base/clock.h"
#include "core/report/scenario.h"

const char *run_outcome_name(enum run_outcome outcome)
{
    static const char *const names[] = {[RUN_UNDECIDED] = "undecided",
                                        [RUN_HELD] = "held",
                                        [RUN_FAILED] = "failed",
                                        [RUN_UNAVAILABLE] = "unavailable",
                                        [RUN_STOPPED] = "stopped"};

    return names[outcome];
}

static const char *const step_outcomes[] = {[STEP_NOT_YET] = "not come to",
                                            [STEP_UNDER_WAY] = "under way",
                                            [STEP_HELD] = "held",
                                            [STEP_FAILED] = "failed"};
static const char *const check_lists[] = {"expect", "throughout", "never"};

static void add_value(cJSON *o, const struct measured *m)
{
    bool number = m->kind == FIGURE_NUMBER || m->kind == FIGURE_MS;

    if (!m->value.known)
        cJSON_AddNullToObject(o, m->name);
    else if (number)
        cJSON_AddNumberToObject(o, m->name, m->value.number);
    else if (m->kind == FIGURE_FLAG)
        cJSON_AddBoolToObject(o, m->name, m->value.number != 0);
    else
        cJSON_AddStringToObject(o, m->name, m->value.text);
}

static cJSON *check_json(const struct scenario_run *run, const struct check_result *c)
{
    cJSON *o = cJSON_CreateObject();
    char expected[RUN_REASON_BYTES];

    scenario_run_expected(run, c->expectation, expected, sizeof(expected));
    cJSON_AddStringToObject(o, check_lists[c->list], expected);
    cJSON_AddStringToObject(o, "seen", c->seen);
    if (c->state == CHECK_LEFT_OUT || c->state == CHECK_UNSEEN)
        cJSON_AddNullToObject(o, "holds");
    else
        cJSON_AddBoolToObject(o, "holds", c->state == CHECK_HOLDS);
    return o;
}

static void add_question(cJSON *o, const struct scenario_run *run, const struct step_result *r)
{
    const struct scenario_question *q = r->step->question;
    char text[SCENARIO_TEXT_BYTES];
    cJSON *question;

    if (!q)
        return;
    question = cJSON_AddObjectToObject(o, "question");
    scenario_run_text(run, q->ask, text, sizeof(text));
    cJSON_AddStringToObject(question, "ask", text);
    if (r->right >= 0) {
        scenario_run_text(run, q->choices[r->right].text, text, sizeof(text));
        cJSON_AddStringToObject(question, "answer", text);
    } else {
        cJSON_AddNullToObject(question, "answer");
    }
}

static cJSON *step_json(const struct scenario_run *run, const struct step_result *r)
{
    cJSON *o = cJSON_CreateObject(), *list;

    cJSON_AddStringToObject(o, "name", r->step->name);
    cJSON_AddStringToObject(o, "outcome", step_outcomes[r->outcome]);
    if (r->ended_ns)
        cJSON_AddNumberToObject(o, "ms",
                                (double)(r->ended_ns - r->began_ns) / (double)CLOCK_MS_NS);
    if (r->outcome == STEP_FAILED)
        cJSON_AddStringToObject(o, "reason", r->reason);
    list = cJSON_AddArrayToObject(o, "do");
    for (size_t i = 0; i < r->n_lines; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(r->lines[i]));
    list = cJSON_AddArrayToObject(o, "checks");
    for (size_t i = 0; i < r->n_checks; i++)
        cJSON_AddItemToArray(list, check_json(run, &r->checks[i]));
    list = cJSON_AddObjectToObject(o, "measured");
    for (size_t i = 0; i < r->n_measured; i++)
        add_value(list, &r->measured[i]);
    add_question(o, run, r);
    return o;
}

static cJSON *run_json(const struct scenario *s, const struct scenario_run *run,
                       const char *title)
{
    cJSON *o = cJSON_CreateObject(), *list;

    if (title)
        cJSON_AddStringToObject(o, "title", title);
    cJSON_AddStringToObject(o, "outcome", run_outcome_name(scenario_run_outcome(run)));
    if (scenario_run_remark(run)[0])
        cJSON_AddStringToObject(o, "remark", scenario_run_remark(run));
    list = cJSON_AddObjectToObject(o, "variables");
    for (size_t i = 0; i < s->variables.n; i++)
        cJSON_AddStringToObject(list, s->variables.list[i].name,
                                scenario_run_variable(run, s->variables.list[i].name));
    list = cJSON_AddArrayToObject(o, "steps");
    for (size_t i = 0; i < s->n_steps; i++)
        cJSON_AddItemToArray(list, step_json(run, scenario_run_result(run, i)));
    return o;
}

cJSON *scenario_json(const struct scenario_report *report)
{
    const struct scenario *s = report->scenario;
    enum run_outcome outcome = scenario_run_outcome(report->run);
    cJSON *o = cJSON_CreateObject(), *runs;

    if (report->again && outcome == RUN_HELD)
        outcome = scenario_run_outcome(report->again);
    cJSON_AddStringToObject(o, "file", s->file);
    cJSON_AddStringToObject(o, "name", s->name);
    cJSON_AddStringToObject(o, "title", s->title);
    cJSON_AddStringToObject(o, "outcome", run_outcome_name(outcome));
    runs = cJSON_AddArrayToObject(o, "runs");
    cJSON_AddItemToArray(runs, run_json(s, report->run, NULL));
    if (report->again)
        cJSON_AddItemToArray(runs, run_json(s, report->again, s->again->title));
    return o;
}
