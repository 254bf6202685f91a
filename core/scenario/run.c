/* Phases and steps of a run, and their results. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/scenario/run_internal.h"

/* For the capture to begin, or to say why it does not. */
#define CAPTURE_NS (5 * CLOCK_SECOND_NS)
/* For a value to become known that is to be measured: statuses come behind what they tell of. */
#define MEASURE_NS (200 * CLOCK_MS_NS)

/* --- life ----------------------------------------------------------------------------------- */

struct scenario_run *scenario_run_new(const struct scenario *s, const struct model *m,
                                      const struct run_settings *settings)
{
    struct scenario_run *r = mem_new(1, sizeof(*r));

    *r = (struct scenario_run){
        .s = s,
        .m = m,
        .set = settings->set,
        .before = settings->before,
        .no_capture = settings->no_capture,
        .patience = settings->patience ? settings->patience : 1,
        .wall_offset_ns = settings->wall_ns - settings->now_ns,
        .began_ns = settings->now_ns,
        .journal_from = ring_head(m->journal),
        .transcript_from = ring_head(m->transcript),
        .packets_from = ring_head(m->packets),
        .deadline_ns = UINT64_MAX,
    };
    r->results = mem_new(s->n_steps, sizeof(*r->results));
    for (size_t i = 0; i < s->n_steps; i++)
        r->results[i] = (struct step_result){.step = &s->steps[i], .chosen = -1, .right = -1};
    return r;
}

static void close_eyes(struct scenario_run *r)
{
    for (size_t i = 0; i < r->n_eyes + r->n_choice_eyes; i++)
        eye_done(&r->eyes[i]);
    free(r->eyes);
    free(r->choice_results);
    r->eyes = NULL;
    r->choice_results = NULL;
    r->n_eyes = r->n_expects = r->n_choice_eyes = 0;
    r->why = NULL;
}

void scenario_run_free(struct scenario_run *r)
{
    if (!r)
        return;
    close_eyes(r);
    for (size_t i = 0; i < r->s->n_steps; i++) {
        for (size_t k = 0; k < r->results[i].n_lines; k++)
            free(r->results[i].lines[k]);
        free(r->results[i].checks);
    }
    free(r->results);
    free(r->opened);
    free(r);
}

/* --- accessors ------------------------------------------------------------------------------ */

enum run_phase scenario_run_phase(const struct scenario_run *r)
{
    return r->phase;
}

enum run_outcome scenario_run_outcome(const struct scenario_run *r)
{
    return r->outcome;
}

const char *scenario_run_remark(const struct scenario_run *r)
{
    return r->remark;
}

size_t scenario_run_step(const struct scenario_run *r)
{
    return r->step;
}

const struct step_result *scenario_run_result(const struct scenario_run *r, size_t step)
{
    return &r->results[step];
}

struct step_result *run_result(struct scenario_run *r)
{
    return &r->results[r->step];
}

uint64_t run_deadline_ns(const struct scenario_run *r, uint64_t now_ns)
{
    return now_ns + r->s->steps[r->step].within_ns * r->patience;
}

const struct measured *scenario_run_measured(const struct scenario_run *r, const char *name)
{
    for (size_t i = 0; i < r->s->n_steps; i++)
        for (size_t k = 0; k < r->results[i].n_measured; k++)
            if (strcmp(r->results[i].measured[k].name, name) == 0)
                return &r->results[i].measured[k];
    return NULL;
}

const char *scenario_run_variable(const struct scenario_run *r, const char *name)
{
    const char *value = NULL;

    if (r->before && r->s->again)
        value = scenario_pair(&r->s->again->variables, name);
    if (!value && r->set)
        value = scenario_pair(r->set, name);
    return value ? value : scenario_variable(r->s, name);
}

/* --- words ---------------------------------------------------------------------------------- */

