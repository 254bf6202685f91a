#include "core/why/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/why/rules.h"

const char *confidence_name(enum confidence c)
{
    static const char *const names[] = {
        [CONFIDENCE_NONE] = "none",
        [CONFIDENCE_POSSIBLE] = "possible",
        [CONFIDENCE_LIKELY] = "likely",
        [CONFIDENCE_CERTAIN] = "certain",
    };

    return names[c];
}

static void put(char *out, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
static void put(char *out, const char *format, va_list args)
{
    char text[VERDICT_TEXT_BYTES];

    vsnprintf(text, sizeof(text), format, args);
    text_clean(text, strlen(text), out, VERDICT_TEXT_BYTES);
}

void say_summary(struct saying *s, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    put(s->summary, format, args);
    va_end(args);
}

void say_ruled_out(struct saying *s, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    put(s->ruled_out_by, format, args);
    va_end(args);
}

void say_fix(struct saying *s, const char *format, ...)
{
    va_list args;

    if (s->n_fixes == VERDICT_FIXES)
        return;
    va_start(args, format);
    put(s->fixes[s->n_fixes++], format, args);
    va_end(args);
}

/* --- what rules ask --------------------------------------------------------------------- */

const struct attempt *evidence_decisive(const struct evidence *e)
{
    const struct attempt *last = NULL;

    for (size_t i = 0; i < e->n_attempts; i++) {
        const struct attempt *a = &e->attempts[i];

        /* One address that answers is enough for connect(2). */
        if (!a->error && !a->undecided)
            return a;
        last = a;
    }
    return last;
}

static const struct sighting *first_of(const struct evidence *e, enum sighting_role role)
{
    for (size_t i = 0; i < e->n_sightings; i++)
        if (e->sightings[i].role == role)
            return &e->sightings[i];
    return NULL;
}

const struct sighting *evidence_ours(const struct evidence *e)
{
    return first_of(e, ROLE_OURS);
}

const struct sighting *evidence_peer(const struct evidence *e)
{
    return first_of(e, ROLE_PEER);
}

static bool is_between(const struct kernel_event *event, const struct addr *one,
                       const struct addr *other)
{
    struct addr local = addr_unmapped(&event->local), peer = addr_unmapped(&event->peer);

    return (addr_equal(&local, one) && addr_equal(&peer, other)) ||
           (addr_equal(&local, other) && addr_equal(&peer, one));
}

const struct kernel_event *evidence_event(const struct evidence *e, enum kernel_event_kind kind,
                                          const struct addr *one, const struct addr *other,
                                          const char *reason)
{
    for (size_t i = 0; i < e->n_events; i++) {
        const struct kernel_event *event = &e->events[i];

        if (event->kind == kind && is_between(event, one, other) &&
            (!reason[0] || strcmp(event->reason, reason) == 0))
            return event;
    }
    return NULL;
}

/* --- the judgement ------------------------------------------------------------------------ */

static void take(struct verdict *v, const char *cause, enum confidence confidence,
                 const struct saying *s)
{
    v->cause = cause;
    v->confidence = confidence;
    memcpy(v->summary, s->summary, sizeof(v->summary));
    v->n_fixes = s->n_fixes;
    memcpy(v->fixes, s->fixes, sizeof(v->fixes));
}

static void forget_alternative(struct verdict *v, size_t at)
{
    v->n_alternatives--;
    memmove(&v->alternatives[at], &v->alternatives[at + 1],
            (v->n_alternatives - at) * sizeof(v->alternatives[0]));
}

/* Where it stands; n_alternatives: nowhere. */
static size_t find_alternative(const struct verdict *v, const char *cause)
{
    size_t at = 0;

    while (at < v->n_alternatives && strcmp(v->alternatives[at].cause, cause) != 0)
        at++;
    return at;
}

/* Alternatives stand by confidence, alike ones as they came.  Of several rules for one cause the
 * surest speaks. */
static void add_alternative(struct verdict *v, const struct alternative *a)
{
    size_t same = find_alternative(v, a->cause), at;

    if (same < v->n_alternatives && v->alternatives[same].confidence >= a->confidence)
        return;
    if (same < v->n_alternatives)
        forget_alternative(v, same);
    at = v->n_alternatives;
    while (at > 0 && v->alternatives[at - 1].confidence < a->confidence)
        at--;
    if (at == VERDICT_ALTERNATIVES)
        return;
    if (v->n_alternatives == VERDICT_ALTERNATIVES)
        v->n_alternatives--;
    memmove(&v->alternatives[at + 1], &v->alternatives[at],
            (v->n_alternatives - at) * sizeof(*a));
    v->alternatives[at] = *a;
    v->n_alternatives++;
}

/* What was the verdict so far becomes an alternative. */
static void step_down(struct verdict *v)
{
    struct alternative a = {.cause = v->cause, .confidence = v->confidence};

    memcpy(a.summary, v->summary, sizeof(a.summary));
    add_alternative(v, &a);
}

static void ask(const struct rule *rule, const struct evidence *e, struct verdict *v)
{
    struct saying said = {0};
    enum confidence sure = rule->holds(e, &said);
    struct alternative other = {.cause = rule->cause, .confidence = sure};
    bool same = v->cause && strcmp(v->cause, rule->cause) == 0;

    if (sure > v->confidence) {
        size_t at = find_alternative(v, rule->cause);

        if (at < v->n_alternatives)
            forget_alternative(v, at);
        if (v->cause && !same)
            step_down(v);
        take(v, rule->cause, sure, &said);
        return;
    }
    if (same || (sure == CONFIDENCE_NONE && !said.ruled_out_by[0]))
        return;
    memcpy(other.ruled_out_by, said.ruled_out_by, sizeof(other.ruled_out_by));
    memcpy(other.summary, said.summary, sizeof(other.summary));
    add_alternative(v, &other);
}

#define GROUP(name) rules_##name,
static const struct rule *const groups[] = {RULE_GROUPS(GROUP)};

void why_judge(const struct evidence *e, struct verdict *ret)
{
    struct saying none = {0};

    *ret = (struct verdict){0};
    for (size_t group = 0; group < sizeof(groups) / sizeof(groups[0]); group++)
        for (const struct rule *rule = groups[group]; rule->cause; rule++)
            ask(rule, e, ret);
    if (e->subject == WHY_SOCKET && e->rows_seen && !evidence_ours(e))
        say_summary(&none, "There is no such socket on this host (any more)%s.",
                    evidence_peer(e) ? "; the other end of it is still there" : "");
    else if (e->subject == WHY_SOCKET && evidence_ours(e) && evidence_ours(e)->later &&
             !evidence_ours(e)->row_later.state)
        say_summary(&none,
                    "It ended while it was watched, and nothing that was seen says why.");
    else
        say_summary(&none, "What was observed does not decide: the evidence is below.");
    if (ret->cause)
        return;
    take(ret, "unknown", CONFIDENCE_POSSIBLE, &none);
}
