#include "core/why/evidence.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"

#define LINE_BYTES 512

struct evidence *evidence_new(void)
{
    struct evidence *e = mem_new(1, sizeof(*e));

    e->began_ns = clock_now_ns();
    e->began_wall_ns = clock_wall_ns();
    return e;
}

void evidence_free(struct evidence *e)
{
    if (!e)
        return;
    for (size_t i = 0; i < e->n_lines; i++)
        free(e->lines[i].text);
    for (size_t i = 0; i < e->n_unseen; i++) {
        free(e->unseen[i].because);
        free(e->unseen[i].grant);
    }
    free(e->names);
    free(e);
}

static char *clean_copy(const char *text)
{
    char clean[LINE_BYTES];

    text_clean(text, strlen(text), clean, sizeof(clean));
    return mem_copy(clean, strlen(clean));
}

struct evidence_line *evidence_say(struct evidence *e, const char *source, uint64_t at_ns,
                                   const char *format, ...)
{
    struct evidence_line *line;
    char text[LINE_BYTES];
    va_list args;

    if (e->n_lines == EVIDENCE_LINES) {
        e->lines_left_out++;
        return NULL;
    }
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    line = &e->lines[e->n_lines++];
    *line = (struct evidence_line){.source = source,
                                   .at_ns = at_ns > e->began_ns ? at_ns - e->began_ns : 0,
                                   .text = clean_copy(text)};
    return line;
}

void evidence_failed(struct evidence_line *line, int error)
{
    if (line)
        line->error = error;
}

void evidence_hide_content(struct evidence *e)
{
    for (size_t i = 0; i < e->n_lines; i++) {
        if (!e->lines[i].content)
            continue;
        free(e->lines[i].text);
        e->lines[i].text = clean_copy("(its bytes are left out)");
    }
}

static int by_time(const void *a, const void *b)
{
    const struct evidence_line *x = a, *y = b;

    return (x->at_ns > y->at_ns) - (x->at_ns < y->at_ns);
}

void evidence_sort(struct evidence *e)
{
    qsort(e->lines, e->n_lines, sizeof(e->lines[0]), by_time);
}

bool evidence_is_unseen(const struct evidence *e, const char *source)
{
    for (size_t i = 0; i < e->n_unseen; i++)
        if (strcmp(e->unseen[i].source, source) == 0)
            return true;
    return false;
}

void evidence_unseen(struct evidence *e, const char *source, const char *grant,
                     const char *because, ...)
{
    struct evidence_gap *gap;
    char text[LINE_BYTES];
    va_list args;

    if (e->n_unseen == EVIDENCE_UNSEEN || evidence_is_unseen(e, source))
        return;
    va_start(args, because);
    vsnprintf(text, sizeof(text), because, args);
    va_end(args);
    gap = &e->unseen[e->n_unseen++];
    *gap = (struct evidence_gap){.source = source, .because = clean_copy(text)};
    if (grant && grant[0])
        gap->grant = clean_copy(grant);
}

struct attempt *evidence_attempt(struct evidence *e)
{
    return e->n_attempts < EVIDENCE_ATTEMPTS ? &e->attempts[e->n_attempts++] : NULL;
}

struct sighting *evidence_sighting(struct evidence *e)
{
    if (e->n_sightings == EVIDENCE_SIGHTINGS) {
        e->sightings_left_out++;
        return NULL;
    }
    return &e->sightings[e->n_sightings++];
}

struct sighting *evidence_weighty_sighting(struct evidence *e)
{
    struct sighting *s = evidence_sighting(e);

    for (size_t i = EVIDENCE_SIGHTINGS; !s && i-- > 0;)
        if (!e->sightings[i].weighty) {
            s = &e->sightings[i];
            *s = (struct sighting){0};
        }
    if (s)
        s->weighty = true;
    return s;
}

const char *sighting_holder(const struct sighting *s, char buf[SIGHTING_HOLDER_BYTES])
{
    if (s->process.pid)
        snprintf(buf, SIGHTING_HOLDER_BYTES, "%s%s (%d)", s->owner_past ? "was " : "",
                 s->process.comm[0] ? s->process.comm : "?", s->process.pid);
    else if (s->owner == OWNER_NONE)
        snprintf(buf, SIGHTING_HOLDER_BYTES, "no process");
    else
        snprintf(buf, SIGHTING_HOLDER_BYTES, "a process that may not be seen");
    return buf;
}

bool counters_grew(const struct counters *before, const struct counters *after,
                   const char *name, uint64_t *ret_by)
{
    const struct counter *one = NULL, *two = NULL;

    for (size_t i = 0; i < before->n && !one; i++)
        one = strcmp(before->list[i].name, name) == 0 ? &before->list[i] : NULL;
    for (size_t i = 0; i < after->n && !two; i++)
        two = strcmp(after->list[i].name, name) == 0 ? &after->list[i] : NULL;
    if (!one || !two || two->value < one->value)
        return false;
    *ret_by = two->value - one->value;
    return true;
}

bool process_is_stopped(const struct process_facts *p)
{
    return (p->has_state && (p->state == 'T' || p->state == 't')) || p->frozen;
}