static size_t add_words(char *buf, size_t size, size_t used, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static size_t add_words(char *buf, size_t size, size_t used, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(buf + used, size - used, format, args);
    va_end(args);
    return n < 0 ? used : used + (size_t)n < size ? used + (size_t)n : size - 1;
}

size_t scenario_run_expected(const struct scenario_run *r, const struct expectation *e,
                             char *buf, size_t size)
{
    char text[SCENARIO_TEXT_BYTES], clean[SCENARIO_TEXT_BYTES];
    size_t used;

    scenario_run_text(r, e->subject, text, sizeof(text));
    used = add_words(buf, size, 0, "%s %s", expectation_keys[e->kind], text);
    for (size_t i = 0; i < e->n_tests; i++) {
        used = add_words(buf, size, used, "%s %s", i ? "," : ":", e->tests[i].field);
        for (size_t k = 0; k < e->tests[i].n; k++) {
            scenario_run_text(r, e->tests[i].values[k], text, sizeof(text));
            text_clean(text, strlen(text), clean, sizeof(clean));
            used = add_words(buf, size, used, "%s%s", k ? " or " : " ", clean);
        }
    }
    return used;
}

/* --- the course of a step ------------------------------------------------------------------- */

static void open_eyes(struct scenario_run *r)
{
    const struct scenario_step *s = &r->s->steps[r->step];
    const struct expectations *lists[] = {[CHECK_EXPECT] = &s->expect,
                                          [CHECK_THROUGHOUT] = &s->throughout,
                                          [CHECK_NEVER] = &s->never};
    const struct scenario_question *q = s->question;
    struct step_result *result = run_result(r);
    size_t n = s->expect.n + s->throughout.n + s->never.n, at = 0;

    r->n_expects = s->expect.n;
    for (size_t i = 0; q && i < q->n_choices; i++)
        r->n_choice_eyes += q->choices[i].expect.n;
    r->eyes = mem_new(n + r->n_choice_eyes + 1, sizeof(*r->eyes));
    r->choice_results = mem_new(r->n_choice_eyes + 1, sizeof(*r->choice_results));
    result->checks = mem_new(n + 1, sizeof(*result->checks));
    for (size_t l = 0; l < 3; l++)
        for (size_t i = 0; i < lists[l]->n; i++, at++)
            eye_open(&r->eyes[at], &lists[l]->list[i], (enum check_list)l, &result->checks[at]);
    r->n_eyes = result->n_checks = n;
    at = 0;
    for (size_t i = 0; q && i < q->n_choices; i++)
        for (size_t k = 0; k < q->choices[i].expect.n; k++, at++)
            eye_open(&r->eyes[n + at], &q->choices[i].expect.list[k], CHECK_EXPECT,
                     &r->choice_results[at]);
}

static void begin_step(struct scenario_run *r, uint64_t now_ns)
{
    struct step_result *result = run_result(r);
    bool packets = r->step == 0 && r->s->packets;

    result->outcome = STEP_UNDER_WAY;
    result->began_ns = r->settled_ns = now_ns;
    r->phase = RUN_DOING;
    r->stage = packets ? STAGE_CAPTURE : STAGE_COMMANDS;
    r->deadline_ns = packets ? now_ns + CAPTURE_NS : run_deadline_ns(r, now_ns);
    r->line = 0;
    r->err = (struct err){0};
    r->reply = (struct reply){0};
    r->first_opened = r->n_opened;
    r->held_ns = 0;
    open_eyes(r);
    scenario_run_look(r, now_ns);
}

/* The next go cleans up. */
static void decide(struct scenario_run *r, enum run_outcome outcome)
{
    r->outcome = outcome;
    r->phase = RUN_READY;
    r->stage = STAGE_IDLE;
    r->deadline_ns = UINT64_MAX;
}

static void go_on(struct scenario_run *r)
{
    close_eyes(r);
    r->step++;
    r->phase = RUN_READY;
    r->stage = STAGE_IDLE;
    r->deadline_ns = UINT64_MAX;
    if (r->step == r->s->n_steps)
        decide(r, RUN_HELD);
}

void run_fail_step(struct scenario_run *r, uint64_t now_ns, const char *reason, ...)
{
    struct step_result *result = run_result(r);
    va_list args;

    if (result->outcome == STEP_FAILED)
        return;
    va_start(args, reason);
    vsnprintf(result->reason, sizeof(result->reason), reason, args);
    va_end(args);
    result->outcome = STEP_FAILED;
    result->ended_ns = now_ns;
    /* What was not looked at because the commands failed is told, too. */
    close_eyes(r);
    decide(r, RUN_FAILED);
}

void run_settled(struct scenario_run *r, uint64_t now_ns)
{
    r->stage = STAGE_EXPECT;
    r->deadline_ns = run_deadline_ns(r, now_ns);
}

static void measure(struct scenario_run *r)
{
    struct step_result *result = run_result(r);

    for (size_t i = 0; i < result->step->measure.n; i++) {
        const struct scenario_pair *p = &result->step->measure.list[i];
        struct measured *m = &result->measured[result->n_measured];

        m->name = p->name;
        run_reference(r, p->value, &m->kind, &m->value);
        result->n_measured++;
    }
}

static void finish_step(struct scenario_run *r, uint64_t now_ns)
{
    const struct scenario_question *q = run_result(r)->step->question;

    measure(r);
    run_result(r)->outcome = STEP_HELD;
    run_result(r)->ended_ns = now_ns;
    if (q && q->after) {
        r->phase = RUN_ASKING;
        r->stage = STAGE_IDLE;
        r->deadline_ns = UINT64_MAX;
    } else {
        go_on(r);
    }
}

/* --- looking -------------------------------------------------------------------------------- */

static bool all_hold(const struct eye *eyes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (eyes[i].to->state != CHECK_HOLDS && eyes[i].to->state != CHECK_LEFT_OUT)
            return false;
    return true;
}

/* How many choices hold; the last of them in *ret_right. */
static size_t choices_right(const struct scenario_run *r, int *ret_right)
{
    const struct scenario_question *q = r->s->steps[r->step].question;
    size_t at = r->n_eyes, right = 0;

    for (size_t i = 0; q && i < q->n_choices; i++) {
        size_t n = q->choices[i].expect.n;

        if (n && all_hold(&r->eyes[at], n)) {
            *ret_right = (int)i;
            right++;
        }
        at += n;
    }
    return right;
}

static void fail_by(struct scenario_run *r, const struct eye *eye, uint64_t now_ns,
                    const char *what)
{
    char expected[RUN_REASON_BYTES / 2], seen[RUN_REASON_BYTES / 2];

    scenario_run_expected(r, eye->e, expected, sizeof(expected));
    snprintf(seen, sizeof(seen), "%.239s", eye->to->seen);
    run_fail_step(r, now_ns, "%s %.200s; seen: %s", what, expected, seen);
}

/* True when it has failed. */
static bool look_never(struct scenario_run *r, uint64_t now_ns)
{
    bool ends = r->stage == STAGE_WATCH && now_ns >= r->deadline_ns;

    for (size_t i = 0; i < r->n_eyes; i++) {
        struct eye *eye = &r->eyes[i];
        enum check_state state = eye->to->state;

        if (eye->to->list == CHECK_NEVER && state == CHECK_HOLDS) {
            fail_by(r, eye, now_ns, "never expected");
            return true;
        }
        if (eye->to->list == CHECK_THROUGHOUT && r->stage == STAGE_WATCH &&
            (state == CHECK_NO || (state == CHECK_UNSEEN && ends))) {
            fail_by(r, eye, now_ns, "expected throughout");
            return true;
        }
        if (eye->to->list == CHECK_NEVER && state == CHECK_UNSEEN && ends) {
            fail_by(r, eye, now_ns, "could not be looked at:");
            return true;
        }
    }
    return false;
}

/* Which of the choices hold, and what was seen of the others. */
static void fail_by_choices(struct scenario_run *r, uint64_t now_ns)
{
    const struct scenario_question *q = run_result(r)->step->question;
    char text[RUN_REASON_BYTES] = "";
    size_t at = r->n_eyes, used = 0;

    for (size_t i = 0; i < q->n_choices; i++) {
        const struct check_result *c = q->choices[i].expect.n ? r->eyes[at].to : NULL;
        bool holds = c && all_hold(&r->eyes[at], q->choices[i].expect.n);

        used = add_words(text, sizeof(text), used, "%s%zu %s", i ? "; " : "", i + 1,
                         holds ? "holds"
                         : c   ? "does not: "
                               : "never does");
        if (c && !holds)
            used = add_words(text, sizeof(text), used, "%.80s", c->seen);
        at += q->choices[i].expect.n;
    }
    run_fail_step(r, now_ns, "exactly one choice of the question should hold: %.400s", text);
}

static void too_late(struct scenario_run *r, uint64_t now_ns)
{
    for (size_t i = 0; i < r->n_expects; i++)
        if (!all_hold(&r->eyes[i], 1)) {
            fail_by(r, &r->eyes[i], now_ns, "expected");
            return;
        }
    fail_by_choices(r, now_ns);
}

/* All holds: is what is to be measured known, or waited for long enough? */
static bool can_measure(struct scenario_run *r, uint64_t now_ns)
{
    const struct scenario_pairs *measure = &run_result(r)->step->measure;
    struct figure_value v;
    enum figure_kind kind;
    bool known = true;

    for (size_t i = 0; i < measure->n; i++)
        known &= run_reference(r, measure->list[i].value, &kind, &v);
    if (!r->held_ns)
        r->held_ns = now_ns;
    return known || now_ns >= r->held_ns + MEASURE_NS;
}

static void look_expect(struct scenario_run *r, uint64_t now_ns)
{
    bool question = run_result(r)->step->question != NULL;
    size_t right = choices_right(r, &run_result(r)->right);

    if (all_hold(r->eyes, r->n_expects) && (!question || right == 1)) {
        if (!can_measure(r, now_ns))
            return;
        r->stage = STAGE_WATCH;
        r->deadline_ns = now_ns + run_result(r)->step->for_ns;
        return;
    }
    run_result(r)->right = -1;
    r->held_ns = 0;
    for (size_t i = 0; i < r->n_expects; i++)
        if (eye_hopeless(r, &r->eyes[i])) {
            fail_by(r, &r->eyes[i], now_ns, "expected");
            return;
        }
    if (now_ns >= r->deadline_ns)
        too_late(r, now_ns);
}

/* What holds is told as it is; what was never, held, when it does not. */
static void look_watch(struct scenario_run *r, uint64_t now_ns)
{
    if (now_ns < r->deadline_ns)
        return;
    for (size_t i = 0; i < r->n_eyes; i++)
        if (r->eyes[i].to->list == CHECK_NEVER && r->eyes[i].to->state == CHECK_NO)
            r->eyes[i].to->state = CHECK_HOLDS;
    finish_step(r, now_ns);
}

static void look_capture(struct scenario_run *r, uint64_t now_ns)
{
    char why[RUN_SEEN_BYTES] = "the capture does not begin";
    enum run_packets come = run_packets(r, why);

    if (come == PACKETS_NOT_YET && now_ns < r->deadline_ns)
        return;
    if (come != PACKETS_COME && r->s->needs & NEED_CAPTURE) {
        run_result(r)->outcome = STEP_NOT_YET;
        close_eyes(r);
        scenario_run_refuse(r, why);
        return;
    }
    r->stage = STAGE_COMMANDS;
    r->packets_from = ring_head(r->m->packets);
    run_result(r)->began_ns = now_ns;
    r->deadline_ns = run_deadline_ns(r, now_ns);
}

static void look_step(struct scenario_run *r, uint64_t now_ns)
{
    if (r->stage == STAGE_CAPTURE)
        look_capture(r, now_ns);
    if (r->phase == RUN_DOING && r->stage == STAGE_COMMANDS)
        run_look_commands(r, now_ns);
    if (r->phase != RUN_DOING || r->stage < STAGE_COMMANDS)
        return;
    for (size_t i = 0; i < r->n_eyes + r->n_choice_eyes; i++) {
        /* What held is done with; only what must not, or must go on, is looked at for longer. */
        bool expect = r->eyes[i].to->list == CHECK_EXPECT;

        if (!expect || r->stage == STAGE_EXPECT)
            eye_look(r, &r->eyes[i], now_ns);
    }
    if (look_never(r, now_ns))
        return;
    if (r->stage == STAGE_EXPECT)
        look_expect(r, now_ns);
    if (r->phase == RUN_DOING && r->stage == STAGE_WATCH)
        look_watch(r, now_ns);
}

void scenario_run_look(struct scenario_run *r, uint64_t now_ns)
{
    if (r->ask == ASK_LATER && now_ns >= r->later_ns)
        r->ask = ASK_POST;
    if (r->phase == RUN_DOING)
        look_step(r, now_ns);
    else if (r->phase == RUN_CLEANING)
        run_look_cleanup(r, now_ns);
}

uint64_t scenario_run_due_ns(const struct scenario_run *r)
{
    uint64_t due_ns =
        r->phase == RUN_DOING || r->phase == RUN_CLEANING ? r->deadline_ns : UINT64_MAX;

    if (r->ask == ASK_LATER && r->later_ns < due_ns)
        due_ns = r->later_ns;
    if (r->stage == STAGE_EXPECT && r->held_ns && r->held_ns + MEASURE_NS < due_ns)
        due_ns = r->held_ns + MEASURE_NS;
    for (size_t i = 0; i < r->n_expects; i++)
        if (r->eyes[i].why == WHY_ANSWERED && r->eyes[i].to->state == CHECK_NO &&
            r->eyes[i].why_again_ns < due_ns)
            due_ns = r->eyes[i].why_again_ns;
    return due_ns;
}

/* --- what the face says --------------------------------------------------------------------- */

void scenario_run_go(struct scenario_run *r, uint64_t now_ns)
{
    if (r->phase != RUN_READY)
        return;
    if (r->outcome != RUN_UNDECIDED) {
        run_begin_cleanup(r, now_ns);
        return;
    }
    if (r->s->steps[r->step].question && !r->s->steps[r->step].question->after)
        r->phase = RUN_ASKING;
    else
        begin_step(r, now_ns);
}

void scenario_run_answer(struct scenario_run *r, int choice, uint64_t now_ns)
{
    const struct scenario_question *q;

    if (r->phase != RUN_ASKING)
        return;
    q = r->s->steps[r->step].question;
    run_result(r)->chosen = choice >= 0 && (size_t)choice < q->n_choices ? choice : -1;
    if (q->after)
        go_on(r);
    else
        begin_step(r, now_ns);
}

void scenario_run_stop(struct scenario_run *r, uint64_t now_ns)
{
    if (r->phase == RUN_CLEANING || r->phase == RUN_OVER)
        return;
    if (r->outcome == RUN_UNDECIDED)
        r->outcome = RUN_STOPPED;
    close_eyes(r);
    run_begin_cleanup(r, now_ns);
}

void scenario_run_refuse(struct scenario_run *r, const char *reason)
{
    snprintf(r->remark, sizeof(r->remark), "%s", reason);
    decide(r, RUN_UNAVAILABLE);
}

void run_over(struct scenario_run *r)
{
    r->phase = RUN_OVER;
    r->stage = STAGE_IDLE;
    r->deadline_ns = UINT64_MAX;
}

/* --- what it asks for ----------------------------------------------------------------------- */

/* What an eye wants to know the reason of; false: that is not known yet. */
static bool fill_why(struct scenario_run *r, const struct eye *eye, struct run_request *ret)
{
    char text[SCENARIO_TEXT_BYTES], why[RUN_SEEN_BYTES];
    const char *at = text;
    bool server;
    uint64_t id;

    if (run_fill(r, eye->e->subject, FILL_PLAIN, text, sizeof(text), why) < 0)
        return false;
    id = run_opened(r, text) ? scenario_run_thing(r, text, &server) : 0;
    if (run_opened(r, text) && !id)
        return false;
    if (id && server && model_server(r->m, id))
        ret->endpoint = model_server(r->m, id)->endpoint;
    else if (id)
        ret->session_id = id;
    ret->bind = !id && strncmp(text, COMMAND_BIND_PREFIX, strlen(COMMAND_BIND_PREFIX)) == 0;
    at += ret->bind ? strlen(COMMAND_BIND_PREFIX) : 0;
    if (!id && endpoint_parse(at, &ret->endpoint, NULL) < 0)
        return false;
    snprintf(r->request_line, sizeof(r->request_line), "why %s", text);
    return true;
}

static bool request_why(struct scenario_run *r, struct run_request *ret)
{
    for (size_t i = 0; i < r->n_expects && !r->why; i++) {
        struct eye *eye = &r->eyes[i];

        if (eye->why != WHY_TO_ASK)
            continue;
        *ret = (struct run_request){.kind = REQUEST_WHY, .line = r->request_line};
        if (!fill_why(r, eye, ret))
            continue;
        eye->why = WHY_ASKED;
        r->why = eye;
        ret->number = ++r->why_number;
        return true;
    }
    return false;
}

bool scenario_run_request(struct scenario_run *r, struct run_request *ret)
{
    if (r->ask != ASK_POST)
        return request_why(r, ret);
    r->ask = ASK_POSTED;
    *ret = (struct run_request){
        .kind = REQUEST_COMMAND, .line = r->request_line, .command = &r->command};
    return true;
}
