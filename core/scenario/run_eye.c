/* One expectation: does it hold? */
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/scenario/compare.h"
#include "core/scenario/run_internal.h"

/* The same question why once more, when the answer was another. */
#define WHY_AGAIN_NS (200 * CLOCK_MS_NS)
#define SHOWN_BYTES 120 /* of what was said */

void eye_open(struct eye *eye, const struct expectation *e, enum check_list list,
              struct check_result *to)
{
    *eye = (struct eye){.e = e, .to = to};
    *to = (struct check_result){.expectation = e, .list = list};
}

void eye_done(struct eye *eye)
{
    free(eye->text);
    filter_free(eye->rows);
    packet_filter_free(eye->packets);
}

void seen_add(char *seen, const char *format, ...)
{
    size_t used = strlen(seen);
    va_list args;

    if (used && used + 3 < RUN_SEEN_BYTES) {
        strcpy(seen + used, ", ");
        used += 2;
    }
    va_start(args, format);
    vsnprintf(seen + used, RUN_SEEN_BYTES - used, format, args);
    va_end(args);
}

enum check_state eye_prepare(struct scenario_run *r, struct eye *eye,
                             int (*parse)(const struct scenario_run *r, struct eye *eye,
                                          const char *text, struct err *err))
{
    char text[SCENARIO_TEXT_BYTES];
    struct err err = {0};

    if (run_fill(r, eye->e->subject, FILL_PLAIN, text, sizeof(text), eye->to->seen) < 0)
        return CHECK_UNSEEN;
    if (eye->text && strcmp(eye->text, text) == 0)
        return CHECK_HOLDS;
    free(eye->text);
    eye->text = NULL;
    if (parse(r, eye, text, &err) < 0) {
        seen_add(eye->to->seen, "%s: %s", text, err.reason);
        return CHECK_NO;
    }
    eye->text = mem_copy(text, strlen(text));
    return CHECK_HOLDS;
}

/* --- tests ---------------------------------------------------------------------------------- */

const struct scenario_test *eye_test(const struct expectation *e, const char *field)
{
    for (size_t i = 0; i < e->n_tests; i++)
        if (strcmp(e->tests[i].field, field) == 0)
            return &e->tests[i];
    return NULL;
}

/* One that is right is enough; else one that is not known yet may still be. */
static enum check_state any_value(const struct scenario_run *r, const struct scenario_test *t,
                                  bool (*right)(const char *comparison, const void *ctx),
                                  const void *ctx)
{
    char comparison[SCENARIO_TEXT_BYTES], why[RUN_SEEN_BYTES];
    enum check_state best = CHECK_NO;

    for (size_t i = 0; i < t->n; i++)
        if (run_fill(r, t->values[i], FILL_PLAIN, comparison, sizeof(comparison), why) < 0)
            best = CHECK_UNSEEN;
        else if (right(comparison, ctx))
            return CHECK_HOLDS;
    return best;
}

struct compared {
    enum figure_kind kind;
    const struct figure_value *value;
};

static bool value_right(const char *comparison, const void *ctx)
{
    const struct compared *c = ctx;

    return compare_value(comparison, c->kind, c->value);
}

enum check_state run_test(const struct scenario_run *r, const struct scenario_test *t,
                          enum figure_kind kind, const struct figure_value *v)
{
    assert(t); /* the parser demands it */
    return v->known ? any_value(r, t, value_right, &(struct compared){kind, v}) : CHECK_UNSEEN;
}

struct said {
    const char *bytes;
    size_t len;
};

static bool said_right(const char *comparison, const void *ctx)
{
    const struct said *s = ctx;

    return compare_bytes(comparison, s->bytes, s->len);
}

/* What was said: also with a part of it lost it may hold what is looked for. */
static enum check_state test_said(struct scenario_run *r, const struct scenario_test *t,
                                  const struct session_status *s, char *seen)
{
    char *bytes, shown[SHOWN_BYTES];
    size_t len;
    bool whole = run_said(r, s, t->field, &bytes, &len);
    enum check_state state = any_value(r, t, said_right, &(struct said){bytes, len});

    text_clean(bytes, len, shown, sizeof(shown));
    free(bytes);
    seen_add(seen, "%s \"%s\"%s", t->field, shown, whole ? "" : " (not all of it is kept)");
    return state == CHECK_NO && !whole ? CHECK_UNSEEN : state;
}

static enum check_state worse(enum check_state a, enum check_state b)
{
    if (a == CHECK_NO || b == CHECK_NO)
        return CHECK_NO;
    return a == CHECK_HOLDS && b == CHECK_HOLDS ? CHECK_HOLDS : CHECK_UNSEEN;
}

static void say_value(char *seen, const char *field, const struct figure_value *v)
{
    seen_add(seen, "%s %s", field, v->known ? v->text : "unknown");
}

