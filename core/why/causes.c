#include "core/why/causes.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/model/reference.h"
#include "core/model/reference_text.h"

struct catalogue {
    struct reference all;
    struct cause causes[CAUSES_MAX];
};

static struct catalogue *loaded;

/* --- lookups ---------------------------------------------------------------------------- */

size_t cause_count(void)
{
    return loaded ? loaded->all.n : 0;
}

const struct cause *cause_at(size_t index)
{
    return index < cause_count() ? &loaded->causes[index] : NULL;
}

static const struct cause *find(const struct catalogue *c, const char *id)
{
    for (size_t i = 0; c && i < c->all.n; i++)
        if (strcasecmp(c->causes[i].id, id) == 0)
            return &c->causes[i];
    return NULL;
}

const struct cause *cause_by_id(const char *id)
{
    return find(loaded, id);
}

const char *cause_title(const char *id)
{
    const struct cause *c = cause_by_id(id);

    return c ? c->title : "";
}

/* --- reading ---------------------------------------------------------------------------- */

static const char *read_fixes(const cJSON *array, struct cause *c)
{
    const cJSON *item;

    if (!cJSON_IsArray(array) || !array->child)
        return "is missing, empty or no array";
    cJSON_ArrayForEach(item, array)
    {
        const char *wrong;

        if (c->n_fixes == CAUSE_FIXES_MAX)
            return "has too many texts";
        wrong = reference_text(item, CAUSE_TEXT_BYTES, &c->fixes[c->n_fixes]);
        if (wrong)
            return wrong;
        c->n_fixes++;
    }
    return NULL;
}

static const char *read_cause(struct reference *to, const cJSON *o, const char **ret_key,
                              const char **ret_name)
{
    struct catalogue *all = (struct catalogue *)(void *)to;
    struct cause *c = &all->causes[to->n];
    const struct {
        const char *key;
        size_t size;
        const char **to;
    } texts[] = {
        {"id", CAUSE_ID_BYTES, &c->id},
        {"group", CAUSE_ID_BYTES, &c->group},
        {"title", CAUSE_TITLE_BYTES, &c->title},
        {"explanation", CAUSE_TEXT_BYTES, &c->explanation},
        {"apart", CAUSE_TEXT_BYTES, &c->apart},
        {"see", CAUSE_TEXT_BYTES, &c->see},
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(o, *ret_key = texts[i].key);
        const char *wrong = reference_text(item, texts[i].size, texts[i].to);

        *ret_name = c->id;
        if (wrong)
            return wrong;
    }
    *ret_key = "id";
    if (find(all, c->id))
        return "is that of another entry";
    return read_fixes(cJSON_GetObjectItemCaseSensitive(o, *ret_key = "fixes"), c);
}

static int load(const char *path, struct err *err)
{
    static const struct reference_kind kind = {
        "causes.json", "cause", "causes", sizeof(struct catalogue), CAUSES_MAX, read_cause};
    struct reference *all = loaded ? &loaded->all : NULL;
    int r = reference_load(&kind, path, &all, err);

    loaded = (struct catalogue *)(void *)all;
    return r;
}

int causes_load_from(const char *path, struct err *err)
{
    return load(path, err);
}

int causes_load(struct err *err)
{
    return load(NULL, err);
}
