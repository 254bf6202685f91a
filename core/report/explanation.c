#include "core/report/explanation.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/model/column.h"
#include "core/model/errors.h"
#include "core/model/state_texts.h"
#include "core/report/icmp_advice.h"
#include "core/why/causes.h"

static struct icmp_advice *icmp;

int explanation_load(struct err *err)
{
    int r = 0, one;

    if (!topic_count() && (one = topics_load(err)) < 0)
        r = one;
    if (!error_count() && (one = error_reference_load(err)) < 0)
        r = one;
    if (!state_text(STATE_ESTABLISHED) && (one = state_texts_load(err)) < 0)
        r = one;
    if (!cause_count() && (one = causes_load(err)) < 0)
        r = one;
    if (!icmp && (one = icmp_advice_load(&icmp, err)) < 0)
        r = one;
    return r;
}

struct subject *subjects_add(struct subjects *s, enum topic_kind kind, const char *in,
                             const char *name, const char *value)
{
    struct subject *one;

    if (s->n == SUBJECTS_MAX)
        return &s->list[s->n - 1];
    one = &s->list[s->n++];
    *one = (struct subject){.kind = kind};
    snprintf(one->in, sizeof(one->in), "%s", in ? in : "");
    snprintf(one->name, sizeof(one->name), "%s", name);
    snprintf(one->value, sizeof(one->value), "%s", value ? value : "");
    return one;
}

/* --- one explanation -------------------------------------------------------------------- */

__attribute__((format(printf, 4, 5))) static void add(struct explanation *e, const char *label,
                                                      enum tone tone, const char *format, ...)
{
    va_list args;

    if (e->n == EXPLANATION_LINES)
        return;
    snprintf(e->lines[e->n].label, sizeof(e->lines[0].label), "%s", label);
    e->lines[e->n].tone = tone;
    va_start(args, format);
    vsnprintf(e->lines[e->n].text, sizeof(e->lines[0].text), format, args);
    va_end(args);
    e->n++;
}

/* Nothing where there is no text. */
static void add_text(struct explanation *e, const char *label, enum tone tone, const char *text)
{
    if (text)
        add(e, label, tone, "%s", text);
}

static void of_state(struct explanation *e, const struct state_text *t)
{
    add_text(e, "is", TONE_PLAIN, t->means);
    add_text(e, "ends by", TONE_PLAIN, t->ends);
    add_text(e, "normal", TONE_NORMAL, t->normal);
    add_text(e, "trouble", TONE_TROUBLE, t->trouble);
}

static void of_error(struct explanation *e, const struct error_entry *error)
{
    snprintf(e->title, sizeof(e->title), "%s (%d): %s", error->name, error->number,
             error_sentence(error));
    add_text(e, "is", TONE_PLAIN, error->meaning);
    for (size_t i = 0; i < error->causes.n; i++)
        add_text(e, i ? "" : "often", TONE_TROUBLE, error->causes.list[i]);
    for (size_t i = 0; i < error->tries.n; i++)
        add_text(e, i ? "" : "try", TONE_TRY, error->tries.list[i]);
    add_text(e, "see", TONE_SOURCE, error->man);
}

static void of_cause(struct explanation *e, const struct cause *c)
{
    snprintf(e->title, sizeof(e->title), "%s: %s", c->id, c->title);
    add_text(e, "is", TONE_PLAIN, c->explanation);
    add_text(e, "apart", TONE_PLAIN, c->apart);
    for (size_t i = 0; i < c->n_fixes; i++)
        add_text(e, i ? "" : "try", TONE_TRY, c->fixes[i]);
    add_text(e, "see", TONE_SOURCE, c->see);
}

/* Whether the value has the name as words of its own. */
static bool has_words(const char *value, const char *name)
{
    size_t len = strlen(name);

    for (const char *at = value; (at = strstr(at, name)); at++)
        if ((at == value || !isalnum((unsigned char)at[-1])) &&
            !isalnum((unsigned char)at[len]))
            return true;
    return false;
}

/* The words of a value that are known in the group. */
static void of_values(struct explanation *e, const char *group, const char *value)
{
    enum socket_state state = strcmp(group, "state") == 0 ? state_parse(value) : 0;

    if (state && state_text(state))
        add(e, value, TONE_PLAIN, "%s %s", state_text(state)->means,
            state_text(state)->trouble);
    for (size_t i = 0; i < topic_count(); i++) {
        const struct topic *t = topic_at(i);

        if (t->kind == TOPIC_VALUE && t->in && strcmp(t->in, group) == 0 &&
            has_words(value, t->name))
            add(e, t->name, TONE_PLAIN, "%s Normal: %s%s%s", t->means, t->normal,
                t->trouble ? " Trouble: " : "", t->trouble ? t->trouble : "");
    }
}

static void of_topic(struct explanation *e, const struct topic *t, const struct subject *s)
{
    add_text(e, "is", TONE_PLAIN, t->means);
    if (t->values && s->value[0])
        of_values(e, t->values, s->value);
    if (s->icmp.known)
        add_text(e, "here", TONE_PLAIN,
                 icmp_advice_of(icmp, s->icmp.v6, s->icmp.type, s->icmp.code));
    add_text(e, "normal", TONE_NORMAL, t->normal);
    add_text(e, "trouble", TONE_TROUBLE, t->trouble);
    add_text(e, "try", TONE_TRY, t->tries);
    add_text(e, "see", TONE_SOURCE, t->see);
}

