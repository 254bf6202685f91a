#include "core/model/topics.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/model/column.h"
#include "core/model/reference.h"
#include "core/model/reference_text.h"

struct topics {
    struct reference all;
    struct topic topics[TOPICS_MAX];
};

static struct topics *loaded;

const char *topic_kind_name(enum topic_kind kind)
{
    static const char *const names[TOPIC_ALL] = {
        [TOPIC_COLUMN] = "column",   [TOPIC_FACT] = "fact",   [TOPIC_FIELD] = "field",
        [TOPIC_VALUE] = "value",     [TOPIC_CALL] = "call",   [TOPIC_FINDING] = "finding",
        [TOPIC_SESSION] = "session", [TOPIC_PHASE] = "phase", [TOPIC_CHART] = "chart",
        [TOPIC_SCREEN] = "screen",   [TOPIC_STATE] = "state", [TOPIC_ERROR] = "error",
        [TOPIC_CAUSE] = "cause",
    };

    return names[kind];
}

/* --- lookups ---------------------------------------------------------------------------- */

size_t topic_count(void)
{
    return loaded ? loaded->all.n : 0;
}

const struct topic *topic_at(size_t index)
{
    return index < topic_count() ? &loaded->topics[index] : NULL;
}

static const struct topic *find(const struct topics *r, enum topic_kind kind, const char *in,
                                const char *name)
{
    for (size_t i = 0; r && i < r->all.n; i++) {
        const struct topic *t = &r->topics[i];

        if (t->kind == kind && !t->in == !in && strcmp(t->name, name) == 0 &&
            (!in || strcmp(t->in, in) == 0))
            return t;
    }
    return NULL;
}

const struct topic *topic_find(enum topic_kind kind, const char *in, const char *name)
{
    const struct topic *there = in ? find(loaded, kind, in, name) : NULL;

    return there ? there : find(loaded, kind, NULL, name);
}

/* --- reading ---------------------------------------------------------------------------- */

static const char *read_kind(const cJSON *object, enum topic_kind *ret)
{
    const char *word = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "kind"));

    for (int kind = 0; word && kind < TOPIC_KINDS; kind++)
        if (strcmp(topic_kind_name((enum topic_kind)kind), word) == 0) {
            *ret = (enum topic_kind)kind;
            return NULL;
        }
    return "is missing or none that there is";
}

static const char *read_topic(struct reference *to, const cJSON *o, const char **ret_key,
                              const char **ret_name)
{
    struct topics *r = (struct topics *)(void *)to;
    struct topic *t = &r->topics[to->n];
    const struct {
        const char *key;
        size_t size;
        const char **to;
        bool must;
    } texts[] = {
        {"name", TOPIC_NAME_BYTES, &t->name, true},
        {"in", TOPIC_NAME_BYTES, &t->in, false},
        {"values", TOPIC_NAME_BYTES, &t->values, false},
        {"means", TOPIC_TEXT_BYTES, &t->means, false},
        {"normal", TOPIC_TEXT_BYTES, &t->normal, true},
        {"trouble", TOPIC_TEXT_BYTES, &t->trouble, false},
        {"try", TOPIC_TEXT_BYTES, &t->tries, false},
        {"see", TOPIC_TEXT_BYTES, &t->see, true},
    };

    const char *wrong = read_kind(o, &t->kind);

    *ret_key = "kind";
    for (size_t i = 0; !wrong && i < sizeof(texts) / sizeof(texts[0]); i++) {
        wrong = reference_text_if_any(o, *ret_key = texts[i].key, texts[i].size, texts[i].to);

        if (!wrong && texts[i].must && !*texts[i].to)
            wrong = "is missing";
    }
    *ret_name = t->name;
    if (!wrong && t->kind == TOPIC_VALUE && !t->in) {
        *ret_key = "in";
        wrong = "is missing";
    }
    if (wrong)
        return wrong;
    *ret_key = "means";
    if (!t->means == (t->kind != TOPIC_COLUMN))
        return t->means ? "stands in the table of columns" : "is missing";
    *ret_key = "name";
    if (t->kind == TOPIC_COLUMN && !column_find(t->name))
        return "is no column";
    return find(r, t->kind, t->in, t->name) ? "is that of another entry" : NULL;
}

static int load(const char *path, struct err *err)
{
    static const struct reference_kind kind = {"explain.json",        "entry",    "entries",
                                               sizeof(struct topics), TOPICS_MAX, read_topic};
    struct reference *all = loaded ? &loaded->all : NULL;
    int r = reference_load(&kind, path, &all, err);

    loaded = (struct topics *)(void *)all;
    return r;
}

int topics_load_from(const char *path, struct err *err)
{
    return load(path, err);
}

int topics_load(struct err *err)
{
    return load(NULL, err);
}