/* --- sessions and servers ------------------------------------------------------------------- */

static enum check_state eye_session(struct scenario_run *r, struct eye *eye)
{
    const struct session_status *s = run_session(r, eye->e->subject, eye->to->seen);
    enum check_state state = CHECK_HOLDS;

    for (size_t i = 0; s && i < eye->e->n_tests; i++) {
        const struct scenario_test *t = &eye->e->tests[i];
        const struct figure *f = session_figure_find(t->field);
        struct figure_value v;

        if (f->kind == FIGURE_BYTES) {
            state = worse(state, test_said(r, t, s, eye->to->seen));
            continue;
        }
        run_session_figure(r, f, s, &v);
        say_value(eye->to->seen, t->field, &v);
        state = worse(state, run_test(r, t, f->kind, &v));
    }
    if (s && state != CHECK_HOLDS && s->err.code && !eye_test(eye->e, "error")) {
        char text[ERR_TEXT_BYTES * 2];

        err_format(&s->err, text, sizeof(text));
        seen_add(eye->to->seen, "%s", text);
    }
    return s ? state : CHECK_UNSEEN;
}

static enum check_state eye_server(struct scenario_run *r, struct eye *eye)
{
    const struct server_status *s = run_server(r, eye->e->subject, eye->to->seen);
    enum check_state state = CHECK_HOLDS;

    for (size_t i = 0; s && i < eye->e->n_tests; i++) {
        const struct scenario_test *t = &eye->e->tests[i];
        const struct figure *f = server_figure_find(t->field);
        struct figure_value v;

        server_figure_get(f, s, &v);
        say_value(eye->to->seen, t->field, &v);
        state = worse(state, run_test(r, t, f->kind, &v));
    }
    return s ? state : CHECK_UNSEEN;
}

/* --- the step's command --------------------------------------------------------------------- */

/* The first error of the step: of its commands, else of what they opened.  False: it may still
 * come. */
static bool step_error(const struct scenario_run *r, struct err *ret)
{
    bool decided = r->stage >= STAGE_EXPECT;

    *ret = r->err;
    for (size_t i = r->first_opened; i < r->n_opened && !ret->code; i++) {
        const struct session_status *s =
            r->opened[i].server ? NULL : model_session(r->m, r->opened[i].id);

        if (s && s->err.code)
            *ret = s->err;
        decided &= r->opened[i].server || (s && s->state >= SESSION_OPEN);
    }
    return decided || ret->code;
}

static enum check_state eye_error(struct scenario_run *r, struct eye *eye)
{
    struct scenario_test t = {.field = "error", .n = 1, .values = {eye->e->subject}};
    char text[ERR_TEXT_BYTES * 3];
    struct figure_value v = {0};
    struct err err;

    if (!step_error(r, &err)) {
        seen_add(eye->to->seen, "no error yet");
        return CHECK_UNSEEN;
    }
    if (!err.code)
        figure_put_text(&v, "none");
    else
        figure_put_text(&v, err.symbol[0] ? err.symbol : err_name(err.code));
    err_format(&err, text, sizeof(text));
    seen_add(eye->to->seen, "%s", err.code ? text : "none");
    return run_test(r, &t, FIGURE_TEXT, &v);
}

static enum check_state eye_reply(struct scenario_run *r, struct eye *eye)
{
    struct scenario_test t = {.field = "reply", .n = 1, .values = {eye->e->subject}};
    struct figure_value v = {0};

    if (r->stage < STAGE_EXPECT)
        return CHECK_UNSEEN;
    figure_put_text(&v, r->reply.text);
    seen_add(eye->to->seen, "\"%s\"", v.text);
    return run_test(r, &t, FIGURE_TEXT, &v);
}

static enum check_state eye_value(struct scenario_run *r, struct eye *eye)
{
    char text[SCENARIO_TEXT_BYTES], *end;
    struct figure_value v = {.known = true};
    enum figure_kind kind;

    if (run_fill(r, eye->e->subject, FILL_PLAIN, text, sizeof(text), eye->to->seen) < 0)
        return CHECK_UNSEEN;
    v.number = strtod(text, &end);
    kind = *text && !*end ? FIGURE_NUMBER : FIGURE_TEXT;
    text_clean(text, strlen(text), v.text, sizeof(v.text));
    seen_add(eye->to->seen, "%s", v.text);
    return run_test(r, eye_test(eye->e, "is"), kind, &v);
}

/* --- why ------------------------------------------------------------------------------------ */

static bool others_hold(const struct scenario_run *r, const struct eye *but)
{
    for (size_t i = 0; i < r->n_expects; i++) {
        enum check_state state = r->eyes[i].to->state;

        if (&r->eyes[i] != but && r->eyes[i].e->kind != EXPECT_WHY && state != CHECK_HOLDS &&
            state != CHECK_LEFT_OUT)
            return false;
    }
    return true;
}

