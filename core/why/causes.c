#include "core/why/causes.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/json_text.h"
#include "core/base/mem.h"
#include "core/base/share.h"
#include "core/model/reference_text.h"

#define FILE_NAME "causes.json"

struct catalogue {
    struct json_text text; /* owns the texts */
    size_t n;
    struct cause causes[CAUSES_MAX];
};

static struct catalogue *loaded;

/* --- lookups ---------------------------------------------------------------------------- */

size_t cause_count(void)
{
    return loaded ? loaded->n : 0;
}

const struct cause *cause_at(size_t index)
{
    return index < cause_count() ? &loaded->causes[index] : NULL;
}

static const struct cause *find(const struct catalogue *c, const char *id)
{
    for (size_t i = 0; c && i < c->n; i++)
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

/* The key that is wrong in *ret_key. */
static const char *read_cause(const struct catalogue *all, const cJSON *o, struct cause *c,
                              const char **ret_key)
{
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

        if (wrong)
            return wrong;
    }
    *ret_key = "id";
    if (find(all, c->id))
        return "is that of another entry";
    return read_fixes(cJSON_GetObjectItemCaseSensitive(o, *ret_key = "fixes"), c);
}

static int read_all(struct catalogue *all, struct err *err)
{
    const cJSON *item;

    if (!cJSON_IsArray(all->text.root) || !all->text.root->child)
        return json_text_wrong(&all->text, all->text.root, err, "it is no array of causes");
    cJSON_ArrayForEach(item, all->text.root)
    {
        struct cause c = {0};
        const char *key = "", *wrong;

        if (all->n == CAUSES_MAX)
            return json_text_wrong(&all->text, item, err, "it has more than %d causes",
                                   CAUSES_MAX);
        wrong = read_cause(all, item, &c, &key);
        if (wrong)
            return json_text_wrong(&all->text, item, err, "cause %zu (%s): \"%s\" %s",
                                   all->n + 1, c.id ? c.id : "?", key, wrong);
        all->causes[all->n++] = c;
    }
    return 0;
}

static void catalogue_free(struct catalogue *c)
{
    if (!c)
        return;
    json_text_done(&c->text);
    free(c);
}

static int take(struct json_text *text, struct err *err)
{
    struct catalogue *all = mem_new(1, sizeof(*all));
    int code;

    all->text = *text;
    code = read_all(all, err);
    if (code < 0) {
        catalogue_free(all);
        return code;
    }
    catalogue_free(loaded);
    loaded = all;
    return 0;
}

int causes_load_from(const char *path, struct err *err)
{
    struct json_text text;
    int code = json_text_read(path, SHARE_FILE_BYTES, &text, err);

    return code < 0 ? code : take(&text, err);
}

int causes_load(struct err *err)
{
    struct json_text text;
    int code = json_text_share(FILE_NAME, &text, err);

    return code < 0 ? code : take(&text, err);
}
