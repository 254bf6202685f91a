#include "core/report/why_program.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/report/line_writer.h"
#include "core/report/why.h"

static double milliseconds(uint64_t ns)
{
    return (double)(ns / (CLOCK_MS_NS / 100)) / 100;
}

const char *why_finding_line(const struct program_finding *f, char buf[WHY_FINDING_BYTES])
{
    char text[PROGRAM_CALL_TEXT_BYTES];

    snprintf(buf, WHY_FINDING_BYTES, "%s: %s: %s", program_call_text(&f->call, text),
             f->verdict.cause, f->verdict.summary);
    return buf;
}

/* A verdict for a program in which nothing went wrong. */
static struct verdict nothing_wrong(const struct program_report *r)
{
    struct verdict v = {.cause = "healthy", .confidence = CONFIDENCE_LIKELY};

    snprintf(v.summary, sizeof(v.summary), "%s",
             r->left_out
                 ? "No call that was looked at failed for a cause; more failed than are."
                 : "No socket call failed, and none was held up.");
    return v;
}

/* --- JSON -------------------------------------------------------------------------------------- */

static void add_error(cJSON *object, int error)
{
    if (error)
        cJSON_AddStringToObject(object, "error", err_name(error));
    else
        cJSON_AddNullToObject(object, "error");
}

static void add_end(cJSON *object, const char *name, const struct addr *a)
{
    char text[ADDR_TEXT_BYTES];

    if (a->family == AF_INET || a->family == AF_INET6)
        cJSON_AddStringToObject(object, name, addr_format(a, text));
}

static cJSON *call_json(const struct program_finding *f)
{
    const struct program_call *c = &f->call;
    cJSON *object = cJSON_CreateObject(), *verdict, *fixes;
    char text[PROGRAM_CALL_TEXT_BYTES];

    cJSON_AddStringToObject(object, "call", program_call_name(c->call));
    cJSON_AddStringToObject(object, "target", program_call_text(c, text));
    add_end(object, "local", &c->local);
    add_end(object, "peer", &c->peer);
    if (c->path[0])
        cJSON_AddStringToObject(object, "path", c->path);
    cJSON_AddNumberToObject(object, "fd", c->fd);
    cJSON_AddNumberToObject(object, "pid", c->pid);
    cJSON_AddNumberToObject(object, "tid", c->tid);
    cJSON_AddStringToObject(object, "command", c->comm);
    add_error(object, c->error);
    cJSON_AddNumberToObject(object, "elapsed_ms", milliseconds(c->elapsed_ns));
    cJSON_AddBoolToObject(object, "stalled", f->stalled);
    cJSON_AddBoolToObject(object, "aside", f->aside);
    cJSON_AddNumberToObject(object, "count", (double)f->count);
    verdict = cJSON_AddObjectToObject(object, "verdict");
    cJSON_AddStringToObject(verdict, "cause", f->verdict.cause);
    cJSON_AddStringToObject(verdict, "confidence", confidence_name(f->verdict.confidence));
    cJSON_AddStringToObject(verdict, "summary", f->verdict.summary);
    fixes = cJSON_AddArrayToObject(verdict, "fix");
    for (size_t i = 0; i < f->verdict.n_fixes; i++)
        cJSON_AddItemToArray(fixes, cJSON_CreateString(f->verdict.fixes[i]));
    return object;
}

static void add_program(cJSON *document, const struct program_report *r, const char *name)
{
    cJSON *program = cJSON_AddObjectToObject(document, "program");
    char clean[200];

    text_clean(name, strlen(name), clean, sizeof(clean));
    cJSON_AddStringToObject(program, "name", clean);
    cJSON_AddNumberToObject(program, "pid", r->pid);
    if (WIFSIGNALED(r->wait_status)) {
        cJSON_AddNullToObject(program, "status");
        cJSON_AddNumberToObject(program, "signal", WTERMSIG(r->wait_status));
    } else {
        cJSON_AddNumberToObject(program, "status", WEXITSTATUS(r->wait_status));
        cJSON_AddNullToObject(program, "signal");
    }
}

cJSON *why_program_json(const struct program_report *r, const char *name)
{
    const struct program_finding *worst = program_worst(r);
    struct verdict none = nothing_wrong(r);
    cJSON *document = why_json(worst ? worst->e : r->e, worst ? &worst->verdict : &none);
    cJSON *calls = cJSON_AddArrayToObject(document, "calls");

    /* The attempt among the evidence is what rules read; this is what the program saw. */
    if (worst) {
        cJSON *outcome = cJSON_CreateObject();

        cJSON_AddStringToObject(outcome, "call", program_call_name(worst->call.call));
        add_error(outcome, worst->call.error);
        cJSON_AddBoolToObject(outcome, "undecided", worst->stalled && !worst->went_on);
        cJSON_AddNumberToObject(outcome, "elapsed_ms", milliseconds(worst->call.elapsed_ns));
        cJSON_ReplaceItemInObject(document, "outcome", outcome);
    }
    for (size_t i = 0; i < r->n; i++)
        cJSON_AddItemToArray(calls, call_json(&r->list[i]));
    if (r->left_out)
        cJSON_AddNumberToObject(document, "calls_left_out", (double)r->left_out);
    add_program(document, r, name);
    return document;
}

/* --- text ----------------------------------------------------------------------------------------- */

static void write_finding(struct line_writer *w, const struct program_finding *f)
{
    char text[WHY_FINDING_BYTES], times[TEXT_NUMBER_BYTES];

    write_line(w, "%s%s%s", why_finding_line(f, text), f->count > 1 ? "; times: " : "",
               f->count > 1 ? text_number(f->count, times) : "");
    for (size_t i = 0; i < f->verdict.n_fixes; i++)
        write_line(w, "  fix: %s", f->verdict.fixes[i]);
}

static void write_end(struct line_writer *w, const struct program_report *r, const char *name)
{
    char clean[200], left[TEXT_NUMBER_BYTES];
    int status = r->wait_status;

    text_clean(name, strlen(name), clean, sizeof(clean));
    if (WIFSIGNALED(status))
        write_line(w, "%s (%d) was ended by signal %d (%s)", clean, r->pid, WTERMSIG(status),
                   strsignal(WTERMSIG(status)));
    else
        write_line(w, "%s (%d) ended with status %d", clean, r->pid, WEXITSTATUS(status));
    if (r->left_out)
        write_line(w, "%s more failed or stalled, in other ways than those below",
                   text_number(r->left_out, left));
}

int why_program_text(const struct program_report *r, const char *name,
                     int (*put)(void *ctx, const char *line), void *ctx)
{
    const struct program_finding *worst = program_worst(r);
    struct line_writer w = {.put = put, .ctx = ctx};
    struct verdict none = nothing_wrong(r);

    write_end(&w, r, name);
    for (size_t i = 0; i < r->n; i++)
        if (!r->list[i].aside && &r->list[i] != worst)
            write_finding(&w, &r->list[i]);
    if (worst && worst->count > 1)
        write_line(&w, "%llu times:", (unsigned long long)worst->count);
    if (!w.r)
        w.r = why_text(worst ? worst->e : r->e, worst ? &worst->verdict : &none, put, ctx);
    return w.r;
}