/* By its name or by its title, as TCP_INFO's facts have it. */
static const struct column *column_called(const char *word)
{
    const struct column *c = column_find(word);

    for (size_t i = 0; !c && i < column_count(); i++)
        if (strcasecmp(column_at(i)->title, word) == 0 ||
            strcasecmp(column_at(i)->name, word) == 0)
            c = column_at(i);
    return c;
}

static void of_column(struct explanation *e, const struct column *c, const struct subject *s)
{
    const struct topic *t = topic_find(TOPIC_COLUMN, NULL, c->name);
    const char *unit = unit_name(c->unit);

    snprintf(e->title, sizeof(e->title), "%s (column %s)%s%s", c->title, c->name,
             unit[0] ? ", " : "", unit);
    add_text(e, "is", TONE_PLAIN, c->meaning);
    if (t)
        of_topic(e, t, s);
}

/* A fact may be a column by its title; a column that is none of the table's a fact. */
static bool of_named(struct explanation *e, const struct subject *s)
{
    const struct topic *t = topic_find(s->kind, s->in[0] ? s->in : NULL, s->name);
    const struct column *c = s->kind == TOPIC_COLUMN || (s->kind == TOPIC_FACT && !t)
                                 ? column_called(s->name)
                                 : NULL;

    if (s->kind == TOPIC_COLUMN && !c)
        t = topic_find(TOPIC_FACT, NULL, s->name);
    if (c)
        of_column(e, c, s);
    else if (t)
        of_topic(e, t, s);
    return c || t;
}

static void write_title(struct explanation *e, const struct subject *s)
{
    snprintf(e->title, sizeof(e->title), "%s (%s%s%s)", s->name, topic_kind_name(s->kind),
             s->in[0] ? " of " : "", s->in);
}

bool explanation_of(const struct subject *s, struct explanation *ret)
{
    const struct state_text *state =
        s->kind == TOPIC_STATE ? state_text(state_parse(s->name)) : NULL;
    const struct error_entry *error = s->kind == TOPIC_ERROR ? error_by_name(s->name) : NULL;
    const struct cause *cause = s->kind == TOPIC_CAUSE ? cause_by_id(s->name) : NULL;

    ret->n = 0;
    write_title(ret, s);
    if (state)
        of_state(ret, state);
    else if (error)
        of_error(ret, error);
    else if (cause)
        of_cause(ret, cause);
    else if (s->kind >= TOPIC_KINDS || !of_named(ret, s)) {
        add(ret, "?", TONE_PLAIN, "Nothing is written about it.");
        return false;
    }
    return true;
}

/* --- by a word -------------------------------------------------------------------------- */

/* What can be asked for, one list after the other. */
static const char *name_at(size_t i, enum topic_kind *ret_kind, const char **ret_in,
                           const char **ret_note)
{
    *ret_in = NULL;
    if (i < error_count()) {
        *ret_kind = TOPIC_ERROR;
        *ret_note = error_at(i)->meaning;
        return error_at(i)->name;
    }
    i -= error_count();
    if (i < STATE_COUNT - STATE_ESTABLISHED) {
        enum socket_state state = (enum socket_state)(STATE_ESTABLISHED + i);

        *ret_kind = TOPIC_STATE;
        *ret_note = state_text(state) ? state_text(state)->means : "";
        return state_name(state);
    }
    i -= STATE_COUNT - STATE_ESTABLISHED;
    if (i < column_count()) {
        *ret_kind = TOPIC_COLUMN;
        *ret_note = column_at(i)->meaning;
        return column_at(i)->name;
    }
    i -= column_count();
    if (i < cause_count()) {
        *ret_kind = TOPIC_CAUSE;
        *ret_note = cause_at(i)->title;
        return cause_at(i)->id;
    }
    i -= cause_count();
    if (i >= topic_count())
        return NULL;
    *ret_kind = topic_at(i)->kind;
    *ret_in = topic_at(i)->in;
    *ret_note = topic_at(i)->means ? topic_at(i)->means : topic_at(i)->normal;
    return topic_at(i)->name;
}

const char *explanation_name(size_t i, const char **ret_note)
{
    enum topic_kind kind;
    const char *in;

    return name_at(i, &kind, &in, ret_note);
}

static void add_once(struct subjects *s, enum topic_kind kind, const char *in, const char *name)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->list[i].kind == kind && strcmp(s->list[i].in, in ? in : "") == 0 &&
            strcmp(s->list[i].name, name) == 0)
            return;
    subjects_add(s, kind, in, name, NULL);
}

size_t explanation_find(const char *word, struct subjects *ret)
{
    const struct column *column = column_called(word);
    const struct error_entry *error = error_by_name(word);
    enum socket_state state = state_parse(word);
    const char *name, *in, *note;
    enum topic_kind kind;

    *ret = (struct subjects){0};
    if (error)
        add_once(ret, TOPIC_ERROR, NULL, error->name);
    if (state)
        add_once(ret, TOPIC_STATE, NULL, state_name(state));
    if (column)
        add_once(ret, TOPIC_COLUMN, NULL, column->name);
    for (int part = 0; part < 2 && word[0] && (!part || !ret->n); part++)
        for (size_t i = 0; (name = name_at(i, &kind, &in, &note)); i++)
            if (part ? strncasecmp(name, word, strlen(word)) == 0 : strcasecmp(name, word) == 0)
                add_once(ret, kind, in, name);
    return ret->n;
}
