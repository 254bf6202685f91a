#include "core/report/why.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/report/line_writer.h"
#include "core/why/causes.h"
#include "core/why/rules.h"

#define SCHEMA 1

/* Milliseconds with two decimals: what a person compares. */
static double milliseconds(uint64_t ns)
{
    return (double)(ns / (CLOCK_MS_NS / 100)) / 100;
}

/* --- JSON -------------------------------------------------------------------------------- */

static void add_outcome(cJSON *document, const struct evidence *e)
{
    const struct attempt *a = evidence_decisive(e);
    cJSON *outcome = cJSON_AddObjectToObject(document, "outcome");

    if (!a) {
        cJSON_AddNullToObject(outcome, "call");
        cJSON_AddNullToObject(outcome, "error");
    } else {
        cJSON_AddStringToObject(outcome, "call", a->call);
        if (a->error)
            cJSON_AddStringToObject(outcome, "error", err_name(a->error));
        else
            cJSON_AddNullToObject(outcome, "error");
        cJSON_AddBoolToObject(outcome, "undecided", a->undecided);
    }
    cJSON_AddNumberToObject(outcome, "elapsed_ms",
                            milliseconds(a ? a->elapsed_ns : e->ended_ns - e->began_ns));
}

static void add_verdict(cJSON *document, const struct verdict *v)
{
    cJSON *verdict = cJSON_AddObjectToObject(document, "verdict"), *fixes;

    cJSON_AddStringToObject(verdict, "cause", v->cause);
    cJSON_AddStringToObject(verdict, "confidence", confidence_name(v->confidence));
    cJSON_AddStringToObject(verdict, "summary", v->summary);
    fixes = cJSON_AddArrayToObject(verdict, "fix");
    for (size_t i = 0; i < v->n_fixes; i++)
        cJSON_AddItemToArray(fixes, cJSON_CreateString(v->fixes[i]));
}

static void add_evidence(cJSON *document, const struct evidence *e)
{
    cJSON *list = cJSON_AddArrayToObject(document, "evidence");

    for (size_t i = 0; i < e->n_lines; i++) {
        const struct evidence_line *line = &e->lines[i];
        cJSON *item = cJSON_CreateObject();

        cJSON_AddStringToObject(item, "source", line->source);
        cJSON_AddNumberToObject(item, "at_ms", milliseconds(line->at_ns));
        cJSON_AddStringToObject(item, "fact", line->text);
        cJSON_AddItemToArray(list, item);
    }
    if (e->lines_left_out)
        cJSON_AddNumberToObject(document, "evidence_left_out", (double)e->lines_left_out);
}

static void add_alternatives(cJSON *document, const struct verdict *v)
{
    cJSON *list = cJSON_AddArrayToObject(document, "alternatives");

    for (size_t i = 0; i < v->n_alternatives; i++) {
        const struct alternative *a = &v->alternatives[i];
        cJSON *item = cJSON_CreateObject();

        cJSON_AddStringToObject(item, "cause", a->cause);
        /* One that is ruled out was possible until then. */
        cJSON_AddStringToObject(
            item, "confidence",
            confidence_name(a->confidence ? a->confidence : CONFIDENCE_POSSIBLE));
        if (a->ruled_out_by[0])
            cJSON_AddStringToObject(item, "ruled_out_by", a->ruled_out_by);
        else
            cJSON_AddNullToObject(item, "ruled_out_by");
        if (a->summary[0])
            cJSON_AddStringToObject(item, "summary", a->summary);
        cJSON_AddItemToArray(list, item);
    }
}

void why_add_unseen(cJSON *document, const struct evidence *e)
{
    cJSON *list = cJSON_AddArrayToObject(document, "unseen");

    for (size_t i = 0; i < e->n_unseen; i++) {
        const struct evidence_gap *gap = &e->unseen[i];
        cJSON *item = cJSON_CreateObject();

        cJSON_AddStringToObject(item, "source", gap->source);
        cJSON_AddStringToObject(item, "because", gap->because);
        if (gap->grant)
            cJSON_AddStringToObject(item, "grant", gap->grant);
        else
            cJSON_AddNullToObject(item, "grant");
        cJSON_AddItemToArray(list, item);
    }
}

cJSON *why_json(const struct evidence *e, const struct verdict *v)
{
    cJSON *document = cJSON_CreateObject();

    cJSON_AddNumberToObject(document, "schema", SCHEMA);
    cJSON_AddStringToObject(document, "target", e->target);
    add_outcome(document, e);
    add_verdict(document, v);
    add_evidence(document, e);
    add_alternatives(document, v);
    why_add_unseen(document, e);
    return document;
}

/* --- text ---------------------------------------------------------------------------------- */

static void write_alternative(struct line_writer *w, const struct alternative *a)
{
    if (a->confidence)
        write_line(w, "also %s, %s: %s", a->cause, confidence_name(a->confidence), a->summary);
    else
        write_line(w, "not %s: %s", a->cause, a->ruled_out_by);
}

static void write_unseen(struct line_writer *w, const struct evidence *e)
{
    for (size_t i = 0; i < e->n_unseen; i++) {
        const struct evidence_gap *gap = &e->unseen[i];

        write_line(w, "unseen: %s, %s%s%s", gap->source, gap->because, gap->grant ? "; " : "",
                   gap->grant ? gap->grant : "");
    }
}

int why_unseen_text(const struct evidence *e, int (*put)(void *ctx, const char *line),
                    void *ctx)
{
    struct line_writer w = {.put = put, .ctx = ctx};

    write_unseen(&w, e);
    return w.r;
}

int why_text(const struct evidence *e, const struct verdict *v,
             int (*put)(void *ctx, const char *line), void *ctx)
{
    struct line_writer w = {.put = put, .ctx = ctx};
    const char *title = cause_title(v->cause);

    write_line(&w, "%s", e->target);
    write_line(&w, "%s%s%s%s, %s: %s", v->cause, title[0] ? " (" : "", title,
               title[0] ? ")" : "", confidence_name(v->confidence), v->summary);
    for (size_t i = 0; i < v->n_fixes; i++)
        write_line(&w, "  fix: %s", v->fixes[i]);
    for (size_t i = 0; i < e->n_lines; i++)
        write_line(&w, "  %9.2f ms  %-13s %s", milliseconds(e->lines[i].at_ns),
                   e->lines[i].source, e->lines[i].text);
    for (size_t i = 0; i < v->n_alternatives; i++)
        write_alternative(&w, &v->alternatives[i]);
    write_unseen(&w, e);
    return w.r;
}
