/* Answers in a recording: the verdict, and of the evidence what a person is shown. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/model/record_shapes.h"

#define LINE_LEAST 27
#define NAME_BYTES 64
#define NAMES_MAX 512

static const struct record_field wish_fields[] = {
    RECORD_ENUM(struct why_wish, subject, WHY_FILE + 1),
    RECORD_SHAPE(struct why_wish, endpoint, &record_endpoint),
    RECORD_FLAG(struct why_wish, no_reuseaddr),
    RECORD_NUMBER(struct why_wish, protocol),
    RECORD_ADDR(struct why_wish, local),
    RECORD_ADDR(struct why_wish, peer),
};
static const struct record_shape wish_shape = RECORD_SHAPE_OF(wish_fields);

static const struct record_field inquiry_fields[] = {
    RECORD_SHAPE(struct inquiry, wish, &wish_shape),
    RECORD_TEXT(struct inquiry, target),
    RECORD_NUMBER(struct inquiry, session_id),
    RECORD_FLAG(struct inquiry, by_itself),
    RECORD_NUMBER(struct inquiry, asked_ns),
    RECORD_SHAPE(struct inquiry, err, &record_err),
};
static const struct record_shape inquiry_shape = RECORD_SHAPE_OF(inquiry_fields);

static const struct record_field evidence_fields[] = {
    RECORD_ENUM(struct evidence, subject, WHY_FILE + 1),
    RECORD_TEXT(struct evidence, target),
    RECORD_SHAPE(struct evidence, endpoint, &record_endpoint),
    RECORD_FLAG(struct evidence, no_reuseaddr),
    RECORD_NUMBER(struct evidence, began_ns),
    RECORD_NUMBER(struct evidence, ended_ns),
    RECORD_NUMBER(struct evidence, began_wall_ns),
    RECORD_ADDR(struct evidence, local),
    RECORD_ADDR(struct evidence, peer),
    RECORD_NUMBER(struct evidence, lines_left_out),
};
static const struct record_shape evidence_shape = RECORD_SHAPE_OF(evidence_fields);

/* The outcome of a call. */
static const struct record_field attempt_fields[] = {
    RECORD_SIGNED(struct attempt, error),
    RECORD_FLAG(struct attempt, undecided),
    RECORD_ADDR(struct attempt, to),
    RECORD_ADDR(struct attempt, from),
    RECORD_NUMBER(struct attempt, cookie),
    RECORD_NUMBER(struct attempt, began_ns),
    RECORD_NUMBER(struct attempt, elapsed_ns),
    RECORD_SHAPE(struct attempt, err, &record_err),
    RECORD_FLAG(struct attempt, in_call),
    RECORD_FLAG(struct attempt, peer_closed),
    RECORD_SIGNED(struct attempt, recv_error),
    RECORD_SIGNED(struct attempt, send_error),
    RECORD_NUMBER(struct attempt, sent_bytes),
    RECORD_NUMBER(struct attempt, received_bytes),
    RECORD_NUMBER(struct attempt, unsent_bytes),
};
static const struct record_shape attempt_shape = RECORD_SHAPE_OF(attempt_fields);

static const struct record_field verdict_fields[] = {
    RECORD_ENUM(struct verdict, confidence, CONFIDENCE_CERTAIN + 1),
    RECORD_TEXT(struct verdict, summary),
    RECORD_ENUM(struct verdict, n_fixes, VERDICT_FIXES + 1),
    RECORD_ENUM(struct verdict, n_alternatives, VERDICT_ALTERNATIVES + 1),
};
static const struct record_shape verdict_shape = RECORD_SHAPE_OF(verdict_fields);

static const struct record_field fix_fields[] = {
    {FIELD_TEXT, 0, VERDICT_TEXT_BYTES, 0, NULL},
};
static const struct record_shape fix_shape = RECORD_SHAPE_OF(fix_fields);

static const struct record_field alternative_fields[] = {
    RECORD_ENUM(struct alternative, confidence, CONFIDENCE_CERTAIN + 1),
    RECORD_TEXT(struct alternative, ruled_out_by),
    RECORD_TEXT(struct alternative, summary),
};
static const struct record_shape alternative_shape = RECORD_SHAPE_OF(alternative_fields);

/* Causes, sources and calls are constants elsewhere: each is kept once, for as long as the
 * program runs. */
static const char *kept_name(const char *text, size_t len)
{
    static char names[NAMES_MAX][NAME_BYTES];
    static size_t n;

    for (size_t i = 0; i < n; i++)
        if (strlen(names[i]) == len && memcmp(names[i], text, len) == 0)
            return names[i];
    if (n == NAMES_MAX || len >= NAME_BYTES)
        return NULL;
    memcpy(names[n], text, len);
    return names[n++];
}

static const char *get_name(struct cursor *c)
{
    size_t len;
    const char *text = record_get_text(c, &len), *name = text ? kept_name(text, len) : NULL;

    if (!name)
        record_spoil(c);
    return name ? name : "";
}