/* Asked once the rest holds; the answer puts state and seen by itself. */
static enum check_state eye_why(struct scenario_run *r, struct eye *eye, uint64_t now_ns)
{
    bool due =
        eye->why == WHY_NOT_ASKED ||
        (eye->why == WHY_ANSWERED && eye->to->state == CHECK_NO && now_ns >= eye->why_again_ns);

    if (due && r->stage >= STAGE_EXPECT && others_hold(r, eye))
        eye->why = WHY_TO_ASK;
    return eye->to->state;
}

void scenario_run_why(struct scenario_run *r, uint64_t number, const struct verdict *v,
                      const struct err *err, uint64_t now_ns)
{
    struct eye *eye = number == r->why_number ? r->why : NULL;
    const struct scenario_test *sure = eye ? eye_test(eye->e, "confidence") : NULL;
    struct figure_value value = {0};
    enum check_state state;
    char text[ERR_TEXT_BYTES * 3] = "nothing could be asked";

    if (!eye)
        return; /* the step is over */
    r->why = NULL;
    eye->why = WHY_ANSWERED;
    eye->why_again_ns = now_ns + WHY_AGAIN_NS;
    eye->to->seen[0] = '\0';
    if (!v) {
        if (err)
            err_format(err, text, sizeof(text));
        seen_add(eye->to->seen, "%s", text);
        eye->to->state = CHECK_NO;
        return;
    }
    figure_put_text(&value, v->cause);
    state = run_test(r, eye_test(eye->e, "cause"), FIGURE_TEXT, &value);
    figure_put_text(&value, confidence_name(v->confidence));
    if (sure)
        state = worse(state, run_test(r, sure, FIGURE_TEXT, &value));
    seen_add(eye->to->seen, "%s, %s: %s", v->cause, confidence_name(v->confidence), v->summary);
    eye->to->state = state;
}

/* --- all kinds ------------------------------------------------------------------------------ */

enum check_state eye_count(const struct scenario_run *r, const struct expectation *e,
                           uint64_t count)
{
    const struct scenario_test *t = eye_test(e, "count");
    struct figure_value v = {0};

    if (!t)
        return count ? CHECK_HOLDS : CHECK_NO;
    figure_put_number(&v, (double)count);
    return run_test(r, t, FIGURE_NUMBER, &v);
}

static enum check_state look(struct scenario_run *r, struct eye *eye, uint64_t now_ns)
{
    switch (eye->e->kind) {
    case EXPECT_SESSION:
        return eye_session(r, eye);
    case EXPECT_SERVER:
        return eye_server(r, eye);
    case EXPECT_ROW:
        return eye_row(r, eye);
    case EXPECT_ROWS:
        return eye_rows(r, eye);
    case EXPECT_PACKETS:
        return eye_packets(r, eye);
    case EXPECT_CALLS:
        return eye_calls(r, eye);
    case EXPECT_ERROR:
        return eye_error(r, eye);
    case EXPECT_REPLY:
        return eye_reply(r, eye);
    case EXPECT_WHY:
        return eye_why(r, eye, now_ns);
    case EXPECT_VALUE:
        return eye_value(r, eye);
    case EXPECT_KINDS:
        break;
    }
    return CHECK_UNSEEN;
}

void eye_look(struct scenario_run *r, struct eye *eye, uint64_t now_ns)
{
    if (eye->e->of_again && !r->before) {
        eye->to->state = CHECK_LEFT_OUT;
        snprintf(eye->to->seen, sizeof(eye->to->seen), "there was no run before");
        return;
    }
    if (eye->e->kind != EXPECT_WHY)
        eye->to->seen[0] = '\0';
    eye->to->state = look(r, eye, now_ns);
}

/* Nothing more comes: neither can its text change. */
static bool only_text(const struct expectation *e)
{
    for (size_t i = 0; i < e->n_tests; i++)
        if (strcmp(e->tests[i].field, "text") != 0 &&
            strcmp(e->tests[i].field, "received") != 0)
            return false;
    return true;
}

bool eye_hopeless(const struct scenario_run *r, const struct eye *eye)
{
    const struct session_status *s;

    if (eye->to->state != CHECK_NO)
        return false;
    if (eye->e->kind == EXPECT_ERROR || eye->e->kind == EXPECT_REPLY)
        return true;
    s = eye->e->kind == EXPECT_SESSION ? run_session(r, eye->e->subject, NULL) : NULL;
    return s && (s->state == SESSION_CLOSED || s->state == SESSION_FAILED ||
                 (s->state == SESSION_REMOTE_CLOSED && only_text(eye->e)));
}