static char *get_copy(struct cursor *c)
{
    size_t len;
    const char *text = record_get_text(c, &len);

    return text ? mem_copy(text, len) : mem_copy("", 0);
}

/* --- the verdict -------------------------------------------------------------------------- */

static void put_verdict(struct record_bytes *b, const struct verdict *v)
{
    record_put_text(b, v->cause);
    record_put_shape(b, &verdict_shape, v);
    for (size_t i = 0; i < v->n_fixes; i++)
        record_put_shape(b, &fix_shape, v->fixes[i]);
    for (size_t i = 0; i < v->n_alternatives; i++) {
        record_put_text(b, v->alternatives[i].cause);
        record_put_shape(b, &alternative_shape, &v->alternatives[i]);
    }
}

static void get_verdict(struct cursor *c, struct verdict *v)
{
    v->cause = get_name(c);
    record_get_shape(c, &verdict_shape, v);
    for (size_t i = 0; i < v->n_fixes && !c->short_read; i++)
        record_get_shape(c, &fix_shape, v->fixes[i]);
    for (size_t i = 0; i < v->n_alternatives && !c->short_read; i++) {
        v->alternatives[i].cause = get_name(c);
        record_get_shape(c, &alternative_shape, &v->alternatives[i]);
    }
}

/* --- the evidence ------------------------------------------------------------------------- */

static void put_lines(struct record_bytes *b, const struct evidence *e)
{
    record_put_u32(b, (uint32_t)e->n_lines);
    for (size_t i = 0; i < e->n_lines; i++) {
        const struct evidence_line *line = &e->lines[i];

        record_put_text(b, line->source);
        record_put_u64(b, line->at_ns);
        record_put_text(b, line->text);
        record_put_u8(b, line->content);
        record_put_u64(b, line->cookie);
        record_put_u8(b, line->has_packet);
        record_put_u64(b, line->packet);
    }
    record_put_u8(b, (uint8_t)e->n_unseen);
    for (size_t i = 0; i < e->n_unseen; i++) {
        record_put_text(b, e->unseen[i].source);
        record_put_text(b, e->unseen[i].because);
        record_put_text(b, e->unseen[i].grant);
    }
}

static void get_line(struct cursor *c, struct evidence_line *line)
{
    line->source = get_name(c);
    line->at_ns = record_get_u64(c);
    line->text = get_copy(c);
    line->content = cursor_u8(c);
    line->cookie = record_get_u64(c);
    line->has_packet = cursor_u8(c);
    line->packet = record_get_u64(c);
}

static void get_gap(struct cursor *c, struct evidence_gap *gap)
{
    gap->source = get_name(c);
    gap->because = get_copy(c);
    gap->grant = get_copy(c);
    if (gap->grant[0])
        return;
    free(gap->grant);
    gap->grant = NULL;
}

static void get_lines(struct cursor *c, struct evidence *e)
{
    size_t n = record_get_count(c, LINE_LEAST);

    if (n > EVIDENCE_LINES)
        record_spoil(c);
    while (e->n_lines < n && !c->short_read)
        get_line(c, &e->lines[e->n_lines++]);
    n = cursor_u8(c);
    if (n > EVIDENCE_UNSEEN)
        record_spoil(c);
    while (e->n_unseen < n && !c->short_read)
        get_gap(c, &e->unseen[e->n_unseen++]);
}

static void put_evidence(struct record_bytes *b, const struct evidence *e)
{
    record_put_shape(b, &evidence_shape, e);
    record_put_u8(b, (uint8_t)e->n_attempts);
    for (size_t i = 0; i < e->n_attempts; i++) {
        record_put_text(b, e->attempts[i].call);
        record_put_shape(b, &attempt_shape, &e->attempts[i]);
    }
    put_lines(b, e);
}

static struct evidence *get_evidence(struct cursor *c)
{
    struct evidence *e = evidence_new();
    size_t n;

    record_get_shape(c, &evidence_shape, e);
    n = cursor_u8(c);
    if (n > EVIDENCE_ATTEMPTS)
        record_spoil(c);
    while (e->n_attempts < n && !c->short_read) {
        struct attempt *a = &e->attempts[e->n_attempts++];

        a->call = get_name(c);
        record_get_shape(c, &attempt_shape, a);
    }
    get_lines(c, e);
    return e;
}

/* --- all of it ---------------------------------------------------------------------------- */

void record_put_answer(struct record_bytes *b, const struct inquiry *q)
{
    record_put_shape(b, &inquiry_shape, q);
    record_put_u8(b, q->e != NULL);
    if (!q->e)
        return;
    put_evidence(b, q->e);
    put_verdict(b, &q->v);
}

struct inquiry *record_get_answer(struct cursor *c)
{
    struct inquiry *q = inquiry_new();

    record_get_shape(c, &inquiry_shape, q);
    if (cursor_u8(c)) {
        q->e = get_evidence(c);
        get_verdict(c, &q->v);
    }
    return q;
}
